"""The pages, and the same as JSON for programs. Words come from the catalog and from the survey, in one language."""

import json
import secrets
from functools import cache, partial
from typing import Any

from chalice.app import Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from escuta import ids
from escuta.config import settings
from escuta.feedback import surveys
from escuta.feedback.answers import LONGEST_TEXT, Problem
from escuta.feedback.links import Opened
from escuta.feedback.model import SCALES, SurveyVersion
from escuta.feedback.responses import Receipt
from escuta.i18n import LANGUAGES, number, say
from escuta.outreach.model import Invitation
from respond import headers, unsubscribing
from respond.visits import Visit

_COLOR = "#0b5c5e"


@cache
def _templates() -> Environment:
    """Return the templates: every name is escaped, and one that is not there is an error."""
    return Environment(
        loader=PackageLoader("respond"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def survey(visit: Visit, opened: Opened) -> Response:
    """Show the questions. A score in the URL is only chosen beforehand."""
    version = opened.version
    fields = {"submission_id": ids.new(), **_chosen(version, visit.query("r"))}
    return form(visit, version, visit.language(opened.language, version.languages), fields)


def form(
    visit: Visit, version: SurveyVersion, language: str, fields: dict[str, str], problems: tuple[Problem, ...] = ()
) -> Response:
    """Show the questions with what was typed already and, when they were sent, what is wrong with which answer."""
    return page(
        "survey",
        language,
        status=422 if problems else 200,
        visit=visit,
        languages=version.languages,
        color=version.color,
        version=version,
        scales=SCALES,
        fields=fields,
        problems={problem.question: problem_words(problem, language) for problem in problems},
        longest=LONGEST_TEXT,
        longest_words=number(LONGEST_TEXT, language),
    )


def thanks(visit: Visit, receipt: Receipt) -> Response:
    """Say thank you in words that fit the answer."""
    version = surveys.version(receipt.survey, receipt.version)
    language = receipt.language
    kind = str(receipt.score_class or "any")
    own = version.thanks.get(kind) or version.thanks.get("any") or {}
    words = {
        "title": say("respond", language, f"thanks.{kind}.title"),
        "text": own.get(language) or say("respond", language, f"thanks.{kind}.text"),
    }
    replayed = {"Idempotent-Replayed": "true"} if receipt.replayed else {}
    if visit.wants_json:
        facts = receipt.model_dump(mode="json", include={"id", "survey", "version", "received_at"})
        return document({**facts, **words}, more=replayed)
    return page("thanks", language, visit=visit, color=version.color, words=words, more=replayed)


def unsubscribe(visit: Visit, invitation: Invitation) -> Response:
    """Ask for the one press that a scanner does not make."""
    language = visit.language(invitation.language)
    return page("unsubscribe", language, visit=visit, languages=LANGUAGES, address=unsubscribing.masked(invitation))


def unsubscribed(visit: Visit, invitation: Invitation) -> Response:
    """Say that it is done: to a person on a page, to a mail client in a word."""
    language = visit.language(invitation.language)
    if b"One-Click" in visit.body:
        return Response("OK", {"Content-Type": "text/plain; charset=utf-8"})
    return page("unsubscribed", language, visit=visit, address=unsubscribing.masked(invitation))


def page(
    template: str, language: str, *, status: int = 200, more: dict[str, str] | None = None, **context: Any
) -> Response:
    """Return a page with its own nonce."""
    nonce = secrets.token_urlsafe(16)
    around = {
        "language": language,
        "languages": (),
        "color": _COLOR,
        "organisation": settings().organisation,
        "nonce": nonce,
        "say": partial(say, "respond", language),
    }
    html = _templates().get_template(f"{template}.html").render({**around, **context})
    kind = {"Content-Type": "text/html; charset=utf-8", "Content-Language": language}
    return Response(_whole(html), {**kind, headers.POLICY: headers.policy(nonce), **(more or {})}, status)


def document(
    content: dict[str, Any], *, status: int = 200, kind: str = "application/json", more: dict[str, str] | None = None
) -> Response:
    """Return JSON for a program."""
    return Response(_whole(json.dumps(content, ensure_ascii=False)), {"Content-Type": kind, **(more or {})}, status)


def problem_words(problem: Problem, language: str) -> str:
    """Return what is wrong with an answer and what would be right."""
    details = {
        name: number(value, language) if isinstance(value, int) else ", ".join(value)
        for name, value in problem.details.items()
    }
    return say("respond", language, problem.code, **details)


def _chosen(version: SurveyVersion, score: str) -> dict[str, str]:
    """Return the field that a score in the URL chooses; none when it is not a score of the scale."""
    question = next((question for question in version.questions if question.benchmark), None)
    if question is None:
        return {}
    low, high = SCALES[question.kind]
    return {f"n.{question.id}": score} if score in {str(step) for step in range(low, high + 1)} else {}


def _whole(text: str) -> str:
    """Return the text without half characters, which no encoding can carry."""
    return text.encode("utf-8", "replace").decode()
