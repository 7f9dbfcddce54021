"""The entities of outreach, a module per noun. Pure: no clock, no table."""

from escuta.outreach.model.address import UNSUBSCRIBE, Suppression, SuppressionLifted
from escuta.outreach.model.deployment import AudienceKind, Deployment, DeploymentDraft, DeploymentState, PlannedPart
from escuta.outreach.model.due import DUE_SHARDS, SLOT, Due, DueCursor, slot_of
from escuta.outreach.model.invitation import INVITATION_SHARDS, Invitation, InvitationState, LastAsked, Reminder
from escuta.outreach.model.message import TRAP, Channel, Strategy, Template
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
from escuta.outreach.model.sending import MOST_REMINDERS, Reminders, SendTime, SendWhen

__all__ = [
    "DUE_SHARDS",
    "INVITATION_SHARDS",
    "MOST_REMINDERS",
    "MOST_RULES",
    "SLOT",
    "TRAP",
    "UNSUBSCRIBE",
    "AudienceKind",
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
    "Route",
    "RuleSet",
    "RuleSetVersion",
    "RulesDraft",
    "SendTime",
    "SendWhen",
    "Strategy",
    "Suppression",
    "SuppressionLifted",
    "Template",
    "slot_of",
]
