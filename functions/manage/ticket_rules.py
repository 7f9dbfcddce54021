"""The rules that open tickets: reading and saving them, their versions, and what they would have opened."""

from typing import Any

from pydantic import Field

from escuta.directory import segments
from escuta.directory.model import Segment
from escuta.errors import NotFoundError
from escuta.feedback import revealing
from escuta.feedback.model import Response, TicketRuleBook, TicketRuleBookVersion, TicketRulesDraft
from escuta.feedback.tickets import foreseeing, rule_checks, rulebook
from escuta.feedback.tickets.foreseeing import MOST_DAYS, Example, Foreseen
from manage.asking import Asked, Listing, Request, language_of

_SHOWN = {"id", "survey", "segment", "channel", "language", "score", "score_class", "comment", "standing"}
_DIGITS = 6  # of a version, as the key writes it


class Foreseeing(Asked):
    """Which rules to look at, those that hold where none are given, and on which answers."""

    rules: TicketRulesDraft | None = None
    days: int = Field(default=30, ge=1, le=MOST_DAYS)
    survey: str = Field(default="", max_length=40)
    segment: str = Field(default="", max_length=64)


def get(request: Request) -> dict[str, Any]:
    """Return the rules that open tickets, as they were saved last.

    `since` says from when on the newest version holds; null: it always did.
    """
    request.everywhere()
    request.query(Asked)
    return _shown(rulebook.load())


def put(request: Request) -> dict[str, Any]:
    """Replace the rules that open tickets.

    In place of those that `If-Match` names. What is received from half a minute on is judged by them. The id of a rule
    stands for it for ever: an answer has one ticket of each id, whatever changes. 422 with the place for a condition
    that means nothing, a manager or a survey that there is not.
    """
    request.everywhere()
    draft = request.body(TicketRulesDraft)
    holding = rulebook.load()
    request.match(holding)
    rule_checks.check(draft)
    return _shown(rulebook.save(draft, rev=holding.rev, who=request.caller.id))


def versions(request: Request) -> dict[str, Any]:
    """Return the versions of the rules that open tickets, the newest first."""
    request.everywhere()
    asked = request.query(Listing)
    return request.page(rulebook.versions(limit=asked.limit, cursor=request.cursor(asked)), _version)


def version(request: Request, version: str) -> dict[str, Any]:
    """Return one version of the rules that open tickets; 1 is what ships."""
    request.everywhere()
    request.query(Asked)
    if not (version.isascii() and version.isdigit() and len(version) <= _DIGITS):
        raise NotFoundError("ticket_rules_version_not_found")
    return _version(rulebook.version(int(version)))


def preview(request: Request) -> dict[str, Any]:
    """Preview what rules would have opened in the last days.

    Nothing is written. The rules are those of `rules`, else those that hold; the answers those of `days` at `segment`,
    else everywhere. Examples are masked, whoever asks: they are there to judge a rule by.
    """
    request.everywhere()
    asked = request.body(Foreseeing)
    holding = rulebook.load()
    if asked.rules:
        rule_checks.check(asked.rules)
    place = segments.get(asked.segment) if asked.segment else _root()
    rules = (asked.rules or holding).rules
    found = foreseeing.foresee(rules, place, asked.days, survey=asked.survey)
    return {
        "from": found.first,
        "to": found.last,
        "responses": found.responses,
        "tickets": found.tickets,
        "rules": [_foreseen(request, each) for each in found.rules],
    }


def _root() -> Segment:
    found = next((each for each in segments.all() if not each.parent), None)
    if found is None:
        raise NotFoundError("segment_not_found")
    return found


def _foreseen(request: Request, each: Foreseen) -> dict[str, Any]:
    return {
        "id": each.rule.id,
        "name": each.rule.name,
        "kind": each.rule.kind,
        "tickets": each.tickets,
        "segments": each.segments,
        "with_ticket": each.known,
        "examples": [_example(request, example) for example in each.examples],
    }


def _example(request: Request, example: Example) -> dict[str, Any]:
    """Return an answer without who gave it, whoever asks: it is there to judge a rule by."""
    seen: Response = revealing.masked(example.response, language_of(request.event, request.caller))
    return {**seen.model_dump(mode="json", include=_SHOWN), "at": seen.moment, "tickets": example.tickets}


def _shown(found: TicketRuleBook) -> dict[str, Any]:
    told = found.model_dump(mode="json", exclude={"since"})
    return {**told, "since": found.since[-1].at if found.since else None}


def _version(found: TicketRuleBookVersion) -> dict[str, Any]:
    return found.model_dump(mode="json", exclude={"rev"})
