"""How tickets are handled: views, counts, settings, causes and the rules that open them."""

from datetime import date, datetime
from typing import Any

from pydantic import Field

from escuta.feedback.model import (
    Causes,
    Priority,
    Response,
    TicketRuleBook,
    TicketRuleBookVersion,
    TicketRulesDraft,
    TicketSettings,
    TicketSettingsDraft,
    TicketState,
    TicketView,
    TicketViewDraft,
)
from escuta.feedback.model.ticket_rule import RuleKind
from manage import ticket_causes, ticket_counts, ticket_rules, ticket_settings, ticket_views
from manage.asking import Listing
from manage.described.operation import Operation, Operations, Shown, also, page, shape

View = shape(TicketView)
Settings = shape(TicketSettings)
Tree = shape(Causes, "TicketCauses")
RuleBook = shape(TicketRuleBook, "TicketRules", without={"since"}, more={"since": datetime | None})
RuleBookVersion = shape(TicketRuleBookVersion, "TicketRulesVersion", without={"rev"})
_EXAMPLE = {"id", "survey", "segment", "channel", "language", "score", "score_class", "comment", "standing"}
ForeseenAnswer: Any = also(
    shape(Response, "ForeseenAnswerBase", without=Response.model_fields.keys() - _EXAMPLE),
    "ForeseenAnswer",
    "An answer that a rule would have opened a ticket for, without who gave it, and the tickets that it has.",
    more={"at": datetime, "tickets": list[str]},
)


class PlaceCounts(Shown):
    """How the tickets of a place and of all below it stand now. `open` are all that are not closed."""

    segment: str
    name: str
    open: int
    states: dict[TicketState, int]
    priorities: dict[Priority, int]
    overdue: int
    escalated: int
    unassigned: int


class TicketCounts(PlaceCounts, json_schema_serialization_defaults_required=False):
    """The numbers of a segment, and of each one right below it.

    `drift`, only where a recount was asked for: by how much the counters are above the tickets. Empty: nowhere.
    """

    survey: str
    children: list[PlaceCounts]
    drift: dict[str, dict[str, int]] = Field(default_factory=dict)


class ForeseenRule(Shown):
    """What one rule would have opened. `tickets` null: answers do not tell it."""

    id: str
    name: str
    kind: RuleKind
    tickets: int | None
    segments: dict[str, int]
    with_ticket: int
    examples: list[ForeseenAnswer]


class Foresight(Shown):
    """What rules would have opened for the answers of these days."""

    first: date = Field(alias="from")
    last: date = Field(alias="to")
    responses: int
    tickets: int
    rules: list[ForeseenRule]


OPERATIONS: Operations = {
    ticket_views.listing: Operation(name="list_ticket_views", answer=page(View)),
    ticket_views.create: Operation(name="create_ticket_view", body=TicketViewDraft, answer=View, statuses=(201,)),
    ticket_views.get: Operation(name="get_ticket_view", answer=View),
    ticket_views.change: Operation(name="change_ticket_view", body=ticket_views.ViewPatch, answer=View, matched=True),
    ticket_views.delete: Operation(name="delete_ticket_view", answer=View, matched=True),
    ticket_counts.get: Operation(name="get_ticket_counts", query=ticket_counts.CountsAsked, answer=TicketCounts),
    ticket_settings.get: Operation(name="get_ticket_settings", answer=Settings),
    ticket_settings.put: Operation(
        name="replace_ticket_settings", body=TicketSettingsDraft, answer=Settings, matched=True
    ),
    ticket_causes.get: Operation(name="get_ticket_causes", answer=Tree),
    ticket_causes.put: Operation(name="replace_ticket_causes", body=ticket_causes.Tree, answer=Tree, matched=True),
    ticket_rules.get: Operation(name="get_ticket_rules", answer=RuleBook),
    ticket_rules.put: Operation(name="replace_ticket_rules", body=TicketRulesDraft, answer=RuleBook, matched=True),
    ticket_rules.versions: Operation(name="list_ticket_rules_versions", query=Listing, answer=page(RuleBookVersion)),
    ticket_rules.version: Operation(name="get_ticket_rules_version", answer=RuleBookVersion),
    ticket_rules.preview: Operation(name="preview_ticket_rules", body=ticket_rules.Foreseeing, answer=Foresight),
}
