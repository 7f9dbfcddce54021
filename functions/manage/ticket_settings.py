"""What an organisation promises, demands and allows about its tickets."""

from typing import Any

from escuta.feedback.model import TicketSettings, TicketSettingsDraft
from escuta.feedback.tickets import rule_checks, settling
from manage.asking import Asked, Request


def get(request: Request) -> dict[str, Any]:
    """Return what an organisation promises, demands and allows about its tickets.

    Without a decision of anybody, what holds then: `rev` is 0.
    """
    request.query(Asked)
    return _shown(settling.settings())


def put(request: Request) -> dict[str, Any]:
    """Replace what an organisation promises, demands and allows about its tickets.

    In place of what `If-Match` names; what the body leaves out is as it is without a decision. What was promised to
    tickets that are open stays. Minutes are those of a place's business hours.
    """
    request.everywhere()
    draft = request.body(TicketSettingsDraft)
    settling.check(draft)
    if draft.key_customers:
        rule_checks.condition(draft.key_customers, "key_customers")
    holding = settling.settings()
    request.match(holding)
    return _shown(settling.put(TicketSettings(**dict(draft), rev=holding.rev)))


def _shown(settings: TicketSettings) -> dict[str, Any]:
    """Return settings with their sets in one order, whoever asks and whenever."""
    told = settings.model_dump(mode="json")
    told["demands"] = {state: sorted(fields) for state, fields in told["demands"].items()}
    told["moves"] = {
        role: {origin: sorted(targets) for origin, targets in own.items()} for role, own in told["moves"].items()
    }
    return told
