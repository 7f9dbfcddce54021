"""The page of a ticket on a manager's telephone: read, take over, note, reply, cause and action, close."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from console import app
from escuta.feedback import tickets
from escuta.feedback.model import TicketState
from tests.browser.axe import complaints, too_small, too_wide
from tests.browser.server import Handling, Server, serving
from tests.conftest import NOON
from tests.functions import cases
from tests.functions.console_company import Answer, Context

LetsIn = Callable[..., BrowserContext]
PHONE = {"width": 390, "height": 844}
SMALL_PHONE = {"width": 320, "height": 640}


class Desk(Handling):
    """The console's function, as the gateway calls it."""

    def call(self, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Return what the function answers."""
        place, _, query = path.partition("?")
        said = dict(self.headers.items())
        event: dict[str, Any] = {
            "resource": "/c/{token}",
            "path": place,
            "httpMethod": self.command,
            "headers": said,
            "multiValueHeaders": {name: [value] for name, value in said.items()},
            "queryStringParameters": dict(parse_qsl(query)) or None,
            "multiValueQueryStringParameters": {name: [value] for name, value in parse_qsl(query)} or None,
            "requestContext": {"stage": "live", "path": f"/live{place}", "httpMethod": self.command},
            "body": body.decode() or None,
            "isBase64Encoded": False,
        }
        with cases.later(hours=1):
            answer = Answer(app.handler(event, Context()))
        return answer.status, {name: values[0] for name, values in answer.headers.items()}, answer.text.encode()


@pytest.fixture
def desk(aws: None, noon: object) -> Iterator[Server]:  # noqa: ARG001 - the store and the clock come first
    """Serve the console while a test runs."""
    with serving(Desk) as running:
        yield running


def opened(desk: Server, visitor: LetsIn, size: dict[str, int] = PHONE, **options: Any) -> Page:
    """Open Bruno's link on his telephone."""
    page = visitor(viewport=size, **options).new_page()
    page.goto(f"{desk.url}/c/{cases.link()}")
    return page


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_from_reading_to_closing(desk: Server, visitor: LetsIn, scripts: bool) -> None:  # noqa: FBT001 - of pytest
    cases.found(owner="")
    cases.plant()
    page = opened(desk, visitor, java_script_enabled=scripts)

    expect(page.get_by_role("heading", name="Ana Souza")).to_be_visible()
    expect(page.get_by_text(cases.COMMENT)).to_be_visible()
    expect(page.get_by_role("link", name="Ligar para +5511987654321")).to_have_attribute("href", "tel:+5511987654321")

    page.get_by_text("Atualizar o andamento").click()
    page.get_by_label("Eu cuido deste chamado").check()
    page.get_by_role("button", name="Confirmar").click()
    expect(page.get_by_role("status")).to_have_text("Feito.")

    page.get_by_text("Anotar para a equipe").click()
    page.get_by_label("Só a equipe lê").fill("Liguei, volta às 15h.")
    page.get_by_role("button", name="Guardar anotação").click()
    expect(page.get_by_text("Liguei, volta às 15h.")).to_be_visible()

    page.get_by_text("Responder ao cliente", exact=True).click()
    page.get_by_label("Sua mensagem").fill("Sentimos muito, Ana.")
    page.get_by_role("button", name="Enviar ao cliente").click()
    expect(page.get_by_role("status")).to_have_text("Sua mensagem está a caminho do cliente.")

    page.get_by_text("Registrar causa e fechar").click()
    page.get_by_label("Fila demorada").check()
    page.get_by_label("O que foi feito?").fill("Pedimos desculpas.")
    page.get_by_role("button", name="Fechar o chamado").click()
    expect(page.get_by_role("status")).to_have_text("Chamado fechado. Obrigado!")

    ticket = cases.ticket()
    assert (ticket.state, ticket.root_causes, ticket.action) == (TicketState.CLOSED, ("queue",), "Pedimos desculpas.")
    assert [line.what for line in tickets.whole_log("angry")] == ["opened", "moved", "noted", "written", "closed"]


def test_who_was_overtaken_goes_on_with_what_was_typed(desk: Server, visitor: LetsIn) -> None:
    cases.found()
    page = opened(desk, visitor)
    page.get_by_text("Registrar causa e fechar").click()
    page.get_by_label("Por que aconteceu?").fill("Fila")
    page.get_by_label("O que foi feito?").fill("Pedimos desculpas.")
    tickets.comment("angry", "Já liguei.", who=tickets.Actor(name="Carla", id="carla"), rev=1)

    page.get_by_role("button", name="Fechar o chamado").click()

    expect(page.get_by_role("alert")).to_contain_text("Carla anotou:")
    expect(page.get_by_role("alert")).to_contain_text("Já liguei.")
    expect(page.get_by_label("O que foi feito?")).to_have_value("Pedimos desculpas.")
    page.get_by_role("button", name="Fechar o chamado").click()
    expect(page.get_by_role("status")).to_have_text("Chamado fechado. Obrigado!")


def fine(page: Page) -> None:
    """Check the page as it stands."""
    assert complaints(page) == []
    assert too_small(page) == []
    assert not too_wide(page)


@pytest.mark.parametrize("language", ["pt-BR", "en", "es"])
def test_it_is_accessible_on_a_small_telephone(desk: Server, visitor: LetsIn, language: str) -> None:
    cases.found(language, due_at=NOON - timedelta(hours=3), comment="Fila " * 200)
    cases.plant()
    page = opened(desk, visitor, SMALL_PHONE)
    fine(page)

    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    fine(page)

    page.goto(f"{page.url}x")
    fine(page)


def test_what_was_refused_is_accessible(desk: Server, visitor: LetsIn) -> None:
    cases.found()
    page = opened(desk, visitor, SMALL_PHONE)
    page.get_by_text("Registrar causa e fechar").click()
    page.get_by_label("Por que aconteceu?").fill("Fila")
    page.get_by_label("O que foi feito?").fill(" ")
    page.get_by_role("button", name="Fechar o chamado").click()

    expect(page.get_by_label("O que foi feito?")).to_have_accessible_description("Preencha este campo.")
    fine(page)
