"""The pages, and the same as JSON for programs. Words come from the catalog and from the survey, in one language."""

import json
import secrets
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from chalice.app import Response
from jinja2 import Template
from markupsafe import escape

from escuta.config import settings
from escuta.feedback import links, piping, responses, sharing, surveys
from escuta.feedback.answers import Problem
from escuta.feedback.model import Response as Answered
from escuta.feedback.model import SurveyVersion
from escuta.feedback.responses import Receipt
from escuta.feedback.sources import Source
from escuta.i18n import number, say
from respond import colors, headers, sheets
from respond.visits import Visit


def thanks(visit: Visit, receipt: Receipt) -> Response:
    """Say thank you in words that fit the answer, and offer to tell others, whatever the score."""

    def answered() -> tuple[Source, Answered]:
        return links.find(visit.door, visit.token), responses.get(receipt.id)

    return thanked(visit, receipt, surveys.version(receipt.survey, receipt.version), answered)


def thanked(
    visit: Visit, receipt: Receipt, version: SurveyVersion, answered: Callable[[], tuple[Source, Answered]]
) -> Response:
    """Say thank you for an answer to this version. Who answered, and what, is read only where the words speak of it."""
    language = receipt.language
    words = _piped(version, language, answered, thank_you(version, str(receipt.score_class or "any"), language))
    replayed = {"Idempotent-Replayed": "true"} if receipt.replayed else {}
    shares = _shares(version, receipt, language)
    if visit.wants_json:
        facts = receipt.model_dump(mode="json", include={"id", "survey", "version", "received_at"})
        return document({**facts, **words, "share": shares, "call": version.call}, more=replayed)
    voice = next((question.id for question in version.questions if question.voice), "")
    comment = visit.typed.get(f"t.{voice}", "").strip()
    nonce = secrets.token_urlsafe(16)
    told = {**words, "comment": comment, "token": visit.token, "id": receipt.id, "nonce": nonce}
    offered = tuple((share["url"], share["label"]) for share in shares)
    make = _thanks if version.version else _thanks.__wrapped__  # a draft is another one in a moment
    sheet = make(sheets.Edition(version, language), offered, commented=bool(comment), again=visit.in_store)
    html = sheets.fill(sheet, {name: str(escape(value)) for name, value in told.items()})
    return html_page(html, language, nonce, more=replayed)


@lru_cache(maxsize=sheets.KEPT)
def _thanks(
    edition: sheets.Edition, shares: tuple[tuple[str, str], ...], *, commented: bool, again: bool
) -> sheets.Pieces:
    """Return the page of thanks without anything of a visitor, rendered once for all who see the same."""
    version, language, slot = edition.version, edition.language, sheets.slot
    html = template("thanks.html").render(
        **sheets.around(language),
        languages=(),
        look=colors.look(version),
        nonce=slot("nonce"),
        token=slot("token"),
        filled=True,
        thanked={
            "title": slot("title"),
            "text": slot("text"),
            "comment": slot("comment") if commented else "",
            "shares": [{"url": url, "label": label} for url, label in shares],
        },
        calls=version.call,
        submission_id=slot("id"),
        again=sheets.again(slot("token"), language) if again else "",
    )
    return sheets.pieces(html)


def thank_you(version: SurveyVersion, kind: str, language: str) -> dict[str, str]:
    """Return title and text of the thanks for a score class, or for `any`: the survey's own words, or ours."""
    own = version.thanks.get(kind) or version.thanks.get("any") or {}
    return {
        "title": say("respond", language, f"thanks.{kind}.title"),
        "text": own.get(language) or say("respond", language, f"thanks.{kind}.text"),
    }


def _piped(
    version: SurveyVersion, language: str, answered: Callable[[], tuple[Source, Answered]], words: dict[str, str]
) -> dict[str, str]:
    """Return the thanks with what it says of the person and of the answers, which are read only when it says any."""
    if "{{" not in words["text"] and "{%" not in words["text"]:
        return words
    source, response = answered()
    given = {f"answer.{question}": answer for question, answer in response.answers.items()}
    known = piping.known([words["text"]], source, version, language, response.hidden, given)
    return {**words, "text": piping.plain(words["text"], known)}


def _shares(version: SurveyVersion, receipt: Receipt, language: str) -> list[dict[str, str]]:
    if not version.share:
        return []
    return [
        {"network": share.network, "url": share.url,
         "label": share.host if share.network == "other" else say("respond", language, f"share.{share.network}")}
        for share in sharing.offered(receipt.segment_path)
    ]  # fmt: skip


def title(version: SurveyVersion, language: str) -> str:
    """Return what a survey is called where it says nothing of a person: in a preview of its link, in a list."""
    return piping.plain(version.title[language], piping.Known(values={"organisation": settings().organisation}))


def template(name: str) -> Template:
    """Return a template by the name of its file."""
    return sheets.templates().get_template(name)


def page(
    name: str, language: str, *, status: int = 200, more: dict[str, str] | None = None, **context: Any
) -> Response:
    """Return a page with its own nonce."""
    nonce = secrets.token_urlsafe(16)
    own = {**sheets.around(language), "languages": (), "look": colors.plain(), "nonce": nonce}
    html = template(f"{name}.html").render({**own, **context})
    return html_page(html, language, nonce, status=status, more=more)


def html_page(
    html: str, language: str, nonce: str, *, status: int = 200, policy: str = "", more: dict[str, str] | None = None
) -> Response:
    """Return HTML with the headers of a page; `policy` replaces the usual one, which the nonce belongs to as well."""
    kind = {"Content-Type": "text/html; charset=utf-8", "Content-Language": language}
    guarded = {headers.POLICY: policy or headers.policy(nonce)}
    return Response(_whole(html), {**kind, **guarded, **(more or {})}, status)


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


def _whole(text: str) -> str:
    """Return the text without half characters, which no encoding can carry."""
    return text.encode("utf-8", "replace").decode()
