"""Surveys with logic, made at random: conditions over what comes before, jumps forward, options by class."""

from random import Random
from typing import Any

from escuta.feedback.model import (
    END,
    Answer,
    Choice,
    Condition,
    Facts,
    Jump,
    Op,
    Question,
    QuestionKind,
    ScoreClass,
    SurveyDraft,
)

WORDS = {"en": "Words"}
KINDS = tuple(QuestionKind)
FACTS = ("hidden.plan", "hidden.visits", "contact.size", "segment", "channel", "class")
VALUES = (
    "gold",
    "GOLD",
    "3",
    "-2",
    "x",
    "",
    "SÃO",
    "são",
    "sul",
    "fila longa",
    "detractor",
    "promoter",
    "email",
    "a",
    "b",
)
OPTIONS = ("a", "b", "c")


def survey(random: Random) -> SurveyDraft:
    """Return a survey of 1 to 8 questions; the first scale, if there is one, classifies."""
    questions: list[Question] = []
    names = [f"q{number}" for number in range(random.randint(1, 8))]
    names[0] = "constructor"  # a good id, and a trap for scripts
    for number, name in enumerate(names):
        kind = random.choice(KINDS)
        scale = Question(id=name, kind=kind, text=WORDS).scale
        classified = any(question.benchmark for question in questions)
        questions.append(
            Question(
                id=name,
                kind=kind,
                text=WORDS,
                steps=random.randint(2, 10),
                choices=_choices(random, classified=classified)
                if kind in {QuestionKind.CHOICE, QuestionKind.CHOICES}
                else (),
                required=random.random() < 0.3,
                benchmark=scale is not None and not classified,
                show=_condition(random, names[:number]) if random.random() < 0.4 else None,
                require=_condition(random, names[:number]) if random.random() < 0.3 else None,
                jumps=_jumps(random, names, number),
            )
        )
    return SurveyDraft(
        languages=("en",), title=WORDS, questions=tuple(questions), detractor_max=random.randint(0, 6), passive_max=8
    )


def answers(random: Random, draft: SurveyDraft) -> dict[str, Answer]:
    """Return answers to some of the questions, reached or not."""
    return {question.id: _answer(random, question) for question in draft.questions if random.random() < 0.7}


def facts(random: Random) -> Facts:
    """Return some of what may be known beside the answers."""
    known: dict[str, Any] = {name: random.choice(VALUES) for name in FACTS[:3] if random.random() < 0.6}
    return {**known, "segment": ("aurora", random.choice(["sul", "norte"])), "channel": "email"}


def _choices(random: Random, *, classified: bool) -> tuple[Choice, ...]:
    by_class = classified and random.random() < 0.7
    return tuple(
        Choice(id=name, text=WORDS, classes=tuple(random.sample(list(ScoreClass), random.randint(0, 2))))
        if by_class
        else Choice(id=name, text=WORDS)
        for name in OPTIONS
    )


def _condition(random: Random, before: list[str], depth: int = 0) -> Condition:
    if depth < 2 and random.random() < 0.3:
        parts = tuple(_condition(random, before, depth + 1) for _ in range(random.randint(1, 3)))
        return Condition(all=parts) if random.random() < 0.5 else Condition(any=parts)
    op = random.choice(list(Op))
    value: Any = random.choice([random.randint(-3, 10), random.choice(VALUES), ("A", "c", "Sul"), (1, 5, 9)])
    earlier = [f"answer.{name}" for name in before]
    return Condition(field=random.choice(earlier if earlier and random.random() < 0.6 else FACTS), op=op, value=value)


def _jumps(random: Random, names: list[str], number: int) -> tuple[Jump, ...]:
    targets = [*names[number + 1 :], END]
    return tuple(
        Jump(when=_condition(random, names[: number + 1]), to=random.choice(targets))
        for _ in range(random.choice([0, 0, 1, 2]))
    )


def _answer(random: Random, question: Question) -> Answer:
    if question.scale:
        return random.randint(*question.scale)
    match question.kind:
        case QuestionKind.CHOICE:
            return random.choice(OPTIONS)
        case QuestionKind.CHOICES:
            return tuple(sorted(random.sample(OPTIONS, random.randint(0, 3))))
        case QuestionKind.CONTACT:
            return {"name": "Ana", "email": random.choice(["", "ana@example.com"])}
        case _:
            return random.choice([*VALUES, "A FILA LONGA"]) if random.random() < 0.7 else " \n"
