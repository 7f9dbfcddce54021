from random import Random
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from escuta import i18n
from escuta.errors import InvalidError
from escuta.feedback import drafts, logic, ways
from escuta.feedback.model import (
    Choice,
    Condition,
    ContactField,
    Jump,
    Op,
    Question,
    QuestionKind,
    ScoreClass,
    SurveyDraft,
)
from tests.kit import branching

WORDS = {"en": "Words"}


def question(name: str, kind: QuestionKind = QuestionKind.TEXT, **fields: Any) -> Question:
    return Question(id=name, kind=kind, text=WORDS, **fields)


def when(field: str, op: str = "answered", value: Any = "") -> Condition:
    return Condition(field=field, op=Op(op), value=value)


def choices(*classes: tuple[ScoreClass, ...]) -> tuple[Choice, ...]:
    return tuple(Choice(id=f"o{number}", text=WORDS, classes=own) for number, own in enumerate(classes))


NPS = question("nps", QuestionKind.NPS, required=True, benchmark=True)
WAY = question("way", QuestionKind.CHOICE, choices=(Choice(id="car", text=WORDS), Choice(id="bus", text=WORDS)))
WHY = question("why")
WHO = question("who", QuestionKind.CONTACT, fields=(ContactField.EMAIL,))
HELLO = question("hello", QuestionKind.STATEMENT)
DETRACTOR, PASSIVE, PROMOTER = ScoreClass


def survey(*questions: Question, **fields: Any) -> SurveyDraft:
    return SurveyDraft(languages=("en",), title=WORDS, questions=questions, **fields)


def refused(*questions: Question, **fields: Any) -> tuple[str, str]:
    with pytest.raises(InvalidError) as error:
        drafts.check(survey(*questions, **fields))
    for language in i18n.LANGUAGES:
        i18n.say("manage", language, error.value.code, **error.value.details)
    return error.value.code.removeprefix("survey_"), error.value.details["field"]


def test_good_logic_passes() -> None:
    deep = Condition(any=(Condition(all=(when("class", "is", "detractor"), when("answer.way", "any_of", ("car",)))),))
    drafts.check(
        survey(
            NPS.changed(jumps=(Jump(when=when("answer.nps", "at_least", 9), to="who"),)),
            WAY,
            question("more", show=deep, require=when("answer.way", "is_not", "bus")),
            question("place", show=when("segment.city", "contains", "são"), wording={PROMOTER: WORDS}),
            question("plan", show=when("hidden.plan", "at_least", 3)),
            question("size", QuestionKind.CHOICES, show=when("contact.size"), choices=choices((), (DETRACTOR,))),
            HELLO.changed(jumps=(Jump(when=when("answer.place", "contains", "x"), to="end"),)),
            WHO,
            question("last", show=when("answer.who", "is", "email")),
            hidden=("plan",),
        )
    )


@pytest.mark.parametrize(
    ("condition", "code", "place"),
    [
        (Condition(), "condition_form", ""),
        (Condition(field="class", all=(when("class"),)), "condition_form", ""),
        (Condition(all=(when("class"),), any=(when("class"),)), "condition_form", ""),
        (Condition(all=(when("class"), Condition())), "condition_form", ".all[1]"),
        (Condition(any=(when("class"),) * 21), "condition_form", ""),
        (Condition(any=(when("answer.colour"),)), "condition_field", ".any[0].field"),
        (when("answer.hello"), "condition_field", ".field"),
        (when("hidden.plan"), "condition_field", ".field"),
        (when("contact."), "condition_field", ".field"),
        (when("segment.name"), "condition_field", ".field"),
        (when("weather"), "condition_field", ".field"),
        (when("answer.later"), "condition_later", ".field"),
        (when("answer.this"), "condition_later", ".field"),
        (when("answer.nps", "contains", "9"), "condition_op", ".op"),
        (when("answer.why", "at_least", 5), "condition_op", ".op"),
        (when("answer.way", "at_most", 5), "condition_op", ".op"),
        (when("answer.who", "contains", "@"), "condition_op", ".op"),
        (when("class", "contains", "pro"), "condition_op", ".op"),
        (when("segment", "at_least", 3), "condition_op", ".op"),
        (when("answer.nps", "is", 11), "condition_value", ".value"),
        (when("answer.nps", "is", "9"), "condition_value", ".value"),
        (when("answer.nps", "at_least", -1), "condition_value", ".value"),
        (when("answer.nps", "any_of", 9), "condition_value", ".value"),
        (when("answer.nps", "is", (9,)), "condition_value", ".value"),
        (when("answer.nps", "any_of", ()), "condition_value", ".value"),
        (when("answer.way", "is", "train"), "condition_value", ".value"),
        (when("answer.way", "none_of", ("car", "train")), "condition_value", ".value"),
        (when("answer.who", "is", "phone"), "condition_value", ".value"),
        (when("class", "is", "fan"), "condition_value", ".value"),
        (when("answer.why", "contains", " "), "condition_blank", ".value"),
        (when("segment", "is"), "condition_blank", ".value"),
        (when("segment", "any_of", "sul"), "condition_blank", ".value"),
        (when("contact.visits", "at_least", "three"), "condition_blank", ".value"),
    ],
)
@pytest.mark.parametrize("name", ["show", "require"])
def test_a_condition_that_means_nothing_is_refused(condition: Condition, code: str, place: str, name: str) -> None:
    this = question("this").changed(**{name: condition})

    assert refused(NPS, WAY, WHY, WHO, HELLO, this, question("later")) == (code, f"questions[5].{name}{place}")


def test_conditions_are_nested_five_deep_at_most() -> None:
    deep = when("answer.why")
    for _ in range(5):
        deep = Condition(all=(deep,))

    assert refused(WHY, question("this", show=deep))[0] == "condition_deep"


def test_a_jump_may_test_the_answer_that_it_starts_from() -> None:
    drafts.check(survey(WHY.changed(jumps=(Jump(when=when("answer.why"), to="end"),)), WAY))
    assert refused(WHY.changed(jumps=(Jump(when=when("answer.way"), to="end"),)), WAY) == (
        "condition_later",
        "questions[0].jumps[0].when.field",
    )


@pytest.mark.parametrize(
    ("to", "code"), [("why", "jump_back"), ("way", "jump_back"), ("", "jump_unknown"), ("x", "jump_unknown")]
)
def test_a_jump_leads_to_a_later_question_or_to_the_end(to: str, code: str) -> None:
    jumps = (Jump(when=when("answer.why"), to="end"), Jump(when=when("answer.why"), to=to))

    assert refused(WHY, WAY.changed(jumps=jumps), question("later")) == (code, "questions[1].jumps[1].to")


def test_a_question_has_few_jumps() -> None:
    jumps = (Jump(when=when("answer.why"), to="end"),) * 21

    assert refused(WHY.changed(jumps=jumps), WAY) == ("jumps", "questions[0].jumps")


def test_no_question_is_called_like_the_end() -> None:
    assert refused(question("end")) == ("id", "questions")


@pytest.mark.parametrize("names", [("Plan",), ("a-b",), ("",)])
def test_hidden_fields_have_plain_names(names: tuple[str, ...]) -> None:
    assert refused(WHY, hidden=names) == ("id", "hidden")
    assert refused(WHY, hidden=("plan", "plan")) == ("id_twice", "hidden")
    assert refused(WHY, hidden=tuple(f"h{number}" for number in range(21))) == ("hidden", "hidden")


@pytest.mark.parametrize(
    ("this", "place"),
    [
        (question("this", wording={DETRACTOR: WORDS}), "wording"),
        (question("this", QuestionKind.CHOICE, choices=choices((), (PROMOTER,))), "choices[1].classes"),
        (question("this", show=when("class", "is", "detractor")), "show.field"),
    ],
)
def test_what_depends_on_the_class_stands_after_the_score(this: Question, place: str) -> None:
    assert refused(this, NPS) == ("class_unknown", f"questions[0].{place}")
    assert refused(WHY, this) == ("class_unknown", f"questions[1].{place}")
    drafts.check(survey(NPS, this))


@pytest.mark.parametrize(
    ("jumps", "of"),
    [
        ([("at_least", 5), ("at_most", 5)], "why"),  # every score leads past it
        ([("answered", "")], "why"),  # it is required, hence always answered
        ([("at_most", 8), ("at_least", 7)], "why"),
    ],
)
def test_a_question_that_every_way_leads_past_is_refused(jumps: list[tuple[str, Any]], of: str) -> None:
    past = tuple(Jump(when=when("answer.nps", op, value), to="way") for op, value in jumps)

    assert refused(NPS.changed(jumps=past), question(of), WAY) == ("unreached", "questions[1]")


def test_a_question_shown_to_nobody_is_refused() -> None:
    never = Condition(all=(when("class", "is", "promoter"), when("answer.nps", "at_most", 3)))

    assert refused(NPS, question("why", show=never)) == ("unreached", "questions[1]")
    assert refused(NPS, question("why", show=when("class", "blank"))) == ("unreached", "questions[1]")
    drafts.check(survey(NPS.changed(required=False), question("why", show=when("class", "blank"))))


def test_a_jump_that_some_answers_do_not_take_leads_past_nothing() -> None:
    jumps = (Jump(when=when("answer.way", "is", "car"), to="end"), Jump(when=when("answer.way", "is", "bus"), to="end"))

    drafts.check(survey(WAY.changed(jumps=jumps), WHY))
    assert refused(WAY.changed(jumps=jumps, required=True), WHY) == ("unreached", "questions[1]")


@pytest.mark.parametrize(
    ("needs", "classes"),
    [
        ({"required": True}, ["passive"]),
        ({"require": Condition(field="class", value="passive")}, ["passive"]),
    ],
)
def test_a_survey_that_somebody_cannot_finish_is_refused(needs: dict[str, Any], classes: list[str]) -> None:
    reasons = question("reasons", QuestionKind.CHOICES, choices=choices((DETRACTOR,), (PROMOTER,)), **needs)

    with pytest.raises(InvalidError, match="survey_unfinishable") as error:
        drafts.check(survey(NPS, reasons))
    assert error.value.details == {"field": "questions[1].choices", "classes": classes}
    drafts.check(survey(NPS, reasons.changed(show=when("class", "is_not", "passive"))))
    drafts.check(survey(NPS, reasons.changed(required=False, require=None)))


def test_who_gave_no_score_must_be_able_to_finish_too() -> None:
    reasons = question(
        "reasons", QuestionKind.CHOICE, required=True, choices=choices((DETRACTOR,), (PASSIVE, PROMOTER))
    )

    drafts.check(survey(NPS, reasons))
    assert refused(NPS.changed(required=False), reasons) == ("unfinishable", "questions[1].choices")


@pytest.mark.parametrize(
    ("this", "code", "place"),
    [
        (question("this", QuestionKind.RATING, steps=1), "steps", "steps"),
        (question("this", QuestionKind.RATING, steps=11), "steps", "steps"),
        (question("this", QuestionKind.NPS, steps=7), "kind_field", "steps"),
        (question("this", QuestionKind.CSAT, look="numbers"), "kind_field", "look"),
        (question("this", fields=(ContactField.NAME,)), "kind_field", "fields"),
        (question("this", low=WORDS), "kind_field", "low"),
        (question("this", QuestionKind.STATEMENT, required=True), "kind_field", "required"),
        (question("this", QuestionKind.STATEMENT, require=when("answer.why")), "kind_field", "require"),
        (question("this", QuestionKind.CONTACT, fields=()), "contact_fields", "fields"),
        (question("this", QuestionKind.CONTACT, fields=(ContactField.NAME,) * 2), "contact_fields", "fields"),
    ],
)
def test_a_question_says_only_what_its_kind_has(this: Question, code: str, place: str) -> None:
    assert refused(WHY, this) == (code, f"questions[1].{place}")


@pytest.mark.parametrize("kind", [QuestionKind.STATEMENT, QuestionKind.CONTACT, QuestionKind.CHOICES])
def test_only_a_scale_classifies(kind: QuestionKind) -> None:
    fields = {"choices": choices((), ())} if kind is QuestionKind.CHOICES else {}

    assert refused(question("this", kind, benchmark=True, **fields)) == ("benchmark", "questions")


def test_thumbs_classify_when_there_is_nothing_between_the_two() -> None:
    thumbs = question("this", QuestionKind.THUMBS, benchmark=True)

    assert refused(thumbs) == ("cut_offs", "detractor_max")
    drafts.check(survey(thumbs, detractor_max=0, passive_max=0))


def test_stars_classify_when_the_cut_offs_lie_within_them() -> None:
    stars = question("stars", QuestionKind.RATING, benchmark=True)

    assert refused(stars) == ("cut_offs", "detractor_max")
    drafts.check(survey(stars, detractor_max=3, passive_max=4))
    assert refused(stars.changed(steps=2), detractor_max=0, passive_max=1) == ("cut_offs", "detractor_max")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{{ first_name", "syntax"),
        ("{{ colour }}", "unknown_field"),
        ("{{ 7*7 }}", "not_allowed"),
        ("{% if store %}" * 4 + "{% endif %}" * 4, "too_deep"),
        ("{{" * 501, "too_many_tags"),
        ("{{ first_name }}", "no_fallback"),
        ("{% if answer.nps %}x{% endif %}", "not_tested"),
    ],
)
def test_a_field_in_a_text_is_checked_and_every_refusal_has_its_words(text: str, code: str) -> None:
    asked = (NPS, question("why").changed(text={"en": f"Why? {text}"}))

    assert refused(*asked) == (f"piping_{code}", "questions[1].text.en")


@settings(deadline=None)
@given(st.randoms(use_true_random=False))
def test_nobody_ever_comes_to_a_question_that_is_said_to_be_out_of_reach(random: Random) -> None:
    asked = branching.survey(random)
    try:
        ways.check(asked)
    except InvalidError as error:
        event(error.code)
        lost = error.details.get("value", "")
    else:
        return
    for _ in range(20):
        path = logic.walk(asked, branching.answers(random, asked), branching.facts(random))
        complete = all(f"answer.{name}" in path.facts for name in path.required)
        assert not complete or lost not in path.asked
