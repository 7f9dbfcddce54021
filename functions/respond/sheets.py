"""The part of a survey's page that is the same for everybody, rendered once per version and language.

A template says `slot("name")` where something of the visitor goes. What comes out is kept as pieces: literal, name of a
slot, literal, and so on; filling them in for a visitor is one join.
"""

import json
from collections.abc import Mapping
from functools import cache, lru_cache, partial
from typing import Any

import rcssmin  # type: ignore[import-untyped]
import rjsmin  # type: ignore[import-untyped]
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from escuta.config import settings
from escuta.entity import Value
from escuta.feedback import logic
from escuta.feedback.answers import LONGEST_TEXT
from escuta.feedback.model import Layout, Question, SurveyVersion
from escuta.i18n import number, say
from respond import colors

KEPT = 96  # pages: a survey has one per language
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
_EDGE = "\0"  # stands in no text of a survey: drafts refuse it

Pieces = tuple[str, ...]


class Sheet(Value):
    """The pieces of a survey's page: the frame, and every question."""

    frame: Pieces
    questions: dict[str, Pieces]
    piped: dict[str, str]  # slot -> text with merge fields, to be filled in for the visitor
    moving: bool  # what is asked, or what is said, depends on the visitor


@cache
def templates() -> Environment:
    """Return the templates: every name is escaped, and one that is not there is an error."""
    environment = Environment(
        loader=PackageLoader("respond"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["small_script"] = _small_script
    environment.filters["small_style"] = _small_style
    return environment


def load() -> None:
    """Compile all templates."""
    made = templates()
    for name in made.list_templates(extensions=["html", "js"]):
        made.get_template(name)


@lru_cache(maxsize=16)
def _small_script(source: str) -> Markup:
    """Return a script without what only its readers need."""
    return Markup(rjsmin.jsmin(source))  # noqa: S704 - files of ours


@lru_cache(maxsize=16)
def _small_style(source: str) -> Markup:
    """Return a style sheet without what only its readers need."""
    return Markup(rcssmin.cssmin(source))  # noqa: S704 - files of ours


def direction(language: str) -> str:
    """Return which way a language is written."""
    return "rtl" if language.split("-", maxsplit=1)[0].lower() in RIGHT_TO_LEFT else "ltr"


def around(language: str) -> dict[str, Any]:
    """Return what every template may name."""
    return {
        "language": language,
        "direction": direction(language),
        "organisation": settings().organisation,
        "say": partial(say, "respond", language),
    }


def sheet(version: SurveyVersion, language: str) -> Sheet:
    """Return the page of a version in one of its languages, without anything of a visitor.

    A draft, which has no number, is another one in a moment: its page is not kept.
    """
    edition = Edition(version, language)
    return _rendered(edition) if version.version else _rendered.__wrapped__(edition)


def fill(pieces: Pieces, values: Mapping[str, str]) -> str:
    """Return the text with what is known of the visitor in its slots. A slot without a value stays empty."""
    filled = list(pieces)
    filled[1::2] = [values.get(name, "") for name in pieces[1::2]]
    return "".join(filled)


def branches(version: SurveyVersion) -> bool:
    """Tell whether what is asked, or how, depends on what was answered."""
    return any(_branches(question) for question in version.questions)


def _branches(question: Question) -> bool:
    classes = question.wording or any(choice.classes for choice in question.choices)
    return bool(question.show or question.require or question.jumps or classes)


class Edition:
    """A version in a language, as a key: the same object of the version is the same key."""

    def __init__(self, version: SurveyVersion, language: str) -> None:
        """Keep both."""
        self.version = version
        self.language = language

    def __hash__(self) -> int:
        """Tell editions apart by what they are called."""
        return hash((self.version.survey, self.version.version, self.language))

    def __eq__(self, other: object) -> bool:
        """Tell whether this is the same object of the version, in the same language."""
        return isinstance(other, Edition) and self.version is other.version and self.language == other.language


@lru_cache(maxsize=KEPT)
def _rendered(edition: Edition) -> Sheet:
    version, language = edition.version, edition.language
    piped: dict[str, str] = {}

    def words(texts: Mapping[str, str]) -> str:
        """Return the words in this language: as they are, or a slot for them when they hold merge fields."""
        text = texts[language] if texts else ""
        if "{{" not in text and "{%" not in text:
            return text
        name = f"words {len(piped)}"
        piped[name] = text
        return slot(name)

    scripted = branches(version) or version.layout is Layout.STEPS
    common = {**around(language), "version": version, "words": words, "slot": slot, "longest": LONGEST_TEXT,
              "longest_words": number(LONGEST_TEXT, language), "Layout": Layout}  # fmt: skip
    ask = templates().get_template("question.html")
    frame = (
        templates()
        .get_template("survey.html")
        .render(
            **common,
            nonce=slot("nonce"),
            languages=version.languages,
            look=colors.look(version),
            scripted=scripted,
            logic=_for_script(logic.compact(version)) if scripted else "",
        )
    )
    questions = {question.id: pieces(ask.render(**common, question=question)) for question in version.questions}
    return Sheet(frame=pieces(frame), questions=questions, piped=piped, moving=scripted or bool(piped))


def slot(*name: Any) -> Markup:
    """Return the mark of a place that is filled in for each visitor."""
    return Markup(f"{_EDGE}{' '.join(map(str, name))}{_EDGE}")  # noqa: S704 - a name of ours, and cut out again


def pieces(html: str) -> Pieces:
    """Return what was rendered with slots, cut at them."""
    return tuple(html.split(_EDGE))


def _for_script(content: Any) -> Markup:
    """Return JSON that may stand in a script element: nothing in it ends the element."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - the one character that could end it is coded


def again(token: str, language: str) -> str:
    """Return the way to the next answer on a link that many people use."""
    line = Markup('<p class="go"><a class="button" href="{}">{}</a></p>')
    return line.format(token, say("respond", language, "thanks.again"))
