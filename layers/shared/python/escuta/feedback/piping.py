"""Texts of a survey that speak of the person who reads them, and of what was answered a moment ago.

The fields are those of a message, and `hidden.x` and `answer.{question}`. Whatever a person typed is shown literally.
"""

from collections.abc import Iterable, Mapping

from jinja2 import TemplateSyntaxError
from markupsafe import Markup

from escuta.config import settings
from escuta.directory import products, segments
from escuta.entity import Value
from escuta.errors import InvalidError
from escuta.feedback.model import Facts, Question, QuestionKind, SurveyDraft
from escuta.feedback.sources import Source
from escuta.feedback.wordings import Wording, wordings
from escuta.outreach import merge
from escuta.outreach.model import Invitation

PERSON = frozenset({"first_name", "name"})
SURE = frozenset({"store", "organisation"})  # known of everybody
_MUTE = frozenset({QuestionKind.CONTACT, QuestionKind.STATEMENT})  # what was typed there is not said again
_LIVE = Markup('<span data-pipe="{}" data-else="{}">{}</span>')


class Known(Value):
    """What the fields of a text say about one person."""

    values: dict[str, str]


def check(draft: SurveyDraft) -> None:
    """Refuse texts with fields that do not exist, or that some person would see empty. InvalidError: the first."""
    for wording in wordings(draft):
        allowed = PERSON | SURE | {"product"} | _fields_of(draft, wording)
        for language, text in wording.texts.items():
            if not _piped(text):
                continue
            for problem in merge.problems(wording.place, text, allowed, sure=SURE):
                raise InvalidError(
                    "survey_piping_" + problem.code,
                    field=f"{wording.place}.{language}",
                    name=problem.name,
                    line=problem.line,
                    column=problem.column,
                )


def known(
    texts: Iterable[str], source: Source, version: SurveyDraft, language: str, hidden: Mapping[str, str], facts: Facts
) -> Known:
    """Return what these texts may say: of the person, the place, and of the answers among the facts.

    The place and the product are read only when a text names them.
    """
    used = frozenset[str]().union(*map(_fields, texts))
    values = {f"hidden.{name}": value for name, value in hidden.items()}
    values["organisation"] = settings().organisation
    if isinstance(source, Invitation):
        values |= {f"custom.{name}": value for name, value in source.custom.items()}
        values |= {"first_name": source.first_name, "name": source.name}
        values["product"] = _product(source.product) if "product" in used else ""
    if "store" in used:
        segment = segments.by_code().get(source.segment)
        values["store"] = segment.name if segment else source.segment
    return Known(values=values | said(version, language, facts))


def said(version: SurveyDraft, language: str, facts: Facts) -> dict[str, str]:
    """Return the answers among the facts in the words that the person saw them in."""
    return {
        f"answer.{question.id}": _said(question, language, facts[f"answer.{question.id}"])
        for question in version.questions
        if f"answer.{question.id}" in facts and question.kind not in _MUTE
    }


def plain(text: str, known: Known) -> str:
    """Return a text for one person, with nothing escaped."""
    return "".join(piece.text for piece in merge.told(text, known.values))


def html(text: str, known: Known) -> Markup:
    """Return a text for one person as HTML, everything in it escaped.

    An answer stands in `<span data-pipe="{question}" data-else="{fallback}">`, so that the page can follow it.
    """
    return Markup("").join(_marked(piece) for piece in merge.told(text, known.values))


def _marked(piece: merge.Piece) -> str:
    if piece.field.startswith(merge.ANSWER):
        return _LIVE.format(piece.field.removeprefix(merge.ANSWER), piece.fallback or "", piece.text)
    return piece.text


def _piped(text: str) -> bool:
    return "{{" in text or "{%" in text or "{#" in text


def _fields_of(draft: SurveyDraft, wording: Wording) -> frozenset[str]:
    answers = {f"{merge.ANSWER}{question.id}" for question in wording.asked if question.kind not in _MUTE}
    return frozenset(answers | {f"hidden.{name}" for name in draft.hidden})


def _said(question: Question, language: str, fact: object) -> str:
    words = {choice.id: choice.text.get(language, choice.id) for choice in question.choices}
    parts = fact if isinstance(fact, tuple | list) else (fact,)
    return ", ".join(words.get(str(part), str(part)) for part in parts)


def _product(code: str) -> str:
    found = products.named(code)
    return found.name if found else code


def _fields(text: str) -> frozenset[str]:
    try:
        return merge.fields(text) if _piped(text) else frozenset()
    except TemplateSyntaxError:
        return frozenset()
