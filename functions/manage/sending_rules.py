"""What holds for every sending: rests, exclusions, hours, and where SMS may go."""

from typing import Any

from escuta import clock
from escuta.config import settings
from escuta.directory import addresses, segments
from escuta.errors import InvalidError
from escuta.outreach import rules as deciding
from escuta.outreach import rulesets, sending_rules, times
from escuta.outreach.model import RestAfter, RestRule, RestScope, RulesDraft, SendingDraft, SendingRules
from manage.asking import Asked, Request
from manage.people import read


def get(request: Request) -> dict[str, Any]:
    """Return the rules that hold for every sending, with who changed them last.

    Those to begin with have `rev` 0.
    """
    request.everywhere()
    request.query(Asked)
    return _shown(sending_rules.load())


def put(request: Request) -> dict[str, Any]:
    """Replace the rules that hold for every sending: rests, exclusions, hours, SMS, and where replies go.

    They hold from now on, in place of those that `If-Match` names. What is not sent has its default. Between two
    invitations of one person 24 hours pass whatever they say. 422 with the place for a name that stands twice, a
    condition that means nothing, a segment that there is not, and a calendar that never opens.
    """
    request.everywhere()
    draft = request.body(SendingDraft)
    holding = sending_rules.load()
    request.match(holding)
    _check(draft)
    return _shown(sending_rules.save(draft, rev=holding.rev, who=request.caller.id))


def _shown(found: SendingRules) -> dict[str, Any]:
    return found.model_dump(mode="json")


def _check(draft: SendingDraft) -> None:
    """Refuse rules that mean nothing, each with its place."""
    for number, rule in enumerate(draft.rest):
        _check_rest(rule, f"rest[{number}]", draft.rest[:number])
    said = RulesDraft(exclude=draft.exclude)
    rulesets.check(said)
    known = {code.casefold() for code in segments.by_code()}
    for place, code in deciding.named(said, "segment"):
        if code.casefold() not in known:
            raise InvalidError("rules_segment_unknown", field=place, what=code[:64])
    times.check(draft.calendar, clock.now(), settings().timezone)
    if draft.reply_to and draft.reply_to != "manager":
        read("reply_to", draft.reply_to, addresses.email)


def _check_rest(rule: RestRule, place: str, before: tuple[RestRule, ...]) -> None:
    if any(rule.name.casefold() == other.name.casefold() for other in before):
        raise InvalidError("rules_name_twice", field=f"{place}.name", what=rule.name)
    if rule.scope is RestScope.CHANNEL and rule.after is RestAfter.RESPONSE:
        raise InvalidError("rest_channel_response", field=f"{place}.scope")
