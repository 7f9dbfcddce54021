"""The entities of outreach, a module per noun. Pure: no clock, no table."""

from escuta.outreach.model.address import MANUAL, STOP, UNSUBSCRIBE, Because, Suppression, SuppressionLifted
from escuta.outreach.model.asking import MOST_REMEMBERED, REMEMBERED, Asking, LastAsked, Quota, Reply
from escuta.outreach.model.brake import Braked, BrakeResumed, Counts
from escuta.outreach.model.budget import Brake, Budget, Grant
from escuta.outreach.model.ceiling import SmsDay
from escuta.outreach.model.deployment import (
    AudienceKind,
    Canary,
    Deployment,
    DeploymentDraft,
    DeploymentState,
    PlannedPart,
)
from escuta.outreach.model.due import DUE_SHARDS, SLOT, Due, DueCursor, slot_of
from escuta.outreach.model.frequency import (
    FLOOR,
    RestAfter,
    RestRule,
    RestScope,
    RestThen,
    SendingDraft,
    SendingRules,
    SmsRules,
)
from escuta.outreach.model.invitation import INVITATION_SHARDS, Invitation, InvitationState, Reminder
from escuta.outreach.model.message import MESSAGES, TRAP, Accents, Channel, Strategy, Template
from escuta.outreach.model.receipt import Confirmation, SentMessage
from escuta.outreach.model.ruleset import (
    MOST_RULES,
    Condition,
    Exclude,
    Facts,
    Op,
    Route,
    RulesDraft,
    RuleSet,
    RuleSetVersion,
)
from escuta.outreach.model.sending import MOST_REMINDERS, Calendar, Reminders, SendTime, SendWhen, Weekday

__all__ = [
    "DUE_SHARDS",
    "FLOOR",
    "INVITATION_SHARDS",
    "MANUAL",
    "MESSAGES",
    "MOST_REMEMBERED",
    "MOST_REMINDERS",
    "MOST_RULES",
    "REMEMBERED",
    "SLOT",
    "STOP",
    "TRAP",
    "UNSUBSCRIBE",
    "Accents",
    "Asking",
    "AudienceKind",
    "Because",
    "Brake",
    "BrakeResumed",
    "Braked",
    "Budget",
    "Calendar",
    "Canary",
    "Channel",
    "Condition",
    "Confirmation",
    "Counts",
    "Deployment",
    "DeploymentDraft",
    "DeploymentState",
    "Due",
    "DueCursor",
    "Exclude",
    "Facts",
    "Grant",
    "Invitation",
    "InvitationState",
    "LastAsked",
    "Op",
    "PlannedPart",
    "Quota",
    "Reminder",
    "Reminders",
    "Reply",
    "RestAfter",
    "RestRule",
    "RestScope",
    "RestThen",
    "Route",
    "RuleSet",
    "RuleSetVersion",
    "RulesDraft",
    "SendTime",
    "SendWhen",
    "SendingDraft",
    "SendingRules",
    "SentMessage",
    "SmsDay",
    "SmsRules",
    "Strategy",
    "Suppression",
    "SuppressionLifted",
    "Template",
    "Weekday",
    "slot_of",
]
