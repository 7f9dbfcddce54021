"""People in the console: found, taken in, corrected, erased; their fields; closed addresses; what they ask."""

from datetime import datetime, timedelta

import pytest

from escuta import clock, table
from escuta.directory import contacts, custom_fields, privacy
from escuta.directory.model import FieldType, PrivacyKind, PrivacyRequest
from tests.functions import console_company as company
from tests.functions.console_company import HOSTILE, Browser, signed_in
from tests.functions.console_forms import deliver, form, go, send, then, undo

PEOPLE = "admin/contacts"
NEW = "admin/contacts/new"


@pytest.fixture(autouse=True)
def console(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    company.found()


def taken(browser: Browser, name: str = "Ana Souza", email: str = "ana@example.com", place: str = "poa") -> str:
    """Take a person in, and return the page of them."""
    page = then(browser, NEW, send(browser, NEW, "/new", name=name, email=email, segment=place))
    assert name in page.words
    return f"{PEOPLE}/{contacts.identity('', email, '')}"


def test_before_anything_is_looked_for_the_page_says_how_to_begin() -> None:
    page = go(signed_in("helena"), PEOPLE).words
    assert "Quem você procura?" in page
    assert 'href="contacts?segment=poa"' in page or "segment=poa" in page


def test_somebody_is_found_by_the_beginning_of_a_name_and_a_manager_finds_the_own_people_alone() -> None:
    helena = signed_in("helena")
    taken(helena)
    taken(helena, "Anita Prado", "anita@example.com", "santos")
    found = go(helena, f"{PEOPLE}?q=an").words
    assert "Ana Souza" in found
    assert "Anita Prado" in found
    mine = go(signed_in("bruno"), f"{PEOPLE}?q=an").words
    assert "Ana Souza" in mine
    assert "Anita Prado" not in mine
    other = contacts.identity("", "anita@example.com", "")
    assert go(signed_in("bruno"), f"{PEOPLE}/{other}").status == 404


def test_who_is_known_already_is_not_made_twice() -> None:
    browser = signed_in("helena")
    taken(browser)
    answer = send(browser, NEW, "/new", name="Ana Maria Souza", email="ana@example.com", segment="poa")
    assert "Ana Maria Souza já existia e foi atualizado." in then(browser, NEW, answer).words


def test_an_address_that_is_none_is_told_beside_the_field() -> None:
    answer = send(signed_in("helena"), NEW, "/new", name="Ana", email="ana@", segment="poa")
    assert answer.status == 422
    assert 'id="email-fault"' in answer.text
    assert 'value="ana@"' in answer.text


def test_a_person_is_corrected_and_the_correction_undone() -> None:
    browser = signed_in("helena")
    page = taken(browser)
    after = then(browser, f"{page}/edit", send(browser, f"{page}/edit", "/edit", name="Ana de Souza"))
    assert "Ana de Souza" in after.words
    assert "Ana Souza" in undo(browser, after).words


def test_custom_fields_are_typed_and_what_does_not_fit_is_told() -> None:
    browser = signed_in("helena")
    custom_fields.create("visitas", FieldType.NUMBER, labels={"pt-BR": "Visitas no ano"})
    custom_fields.create("socio", FieldType.BOOLEAN)
    page = taken(browser)
    answer = send(browser, f"{page}/edit", "/edit", custom__visitas="12,5", custom__socio="true")
    after = then(browser, f"{page}/edit", answer).words
    assert "<dt>Visitas no ano</dt><dd>12.5</dd>" in after
    assert "<dt>socio</dt><dd>Sim</dd>" in after
    wrong = send(browser, f"{page}/edit", "/edit", custom__visitas="muitas")
    assert wrong.status == 422
    assert 'value="muitas"' in wrong.text
    assert 'id="custom-visitas-fault"' in wrong.text


def test_the_page_of_a_person_tells_the_journey_and_why_they_would_not_be_asked() -> None:
    browser = signed_in("helena")
    page = taken(browser)
    then(browser, f"{page}/edit", send(browser, f"{page}/edit", "/edit", consent="denied"))
    words = go(browser, page).words
    assert "Recusou contato" in words
    assert "Pode ser convidado agora?" in words
    assert "Não seria" in words


def test_an_analyst_reads_and_changes_nothing() -> None:
    page = taken(signed_in("helena"))
    davi = signed_in("davi")
    shown = go(davi, page)
    assert shown.status in {200, 403}
    assert "Apagar" not in shown.words
    assert go(davi, NEW).status == 403
    assert go(davi, f"{page}/export").status == 403


def test_a_person_is_erased_and_the_receipt_says_how_far_it_is() -> None:
    browser = signed_in("helena")
    page = taken(browser)
    receipt = then(browser, page, send(browser, page, "/erase"))
    assert "Recibo de apagamento" in receipt.words
    assert "Em andamento" in receipt.words
    assert "Ana Souza" not in receipt.words
    assert "Em andamento" in go(browser, "admin/privacy/erasures").words


def test_everything_known_of_a_person_comes_as_a_file() -> None:
    browser = signed_in("helena")
    page = taken(browser)
    answer = go(browser, f"{page}/data")
    assert (answer.status, answer.header("content-type")) == (200, "application/json")
    assert "attachment" in answer.header("content-disposition")
    assert "ana@example.com" in answer.text


def test_a_field_is_defined_changed_forgotten_and_brought_back() -> None:
    browser, page = signed_in("helena"), f"{PEOPLE}/fields"
    answer = send(browser, page, "/fields", name="plano", type="choice", choices="prata\nouro", labels__en="Plan")
    assert "Campo plano definido." in then(browser, page, answer).words
    assert custom_fields.get("plano").choices == ("prata", "ouro")
    one = f"{page}/plano"
    after = then(browser, one, send(browser, one, "/plano", choices="prata\nouro\ndiamante"))
    assert custom_fields.get("plano").choices == ("prata", "ouro", "diamante")
    undo(browser, after)
    assert custom_fields.get("plano").choices == ("prata", "ouro")
    gone = then(browser, one, send(browser, one, "/remove"))
    assert not custom_fields.listing()
    undo(browser, gone)
    assert custom_fields.get("plano").labels == {"en": "Plan"}


def test_an_address_is_closed_looked_up_and_opened_again() -> None:
    browser, page = signed_in("helena"), "admin/suppressions"
    assert "Livre" in go(browser, f"{page}?address=ana@example.com").words
    after = then(browser, page, send(browser, page, "/suppressions", addresses="ana@example.com"))
    assert "Endereço bloqueado." in after.words
    asked = f"{page}?address=ana@example.com"
    assert "Decisão nossa" in go(browser, asked).words
    opened = then(browser, page, send(browser, asked, "/open", why="Pediu para voltar"))
    assert "Endereço desbloqueado." in opened.words
    assert "Pediu para voltar" in go(browser, asked).words


def test_closing_an_address_by_mistake_is_undone() -> None:
    browser, page = signed_in("helena"), "admin/suppressions"
    undo(browser, then(browser, page, send(browser, page, "/suppressions", addresses="ana@example.com")))
    assert "Livre" in go(browser, f"{page}?address=ana@example.com").words


def test_of_many_addresses_each_is_told_what_became_of_it() -> None:
    browser, page = signed_in("helena"), "admin/suppressions"
    answer = send(browser, page, "/suppressions", addresses="ana@example.com\ncarla@\n\nANA@example.com")
    assert answer.status == 200
    for words in ("Bloqueado</span>", "Recusado</span>", "Já estava bloqueado</span>"):
        assert words in answer.words


def test_what_is_no_address_is_told_beside_the_field() -> None:
    browser, page = signed_in("helena"), "admin/suppressions"
    assert "carla@" in go(browser, f"{page}?address=carla@").words
    answer = send(browser, page, "/suppressions", addresses="carla@")
    assert answer.status == 422
    assert 'id="addresses-fault"' in answer.text


def wanted(kind: PrivacyKind, contact: str) -> str:
    now = clock.now()
    asked = PrivacyRequest(
        id=f"want-{kind}",
        wants=kind,
        contact=contact,
        hint="a•••@example.com",
        language="pt-BR",
        requested_at=now,
        due_at=now + timedelta(days=15),
    )
    table.put(asked)
    return f"admin/privacy/{asked.id}"


def test_a_request_to_see_the_data_is_met() -> None:
    browser = signed_in("helena")
    contact = taken(browser).rpartition("/")[2]
    page = wanted(PrivacyKind.SEE, contact)
    assert "a•••@example.com" in go(browser, "admin/privacy").words
    assert "Exportar dados" in go(browser, page).words
    assert "Pedido atendido." in then(browser, page, send(browser, page, page)).words
    assert privacy.get("want-see").done_at
    assert "a•••@example.com" in go(browser, "admin/privacy?state=done").words


def test_a_request_to_be_erased_asks_before_it_erases() -> None:
    browser = signed_in("helena")
    contact = taken(browser).rpartition("/")[2]
    page = wanted(PrivacyKind.ERASE, contact)
    shown = go(browser, page)
    assert 'data-confirm="Apagar a•••@example.com em todo lugar? Não há como desfazer."' in shown.text
    after = then(browser, page, deliver(browser, page, form(shown, page)))
    assert "A pessoa está sendo apagada." in after.words


def test_what_people_are_called_cannot_run() -> None:
    browser = signed_in("helena")
    page = then(browser, NEW, send(browser, NEW, "/new", name=HOSTILE, external_id='"><i>', segment="poa"))
    assert HOSTILE not in page.text
    who = contacts.identity('"><i>', "", "")
    for path in (f"{PEOPLE}/{who}", f"{PEOPLE}/{who}/edit", f"{PEOPLE}?segment=poa", f"{PEOPLE}/{who}/export"):
        shown = go(browser, path).text
        assert HOSTILE not in shown
        assert '"><i>' not in shown
