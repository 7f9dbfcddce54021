"""Every text of a survey, with its place and with what was asked before it is read. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from escuta.feedback.model import Question, SurveyDraft, Texts


class Wording(NamedTuple):
    """A text in the languages of the survey."""

    place: str
    texts: Texts
    required: bool
    asked: tuple[Question, ...]  # questions that may have been answered when it is read


def wordings(draft: SurveyDraft) -> Iterator[Wording]:
    """Yield every text that a person may read, in the order of the definition."""
    yield Wording("title", draft.title, required=True, asked=())
    yield Wording("intro", draft.intro, required=False, asked=())
    for score_class, texts in draft.thanks.items():
        yield Wording(f"thanks.{score_class}", texts, required=True, asked=draft.questions)
    for number, question in enumerate(draft.questions):
        for place, texts, required in _of(question):
            yield Wording(f"questions[{number}].{place}", texts, required, draft.questions[:number])
    yield Wording("branding.logo_alt", draft.branding.logo_alt, required=bool(draft.branding.logo), asked=())


def _of(question: Question) -> Iterator[tuple[str, Texts, bool]]:
    yield "text", question.text, True
    yield "help", question.help, False
    yield "low", question.low, False
    yield "high", question.high, False
    for score_class, texts in question.wording.items():
        yield f"wording.{score_class}", texts, True
    for index, choice in enumerate(question.choices):
        yield f"choices[{index}].text", choice.text, True
