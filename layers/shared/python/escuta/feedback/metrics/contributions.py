"""What a response adds to the counters, and where."""

from collections import Counter
from collections.abc import Iterator

from escuta.feedback import surveys
from escuta.feedback.metrics import names
from escuta.feedback.model import Contribution, Origin, QuestionKind, Response, ResponseState


def contribution(response: Response) -> Contribution:
    """Return what a response adds, and where: its segment and every ancestor, product, channel, language.

    Scales and choices are counted per value, words are not. A deleted response adds nothing. What is not `counted` has
    its standing before its names, and what was only tapped stands a second time behind `tapped.`: see `viewed`.
    """
    numbers: Counter[str] = Counter()
    if response.state is ResponseState.FINAL:
        counted = ["n", *(f"q.{question}.{value}" for question, value in _counted(response))]
        counted += [response.score_class.value] if response.score_class is not None else []
        prefix = names.prefix(response.standing)
        numbers.update(prefix + name for name in counted)
        if response.origin is Origin.TAPPED:
            numbers.update(f"{names.TAPPED}{prefix}{name}" for name in counted)
    places = [f"segment#{code}" for code in response.segment_path]
    places += [f"product#{response.product}"] if response.product else []
    places += [f"channel#{response.channel}", f"language#{response.language}"]
    return Contribution(
        survey=response.survey,
        response=response.id,
        response_rev=response.rev,
        day=response.day,
        places=tuple(dict.fromkeys(places)),
        numbers=dict(numbers),
    )


def _counted(response: Response) -> Iterator[tuple[str, int | str]]:
    words = any(isinstance(answer, str) for answer in response.answers.values())
    choices = _choices(response.survey, response.version) if words else frozenset()
    for question, answer in response.answers.items():
        if isinstance(answer, int) or question in choices:
            yield question, answer if isinstance(answer, int) else str(answer)
        elif isinstance(answer, tuple):
            for value in answer:
                yield question, value


def _choices(survey: str, number: int) -> frozenset[str]:
    questions = surveys.version(survey, number).questions
    return frozenset(question.id for question in questions if question.kind is QuestionKind.CHOICE)
