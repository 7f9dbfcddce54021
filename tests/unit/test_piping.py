from typing import Any

import pytest

from escuta.errors import InvalidError
from escuta.feedback import logic, piping
from escuta.feedback.model import Choice, Intercept, Question, QuestionKind, SurveyDraft
from escuta.feedback.piping import Known
from tests.conftest import NOON
from tests.kit import factories

WORDS = {"en": "Words"}
SCORE = Question(id="nps", kind=QuestionKind.NPS, text=WORDS)
WAY = Question(
    id="way",
    kind=QuestionKind.CHOICES,
    text=WORDS,
    choices=(Choice(id="car", text={"en": "By car", "es": "En coche"}), Choice(id="bus", text={"en": "By bus"})),
)
WHO = Question(id="who", kind=QuestionKind.CONTACT, text=WORDS)
WEB = Intercept(id="i", name="Shop", survey="visit", segment="paulista", origins=(), created_at=NOON)
HOSTILE = "<img src=x onerror=alert(1)>{{7*7}}{% if %}${x}%s\"'"


def survey(*questions: Question, **fields: Any) -> SurveyDraft:
    return SurveyDraft(languages=("en",), title=WORDS, questions=questions or (SCORE, WAY), **fields)


def comment(text: str) -> Question:
    return Question(id="comment", kind=QuestionKind.TEXT, text={"en": text})


def known(text: str, source: Any = WEB, hidden: dict[str, str] | None = None, **answers: Any) -> Known:
    asked = survey(SCORE, WAY, comment("Why?"))
    facts = logic.walk(asked, answers, {}).facts
    return piping.known([text], source, asked, "en", hidden or {}, facts)


def told(text: str, source: Any = WEB, hidden: dict[str, str] | None = None, **answers: Any) -> str:
    return piping.plain(text, known(text, source, hidden, **answers))


def refusal(*questions: Question, **fields: Any) -> tuple[str, str, str, int, int]:
    with pytest.raises(InvalidError) as refused:
        piping.check(survey(*questions, **fields))
    details = refused.value.details
    return refused.value.code, details["field"], details["name"], details["line"], details["column"]


def test_texts_speak_of_the_person_and_of_what_was_answered() -> None:
    text = "{{ first_name | default('You') }} of {{ organisation }} gave {{ answer.nps | default('no') }} points"

    assert told(text, factories.invitation(name="Ana"), nps=0) == "Ana of Lojas Aurora gave 0 points"
    assert told(text) == "You of Lojas Aurora gave no points"


def test_an_answer_is_said_in_the_words_that_were_read() -> None:
    assert told("{{ answer.way | default('-') }}", way=("car", "bus")) == "By car, By bus"
    assert piping.said(survey(), "es", {"answer.way": ("car", "bus")}) == {"answer.way": "En coche, bus"}


def test_hidden_and_custom_fields_are_said() -> None:
    text = "{{ hidden.plan | default('-') }} {{ custom.size | default('-') }}"

    assert told(text, factories.invitation(custom={"size": "G"}), {"plan": "gold"}) == "gold G"
    assert told(text) == "- -"


def test_who_answered_a_contact_question_is_not_said_again() -> None:
    assert piping.said(survey(WHO), "en", {"answer.who": ("name",)}) == {}
    assert refusal(WHO, comment("{{ answer.who | default('') }}"))[:3] == (
        "survey_piping_unknown_field",
        "questions[1].text.en",
        "answer.who",
    )


def test_as_html_an_answer_stands_where_the_page_can_follow_it() -> None:
    text = "{{ answer.nps | default('none') }} & <more>"

    assert piping.html(text, known(text, nps=9)) == (
        '<span data-pipe="nps" data-else="none">9</span> &amp; &lt;more&gt;'
    )
    assert piping.html(text, known(text)) == '<span data-pipe="nps" data-else="none">none</span> &amp; &lt;more&gt;'


def test_whatever_a_person_is_called_or_typed_is_shown_literally() -> None:
    text = "{{ name | default('') }}|{{ hidden.plan | default('') }}|{{ answer.comment | default('') }}"
    ana = factories.invitation(name=HOSTILE)
    filled = known(text, ana, {"plan": HOSTILE}, comment=HOSTILE)

    escaped = "&lt;img src=x onerror=alert(1)&gt;{{7*7}}{% if %}${x}%s&#34;&#39;"
    assert piping.plain(text, filled) == "|".join([HOSTILE] * 3)
    assert piping.html(text, filled) == (f'{escaped}|{escaped}|<span data-pipe="comment" data-else="">{escaped}</span>')


def test_a_fallback_that_looks_like_markup_is_none() -> None:
    text = "{{ answer.nps | default('\"><b>') }}"

    assert piping.html(text, known(text)) == (
        '<span data-pipe="nps" data-else="&#34;&gt;&lt;b&gt;">&#34;&gt;&lt;b&gt;</span>'
    )


def test_a_text_that_is_no_template_is_what_it_says() -> None:
    for text in ("100 % { sure }", "half {{ of a field", "<b>"):
        assert told(text) == text


def test_a_good_text_passes() -> None:
    piping.check(
        survey(
            SCORE,
            comment("{{ answer.nps | default('-') }} {% if first_name %}{{ first_name }}{% endif %} {{ store }}"),
            thanks={"any": {"en": "{{ answer.comment | default('') }} {{ hidden.plan | default('') }}"}},
            hidden=("plan",),
        )
    )


@pytest.mark.parametrize(
    ("text", "code", "name", "column"),
    [
        ("a {{ answer.comment | default('') }}", "unknown_field", "answer.comment", 6),  # itself
        ("{{ answer.later | default('') }}", "unknown_field", "answer.later", 4),
        ("{{ hidden.plan | default('') }}", "unknown_field", "hidden.plan", 4),
        ("{{ answer.nps }}", "no_fallback", "answer.nps", 4),
        ("Hi {{ first_name }}", "no_fallback", "first_name", 7),
        ("{% if answer.nps %}x{% endif %}", "not_tested", "answer.nps", 7),
        ("{{ link }}", "unknown_field", "link", 4),
        ("{{ 7*7 }}", "not_allowed", "", 1),
        ("Hi {{ first_name", "syntax", "{{ first_name", 4),
    ],
)
def test_a_field_that_cannot_be_said_is_refused_with_its_place(text: str, code: str, name: str, column: int) -> None:
    later = Question(id="later", kind=QuestionKind.TEXT, text=WORDS)

    assert refusal(SCORE, comment(text), later) == (f"survey_piping_{code}", "questions[1].text.en", name, 1, column)


def test_before_the_first_question_there_is_no_answer_to_speak_of() -> None:
    assert refusal(intro={"en": "\n{{ answer.nps | default('') }}"}) == (
        "survey_piping_unknown_field",
        "intro.en",
        "answer.nps",
        2,
        4,
    )
