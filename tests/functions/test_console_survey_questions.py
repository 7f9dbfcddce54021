"""One question in the console: its words, its options, its logic, and what is said of what is still wrong."""

import json
import re
from datetime import datetime
from typing import Any

import pytest

from escuta.feedback import editing, surveys
from escuta.feedback.model import Condition, Question, SurveyDraft
from tests.functions import browsing
from tests.functions import console_company as company
from tests.functions.console_company import HOSTILE, Answer, signed_in
from tests.functions.console_forms import Form, deliver, form, go, send, then
from tests.functions.respondents import DRAFT

PAGE = "surveys/loja"
NESTED = {
    "any": [
        {"field": "class", "op": "is", "value": "detractor"},
        {
            "all": [
                {"field": "answer.nps", "op": "at_least", "value": 3},
                {"field": "channel", "op": "is", "value": "sms"},
            ]
        },
    ]
}


@pytest.fixture(autouse=True)
def console(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    company.found()
    surveys.create("Visita", survey="loja")
    surveys.publish("loja", DRAFT)


def draft() -> SurveyDraft:
    return editing.current(surveys.get("loja")).definition


def question(place: int = 0) -> Question:
    return draft().questions[place]


def shown(place: int) -> Condition:
    """Return when a question is shown."""
    condition = question(place).show
    assert condition is not None
    return condition


def keep(**changes: Any) -> None:
    """Keep a draft with other questions, as an author left it."""
    editing.keep(editing.current(surveys.get("loja")), DRAFT.changed(**changes), by="somebody")


def write(name: str, ending: str, language: str = "pt-BR", **typed: Any) -> Answer:
    browser = signed_in("helena")
    page = f"{PAGE}?{'part' if name in {'start', 'thanks', 'settings'} else 'question'}={name}&lang={language}"
    return then(browser, page, send(browser, page, ending, **typed))


def test_a_question_is_written_in_one_language_and_keeps_the_others() -> None:
    after = write("nps", "/edit/1", "en", text=f"  Would you? {HOSTILE} ")

    assert "Salvo." in after.words
    assert HOSTILE not in after.text
    assert question().text == {**DRAFT.questions[0].text, "en": f"Would you? {HOSTILE}"}
    assert question().low == DRAFT.questions[0].low


def test_a_text_that_may_be_missing_is_gone_in_all_languages_when_the_first_says_nothing() -> None:
    write("nps", "/edit/1", low="")
    assert question().low == {}
    assert question().high == DRAFT.questions[0].high


def test_a_text_that_is_emptied_and_written_again_in_one_go_keeps_its_translations() -> None:
    browser = signed_in("helena")
    page = f"{PAGE}?question=nps"
    stood = form(go(browser, page), "/edit/1")
    emptied = deliver(browser, page, Form(stood.action + "/keep", "post", stood.fields), low="")
    rev = re.findall(r'data-rev="(\d+)"', emptied.text)[-1]

    deliver(browser, page, Form(stood.action + "/keep", "post", stood.fields), low="Jamais", rev=rev)

    assert question().low == {**DRAFT.questions[0].low, "pt-BR": "Jamais"}


def test_options_are_written_ordered_and_named_by_their_first_words() -> None:
    browser = signed_in("helena")
    page = f"{PAGE}?question=reasons"
    stood = form(go(browser, page), "/edit/2")
    fields = [(name, value) for name, value in stood.fields if name != "option"]
    more = [("option", "1"), ("option", "0"), ("option", "7"), ("option.7.at", ""), ("option.7.text", "Café & pão")]

    deliver(browser, page, Form(stood.action, "post", fields + more))

    assert [choice.id for choice in question(1).choices] == ["staff", "price", "cafe_pao"]
    assert question(1).choices[0].text == DRAFT.questions[1].choices[1].text


@pytest.mark.parametrize(
    ("do", "expected"),
    [
        ("add:option", ["price", "staff", "option_3"]),
        ("drop:option.0", ["staff"]),
        ("down:option.0", ["staff", "price"]),
        ("up:option.1", ["staff", "price"]),
        ("up:option.9", ["price", "staff"]),
        ("drop:option.x", ["price", "staff"]),
    ],
)
def test_options_have_buttons_of_their_own(do: str, expected: list[str]) -> None:
    write("reasons", "/edit/2", do=do)
    assert [choice.id for choice in question(1).choices] == expected


def test_another_kind_keeps_what_fits_it() -> None:
    write("nps", "/edit/1", kind="text")
    assert (question().kind, question().low, question().benchmark, question().required) == ("text", {}, False, True)
    assert question().text == DRAFT.questions[0].text


def test_only_one_question_sets_the_score() -> None:
    browser = signed_in("helena")
    send(browser, PAGE, "/questions", kind="csat")
    write("csat", "/edit/4", benchmark="on")
    assert [each.id for each in draft().questions if each.benchmark] == ["csat"]


def test_a_question_is_shown_in_some_cases_only() -> None:
    after = write("comment", "/edit/3", do="add:show")
    assert shown(2).field == "class"
    assert "Aparece se: classificação da nota é Detrator." in after.words

    fact: dict[str, Any] = {"show__0__field": "answer.nps", "show__0__op": "at_most", "show__0__value": "4"}
    after = write("comment", "/edit/3", **fact)

    assert shown(2) == shown(2).changed(field="answer.nps", op="at_most", value=4)
    assert "Aparece se: 1. “Você nos recomendaria?” é no máximo 4." in after.words


def test_several_values_and_several_conditions_are_one_rule() -> None:
    fact: dict[str, Any] = {
        "show__0__field": "answer.reasons",
        "show__0__op": "is_not",
        "show__0__value": ["price", "staff", "bogus"],
    }
    more: dict[str, Any] = {
        "show__1__field": "channel",
        "show__1__op": "is",
        "show__1__value": "sms, email",
        "show__join": "any",
    }
    after = write("comment", "/edit/3", **fact, **more)

    told = shown(2).model_dump(mode="json", exclude_defaults=True)
    assert told == {
        "any": [
            {"field": "answer.reasons", "op": "none_of", "value": ["price", "staff"]},
            {"field": "channel", "op": "any_of", "value": ["sms", "email"]},
        ]
    }
    assert "não é Preço ou Atendimento ou canal é sms ou email" in after.words


def test_a_rule_within_a_rule_is_said_and_stays_as_it_is() -> None:
    nested = DRAFT.questions[2].changed(show=Question.model_validate({**_plain(2), "show": NESTED}).show)
    keep(questions=(*DRAFT.questions[:2], nested))

    after = write("comment", "/edit/3", text="Conte")

    assert question(2).show == nested.show
    assert "(1. “Você nos recomendaria?” é no mínimo 3 e canal é sms)" in after.words
    write("comment", "/edit/3", do="drop:show.1")
    assert shown(2).field == "class"


def _plain(place: int) -> dict[str, Any]:
    return json.loads(DRAFT.questions[place].model_dump_json())  # type: ignore[no-any-return]


def test_a_jump_leads_on_and_is_taken_away() -> None:
    after = write("nps", "/edit/1", do="add:jump")
    assert [jump.to for jump in question().jumps] == ["comment"]
    assert "Pula para 3. “Conte mais” se: classificação da nota é Detrator." in after.words

    write("nps", "/edit/1", jump__0__to="end", do="add:jump.0.when")
    assert question().jumps[0].to == "end"
    assert len(question().jumps[0].when.all) == 2
    write("nps", "/edit/1", do="drop:jump.0")
    assert question().jumps == ()


def test_another_code_of_a_question_is_followed_by_all_that_names_it() -> None:
    piped = DRAFT.questions[2].changed(text={"pt-BR": "Por que {{ answer.nps | default('?') }}? {{ answer.nps_2 }}"})
    jump = {"when": {"field": "answer.nps", "op": "at_least", "value": 9}, "to": "comment"}
    jumping = Question.model_validate({**_plain(1), "jumps": [jump]})
    keep(questions=(DRAFT.questions[0], jumping, piped))

    write("nps", "/edit/1", id="nota")

    assert [each.id for each in draft().questions] == ["nota", "reasons", "comment"]
    assert question(1).jumps[0].when.field == "answer.nota"
    assert question(2).text["pt-BR"] == "Por que {{ answer.nota | default('?') }}? {{ answer.nps_2 }}"


def test_what_is_wrong_is_said_in_words_with_a_link_to_its_place() -> None:
    bad = DRAFT.questions[1].changed(text={"pt-BR": "O que pesou?", "en": "", "es": "Qué"}, choices=())
    keep(questions=(DRAFT.questions[0], bad, DRAFT.questions[2]))

    page = go(signed_in("helena"), PAGE).words

    assert "2 coisas a resolver antes de publicar" in page
    assert "Falta: pergunta 2, texto em inglês." in page
    assert 'href="../../console/surveys/loja?question=reasons&amp;lang=en#part-text"' in page
    assert "questions[1]" not in page


def test_the_page_begins_and_ends_with_words_of_its_own() -> None:
    write("start", "/edit/start", title="Sua compra", intro="")
    write("thanks", "/edit/thanks", thanks__any="Obrigado!", thanks__detractor="Vamos melhorar.")
    assert (draft().title["pt-BR"], draft().intro) == ("Sua compra", {})
    assert draft().thanks == {"any": {"pt-BR": "Obrigado!"}, "detractor": {"pt-BR": "Vamos melhorar."}}


def test_settings_are_changed() -> None:
    typed: dict[str, Any] = {
        "layout": "steps",
        "hidden": "mesa\nplano mesa",
        "share": None,
        "call": "on",
        "limits__device_day": "3",
    }
    write("settings", "/edit/settings", **typed, detractor_max="5")
    write("settings", "/edit/settings", dimensions=["hidden.mesa", "hidden.outro"])

    found = draft()
    assert (found.layout, found.hidden, found.dimensions) == ("steps", ("mesa", "plano"), ("hidden.mesa",))
    assert (found.share, found.call, found.detractor_max, found.limits.device_day) == (False, True, 5, 3)


def test_what_is_typed_is_kept_by_itself_and_the_page_told_how_it_stands() -> None:
    browser = signed_in("helena")
    stood = form(go(browser, f"{PAGE}?question=nps"), "/edit/1")
    answer = deliver(browser, PAGE, Form(stood.action + "/keep", "post", stood.fields), text="")
    assert answer.status == 200
    assert 'id="state" data-rev="1"' in answer.text
    assert "Falta: pergunta 1, texto em português." in answer.words
    late = deliver(browser, PAGE, Form(stood.action + "/keep", "post", stood.fields), text="Outra")
    assert late.status == 412
    assert "pt-BR" not in question().text


def test_who_is_overtaken_while_writing_keeps_what_was_typed() -> None:
    browser = signed_in("helena")
    page = f"{PAGE}?question=nps"
    stood = form(go(browser, page), "/edit/1")
    send(signed_in("helena"), PAGE, "/questions", kind="text")

    answer = deliver(browser, page, stood, text="O que eu escrevi")

    assert answer.status == 412
    assert "O que eu escrevi" in answer.words
    assert 'role="alert"' in answer.words
    assert question().text == DRAFT.questions[0].text
    then(browser, page, deliver(browser, page, form(answer, "/edit/1")))
    assert question().text["pt-BR"] == "O que eu escrevi"
    assert len(draft().questions) == 4


def test_a_preview_shows_what_is_typed_and_keeps_nothing() -> None:
    browser = signed_in("helena")
    stood = form(go(browser, f"{PAGE}?question=nps"), "/edit/1")
    sent = Form("/console/surveys/loja/look", "post", [*stood.fields, ("where", "1"), ("theme", "dark")])

    answer = deliver(browser, "x", sent, text="Indicaria?")

    assert answer.status == 303
    page = browsing.get("/p/" + answer.header("location").partition("/p/")[2])
    assert "Indicaria?" in browsing.words(page)
    assert 'content="dark"' in page.body.decode()
    assert draft() == DRAFT


@pytest.mark.parametrize("others", ["x", "[1]", '{"low": "x"}', '{"low": {"en": 7}}'])
def test_what_the_form_carries_along_cannot_break_the_page(others: str) -> None:
    browser = signed_in("helena")
    page = f"{PAGE}?question=nps"
    assert send(browser, page, "/edit/1", others=others).status in {303, 400, 422}


def test_words_that_look_like_a_template_or_a_script_are_words() -> None:
    hard = "\"'>{{7*7}}<img src=x onerror=alert(1)> \u202eabc"
    after = write("nps", "/edit/1", text=hard)
    assert "<img src=x" not in after.text
    assert "&gt;{{7*7}}&lt;img" in after.text
    assert question().text["pt-BR"] == hard
