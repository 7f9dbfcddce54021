"""The company whose figures are asked for: a region with two stores, another with one, and a survey of every kind."""

from datetime import date
from typing import Any

from escuta import table
from escuta.directory import segments
from escuta.feedback import metrics, surveys
from escuta.feedback.model import Choice, Question, QuestionKind, Response, Span, SurveyDraft
from tests.kit.factories import ZONE, response

PLACES = {
    "sul": ("aurora", "sul"),
    "poa": ("aurora", "sul", "poa"),
    "curitiba": ("aurora", "sul", "curitiba"),
    "manaus": ("aurora", "norte", "manaus"),
}
SPAN = Span(first=date(2026, 2, 20), last=date(2026, 3, 10))


def _words(text: str) -> dict[str, str]:
    return {"pt-BR": text, "en": f"{text} (en)"}


DRAFT = SurveyDraft(
    languages=("pt-BR", "en"),
    title=_words("Sua visita"),
    questions=(
        Question(id="nps", kind=QuestionKind.NPS, text=_words("Recomendaria?"), required=True, benchmark=True),
        Question(id="again", kind=QuestionKind.NPS, text=_words("Voltaria?")),
        Question(id="visit", kind=QuestionKind.CSAT, text=_words("Gostou?")),
        Question(id="ease", kind=QuestionKind.CES, text=_words("Foi fácil?")),
        Question(id="stars", kind=QuestionKind.RATING, text=_words("Estrelas")),
        Question(id="thumb", kind=QuestionKind.THUMBS, text=_words("Curtiu?")),
        Question(
            id="reasons",
            kind=QuestionKind.CHOICES,
            text=_words("O que pesou?"),
            choices=(Choice(id="price", text=_words("Preço")), Choice(id="staff", text=_words("Atendimento"))),
        ),
        Question(
            id="how",
            kind=QuestionKind.CHOICE,
            text=_words("Como comprou?"),
            choices=(Choice(id="shop", text=_words("Na loja")), Choice(id="web", text=_words("No site"))),
        ),
        Question(id="comment", kind=QuestionKind.TEXT, text=_words("Conte mais"), voice=True),
    ),
    hidden=("plan",),
    dimensions=("hidden.plan",),
)


def found(survey: str = "visit") -> None:
    """Put up the hierarchy and the survey."""
    segments.create("aurora", "Lojas Aurora", timezone=ZONE)
    for code, parent in (("sul", "aurora"), ("norte", "aurora"), ("poa", "sul"), ("curitiba", "sul")):
        segments.create(code, code.title(), parent)
    segments.create("manaus", "Manaus", "norte")
    publish(survey)


def publish(survey: str) -> None:
    """Put up a survey."""
    surveys.create(survey, survey=survey)
    surveys.publish(survey, DRAFT)


def answered(place: str, *scores: int, day: str = "2026-03-09", survey: str = "visit", **fields: Any) -> list[Response]:
    """Store answers at a place, and count them."""
    path = PLACES[place]
    own = {"survey": survey, "segment_path": path, "day": day, "rev": 0, **fields}
    made = [
        table.create(response(f"{place} {day} {number} {sorted(fields.items())}", score, **own))
        for number, score in enumerate(scores)
    ]
    metrics.apply(made)
    return made
