"""The desk of a manager: what waits, how their stores do, what customers said; and who has none."""

import re
from datetime import datetime, timedelta

import pytest

from escuta import clock, table
from escuta.directory import organisation
from escuta.directory.model import Label, Noun, OrganisationDraft
from escuta.feedback import tickets
from tests.functions import console_company as company
from tests.functions.console_company import HOSTILE, Browser, owner, signed_in
from tests.kit import factories

PATH = "/console/desk"


@pytest.fixture(autouse=True)
def console(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    company.found()
    table.put(factories.version().changed(survey="visit"))


def held(store: str, comment: str, *, hours: float = 5) -> None:
    """Give Bruno a ticket of a store."""
    opened = factories.ticket(
        f"ticket-{store}",
        segment=store,
        segment_path=("aurora", company.STORES[store], store),
        comment=comment,
        owner=owner("Bruno Lima").id,
        opened_at=clock.now() - timedelta(hours=48 - hours),
    )
    tickets.store(None, opened, tickets.Line("opened"))


def test_a_manager_sees_what_waits_and_how_the_region_does_against_the_others() -> None:
    company.answers("poa", 80, 10, 10)
    company.answers("paulista", 20, 20, 60)
    held("poa", "Fila longa no caixa")

    page = signed_in("bruno").get(PATH)

    assert page.status == 200
    assert "Fila longa no caixa" in page.words
    assert ">Sul</a></h3>" in page.words
    assert "<b>70</b>" in page.words
    assert "Melhor" in page.words
    assert "as outras: \N{MINUS SIGN}40" in page.words


def test_a_hostile_comment_is_words() -> None:
    held("poa", HOSTILE)

    page = signed_in("bruno").get(PATH).text

    assert HOSTILE not in page
    assert "&lt;script&gt;" in page


def test_who_has_no_figures_yet_is_told_what_comes() -> None:
    page = signed_in("bruno").get(PATH, language="pt-BR").words

    assert "Nenhum chamado aberto" in page or "chamado" in page
    assert "poucas respostas" in page


@pytest.mark.parametrize("name", ["helena", "davi"])
def test_who_answers_for_no_store_has_no_desk(name: str) -> None:
    assert signed_in(name).get(PATH).status == 404
    assert 'href="console/desk"' not in signed_in(name).get().text


def test_the_home_page_of_a_manager_leads_to_it() -> None:
    assert re.search(r'href="console/desk"[^>]*>Minha mesa</a>', signed_in("bruno").get().text)


def test_who_is_not_signed_in_is_brought_to_the_door() -> None:
    assert 'name="password"' in Browser().get(PATH).text


def test_home_and_desk_call_stores_as_the_organisation_does_in_that_language_and_as_ever_in_others() -> None:
    company.answers("poa", 8, 1, 1)
    company.answers("curitiba", 8, 1, 1)
    words = {Noun.SEGMENT: {"pt-BR": Label(one="Filial", many="Filiais & Cia")}}
    organisation.save(OrganisationDraft(labels=words), rev=0, who="user:ana")
    browser = signed_in("bruno")

    home, desk = browser.get(), browser.get(PATH)
    browser.cookies["__Host-escuta-language"] = "en"

    assert '<h2 id="ranking">Filiais &amp; Cia</h2>' in home.text
    assert '<h2 id="stores">Filiais &amp; Cia</h2>' in desk.text
    assert '<th scope="col">Filial' in home.text
    assert '<h2 id="ranking">Stores</h2>' in browser.get().text
