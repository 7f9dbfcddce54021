"""Admin by mouse and by keys: the tree, a file that is sent, people who are looked for."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.houses import House, Visitor

BUCKET = re.compile(r"^https://escuta-drop\.")
TREE, NEW = "/console/admin/segments", "/console/admin/imports/new"
WAITING = '<section data-waiting class="card"></section>'
FOUND = '<div data-found><h2>O que aconteceria</h2><button type="button" data-load>Importar</button></div>'
ROWS = b"Nome;E-mail\r\nAna;ana@example.com\r\n"


@pytest.fixture
def helena(rich: House, browser: Browser) -> Iterator[Visitor]:
    """Let an admin in, at a desk."""
    inside = Visitor(browser, rich, "pt-BR", viewport={"width": 1440, "height": 900})
    yield inside
    assert inside.heard == []
    inside.close()


def row(code: str) -> str:
    """Return the selector of a segment's row."""
    return f'[data-code="{code}"] > .tree-row'


def parent(page: Page, code: str) -> str | None:
    """Return below which segment another one is drawn."""
    above = page.locator(f'[data-code="{code}"]').locator("xpath=ancestor::li[1]")
    return above.get_attribute("data-code")


def test_a_segment_is_dragged_below_another_one_and_brought_back(helena: Visitor) -> None:
    page = helena.page
    helena.go(TREE)
    page.drag_and_drop(row("poa-01"), row("sudeste"))
    expect(page.locator(".toast")).to_contain_text("Porto Alegre Moinhos: mudou de lugar.")
    assert parent(page, "poa-01") == "sudeste"
    page.get_by_role("button", name="Desfazer").click()
    expect(page.locator('[data-code="sul"] [data-code="poa-01"]')).to_be_visible()


def test_a_segment_is_moved_by_keys_alone(helena: Visitor) -> None:
    page, said = helena.page, helena.page.locator("#tree-said")
    helena.go(TREE)
    page.locator(f"{row('poa-01')} .tree-name").focus()
    page.keyboard.press("m")
    expect(said).to_contain_text("Porto Alegre Moinhos na mão.")
    page.keyboard.press("Escape")
    expect(said).to_have_text("Ficou onde estava.")
    page.keyboard.press("m")
    page.keyboard.press("ArrowLeft")
    expect(said).to_have_text("Soltar abaixo de Sul?")
    page.keyboard.press("Enter")
    expect(said).to_have_text("Porto Alegre Moinhos não pode ficar aí.")
    for _ in range(5):
        page.keyboard.press("ArrowUp")
    expect(page.locator(":focus")).to_have_text("Sudeste")
    page.keyboard.press("Enter")
    expect(page.locator('[data-code="sudeste"] [data-code="poa-01"]')).to_be_visible()
    page.keyboard.press("u")
    expect(page.locator('[data-code="sul"] [data-code="poa-01"]')).to_be_visible()


def test_branches_are_folded_by_keys_and_by_mouse(helena: Visitor) -> None:
    page = helena.page
    helena.go(TREE)
    inner = page.locator('[data-code="poa-01"]')
    page.locator(f"{row('sul')} .tree-name").focus()
    page.keyboard.press("ArrowLeft")
    expect(inner).to_be_hidden()
    page.keyboard.press("ArrowRight")
    expect(inner).to_be_visible()
    page.locator(f"{row('sul')} .fold").click()
    expect(inner).to_be_hidden()
    page.get_by_role("button", name="Abrir tudo").click()
    expect(inner).to_be_visible()


def test_the_tree_is_narrowed_to_what_is_typed_with_what_stands_above(helena: Visitor) -> None:
    page = helena.page
    helena.go(TREE)
    page.keyboard.press("/")
    page.keyboard.type("sao paulo")
    expect(page.locator('[data-code="spo-01"]')).to_be_visible()
    expect(page.locator('[data-code="sudeste"]')).to_be_visible()
    expect(page.locator('[data-code="poa-01"]')).to_be_hidden()
    page.keyboard.type("xyz")
    expect(page.locator("#tree-none")).to_be_visible()


def test_people_are_found_while_somebody_types_and_the_address_keeps_what_was_asked(helena: Visitor) -> None:
    page = helena.page
    helena.go("/console/admin/contacts")
    page.locator("#q").press_sequentially("hei")
    expect(page.locator("#found th a").first).to_contain_text("Hei")
    assert "q=hei" in page.url
    page.reload()
    expect(page.locator("#q")).to_have_value("hei")


def test_whether_somebody_would_be_asked_follows_the_channel(helena: Visitor) -> None:
    page = helena.page
    helena.go(f"/console/admin/contacts/{helena.house.named['contact']}")
    page.get_by_label("Canal").select_option("sms")
    expect(page.locator("#eligibility .verdict")).to_contain_text("Não há endereço para este canal.")


def test_a_file_is_looked_at_before_it_is_sent_for_good(helena: Visitor) -> None:
    page, put, asked = helena.page, list[bytes | None](), list[str]()
    answers = iter((WAITING, FOUND))

    def bucket(route: Route) -> None:
        allowed = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}
        if route.request.method == "PUT":
            put.append(route.request.post_data_buffer)
        route.fulfill(status=200, headers={**allowed, "Access-Control-Allow-Methods": "PUT"})

    def wait(route: Route) -> None:
        if route.request.headers.get("hx-request"):
            route.fulfill(status=200, content_type="text/html", body=next(answers))
        else:
            route.fulfill(status=200, content_type="text/html", body="<h1>Importando</h1>")

    page.route(BUCKET, bucket)
    page.route("**/imports/uploads/**", wait)
    page.on("request", lambda made: asked.append(made.post_data or "") if "announce" in made.url else None)
    helena.go(NEW)
    expect(page.get_by_role("button", name="Conferir", exact=True)).to_be_disabled()
    page.set_input_files("#file", {"name": "clientes.csv", "mimeType": "text/csv", "buffer": ROWS})
    expect(page.locator("#chosen")).to_have_text("clientes.csv (1 KB)")
    page.keyboard.press("Enter")
    expect(page.locator("#checked h2")).to_be_focused()
    page.get_by_role("button", name="Importar", exact=True).click()
    expect(page.get_by_role("heading", name="Importando")).to_be_visible()
    assert put == [ROWS, ROWS]
    assert ["dry_run=on" in each for each in asked] == [True, False]


def test_a_file_that_does_not_arrive_is_told_and_can_be_sent_again(helena: Visitor) -> None:
    page = helena.page
    page.route(BUCKET, lambda route: route.abort())
    helena.go(NEW)
    page.set_input_files("#file", {"name": "clientes.csv", "mimeType": "text/csv", "buffer": ROWS})
    page.get_by_role("button", name="Conferir", exact=True).click()
    expect(page.locator("#sending-words")).to_contain_text("O arquivo não chegou.")
    expect(page.get_by_role("button", name="Conferir", exact=True)).to_be_enabled()
    helena.heard.clear()  # the browser says itself that the request failed


def test_all_parts_of_what_is_known_of_a_person_become_one_file(helena: Visitor) -> None:
    page = helena.page
    helena.go(f"/console/admin/contacts/{helena.house.named['contact']}/export")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Reunir e baixar").click()
    assert saved.value.suggested_filename.endswith(".json")
    expect(page.locator("#export-words")).to_contain_text("Pronto")


def test_a_long_list_of_segments_is_narrowed_and_enter_sends_nothing(helena: Visitor) -> None:
    page = helena.page
    helena.go("/console/admin/managers/new")
    box = page.locator("[data-narrow]")
    box.fill("curitiba")
    box.press("Enter")
    expect(page.locator("#pick-segments label:visible")).to_have_count(1)
    assert page.url.endswith("/managers/new")


def test_erasing_somebody_asks_first_and_says_what_is_lost(helena: Visitor) -> None:
    page = helena.page
    helena.go(f"/console/admin/contacts/{helena.house.named['contact']}")
    page.get_by_role("button", name="Apagar").click()
    expect(page.get_by_role("dialog")).to_contain_text("Não há como desfazer.")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
