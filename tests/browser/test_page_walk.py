"""Walking through a survey: by keyboard, back and forth, in another language, after a reload, on a bad line."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from escuta.feedback import surveys
from escuta.feedback.model import Layout
from tests.browser.server import Server
from tests.functions.respondents import DRAFT, invite, open_survey, stand
from tests.kit import answers, questionnaire

LetsIn = Callable[..., BrowserContext]
PHONE = {"width": 390, "height": 844}
# What a browser says when somebody turns to another app.
LEAVE = """
Object.defineProperty(document, "hidden", { value: true, configurable: true });
document.dispatchEvent(new Event("visibilitychange"));
"""


@pytest.fixture
def ana(server: Server) -> str:
    """The address of Ana's link, in steps."""
    open_survey()
    surveys.publish("visit", questionnaire.draft(layout=Layout.STEPS))
    return f"{server.url}/s/{invite('Ana')[0]}"


@pytest.fixture
def page(visitor: LetsIn) -> Page:
    """Ana's telephone."""
    return visitor(viewport=PHONE).new_page()


def given() -> list[dict[str, Any]]:
    """Return what was answered in the store."""
    return [dict(response.answers) for response in answers.given()]


def at(page: Page) -> str | None:
    """Return the question that is shown."""
    return page.locator(".q:not([hidden])").get_attribute("data-q")


def test_the_keyboard_alone_is_enough(ana: str, page: Page) -> None:
    page.goto(ana)
    for _ in range(4):  # three languages, then the scale
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator('[name="n.nps"][value="2"]')).to_be_checked()

    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="O que deu errado?")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    for _ in range(4):  # the two other boxes, the button, then the way back
        page.keyboard.press("Tab")
    expect(page.locator("#back")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator('[name="n.nps"][value="2"]')).to_be_checked()

    for _ in range(4):  # to `csat`, which such a score makes a must
        page.locator("#go").press("Enter")
    assert at(page) == "csat"
    expect(page.locator('[name="n.csat"][value="1"]')).to_be_focused()
    page.keyboard.press("Space")
    for _ in range(3):
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    for _ in range(4):
        page.locator("#go").press("Enter")

    expect(page.get_by_role("heading", name="Obrigado pela franqueza")).to_be_focused()
    assert given() == [{"nps": 2, "reasons": ("price",), "csat": 1, "how": "store"}]


def test_a_screen_reader_hears_the_question_then_its_help_then_its_answers(ana: str, page: Page) -> None:
    page.goto(f"{ana}?lang=en")

    steps = [f'    - radio "{step}"\n    - text: "{step}"\n' for step in range(1, 10)]

    assert page.locator("main").aria_snapshot() == (
        "- main:\n"
        '  - heading "Your visit to Aurora" [level=1]\n'
        "  - paragraph: It takes a minute and helps the team of the store.\n"
        "  - paragraph: Question 1 of about 7\n"
        '  - radiogroup "From 0 to 10, how likely are you to recommend Lojas Aurora to a friend?":\n'
        '    - heading "From 0 to 10, how likely are you to recommend Lojas Aurora to a friend?" [level=2]\n'
        '    - radio "0 \N{EN DASH} Not at all likely"\n    - text: 0 \N{EN DASH} Not at all likely\n'
        + "".join(steps)
        + '    - radio "10 \N{EN DASH} Extremely likely"\n    - text: 10 \N{EN DASH} Extremely likely\n'
        '  - button "Continue"'
    )


def test_going_back_loses_nothing(ana: str, page: Page) -> None:
    page.goto(ana)
    page.locator('[name="n.nps"][value="9"]').check()
    page.locator("#go").click()
    page.locator('[name="c.reasons.variety"]').check()
    page.locator("#go").click()
    page.locator('[name="n.clean"][value="5"]').check()

    page.locator("#back").click()
    page.locator("#back").click()
    page.locator("#go").click()

    expect(page.locator('[name="c.reasons.variety"]')).to_be_checked()
    page.locator("#go").click()
    expect(page.locator('[name="n.clean"][value="5"]')).to_be_checked()


def test_what_is_asked_follows_the_answers_at_once(server: Server, ana: str, page: Page) -> None:
    surveys.publish("visit", questionnaire.draft())
    page.goto(ana)
    expect(page.get_by_role("heading", name="Você deu")).to_have_count(0)

    page.locator('[name="n.nps"][value="3"]').check()
    expect(page.get_by_role("heading", name="O que deu errado?")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Fila no caixa")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Variedade de produtos")).to_be_hidden()
    expect(page.get_by_role("heading", name="Você deu 3. Quer contar por quê?")).to_be_visible()
    expect(page.get_by_role("textbox", name="E-mail")).to_be_visible()
    page.get_by_role("textbox", name="E-mail").fill("ana@mail.example")

    page.locator('[name="n.nps"][value="10"]').check()
    expect(page.get_by_role("heading", name="Do que você mais gostou?")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Fila no caixa")).to_be_hidden()
    expect(page.get_by_role("textbox", name="E-mail")).to_be_hidden()

    page.locator('[name="o.how"][value="store"]').check()
    page.locator("#go").click()
    expect(page.get_by_role("heading", name="Que bom saber disso!")).to_be_focused()
    assert given() == [{"nps": 10, "how": "store"}]
    assert "ana%40mail" not in server.calls[-1].body.decode()


def test_another_language_keeps_what_was_typed_and_where_one_stands(ana: str, page: Page) -> None:
    page.goto(ana)
    page.locator('[name="n.nps"][value="9"]').check()
    page.locator("#go").click()
    page.locator('[name="c.reasons.staff"]').check()

    page.get_by_title("Español").click()

    expect(page.get_by_role("heading", name="¿Qué fue lo que más te gustó?")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Atención del equipo")).to_be_checked()
    page.reload()
    expect(page.get_by_role("checkbox", name="Atención del equipo")).to_be_checked()


def test_the_address_loses_what_it_handed_over_and_a_reload_keeps_it(ana: str, page: Page) -> None:
    page.goto(f"{ana}?r=9")
    assert page.url == ana

    page.reload()

    expect(page.locator('[name="n.nps"][value="9"]')).to_be_checked()
    expect(page.locator("#kept")).to_have_count(0)


def test_half_an_answer_is_kept_after_the_first_touch_and_never_before(server: Server, ana: str, page: Page) -> None:
    path = ana.removeprefix(server.url)
    page.clock.install()
    page.goto(ana)
    page.clock.run_for(60_000)
    assert server.count("POST", f"{path}/draft") == 0

    page.locator('[name="n.nps"][value="4"]').click()
    with page.expect_response("**/draft"):
        page.clock.run_for(15_000)
    page.locator('[name="n.nps"][value="5"]').click()
    page.locator('[name="n.nps"][value="6"]').click()
    page.clock.run_for(25_000)
    assert server.count("POST", f"{path}/draft") == 1  # the rest of half a minute it stands on this device alone
    with page.expect_response("**/draft"):
        page.clock.run_for(5_000)
    page.clock.run_for(60_000)
    page.locator('[name="n.nps"][value="7"]').click()
    with page.expect_response("**/draft"):  # or until the page is left
        page.evaluate(LEAVE)

    sent = [parse_qs(call.body.decode()) for call in server.calls if call.path == f"{path}/draft"]
    expected = [(["1"], ["4"]), (["2"], ["6"]), (["3"], ["7"])]
    assert [(draft["number"], draft["n.nps"]) for draft in sent] == expected


def test_a_half_filled_survey_goes_on_where_it_was_left_on_any_device(ana: str, page: Page, visitor: LetsIn) -> None:
    page.goto(ana)
    page.locator('[name="n.nps"][value="9"]').check()
    page.locator("#go").click()
    page.locator('[name="c.reasons.price"]').check()
    page.locator("#go").click()
    with page.expect_response("**/draft"):
        page.evaluate(LEAVE)

    elsewhere = visitor(java_script_enabled=False).new_page()
    elsewhere.goto(ana)
    expect(elsewhere.locator("#kept")).to_contain_text("Guardamos o que você já tinha respondido.")
    assert elsewhere.locator("legend").inner_text().startswith("Como estava a limpeza da loja?")

    elsewhere.get_by_role("link", name="Começar de novo").click()
    expect(elsewhere.locator("#kept")).to_have_count(0)
    assert elsewhere.locator('[name="n.nps"]:checked').count() == 0


def test_without_network_the_answer_stays_on_the_device_and_goes_when_it_is_back(
    server: Server, ana: str, page: Page
) -> None:
    surveys.publish("visit", questionnaire.draft(questions=questionnaire.QUESTIONS[:1]))
    page.goto(ana)
    page.locator('[name="n.nps"][value="8"]').check()
    server.unreachable = True
    page.locator("#go").click()
    expect(page.get_by_role("status")).to_contain_text("Sua resposta está salva neste aparelho")

    page.close()
    server.unreachable = False
    again = page.context.new_page()
    again.goto(ana)

    expect(again.get_by_role("heading", name="Obrigado por responder")).to_be_visible()
    assert given() == [{"nps": 8}]


def test_in_a_store_the_next_person_does_not_find_the_answers_of_the_last(
    server: Server,
    ana: str,  # noqa: ARG001 - opens the survey
    visitor: LetsIn,
) -> None:
    link = f"{server.url}/t/{stand()[0]}"
    tablet = visitor()
    first = tablet.new_page()
    first.goto(link)
    first.locator('[name="n.nps"][value="1"]').check()
    first.reload()
    expect(first.locator('[name="n.nps"][value="1"]')).to_be_checked()

    second = tablet.new_page()
    second.goto(link)

    assert second.locator('[name="n.nps"]:checked').count() == 0


def test_in_a_store_the_way_back_from_the_thanks_shows_nothing_of_who_answered(
    server: Server,
    ana: str,  # noqa: ARG001 - opens the survey
    visitor: LetsIn,
) -> None:
    surveys.publish("visit", DRAFT)
    page = visitor().new_page()
    page.goto(f"{server.url}/t/{stand()[0]}")
    page.locator('[name="n.nps"][value="1"]').check()
    page.get_by_role("textbox", name="Conte mais").fill("Fila enorme")
    page.locator("#go").click()
    expect(page.get_by_role("heading", name="Obrigado pela franqueza")).to_be_visible()
    assert page.locator('[name="t.comment"]').input_value() == ""

    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")

    expect(page.get_by_role("heading", level=1, name="Sua visita")).to_be_visible()
    assert page.locator("textarea").evaluate_all("all => all.map((each) => each.value).join('')") == ""


def test_who_asks_to_be_called_by_keyboard_stays_at_what_is_said(ana: str, page: Page) -> None:
    surveys.publish("visit", DRAFT.changed(call=True))
    page.goto(ana)
    page.locator('[name="n.nps"][value="1"]').check()
    page.locator("#go").click()
    page.get_by_label("Telefone").fill("11 91234-5678")
    page.keyboard.press("Enter")

    expect(page.locator("#call .status")).to_have_text("Combinado. Vamos ligar para você.")
    expect(page.locator("#call .status")).to_be_focused()


def test_what_was_never_sent_leaves_the_device_after_a_month(ana: str, page: Page) -> None:
    page.goto(ana)
    page.evaluate("""() => {
      localStorage.setItem("escuta-draft./live/s/another", JSON.stringify({ at: Date.now() - 31 * 864e5, fields: [] }));
      localStorage.setItem("escuta-draft./live/s/younger", JSON.stringify({ at: Date.now() - 29 * 864e5, fields: [] }));
    }""")

    page.goto(ana)

    kept = page.evaluate("Object.keys(localStorage)")
    assert [name for name in kept if name.endswith(("another", "younger"))] == ["escuta-draft./live/s/younger"]


def test_without_script_the_server_walks_and_stores_nothing_before_the_end(
    server: Server, ana: str, visitor: LetsIn
) -> None:
    page = visitor(java_script_enabled=False, viewport=PHONE).new_page()
    page.goto(ana)
    page.locator('[name="n.nps"][value="9"]').check()
    page.locator("#go").click()
    page.get_by_role("checkbox", name="Preço").check()
    page.get_by_title("English").click()
    expect(page.get_by_role("heading", name="What did you like most?")).to_be_visible()
    page.get_by_role("button", name="Back").click()
    expect(page.locator('[name="n.nps"][value="9"]')).to_be_checked()
    for _ in range(6):
        page.locator("#go").click()
    page.get_by_role("radio", name="Online").check()
    page.locator("#go").click()
    page.locator("#go").click()
    page.get_by_role("textbox").fill("So kind")
    assert given() == []

    page.get_by_role("button", name="Send answer").click()

    expect(page.get_by_role("heading", name="So good to hear!")).to_be_visible()
    assert given() == [{"nps": 9, "reasons": ("price",), "how": "online", "comment": "So kind"}]
    assert server.calls[-1].path == ana.removeprefix(server.url)


def test_what_the_server_does_not_take_is_told_at_its_field(server: Server, ana: str, page: Page) -> None:
    surveys.publish("visit", questionnaire.draft(questions=(questionnaire.QUESTIONS[0], questionnaire.QUESTIONS[-1])))
    page.goto(ana)
    page.locator('[name="n.nps"][value="2"]').check()
    page.get_by_role("textbox", name="E-mail").fill("ana")
    page.locator("#go").click()

    email = page.get_by_role("textbox", name="E-mail")
    expect(email).to_be_focused()
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("textbox", name="Nome")).not_to_have_attribute("aria-invalid", "true")
    email.fill("ana@mail.example")
    page.locator("#go").click()

    expect(page.get_by_role("heading", name="Obrigado pela franqueza")).to_be_visible()
    assert (
        len({parse_qs(call.body.decode())["submission_id"][0] for call in server.calls if call.method == "POST"}) == 1
    )
