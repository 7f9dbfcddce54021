"""Links that carry a score: what a GET leaves behind, what the page reports, and a button pressed by nobody."""

import re
from typing import Any

from chalice.app import Response
from markupsafe import Markup
from pydantic import ValidationError

from escuta.errors import InvalidError, NotFoundError
from escuta.feedback import evidence, links, responses, scanners, surveys
from escuta.feedback.evidence import Signal, Visitor
from escuta.feedback.links import Door, Opened, Source
from escuta.feedback.model import SurveyVersion
from escuta.feedback.submissions import Receipt, Submission
from escuta.outreach.model import Invitation
from respond import sheets
from respond.visits import MalformedError, Visit

_FORM = "application/x-www-form-urlencoded"
_FIELD = "signal"  # what the script adds to the form, so that the answer itself shows that somebody was there
_LARGEST_SIGNAL = 1024
_NUMBER = re.compile("[0-9]{1,9}")
_OF_SIGNAL = ("nonce", "score", "input", "after_ms", "language")


def visitor(visit: Visit) -> Visitor:
    """Return what this call says of who makes it. The network is told by CloudFront, where it stands before the API."""
    purposes = (visit.header(name) for name in ("sec-purpose", "purpose", "x-purpose", "x-moz"))
    return Visitor(
        agent=scanners.agent(visit.header("user-agent"), *purposes),
        network=scanners.network(visit.header("cloudfront-viewer-asn")),
    )


def score(visit: Visit) -> str:
    """Return the score in the address, as it stands there; "" for previews, which get a page without one."""
    return "" if visitor(visit).agent == scanners.PREVIEW else visit.query("r")


def trace(visit: Visit, opened: Opened) -> None:
    """Remember that a link with a score was opened. Without a score, and of other links, nothing is remembered."""
    if isinstance(opened.source, Invitation) and score(visit):
        evidence.clicked(opened.source, opened.version, score(visit), visitor(visit))


def script(visit: Visit, source: Source, version: SurveyVersion, nonce: str) -> Markup:
    """Return the script of a page that was opened with a score; nothing for every other page."""
    tapped = evidence.tapped(version, score(visit))
    if not isinstance(source, Invitation) or tapped is None or version.benchmark is None or visit.posted:
        return Markup()
    if visit.door is Door.PREVIEW:
        return Markup()
    said = {
        "nonce": nonce,
        "page": evidence.nonce(source, version, tapped),
        "to": f"{visit.token}/signal",
        "field": f"n.{version.benchmark.id}",
        "score": tapped,
    }
    return Markup(sheets.templates().get_template("signal.html").render(said))  # noqa: S704 - our own template, which escapes


def signal(visit: Visit) -> Response:
    """Take what the page reports. Nobody reads the answer, so it has no words."""
    if len(visit.body) > _LARGEST_SIGNAL or visit.media_type != _FORM:
        return Response("", {}, 413 if len(visit.body) > _LARGEST_SIGNAL else 415)
    source = links.find(Door.INVITATION, visit.token)
    try:
        sent = Signal.model_validate(_numbers({name: visit.fields.get(name, "") for name in _OF_SIGNAL}))
        if isinstance(source, Invitation):
            evidence.signal(source, sent, visitor(visit))
    except (ValidationError, MalformedError, InvalidError):
        return Response("", {}, 422)
    return Response("", {}, 204)


def _numbers(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: int(text) if _NUMBER.fullmatch(text) else text for name, text in fields.items()}


def take(visit: Visit, submission: Submission) -> Receipt:
    """Take an answer. A bare score that everything says a machine has sent is kept apart, and the link stays open."""
    if visit.door is Door.INVITATION and visit.media_type == _FORM:
        receipt = _doubted(visit, submission)
        if receipt is not None:
            return receipt
    return responses.submit(visit.door, visit.token, submission)


def _doubted(visit: Visit, submission: Submission) -> Receipt | None:
    given = {name: answer for name, answer in submission.answers.items() if answer not in ("", None, [], {})}
    source = links.find(visit.door, visit.token) if len(given) == 1 else None
    if not isinstance(source, Invitation) or _touched(visit, source):
        return None
    if source.response == submission.submission_id:
        return None  # it was taken, and is sent again: what has opened the links meanwhile says nothing of it
    try:
        version = surveys.version(source.survey, submission.version)
    except NotFoundError:
        return None  # told by the ordinary way
    ((question, answer),) = given.items()
    if version.benchmark is None or question != version.benchmark.id or answer not in evidence.scores(version):
        return None
    flags = evidence.doubts(source, version, visitor(visit))
    if not flags:
        return None
    language = visit.language(source.language, version.languages)
    return evidence.pressed_by_machine(source, version, answer, language, flags)


def _touched(visit: Visit, invitation: Invitation) -> bool:
    """Tell whether the form carries the sign of a person that our script put into it."""
    nonce, _, after = visit.typed.get(_FIELD, "").partition(" ")
    return (
        after.isascii()
        and after.isdigit()
        and int(after[:9]) >= evidence.SOONEST_MS
        and bool(evidence.shown(invitation, nonce))
    )
