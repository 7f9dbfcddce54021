"""The whole loop in the console: a file, a survey, a sending, an answer, a ticket; by mouse, and by keyboard alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import LetsIn
from tests.e2e.hands import Hands, Keys, Mouse
from tests.e2e.house import House
from tests.e2e.visitor import DESKTOP, PHONE, Visitor, fits, is_inside
from tests.e2e.waiting import PATIENCE, eventually

LINK = re.compile(r"http://\S+/s/[A-Za-z0-9_-]{23}")
STORE = "bhz-01"
COMMENT = "Paguei e a mesa veio sem os parafusos."
REPLY = "Os parafusos saem hoje. Desculpe a falta."
ACTION = "Parafusos enviados por portador."


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    """Wait longer for what functions do one after the other, on a machine that does much else."""
    expect.set_options(timeout=PATIENCE * 1000)
    yield
    expect.set_options(timeout=5_000)


@dataclass(frozen=True)
class Walk:
    """Somebody at a desk, what they use, and what they bring and make."""

    house: House
    page: Page
    hands: Hands
    name: str  # of whoever walks: in the file, the survey and the sending, so that no walk meets another one

    @property
    def person(self) -> str:
        """Return the name of the customer who is asked."""
        return f"Rosa {self.name.capitalize()}"

    @property
    def customer(self) -> str:
        """Return the address of the customer who is asked."""
        return f"rosa.{self.name}@example.com"

    def button(self, name: str) -> Locator:
        """Return a button of the page."""
        return self.page.locator("main").get_by_role("button", name=name, exact=True)

    def said(self, words: str) -> None:
        """Check what the page says of what was just done."""
        expect(self.page.locator("#toasts")).to_contain_text(words)


@pytest.mark.parametrize("hands", [pytest.param(Mouse(), id="mouse"), pytest.param(Keys(), id="keyboard")])
def test_the_whole_loop_in_the_console(house: House, person: LetsIn, tmp_path: Path, hands: Hands) -> None:
    desk = person(screen=DESKTOP)
    walk = Walk(house, desk.opens(f"{house.api}/console"), hands, "rato" if isinstance(hands, Mouse) else "tecla")
    _signs_in(walk)
    _asks_at_once_after_a_closing(walk)
    _describes_a_folder(walk)
    _brings_a_file(walk, tmp_path)
    _makes_a_survey(walk)
    _sends_it(walk)
    _answers(walk, person(screen=PHONE))
    _sees_it_counted(walk)
    _follows_the_ticket(walk)
    _closes_it(walk)
    _hears_that_all_is_well(walk, person(screen=PHONE))


def _signs_in(walk: Walk) -> None:
    seeded = walk.house.running.seeded
    walk.hands.writes(walk.page.get_by_label("E-mail", exact=True), seeded["admin"])
    walk.hands.writes(walk.page.get_by_label("Senha"), seeded["password"])
    walk.hands.presses(walk.page.get_by_role("button", name="Entrar"))
    is_inside(walk.page)


def _asks_at_once_after_a_closing(walk: Walk) -> None:
    walk.hands.goes(walk.page, "Administrar", "Detratores")
    walk.hands.writes(walk.page.get_by_label("Horas depois de fechar"), "0")
    walk.hands.saves(walk.page)
    walk.said("alvo")


def _describes_a_folder(walk: Walk) -> None:
    """Make a place for files that ask nobody by themselves."""
    walk.hands.goes(walk.page, "Administrar", "Importações")
    walk.hands.presses(walk.page.locator("main").get_by_role("link", name="Pastas"))
    walk.hands.writes(walk.page.get_by_role("textbox", name="Pasta"), walk.name)
    walk.hands.presses(walk.button("Continuar"))
    expect(walk.page.get_by_role("heading", level=1)).to_have_text(f"{walk.name}/")
    walk.hands.saves(walk.page)
    walk.said("Pasta salva")


def _brings_a_file(walk: Walk, desk: Path) -> None:
    page, file = walk.page, desk / f"clientes-{walk.name}.csv"
    rows = (
        ("Código", "Nome", "E-mail", "Loja", "Idioma"),
        (f"{walk.name}-1", walk.person, walk.customer, STORE, "pt-BR"),
        (f"{walk.name}-2", "Davi Prates", f"davi.{walk.name}@example.com", STORE, "pt-BR"),
        (f"{walk.name}-3", "Sem Endereço", "não tem", STORE, "pt-BR"),
    )
    file.write_text("".join(";".join(row) + "\n" for row in rows))
    walk.hands.goes(page, "Administrar", "Importações")
    walk.hands.begins(page)
    walk.hands.chooses(page.get_by_label("O que há no arquivo"), walk.name)
    walk.hands.gives(page.locator("label.button[for=file]"), page.locator("#file"), file)
    walk.hands.presses(walk.button("Conferir"))
    expect(page.get_by_role("heading", name="O que aconteceria")).to_be_focused()
    expect(_tile(page, "Seriam novas")).to_have_text("2")
    fits(page)
    walk.hands.presses(walk.button("Importar"))
    expect(_tile(page, "Novas")).to_have_text("2")
    expect(_tile(page, "Recusadas")).to_have_text("1")


def _tile(page: Page, name: str) -> Locator:
    return page.locator(".tile", has=page.get_by_text(name, exact=True)).locator("b")


def _makes_a_survey(walk: Walk) -> None:
    page = walk.page
    walk.hands.goes(page, "Pesquisas", "Pesquisas")
    walk.hands.begins(page)
    walk.hands.writes(page.get_by_label("Nome"), f"Entrega ({walk.name})")
    walk.hands.ticks(page.locator("[name=begin][value=nps]"))
    walk.hands.saves(page)
    walk.said("foi criada")
    walk.hands.presses(page.locator("main").get_by_role("link", name="Revisar e publicar"))
    page.wait_for_url("**/publish")
    walk.hands.saves(page)
    walk.said("no ar")


def _sends_it(walk: Walk) -> None:
    page = walk.page
    walk.hands.goes(page, "Distribuir", "Envios")
    walk.hands.begins(page)
    walk.hands.writes(page.locator("#name"), f"Envio ({walk.name})")
    survey = page.locator("#survey")
    walk.hands.chooses(survey, _value(survey, f"Entrega ({walk.name})"))
    walk.hands.ticks(page.locator("[name=audience][value=file]"))
    file = page.locator("#file")
    walk.hands.chooses(file, _value(file, f"clientes-{walk.name}.csv"))
    walk.hands.ticks(page.locator("[name=strategy][value=email]"))
    expect(page.locator("#message .preview")).to_have_count(1)
    walk.hands.saves(page)
    page.wait_for_url("**/deploy/distribute/runs/**")
    expect(_tile(page, "Recebem")).to_have_text("2")
    expect(page.locator(".samples")).to_contain_text(walk.person)
    fits(page)
    walk.hands.presses(walk.button("Iniciar o envio"))
    asked = page.locator("dialog[open]")
    expect(asked).to_contain_text("2 mensagens")
    walk.hands.presses(asked.locator("[data-yes]"))
    page.wait_for_url("**/deploy/history/*")
    walk.said("começou")
    expect(page.locator(".standing")).to_contain_text("concluído")


def _value(field: Locator, words: str) -> str:
    value = field.locator("option", has_text=words).get_attribute("value")
    assert value
    return value


def _answers(walk: Walk, phone: Visitor) -> None:
    """Follow the link in the mail, on a phone, and be unhappy."""
    eventually("the invitation", lambda: walk.house.messages(walk.customer))
    page = _by_mail(walk, phone)
    walk.hands.ticks(page.get_by_role("radio", name="2", exact=True))
    walk.hands.writes(page.get_by_role("textbox").first, COMMENT)
    fits(page)
    walk.hands.presses(page.get_by_role("button", name="Enviar resposta"))
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def _by_mail(walk: Walk, phone: Visitor) -> Page:
    """Open the newest mail to the customer, and follow its link."""
    outbox = phone.opens(f"{walk.house.running.place.outbox}?to={walk.customer}")
    with phone.context.expect_page() as opened:
        walk.hands.presses(outbox.frame_locator("iframe >> nth=0").locator('a[href*="/s/"]').first)
    if isinstance(walk.hands, Keys):  # where the focus is, they ask in a mail that is shown inert
        phone.watch.forget("Blocked script execution")
    return opened.value


def _sees_it_counted(walk: Walk) -> None:
    page = walk.page
    walk.hands.goes(page, "Analisar", "Painéis")
    walk.hands.presses(page.locator("main tr", has_text=f"Entrega ({walk.name})").get_by_role("link").first)
    page.wait_for_url("**/analyze/dashboards/**")

    def shown() -> bool:
        page.reload()
        return COMMENT in page.locator("#board").inner_text()

    eventually("the answer on the dashboard", shown)
    fits(page)
    walk.hands.presses(page.locator("#board").get_by_role("link", name="1 resposta").first)
    expect(page.get_by_role("heading", level=1)).to_have_text("Respostas")
    expect(page.locator("main")).to_contain_text(COMMENT)
    fits(page)


def _follows_the_ticket(walk: Walk) -> None:
    page = walk.page
    _ticket(walk)
    walk.hands.goes(page, "Agir", "Chamados")
    walk.hands.presses(page.locator("main").get_by_role("link", name="Quadro"))
    page.wait_for_url("**look=board**")
    page.wait_for_load_state()
    walk.hands.finds(page.locator("main [type=search]"), walk.person)
    card = page.locator(".board-card", has_text=COMMENT)
    expect(card).to_have_count(1)
    fits(page)


def _ticket(walk: Walk) -> dict[str, Any]:
    def found() -> list[dict[str, Any]]:
        listed = walk.house.read("tickets", segment=STORE, limit="100")["items"]
        return [one for one in listed if one["comment"] == COMMENT and one["contact_name"] == walk.person]

    return eventually("the ticket", found)[0]


def _closes_it(walk: Walk) -> None:
    page = walk.page
    walk.hands.presses(page.locator(".board-card", has_text=COMMENT).locator(".board-name"))
    expect(page.get_by_role("heading", level=1)).to_have_text(walk.person)
    expect(page.locator("#write-text")).to_be_visible()
    walk.hands.writes(page.locator("#write-text"), REPLY)
    walk.hands.presses(page.locator("form:has(#write-text) button"))
    walk.said("Mensagem a caminho do cliente")
    eventually("the reply", lambda: [one for one in walk.house.messages(walk.customer) if REPLY in one["text"]])
    walk.hands.presses(page.locator("#close > summary"))
    walk.hands.ticks(page.locator("#close [name=root_causes]").first)
    walk.hands.writes(page.locator("#close-action"), ACTION)
    walk.hands.presses(page.locator("#close button[value=closed]"))
    walk.said("Chamado fechado")


def _hears_that_all_is_well(walk: Walk, phone: Visitor) -> None:
    """Answer the one question that follows a closing, and find the answer in the ticket."""

    def asked() -> int:
        return len([one for one in walk.house.messages(walk.customer) if LINK.search(one["text"])])

    before = asked()
    walk.house.running.invoke("DistributeDue", {})
    eventually("the question", lambda: asked() > before)
    page = _by_mail(walk, phone)
    walk.hands.ticks(page.get_by_role("radio", name="Sim"))
    walk.hands.writes(page.get_by_role("textbox").first, "Chegaram, obrigada.")
    walk.hands.presses(page.get_by_role("button", name="Enviar resposta"))
    expect(page.get_by_role("heading", level=1)).to_be_focused()

    def told() -> bool:
        walk.page.reload()
        return "O cliente disse que agora está tudo bem" in walk.page.locator("main").inner_text()

    eventually("recovered", told)
