"""Managers and products in the console: made, changed, retired, merged, and told of."""

from datetime import datetime

import pytest

from escuta.directory import managers, products
from tests.functions import console_company as company
from tests.functions.console_company import HOSTILE, signed_in
from tests.functions.console_forms import deliver, form, go, send, then, undo

MANAGERS, PRODUCTS = "admin/managers", "admin/products"


@pytest.fixture(autouse=True)
def console(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    company.found()
    products.create("sofa", "Sofá", "Móveis")
    products.create("sofa-2", "Sofa Lua", "Moveis")


def test_managers_are_listed_with_what_they_answer_for() -> None:
    page = go(signed_in("helena"), MANAGERS).words
    assert "Bruno Lima" in page
    assert "Sul" in page
    assert "Na hora" in page
    assert "Bruno Lima" in go(signed_in("helena"), f"{MANAGERS}?segment=poa").words
    assert "Bruno Lima" not in go(signed_in("helena"), f"{MANAGERS}?segment=santos").words


def test_an_account_is_made_for_segments_and_sent_twice_it_is_made_once() -> None:
    browser, page = signed_in("helena"), f"{MANAGERS}/new"
    filled = form(go(browser, page), "/new")
    said = {"name": "Carla Nunes", "email": "carla@example.com", "segments": ["poa", "curitiba"]}
    after = then(browser, page, deliver(browser, page, filled, **said))
    deliver(browser, page, filled, **said)
    assert "Carla Nunes: conta criada." in after.words
    assert "Loja Poa" in after.words
    assert "Loja Curitiba" in after.words
    assert [each.name for each in managers.listing().items].count("Carla Nunes") == 1


def test_sms_without_a_telephone_is_told_beside_it_and_nothing_typed_is_lost() -> None:
    answer = send(
        signed_in("helena"),
        f"{MANAGERS}/new",
        "/new",
        name="Carla",
        email="carla@example.com",
        channels=["sms"],
        segments=["poa"],
    )
    assert answer.status == 422
    assert 'value="Carla"' in answer.text
    assert 'value="poa" checked' in answer.text
    assert 'role="alert"' in answer.text


def test_an_account_is_changed() -> None:
    browser, bruno = signed_in("helena"), company.owner("Bruno Lima").id
    page = f"{MANAGERS}/{bruno}/edit"
    after = then(browser, page, send(browser, page, "/edit", alerts="digest", segments=["sul", "santos"]))
    assert "Uma vez por dia" in after.words
    assert "Loja Santos" in after.words
    assert managers.get(bruno).segments == ("sul", "santos")


def test_a_manager_is_retired_and_brought_back() -> None:
    browser, bruno = signed_in("helena"), company.owner("Bruno Lima").id
    page = f"{MANAGERS}/{bruno}"
    after = then(browser, page, send(browser, page, "/retire"))
    assert "Bruno Lima não responde por mais nada." in after.words
    assert "Bruno Lima" in go(browser, f"{MANAGERS}?retired=true").words
    undo(browser, after)
    assert managers.get(bruno).retired_at is None


def test_products_are_listed_by_group() -> None:
    page = go(signed_in("helena"), f"{PRODUCTS}?group=Moveis").words
    assert "Sofa Lua" in page
    assert ">Sofá</a>" not in page


def test_a_product_is_made_and_refused_when_there_is_one() -> None:
    browser, page = signed_in("helena"), f"{PRODUCTS}/new"
    after = then(browser, page, send(browser, page, "/new", code="mesa", name="Mesa Rio", group="Móveis"))
    assert "Mesa Rio: produto criado." in after.words
    again = send(browser, page, "/new", code="mesa", name="Mesa Rio")
    assert again.status == 409
    assert 'value="mesa"' in again.text


def test_a_product_is_taken_for_another_one_and_no_longer() -> None:
    browser, page = signed_in("helena"), f"{PRODUCTS}/edit?code=sofa-2"
    after = then(browser, page, send(browser, page, "/edit", merged_into="sofa"))
    assert "Conta como sofa" in after.words
    undo(browser, after)
    assert products.get("sofa-2").merged_into == ""


def test_a_product_cannot_be_taken_for_itself() -> None:
    answer = send(signed_in("helena"), f"{PRODUCTS}/edit?code=sofa", "/edit", merged_into="sofa")
    assert answer.status in {409, 422}
    assert 'role="alert"' in answer.text


def test_a_group_is_renamed_and_renamed_back() -> None:
    browser, page = signed_in("helena"), f"{PRODUCTS}?group=Moveis"
    after = then(browser, page, send(browser, page, "/groups", name="Estofados"))
    assert "O grupo agora se chama Estofados." in after.words
    undo(browser, after)
    assert products.get("sofa-2").group == "Moveis"


def test_a_group_with_the_name_of_another_one_joins_it_and_offers_no_way_back() -> None:
    browser, page = signed_in("helena"), f"{PRODUCTS}?group=Moveis"
    after = then(browser, page, send(browser, page, "/groups", name="Móveis"))
    assert products.get("sofa-2").group == "Móveis"
    assert "data-undo" not in after.text


def test_an_analyst_changes_neither() -> None:
    davi = signed_in("davi")
    assert go(davi, f"{MANAGERS}/new").status == 403
    assert go(davi, f"{PRODUCTS}/new").status == 403
    bruno = company.owner("Bruno Lima").id
    token = dict(form(go(davi, "components"), "/theme").fields)["csrf"]
    assert davi.post(f"/console/{MANAGERS}/{bruno}/retire", {"csrf": token, "retired": "true"}).status == 403
    assert managers.get(bruno).retired_at is None


def test_names_and_codes_cannot_run() -> None:
    products.create('"><b>{{7*7}}', HOSTILE, HOSTILE)
    browser = signed_in("helena")
    for path in (PRODUCTS, f"{PRODUCTS}/edit?code=%22%3E%3Cb%3E%7B%7B7*7%7D%7D"):
        page = go(browser, path)
        assert (page.status, HOSTILE in page.text) == (200, False)
        assert '"><b>{{' not in page.text
