"""Surveys in the console: their list, new ones, and their questions as a list, which is put together and undone."""

import re
from datetime import datetime

import pytest

from escuta.feedback import editing, surveys
from escuta.feedback.model import SurveyDraft, SurveyStatus
from tests.functions import console_company as company
from tests.functions.console_company import HOSTILE, Answer, Browser, signed_in
from tests.functions.console_forms import Form, deliver, form, go, send, then, undo
from tests.functions.respondents import DRAFT

PAGE = "surveys/loja"


@pytest.fixture(autouse=True)
def console(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    company.found()
    surveys.create("Visita", survey="loja")
    surveys.publish("loja", DRAFT)


def draft(survey: str = "loja") -> SurveyDraft:
    return editing.current(surveys.get(survey)).definition


def ids(survey: str = "loja") -> list[str]:
    return [question.id for question in draft(survey).questions]


def made(answer: Answer) -> str:
    """Return the id of the survey to which an answer leads."""
    found = re.search(r"surveys/([\w-]+)", answer.header("location"))
    assert found, answer.header("location")
    return found[1]


def created(browser: Browser, **typed: object) -> str:
    return made(send(browser, "surveys/new", "surveys/new", **{"name": "Entrega", "begin": "nps", **typed}))


def test_surveys_are_listed_with_how_each_stands() -> None:
    surveys.create(HOSTILE, survey="outra")
    surveys.move("loja", SurveyStatus.PAUSED)

    page = go(signed_in("helena"), "surveys").words

    assert "Pausada" in page
    assert "Rascunho" in page
    assert HOSTILE not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "3 perguntas" in page


def test_a_state_without_surveys_says_so_and_leads_back() -> None:
    page = go(signed_in("helena"), "surveys?status=closed").words
    assert "Nenhuma pesquisa está nesta situação." in page
    assert "Ver todas" in page


@pytest.mark.parametrize("name", ["davi", "bruno"])
def test_who_may_only_read_sees_all_of_it_without_a_way_to_change_it(name: str) -> None:
    browser = signed_in(name)
    found = go(browser, "surveys").words
    page = go(browser, f"{PAGE}?question=nps").words

    assert "No ar" in found
    assert "surveys/new" not in found
    assert "Você nos recomendaria?" in page
    assert '<fieldset class="bare fields" disabled>' in page
    assert 'action="../../console/surveys/loja/questions"' not in page
    assert "preview-pane" not in page


def test_what_is_sent_without_the_right_is_refused() -> None:
    browser = signed_in("davi")
    sent = Form("/console/surveys/loja/questions", "post", [("csrf", browser.token()), ("kind", "text"), ("rev", "0")])
    assert deliver(browser, "x", sent).status == 403
    assert ids() == ["nps", "reasons", "comment"]


@pytest.mark.parametrize("begin", ["nps", "csat", "ces", "visit"])
def test_a_new_survey_begins_with_a_questionnaire_that_could_be_published_as_it_is(begin: str) -> None:
    browser = signed_in("helena")
    survey = created(browser, begin=begin, languages=["pt-BR", "en", "es"])

    page = go(browser, f"surveys/{survey}").words

    assert "antes de publicar" not in page
    surveys.publish(survey, draft(survey))
    assert draft(survey).languages[0] == "pt-BR"


def test_a_new_survey_speaks_the_languages_that_were_chosen_and_no_other() -> None:
    survey = created(signed_in("helena"), languages=["es"])
    assert draft(survey).languages == ("es",)
    assert draft(survey).title == {"es": "Entrega"}
    assert set(draft(survey).questions[0].text) == {"es"}


def test_a_survey_that_is_sent_twice_is_made_once_and_keeps_what_was_edited_meanwhile() -> None:
    browser = signed_in("helena")
    filled = form(go(browser, "surveys/new"), "surveys/new")
    first = made(deliver(browser, "surveys/new", filled, name="Entrega", begin="nps"))
    send(browser, f"surveys/{first}", "/questions", kind="thumbs")

    again = made(deliver(browser, "surveys/new", filled, name="Entrega", begin="nps"))

    assert again == first
    assert ids(first) == ["nps", "comment", "thumbs"]


def test_a_survey_without_a_name_or_a_language_is_refused_beside_the_field() -> None:
    browser = signed_in("helena")
    nameless = send(browser, "surveys/new", "surveys/new", name=" ", begin="ces")
    mute = send(browser, "surveys/new", "surveys/new", name="Entrega", begin="ces", languages=None)

    assert (nameless.status, mute.status) == (422, 422)
    assert 'id="name-fault"' in nameless.text
    assert 'value="ces" checked' in nameless.words
    assert 'id="languages-fault"' in mute.text
    assert 'value="Entrega"' in mute.words


def test_a_question_is_added_at_the_end_and_opened() -> None:
    browser = signed_in("helena")
    page = then(browser, PAGE, send(browser, PAGE, "/questions", kind="choice")).words

    assert ids() == ["nps", "reasons", "comment", "choice"]
    assert 'name="option.0.text"' in page
    assert "coisas a resolver antes de publicar" in page


def test_the_first_question_on_a_scale_sets_the_score() -> None:
    browser = signed_in("helena")
    survey = created(browser, begin="blank", languages=["pt-BR"])
    send(browser, f"surveys/{survey}", "/questions", kind="csat")

    question = draft(survey).questions[0]
    assert (question.benchmark, question.required) == (True, True)
    assert (draft(survey).detractor_max, draft(survey).passive_max) == (2, 3)


def test_a_question_is_moved_and_the_move_undone() -> None:
    browser = signed_in("helena")
    page = go(browser, PAGE)
    sent = next(each for each in _moves(page) if ("to", "2") in each.fields)

    after = then(browser, PAGE, deliver(browser, PAGE, sent))

    assert ids() == ["reasons", "nps", "comment"]
    assert "“Você nos recomendaria?” está agora na posição 2." in after.words
    undo(browser, after)
    assert ids() == ["nps", "reasons", "comment"]


def _moves(page: Answer) -> list[Form]:
    """Return the forms that move a question down, each once."""
    found = re.findall(r'<form method="post" action="([^"]+/edit/\d/move)"(.*?)</form>', page.text, flags=re.DOTALL)
    fields = [(action, re.findall(r'name="(\w+)" value="([^"]*)"', inside)) for action, inside in found]
    return [Form(action, "post", said) for action, said in fields]


def test_a_question_is_copied_without_what_only_one_may_be() -> None:
    browser = signed_in("helena")
    then(browser, PAGE, send(browser, PAGE, "/edit/1/copy"))
    copy = draft().questions[1]
    assert ids() == ["nps", "nps_2", "reasons", "comment"]
    assert (copy.text, copy.benchmark, copy.required) == (DRAFT.questions[0].text, False, True)


def test_a_question_is_deleted_and_comes_back_whole_where_it_was() -> None:
    browser = signed_in("helena")
    after = then(browser, PAGE, send(browser, PAGE, "/edit/2/delete"))

    assert ids() == ["nps", "comment"]
    assert "Pergunta excluída: “O que pesou?”" in after.words
    undo(browser, after)
    assert draft() == DRAFT


def test_who_is_overtaken_is_told_and_changes_nothing() -> None:
    browser, other = signed_in("helena"), signed_in("helena")
    stale = form(go(browser, PAGE), "/edit/2/delete")
    send(other, PAGE, "/questions", kind="text")

    answer = deliver(browser, PAGE, stale)

    assert answer.status == 412
    assert 'role="alert"' in answer.words
    assert len(ids()) == 4


def test_what_was_changed_is_thrown_away_and_brought_back() -> None:
    browser = signed_in("helena")
    send(browser, PAGE, "/questions", kind="text")

    after = then(browser, PAGE, send(browser, PAGE, "/draft/discard"))

    assert draft() == DRAFT
    undo(browser, after)
    assert ids() == ["nps", "reasons", "comment", "text"]


@pytest.mark.parametrize("packed", ["", "x", "!!!", "eJyr", "eJwDAAAAAAE="])
def test_what_is_put_back_must_be_what_was_taken(packed: str) -> None:
    browser = signed_in("helena")
    said = [("csrf", browser.token()), ("question", packed), ("at", "0"), ("rev", "0")]
    answer = deliver(browser, "x", Form("/console/surveys/loja/questions/restore", "post", said))
    assert answer.status == 422
    assert ids() == ["nps", "reasons", "comment"]


def test_a_survey_or_question_that_is_not_there_has_no_page() -> None:
    browser = signed_in("helena")
    said = [("csrf", browser.token()), ("rev", "0")]
    assert go(browser, "surveys/nada").status == 404
    assert deliver(browser, "x", Form("/console/surveys/loja/edit/9/delete", "post", said)).status == 404
    assert deliver(browser, "x", Form("/console/surveys/loja/edit/x/copy", "post", said)).status == 404
