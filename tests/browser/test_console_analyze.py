"""Dashboards with a script: plots and their tables, pictures, widgets arranged by mouse and by keyboard."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.houses import House, Visitor

BOARD = "/console/analyze/dashboards/{dashboard}"


@pytest.fixture(scope="module")
def helena(rich: House, browser: Browser) -> Iterator[Visitor]:
    """Let an admin in, at a desk."""
    inside = Visitor(browser, rich, "pt-BR", viewport={"width": 1440, "height": 900})
    yield inside
    inside.close()


def drawn(visitor: Visitor, path: str = BOARD) -> Page:
    """Go to a page and wait until its plots are drawn; nothing may be complained about."""
    status, heard = visitor.go(path.format(**visitor.house.named))
    assert (status, heard) == (200, [])
    expect(visitor.page.locator("html")).to_have_attribute("data-drawn", "1")
    return visitor.page


def place(page: Page, widget: str) -> list[str | None]:
    """Return where a widget stands on the grid that is being arranged."""
    item = page.locator(f'[gs-id="{widget}"]')
    return [item.get_attribute(f"gs-{side}") for side in "xywh"]


def test_a_plot_is_drawn_and_turns_into_its_table_and_back(helena: Visitor) -> None:
    page = drawn(helena)
    trend = page.locator("#widget-trend")
    expect(trend.locator("canvas")).to_be_visible()
    assert re.search(r"NPS", trend.get_by_role("img").first.get_attribute("aria-label") or "")
    for shown in (True, False):
        trend.locator("summary").click()
        trend.get_by_role("button", name="Ver como tabela").click()
        expect(trend.get_by_role("table")).to_be_visible(visible=shown)
        expect(trend.locator("canvas")).to_be_visible(visible=not shown)


def test_a_point_of_a_plot_opens_its_responses(helena: Visitor) -> None:
    page = drawn(helena)
    canvas = page.locator("#widget-classes canvas")
    box = canvas.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.16)
    page.wait_for_url(re.compile(r"analyze/responses\?.*class=promoter"))


def test_a_widget_is_kept_as_a_picture_and_as_a_table(helena: Visitor) -> None:
    page = drawn(helena)
    for widget in ("trend", "stores", "score"):
        card = page.locator(f"#widget-{widget}")
        card.locator("summary").click()
        with page.expect_download() as kept:
            card.get_by_role("button", name="Baixar imagem (PNG)").click()
        assert kept.value.suggested_filename == f"{widget}.png"
        assert kept.value.path().read_bytes().startswith(b"\x89PNG")
    page.locator("#widget-trend summary").click()
    with page.expect_download() as file:
        page.get_by_role("link", name="Baixar tabela (CSV)").locator("visible=true").click()
    assert file.value.suggested_filename.endswith(".csv")


def test_another_period_holds_on_the_next_page(helena: Visitor) -> None:
    page = drawn(helena)
    page.get_by_role("link", name="90 d").click()
    page.wait_for_url(re.compile("days=90"))
    page.get_by_label("Comparar com").select_option("before")
    page.wait_for_url(re.compile("days=90.*compare=before|compare=before.*days=90"))
    page.locator("#widget-score summary").click()
    page.locator("#widget-score").get_by_role("link", name="Ampliar").click()
    page.wait_for_url(re.compile(r"widgets/score\?.*days=90"))


def test_widgets_are_moved_and_sized_by_keyboard_alone_saved_and_put_back(helena: Visitor) -> None:
    page = drawn(helena, f"{BOARD}/edit")
    assert place(page, "gauge") == ["0", "3", "3", "4"]
    page.get_by_role("button", name=re.compile("^Mover")).nth(1).focus()
    grip = page.locator('[gs-id="gauge"] [data-grip]')
    grip.focus()
    page.keyboard.press("Enter")
    expect(grip).to_have_attribute("aria-pressed", "true")
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "Shift+ArrowDown"):
        page.keyboard.press(key)
    expect(page.locator("#moved")).to_have_text(re.compile("coluna 1, linha 10, 3 de largura, 5 de altura"))
    assert place(page, "gauge") == ["0", "9", "3", "5"]
    page.keyboard.press("Escape")
    assert place(page, "gauge") == ["0", "3", "3", "4"]
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Organização salva.")).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_text("Desfeito.")).to_be_visible()


def test_a_widget_is_dragged_by_its_title(helena: Visitor) -> None:
    page = drawn(helena, f"{BOARD}/edit")
    before = place(page, "channels")
    title = page.locator("#title-channels")
    title.scroll_into_view_if_needed()
    box = title.bounding_box()
    assert box
    page.mouse.move(box["x"] + 10, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 10, box["y"] + 60, steps=5)
    page.mouse.move(box["x"] + 10, box["y"] + 210, steps=8)
    page.mouse.up()
    assert place(page, "channels") != before
    expect(page.locator("#moved")).not_to_be_empty()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("link", name="Cancelar").click()


def test_without_a_script_the_tables_show(rich: House, browser: Browser) -> None:
    bare = Visitor(browser, rich, "en", java_script_enabled=False, viewport={"width": 390, "height": 844})
    try:
        status, _ = bare.go(BOARD.format(**rich.named))
        assert status == 200
        expect(bare.page.locator("#widget-trend table")).to_be_visible()
        expect(bare.page.locator("#widget-trend .plot")).to_be_hidden()
    finally:
        bare.close()
