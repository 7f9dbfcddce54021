"""A sheet of A4 that asks for an answer in the store: the question, the code, and the address in letters."""

import secrets
from functools import cache, partial

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from escuta import i18n
from escuta.config import settings
from escuta.directory import segments
from escuta.errors import InvalidError, NotFoundError
from escuta.feedback import piping, qr, surveys, tokens
from escuta.feedback.model import StoreToken, SurveyVersion
from manage.asking import Document

LONGEST_QUESTION = 140


def drawn(stored: StoreToken, language: str) -> Document:
    """Return the sheet for a token. Nothing on it is loaded from elsewhere, so that it prints the same from a file."""
    if language and language not in i18n.LANGUAGES:
        raise InvalidError("value_not_allowed", field="language", allowed=", ".join(i18n.LANGUAGES))
    version = _version(stored.survey)
    language = language or stored.language or version.languages[0]
    nonce = secrets.token_urlsafe(16)
    url = tokens.link(stored)
    store, organisation = segments.get(stored.segment).name, settings().organisation
    html = _template().render(
        language=language,
        nonce=nonce,
        color=version.color,
        organisation=organisation,
        store=store,
        label=stored.label,
        question=_question(version, language, store, organisation),
        url=url,
        code=Markup(qr.svg(url)),  # noqa: S704 - drawn by segno, which escapes the title
        say=partial(i18n.say, "manage", language),
    )
    policy = f"default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
    return Document("text/html; charset=utf-8", html, {"Content-Security-Policy": policy, "Content-Language": language})


def _version(survey: str) -> SurveyVersion:
    head = surveys.get(survey)
    if not head.version:
        raise NotFoundError("survey_not_published")
    return surveys.version(survey, head.version)


def _question(version: SurveyVersion, language: str, store: str, organisation: str) -> str:
    """Return what the survey asks, as nobody in particular would read it; its title when that is short enough to read.

    What is on a wall is read from a distance: a question of several sentences is cut.
    """
    spoken = language if language in version.languages else version.languages[0]
    asked = version.benchmark or version.questions[0]
    known = piping.Known(values={"store": store, "organisation": organisation})
    question, title = (piping.plain(texts[spoken], known) for texts in (asked.text, version.title))
    short = next((words for words in (question, title) if len(words) <= LONGEST_QUESTION), question)
    return short if len(short) <= LONGEST_QUESTION else short[: LONGEST_QUESTION - 1].rstrip() + "…"


@cache
def _template() -> Template:
    around = Environment(
        loader=PackageLoader("manage"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return around.get_template("poster.html")
