"""The editor of surveys by mouse and by keys: what is typed is kept and shown beside, questions and options move."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.houses import House, Visitor

TITLE = "Como você nos avalia?"


@pytest.fixture
def helena(rich: House, browser: Browser) -> Iterator[Visitor]:
    """Let an admin in, at a desk."""
    inside = Visitor(browser, rich, "pt-BR", viewport={"width": 1440, "height": 900})
    yield inside
    assert inside.heard == []
    inside.close()


def begun(helena: Visitor, begin: str = "nps", open_: str = "") -> Page:
    """Make a survey, in Portuguese alone, and open one of its questions."""
    helena.go(f"/console/surveys/new?begin={begin}")
    page = helena.page
    page.get_by_label("Nome").fill("Avaliação")
    page.keyboard.press("Control+s")
    page.wait_for_url(lambda url: not url.endswith("new") and "/new?" not in url)
    if open_:
        page.locator(f"#questions [data-id={open_}] h2 a").click()
        page.wait_for_url(f"**question={open_}*")
    return page


def order(page: Page) -> list[str | None]:
    """Return the questions as they stand."""
    return [each.get_attribute("data-id") for each in page.locator("#questions > li").all()]


def shown(page: Page, question: str) -> Locator:
    """Return a question in the preview."""
    return page.frame_locator(".phone-frame iframe:not(.coming)").locator(f"#q-{question} .ask")


def options(page: Page) -> list[str]:
    """Return the options of the open question."""
    return [each.input_value() for each in page.locator("[data-options] input:not([type])").all()]


def test_what_is_typed_is_shown_at_once_and_kept_without_a_button(helena: Visitor) -> None:
    page = begun(helena, open_="nps")
    page.get_by_label("Pergunta", exact=True).fill(f"{TITLE} <b>x</b>")
    expect(shown(page, "nps")).to_have_text(f"{TITLE} <b>x</b>")
    expect(page.locator(".question-card.open .card-title")).to_have_text(f"{TITLE} <b>x</b>")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.locator("#state").click()
    expect(page.locator("#state .saved")).to_have_text("Salvo")
    page.reload()
    expect(page.get_by_label("Pergunta", exact=True)).to_have_value(f"{TITLE} <b>x</b>")


def test_what_is_done_next_waits_until_what_is_typed_is_kept(helena: Visitor) -> None:
    page = begun(helena, open_="nps")
    page.get_by_label("Pergunta", exact=True).fill(TITLE)
    page.get_by_role("button", name="Escolha única").click()
    page.wait_for_url("**question=choice*")
    expect(page.locator("[data-id=nps] .card-title")).to_have_text(TITLE)
    assert order(page) == ["nps", "comment", "choice"]


def test_options_are_written_by_keys_and_pasted_together(helena: Visitor) -> None:
    page = begun(helena)
    page.get_by_role("button", name="Múltipla escolha").click()
    first = page.get_by_label("Opção 1", exact=True)
    first.fill("Preço")
    first.press("Enter")
    page.keyboard.type("Fila")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Opção 3", exact=True)).to_be_focused()
    page.evaluate(
        "() => { const data = new DataTransfer(); data.setData('text', 'Um\\nDois');"
        " document.activeElement.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true,"
        " cancelable: true})) }"
    )
    expect(page.get_by_label("Opção 4", exact=True)).to_have_value("Dois")
    assert options(page) == ["Preço", "Fila", "Um", "Dois"]
    page.get_by_role("button", name="Subir a opção 4").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Opção 3", exact=True)).to_have_value("Dois")


def test_a_question_is_moved_by_keys_and_told(helena: Visitor) -> None:
    page = begun(helena)
    page.get_by_role("button", name="Descer a pergunta 1").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#moved")).to_contain_text("está agora na posição 2.")
    assert order(page) == ["comment", "nps"]
    expect(page.locator("#down-nps")).to_be_disabled()


def test_a_question_is_dragged(helena: Visitor) -> None:
    page = begun(helena, "visit")
    before = order(page)
    page.locator("#questions > li").nth(1).locator(".grip").hover()
    page.mouse.down()
    box = page.locator("#questions > li").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 40, steps=8)
    page.mouse.move(box["x"] + 20, box["y"] + 4, steps=8)
    page.mouse.up()
    expect(page.locator("#moved")).to_contain_text("está agora na posição 1.")
    assert order(page) == [before[1], before[0], *before[2:]]


def test_a_question_is_deleted_and_brought_back_by_one_key(helena: Visitor) -> None:
    page = begun(helena)
    page.locator("[data-id=comment] details.drop summary").press("Enter")
    page.locator("[data-id=comment]").get_by_role("button", name="Excluir").press("Enter")
    expect(page.locator(".toast")).to_contain_text("Pergunta excluída")
    assert order(page) == ["nps"]
    page.keyboard.press("u")
    expect(page.locator(".toast")).to_contain_text("Desfeito.")
    assert order(page) == ["nps", "comment"]


def test_a_rule_is_put_together_step_by_step_and_said_in_words(helena: Visitor) -> None:
    page = begun(helena, open_="comment")
    page.locator("#part-logic summary").press("Enter")
    page.get_by_role("button", name="Mostrar só em certos casos").press("Enter")
    expect(page.locator("#part-logic .logic-lines")).to_have_text("Aparece se: classificação da nota é Detrator.")
    page.locator("#show-0-field").select_option("answer.nps")
    page.locator("#show-0-op").select_option("at_least")
    page.locator("#show-0-value").select_option("7")
    page.get_by_role("button", name="Salvar").last.click()
    expect(page.locator("#part-logic .logic-lines")).to_contain_text("é no mínimo 7.")


def test_a_problem_leads_to_its_place(helena: Visitor) -> None:
    page = begun(helena)
    page.get_by_role("button", name="Escolha única").click()
    page.locator(".problems a").last.click()
    expect(page.locator(":focus")).to_have_attribute("name", "option.1.text")


def test_the_preview_stands_over_the_page_where_there_is_no_room_beside(helena: Visitor) -> None:
    page = begun(helena)
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    page.get_by_role("button", name="Prévia").click()
    expect(shown(page, "nps")).to_be_visible()
    page.get_by_role("button", name="Fechar").last.press("Escape")
    expect(page.locator("#preview")).to_be_hidden()
    expect(page.get_by_role("button", name="Prévia")).to_be_focused()


def test_who_was_overtaken_is_told_and_loses_nothing_on_the_screen(
    helena: Visitor, rich: House, browser: Browser
) -> None:
    page = begun(helena, open_="nps")
    other = Visitor(browser, rich, "pt-BR")
    other.page.goto(page.url)
    other.page.get_by_role("button", name="Comentário").click()
    other.page.wait_for_url("**question=text*")
    other.close()

    page.get_by_label("Pergunta", exact=True).fill(TITLE)
    page.locator("#state").click()

    expect(page.locator("#state .saved")).to_contain_text("Outra pessoa mudou este rascunho.")
    expect(page.get_by_label("Pergunta", exact=True)).to_have_value(TITLE)
    helena.heard.clear()
