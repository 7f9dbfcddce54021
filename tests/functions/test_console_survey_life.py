"""Surveys in the console as a whole: published with the difference, branded, tried, copied, closed, taken along."""

import re
from datetime import datetime
from html import unescape

import pytest

from escuta.feedback import editing, surveys
from escuta.feedback.model import SurveyDraft, SurveyStatus
from escuta.outreach import templates
from escuta.outreach.model import Channel, Template
from tests.functions import console_company as company
from tests.functions.console_company import HOSTILE, Answer, signed_in
from tests.functions.console_forms import form, go, send, then, undo
from tests.functions.respondents import DRAFT

PAGE = "surveys/loja"
TITLE = {"pt-BR": "Sua visita hoje", "en": "Your visit", "es": "Tu visita"}


@pytest.fixture(autouse=True)
def console(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    company.found()
    surveys.create("Visita", survey="loja")
    surveys.publish("loja", DRAFT)


def head() -> tuple[str, int]:
    found = surveys.get("loja")
    return str(found.status), found.version


def edited(**changes: object) -> None:
    kept = editing.current(surveys.get("loja"))
    editing.keep(kept, kept.definition.changed(**changes), by="helena")


def read(answer: Answer) -> str:
    """Return what a page says, without its marks."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


def words(path: str, who: str = "helena") -> str:
    return read(go(signed_in(who), path))


def draft() -> SurveyDraft:
    return editing.current(surveys.get("loja")).definition


def test_a_draft_is_published_by_who_has_seen_what_it_changes() -> None:
    edited(title=TITLE)
    helena = signed_in("helena")
    assert "de “Sua visita” para “Sua visita hoje”" in words(f"{PAGE}/publish").replace("  ", " ")

    page = read(then(helena, f"{PAGE}/publish", send(helena, f"{PAGE}/publish", "/publish", call="p-1")))

    assert head() == ("live", 2)
    assert "Versão 2 publicada." in page
    assert "Versão 2 atual" in page


def test_what_is_published_twice_by_one_form_is_one_version() -> None:
    edited(title=TITLE)
    helena = signed_in("helena")
    page = go(helena, f"{PAGE}/publish")
    sent = dict(form(page, "/publish").fields)

    first, second = (helena.post(f"/console/{PAGE}/publish", sent) for _ in range(2))

    assert (first.status, second.status, head()) == (303, 303, ("live", 2))


def test_another_draft_than_was_looked_at_is_not_published() -> None:
    edited(title=TITLE)
    helena = signed_in("helena")
    sent = dict(form(go(helena, f"{PAGE}/publish"), "/publish").fields)
    edited(title={**TITLE, "pt-BR": "Outra"})

    answer = helena.post(f"/console/{PAGE}/publish", sent)

    assert (answer.status, head()) == (412, ("live", 1))
    assert "“Outra”" in read(answer)


def test_what_is_wrong_is_told_with_its_place_and_keeps_it_from_being_published() -> None:
    edited(title={"pt-BR": "Sua visita"})
    helena = signed_in("helena")
    page = go(helena, f"{PAGE}/publish")

    assert "Falta: título em inglês." in read(page)
    assert re.search(r'<button class="primary wide-button"[^>]* disabled', page.text)
    assert send(helena, f"{PAGE}/publish", "/publish").status == 422
    assert head() == ("live", 1)


def test_without_a_change_there_is_nothing_to_publish() -> None:
    assert "Nada para publicar" in words(f"{PAGE}/publish")


def test_who_may_not_publish_sees_the_difference_without_a_button() -> None:
    edited(title=TITLE)
    page = go(signed_in("davi"), f"{PAGE}/publish")
    assert "Sua visita hoje" in read(page)
    assert "Publicar versão 2" not in read(page)

    davi = signed_in("davi")
    assert davi.post(f"/console/{PAGE}/publish", {"csrf": davi.token(), "rev": "1", "version": "1"}).status == 403


def test_an_older_version_becomes_the_draft_and_is_taken_back() -> None:
    surveys.publish("loja", DRAFT.changed(title=TITLE))
    helena = signed_in("helena")
    place = f"{PAGE}/versions/1"

    page = then(helena, place, send(helena, place, "/restore"))
    assert "A versão 1 é agora o rascunho." in read(page)
    assert draft().title["pt-BR"] == "Sua visita"

    undo(helena, page)
    assert draft().title["pt-BR"] == "Sua visita hoje"


def test_versions_are_listed_and_each_can_be_read() -> None:
    surveys.publish("loja", DRAFT.changed(title={**TITLE, "pt-BR": HOSTILE}))
    listed = go(signed_in("helena"), f"{PAGE}/versions")
    assert "Versão 2 atual" in read(listed)
    assert HOSTILE not in listed.text
    assert HOSTILE not in go(signed_in("helena"), f"{PAGE}/versions/2").text
    assert "Sua visita" in words(f"{PAGE}/versions/1")
    assert go(signed_in("helena"), f"{PAGE}/versions/9").status == 404


def test_a_version_is_looked_at_as_its_people_saw_it() -> None:
    helena = signed_in("helena")
    answer = send(helena, f"{PAGE}/versions/1", "/look")
    assert (answer.status, "/p/" in answer.header("location")) == (303, True)


def test_colors_that_hide_the_words_are_told_and_kept_in_the_draft_all_the_same() -> None:
    helena = signed_in("helena")
    typed = {"light__ink": "#888", "light__ground": "#777777", "color": "0B5C5E"}
    answer = send(helena, f"{PAGE}/branding", "/branding", **typed)

    page = then(helena, f"{PAGE}/branding", answer)

    assert draft().branding.light.ink == "#888888"
    assert draft().color == "#0b5c5e"
    assert "Texto sobre fundo Claro 1,2 : 1 Precisa de 4,5 : 1" in read(page)
    undo(helena, page)
    assert draft().branding.light.ink == ""


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"dark__card": "azul"}, "Escreva a cor como #0b5c5e."),
        ({"color": "#ffee00"}, "Texto branco não se lê sobre esta cor."),
        ({"color": HOSTILE}, "Escreva a cor como #0b5c5e."),
    ],
    ids=["no color", "too light", "hostile"],
)
def test_what_is_no_color_is_told_beside_its_field(typed: dict[str, str], said: str) -> None:
    helena = signed_in("helena")
    page = then(helena, f"{PAGE}/branding", send(helena, f"{PAGE}/branding", "/branding", **typed))
    assert said in read(page)
    assert HOSTILE not in page.text


def test_colors_are_looked_at_while_they_are_chosen_and_nothing_is_kept() -> None:
    helena = signed_in("helena")
    sent = dict(form(go(helena, f"{PAGE}/branding"), "/branding").fields) | {"color": "#7a1f1f", "theme": "dark"}
    answer = helena.post(f"/console/{PAGE}/branding/look", sent, HX_Request="true")

    assert 'id="contrasts"' in answer.text
    assert "<html" not in answer.text
    assert re.search(r'data-look="[^"]*/p/', answer.text)
    assert draft().color == "#0b5c5e"


def test_who_was_overtaken_keeps_the_colors_that_were_chosen() -> None:
    helena = signed_in("helena")
    sent = dict(form(go(helena, f"{PAGE}/branding"), "/branding").fields) | {"color": "#7a1f1f"}
    edited(title=TITLE)

    answer = helena.post(f"/console/{PAGE}/branding", sent)

    assert answer.status == 412
    assert 'value="#7a1f1f"' in answer.text


def test_a_test_link_is_made_shown_and_opens_a_page_that_says_so() -> None:
    helena = signed_in("helena")
    answer = send(helena, f"{PAGE}/test-answers", "/link")
    assert answer.status == 200
    assert re.search(r'data-copy="https?://[^"]+/p/[^"]+"', answer.text)
    assert "<svg" in answer.text
    assert "Ninguém testou ainda" in read(answer)


def test_test_answers_are_for_who_sees_the_whole_organisation() -> None:
    page = words(f"{PAGE}/test-answers", "bruno")
    assert "Só para quem vê a organização inteira" in page
    assert "Criar link de teste" not in page


def test_test_answers_are_removed() -> None:
    helena = signed_in("helena")
    answer = helena.post(f"/console/{PAGE}/test-answers/clear", {"csrf": helena.token()})
    assert "0 respostas de teste apagadas." in read(then(helena, PAGE, answer))


def test_a_survey_is_renamed_and_the_name_given_back() -> None:
    helena = signed_in("helena")
    place = f"{PAGE}/change/details"
    page = then(helena, place, send(helena, place, "/details", name="Visita 2", retention_days="90"))
    assert (surveys.get("loja").name, surveys.get("loja").retention_days) == ("Visita 2", 90)

    undo(helena, page)
    assert (surveys.get("loja").name, surveys.get("loja").retention_days) == ("Visita", 0)


@pytest.mark.parametrize(
    ("typed", "field"), [({"name": " "}, "name"), ({"retention_days": "muito"}, "retention_days")], ids=str
)
def test_what_cannot_be_a_name_or_a_number_of_days_is_refused_beside_the_field(
    typed: dict[str, str], field: str
) -> None:
    helena = signed_in("helena")
    answer = send(helena, f"{PAGE}/change/details", "/details", **typed)
    assert answer.status in {400, 422}
    assert f'id="{field}-fault"' in answer.text
    assert surveys.get("loja").name == "Visita"


def test_a_copy_is_made_once_however_often_the_form_is_sent() -> None:
    helena = signed_in("helena")
    first, second = (send(helena, f"{PAGE}/change/copy", "/copy", name="Outono", call="copy-1") for _ in range(2))
    assert first.header("location") == second.header("location")
    assert "“Outono” foi criada." in read(then(helena, f"{PAGE}/change/copy", second))
    assert len([each for each in surveys.listing().items if each.name == "Outono"]) == 1


@pytest.mark.parametrize(
    ("what", "begins", "ends", "after"),
    [
        ("pause", "live", "paused", "live"),
        ("resume", "paused", "live", "paused"),
        ("close", "live", "closed", "live"),
        ("reopen", "closed", "live", "closed"),
    ],
)
def test_a_survey_changes_its_status_and_changes_it_back(what: str, begins: str, ends: str, after: str) -> None:
    if begins != "live":
        surveys.move("loja", SurveyStatus(begins))
    helena = signed_in("helena")
    place = f"{PAGE}/change/{what}"
    page = then(helena, place, send(helena, place, f"/{what}"))
    assert head()[0] == ends

    undo(helena, page)
    assert head()[0] == after


def test_who_closes_a_paused_survey_is_offered_no_way_back_that_would_set_it_live() -> None:
    surveys.move("loja", SurveyStatus.PAUSED)
    helena = signed_in("helena")
    page = then(helena, f"{PAGE}/change/close", send(helena, f"{PAGE}/change/close", "/close"))
    assert "Pesquisa encerrada." in read(page)
    assert "data-undo" not in page.text


def test_what_hangs_on_a_survey_is_told_before_it_is_closed() -> None:
    surveys.move("visit", SurveyStatus.PAUSED)
    company.deployment("um")
    page = words("surveys/visit/change/close")
    assert "1 envio em andamento para de enviar" in page
    assert "Quem já abriu a página tem 24 horas para terminar." in page


def test_a_survey_is_deleted_only_once_it_is_closed() -> None:
    assert "Encerre a pesquisa antes de excluir" in words(f"{PAGE}/change/delete")
    surveys.move("loja", SurveyStatus.CLOSED)
    helena = signed_in("helena")

    page = then(helena, f"{PAGE}/change/delete", send(helena, f"{PAGE}/change/delete", "/delete"))

    assert "“Visita” foi excluída." in read(page)
    assert surveys.get("loja").deleted_at is not None
    assert "A pesquisa foi excluída." in words(f"{PAGE}/change/pause")


@pytest.mark.parametrize("what", ["details", "copy", "pause", "close"])
def test_an_analyst_can_do_none_of_it(what: str) -> None:
    davi = signed_in("davi")
    assert go(davi, f"{PAGE}/change/{what}").status == 403
    assert davi.post(f"/console/{PAGE}/change/{what}", {"csrf": davi.token(), "rev": "1", "name": "X"}).status == 403
    assert head() == ("live", 1)


def test_there_is_nothing_else_to_do_with_a_survey() -> None:
    helena = signed_in("helena")
    assert go(helena, f"{PAGE}/change/burn").status == 404
    assert helena.post(f"/console/{PAGE}/change/burn", {"csrf": helena.token()}).status == 404


@pytest.mark.parametrize("kind", ["yaml", "json"])
def test_a_survey_is_taken_along_and_made_again_of_its_file(kind: str) -> None:
    words_of_it = Template(survey="loja", channel=Channel.SMS, language="pt-BR", text="Oi {{ link }}")
    templates.save(words_of_it)
    helena = signed_in("helena")
    file = helena.get(f"/console/{PAGE}/file", **{"as": kind})
    assert file.header("content-disposition") == f'attachment; filename="loja.{kind}"'

    page = then(helena, "surveys/import", send(helena, "surveys/import", "/import", file=file.text))

    assert "“Visita” foi importada como rascunho." in read(page)
    made = next(each for each in surveys.listing().items if each.name == "Visita" and each.id != "loja")
    assert (made.status, made.version) == (SurveyStatus.DRAFT, 1)
    assert [each.text.strip() for each in templates.listing(made.id)] == ["Oi {{ link }}"]


def test_a_file_that_keeps_its_code_is_refused_where_there_is_such_a_survey() -> None:
    helena = signed_in("helena")
    file = helena.get(f"/console/{PAGE}/file").text
    answer = send(helena, "surveys/import", "/import", file=file, which="same")
    assert answer.status == 409
    assert "format: escuta.survey/1" in answer.text


@pytest.mark.parametrize("file", ["", "{", "a: [", "[]", HOSTILE, "&a [*a]"], ids=str)
def test_what_is_no_survey_is_refused_with_what_was_pasted(file: str) -> None:
    helena = signed_in("helena")
    answer = send(helena, "surveys/import", "/import", file=file)
    assert answer.status in {400, 422}
    assert 'role="alert"' in answer.text
    assert HOSTILE not in answer.text


def test_a_survey_that_was_never_published_is_set_live_by_its_first_version() -> None:
    surveys.create("Nova", survey="nova")
    kept = editing.current(surveys.get("nova"))
    editing.keep(kept, DRAFT, by="helena")
    helena = signed_in("helena")
    assert "A pesquisa entra no ar" in words("surveys/nova/publish")
    assert "Nenhuma versão ainda" in words("surveys/nova/versions")

    page = then(helena, "surveys/nova/publish", send(helena, "surveys/nova/publish", "/publish"))

    assert "A pesquisa está no ar." in read(page)
    assert surveys.get("nova").status is SurveyStatus.LIVE
