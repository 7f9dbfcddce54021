"""Real people of a dry run: why each of them would be asked or not, and what they would get, as it will look."""

from typing import Any, Literal

from pydantic import Field

from escuta.directory import access
from escuta.directory.model import Scope
from escuta.errors import NotFoundError
from escuta.feedback import asking
from escuta.outreach import dryruns, prices, sms
from escuta.outreach.dryruns import Example
from escuta.outreach.eligibility import Send
from escuta.outreach.messages import Email
from manage.asking import Asked, Request
from manage.deployments import is_visible
from manage.dryruns import reason_words


class Wanted(Asked):
    """Which people: of one outcome, of one reason, or of all."""

    outcome: Literal["", "send", "defer", "skip"] = ""
    reason: str = Field(default="", max_length=64)
    limit: int = Field(default=5, ge=1, le=5)


def listing(request: Request, run: str) -> dict[str, Any]:
    """Return up to five people of a dry run that has counted everybody, as they are decided on now.

    `rule` and `evidence` say what the decision saw, `next_eligible_at` when somebody who rests could be asked again.
    `messages` are what they would get: the mail with its HTML, the SMS with its parts and its price. They and the
    people's names are only told to somebody who may read contacts.
    """
    asked = request.query(Wanted)
    found = dryruns.get(run)
    if not is_visible(request, found.deployment):
        raise NotFoundError("dry_run_not_found")
    fitting = [
        example
        for example in dryruns.examples(found, asking.asked(found.deployment.survey))
        if asked.outcome in {"", example.outcome}
        and asked.reason in {"", example.reason}
        and access.may_see(request.caller, example.path)
    ]
    may_read = Scope.CONTACTS_READ in request.caller.scopes
    return {"items": [_shown(request, each, may_read=may_read) for each in fitting[: asked.limit]], "next": None}


def _shown(request: Request, example: Example, *, may_read: bool) -> dict[str, Any]:
    told, decision = dict.fromkeys(("name", "email", "phone"), ""), example.decision
    if may_read:
        told = {name: getattr(example.contact, name) for name in told}
    waits = None if isinstance(decision, Send) else decision.until
    evidence = {} if isinstance(decision, Send) else decision.evidence
    return {
        "contact": example.contact.id,
        **told,
        "segment": example.path[-1],
        "outcome": example.outcome,
        "reason": example.reason,
        "detail": reason_words(request, example.reason) if example.reason else "",
        "rule": evidence.get("rule", ""),
        "evidence": evidence,
        "at": example.at if example.outcome == "send" else None,
        "next_eligible_at": waits,
        "messages": [_letter(example, channel, letter) for channel, letter in example.letters] if may_read else [],
    }


def _letter(example: Example, channel: str, letter: Email | str) -> dict[str, Any]:
    if isinstance(letter, Email):
        told = {"subject": letter.subject, "html": letter.html, "text": letter.text}
        return {"channel": channel, **told, "sms": None, "cost_usd": str(prices.EMAIL)}
    measured = sms.measure(letter)
    cost = prices.cost(example.contact.phone, measured.parts) if example.contact.phone else None
    told = {"subject": "", "html": "", "text": letter}
    return {"channel": channel, **told, "sms": measured.model_dump(), "cost_usd": None if cost is None else str(cost)}
