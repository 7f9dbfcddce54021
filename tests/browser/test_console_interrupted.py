"""What somebody typed when their session ended in the middle of it: it is there again once they are signed in."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.house.people import PASSWORD, address
from tests.browser.houses import House, Visitor

SESSION = "__Host-escuta"
KEPT = "Recuperamos o que você tinha digitado"
LABEL, TYPED = "[name='labels.segment.pt-BR.one']", "ponto de venda"


@pytest.fixture
def helena(rich: House, browser: Browser) -> Iterator[Visitor]:
    """Let an admin in, with a telephone."""
    inside = Visitor(browser, rich, "pt-BR", viewport={"width": 390, "height": 844})
    yield inside
    inside.close()


def takes_session(visitor: Visitor, value: str) -> None:
    """Put another session, or none that lasts, in the place of the one that the page was made in."""
    cookie = {"name": SESSION, "value": value, "url": visitor.house.url.replace("http:", "https:"), "secure": True}
    visitor.context.add_cookies([cookie])  # type: ignore[list-item] # by name


def ends_session(visitor: Visitor) -> None:
    takes_session(visitor, "over")


def signs_in(page: Page) -> None:
    """Come back by the door that answered the form."""
    expect(page.get_by_role("alert")).to_contain_text("Sua sessão terminou")
    page.get_by_label("E-mail", exact=True).fill(address("helena"))
    page.get_by_label("Senha").fill(PASSWORD)
    page.get_by_role("button", name="Entrar").click()


def test_a_form_that_was_sent_too_late_stands_there_as_it_was_typed(helena: Visitor) -> None:
    page = helena.page
    helena.go("/console/admin/general")
    name = page.locator(LABEL)
    name.fill(TYPED)
    ends_session(helena)
    page.get_by_role("button", name="Salvar").first.click()

    signs_in(page)

    page.wait_for_url("**/console/admin/general")
    expect(name).to_have_value(TYPED)
    expect(page.locator(".notice", has_text=KEPT)).to_be_visible()

    page.get_by_role("button", name="Salvar").first.click()
    expect(page.locator(".toast")).to_be_visible()
    helena.go("/console/admin/general")
    expect(name).to_have_value(TYPED)
    expect(page.locator(".notice", has_text=KEPT)).to_have_count(0)


def test_a_form_that_keeps_no_draft_is_given_back_too_where_it_stood(helena: Visitor) -> None:
    page = helena.page
    helena.go("/console/admin/suppressions?reason=manual")
    typed = page.locator("#close [name=addresses]")
    typed.fill("ana@example.com\nbia@example.com")
    ends_session(helena)
    page.locator("#close button").last.click()

    signs_in(page)

    page.wait_for_url("**/console/admin/suppressions?reason=manual")
    expect(typed).to_have_value("ana@example.com\nbia@example.com")
    expect(page.locator("#close .notice", has_text=KEPT)).to_be_visible()
    helena.go("/console/admin/suppressions?reason=manual")
    expect(typed).to_have_value("")


def test_what_is_kept_by_itself_waits_for_the_sign_in(helena: Visitor) -> None:
    page = helena.page
    helena.go("/console/surveys/new?begin=nps")
    page.get_by_label("Nome").fill("Avaliação")
    page.keyboard.press("Control+s")
    page.locator("#questions [data-id=nps] h2 a").click()
    question = page.get_by_label("Pergunta", exact=True)
    ends_session(helena)
    question.fill("Quanto você nos recomendaria a quem mora perto?")

    signs_in(page)

    expect(question).to_have_value("Quanto você nos recomendaria a quem mora perto?")


def test_after_another_sign_in_in_another_tab_the_way_back_leads_to_what_was_typed(helena: Visitor) -> None:
    page = helena.page
    helena.go("/console/admin/general")
    name = page.locator(LABEL)
    name.fill(f"{TYPED} nosso")
    takes_session(helena, helena.house.session("helena").partition("=")[2])
    page.get_by_role("button", name="Salvar").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()  # the form belongs to the session before

    page.go_back()

    expect(name).to_have_value(f"{TYPED} nosso")
