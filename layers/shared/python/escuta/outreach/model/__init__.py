"""The entities of outreach, a module per noun. Pure: no clock, no table."""

from escuta.outreach.model.address import UNSUBSCRIBE, Suppression, SuppressionLifted
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
from escuta.outreach.model.invitation import INVITATION_SHARDS, Invitation, InvitationState, LastAsked, Reminder
from escuta.outreach.model.message import MESSAGES, TRAP, Channel, Strategy, Template
from escuta.outreach.model.receipt import SentMessage
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
    "MESSAGES",
    "MOST_REMINDERS",
    "MOST_RULES",
    "SLOT",
    "TRAP",
    "UNSUBSCRIBE",
    "AudienceKind",
    "Calendar",
    "Canary",
    "Channel",
    "Condition",
    "Deployment",
    "DeploymentDraft",
    "DeploymentState",
    "Due",
    "DueCursor",
    "Exclude",
    "Facts",
    "Invitation",
    "InvitationState",
    "LastAsked",
    "Op",
    "PlannedPart",
    "Reminder",
    "Reminders",
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
    "SmsRules",
    "Strategy",
    "Suppression",
    "SuppressionLifted",
    "Template",
    "Weekday",
    "slot_of",
]
