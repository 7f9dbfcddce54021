"""Answering in a real browser: without JavaScript, without a mouse, with an impatient finger, without a network."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from escuta.outreach import funnels
from escuta.outreach.model import Step
from tests.e2e.conftest import LetsIn
from tests.e2e.house import SURVEY, House, Invited
from tests.e2e.visitor import fits
from tests.e2e.waiting import eventually

KEPT = "Ainda não foi possível enviar. Sua resposta está salva neste aparelho e vamos tentar de novo."
THANKS = {
    "pt-BR": "Que bom saber disso!",
    "en": "Thank you for being frank",
    "es": "Gracias por la franqueza",
}


def _answered_once(house: House, link: str, before: dict[str, int]) -> dict[str, Any]:
    """Wait until the answer is counted; return it as it is stored. `before`: the counter of the store alone."""
    house.counts({code: number + 1 for code, number in before.items()})
    invitation = house.invitation(link)
    assert invitation.state == "completed"
    stored = [answer for answer in house.stored(invitation.segment) if answer["invitation"] == invitation.id]
    assert [answer["id"] for answer in stored] == [invitation.response]
    return stored[0]


def _answered(house: House, segment: str) -> int:
    """Return how many of those invited in a segment have answered, as the response funnel counts behind its stream."""
    with house.inside():
        days = funnels.tally(SURVEY, f"segment#{segment}", "2000-01-01", "2100-01-01")
    return sum(came[Step.COMPLETED] for came in days.values())


def _fill(page: Page, score: int, comment: str) -> None:
    page.locator(f'[name="n.nps"][value="{score}"]').check()
    page.get_by_role("textbox").fill(comment)


def test_an_answer_without_javascript_counts_as_much(house: House, mail: dict[str, Any], person: LetsIn) -> None:
    before, answered = house.counted("poa-01", "sul", "aurora"), _answered(house, "poa-01")
    link = re.findall(r"http://\S+/s/\S+", mail["lucia.fernandez@example.com"]["text"])[0]
    page = person(language="es", javascript=False).opens(link)

    expect(page.get_by_role("heading", level=1)).to_have_text("Tu compra en Aurora")
    fits(page)
    _fill(page, 2, "La lámpara llegó rota.")
    page.get_by_role("button", name="Enviar respuesta").click()

    expect(page.get_by_role("heading", name=THANKS["es"])).to_be_visible()
    fits(page)
    stored = _answered_once(house, link, before)
    assert (stored["score"], stored["comment"], stored["language"]) == (2, "La lámpara llegó rota.", "es")
    eventually("the answer in the funnel", lambda: _answered(house, "poa-01") == answered + 1)


def test_the_keyboard_alone_is_enough(house: House, person: LetsIn) -> None:
    before, emily = house.counted("fln-01"), house.invite("Emily", segment="fln-01", language="en")
    page = person(language="en").opens(emily.link)

    page.locator("#f-nps").focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.type("The queue was long.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name=THANKS["en"])).to_be_focused()
    stored = _answered_once(house, emily.link, before)
    assert (stored["score"], stored["comment"], stored["language"]) == (6, "The queue was long.", "en")


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_double_click_counts_once(house: House, person: LetsIn, javascript: bool) -> None:  # noqa: FBT001 - a parameter
    before, ana = house.counted("cwb-01"), house.invite("Ana")
    page = person(javascript=javascript).opens(ana.link)

    _fill(page, 9, "Atendimento ótimo.")
    page.get_by_role("button", name="Enviar resposta").dblclick()

    expect(page.get_by_role("heading", name=THANKS["pt-BR"])).to_be_visible()
    assert _answered_once(house, ana.link, before)["score"] == 9


def _submission(page: Page) -> str:
    return page.locator("#form input[name=submission_id]").input_value()


def test_an_answer_given_without_a_network_is_kept_and_sent_later_under_the_same_id(
    house: House, person: LetsIn
) -> None:
    before, bruno = house.counted("cwb-01"), house.invite("Bruno")
    visitor = person()
    page = visitor.opens(bruno.link)
    submission = _submission(page)

    _fill(page, 10, "Troca sem complicação.")
    visitor.context.set_offline(True)
    page.get_by_role("button", name="Enviar resposta").click()
    expect(page.get_by_role("status")).to_have_text(KEPT)
    assert house.invitation(bruno.link).state == "sent"
    visitor.context.set_offline(False)

    expect(page.get_by_role("heading", name=THANKS["pt-BR"])).to_be_visible()
    assert _answered_once(house, bruno.link, before)["id"] == submission
    assert page.evaluate("localStorage.length") == 0
    visitor.watch.forget("net::ERR_INTERNET_DISCONNECTED")


def test_a_page_closed_without_a_network_sends_when_the_link_is_opened_again(house: House, person: LetsIn) -> None:
    before, carla = house.counted("cwb-01"), house.invite("Carla")
    visitor = person()
    page = visitor.opens(carla.link)
    submission = _submission(page)
    _fill(page, 9, "Volto sempre.")
    visitor.context.set_offline(True)
    page.get_by_role("button", name="Enviar resposta").click()
    expect(page.get_by_role("status")).to_have_text(KEPT)
    page.goto("about:blank")  # closing alone may still find the network back
    page.close()
    visitor.context.set_offline(False)

    again = visitor.opens(carla.link)

    expect(again.get_by_role("heading", name=THANKS["pt-BR"])).to_be_visible()
    stored = _answered_once(house, carla.link, before)
    assert (stored["id"], stored["comment"]) == (submission, "Volto sempre.")
    visitor.watch.forget("net::ERR_INTERNET_DISCONNECTED")


def test_a_reply_that_is_lost_does_not_count_the_answer_twice(house: House, person: LetsIn) -> None:
    before, davi = house.counted("cwb-01"), house.invite("Davi")
    visitor = person()
    page = visitor.opens(davi.link)
    submission = _submission(page)
    lost: list[int] = []

    def lose_the_first_reply(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().status)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/s/*", lose_the_first_reply)
    _fill(page, 10, "Entrega antes do prazo.")
    page.get_by_role("button", name="Enviar resposta").click()

    expect(page.get_by_role("heading", name=THANKS["pt-BR"])).to_be_visible()
    assert lost == [200]
    assert _answered_once(house, davi.link, before)["id"] == submission
    assert len(visitor.watch.posts) == 2
    visitor.watch.forget("net::ERR_CONNECTION_RESET")


def test_a_store_link_takes_one_answer_after_the_other(house: House, person: LetsIn) -> None:
    before = house.counted("spo-01")
    page = person().opens(f"{house.door}/t/{house.running.seeded['store_token']}")
    fits(page)

    for score in (9, 10):
        page.locator(f'[name="n.nps"][value="{score}"]').check()
        page.get_by_role("button", name="Enviar resposta").click()
        expect(page.get_by_role("heading", name=THANKS["pt-BR"])).to_be_visible()
        page.get_by_role("link", name="Nova resposta").click()
        expect(page.get_by_role("button", name="Enviar resposta")).to_be_visible()

    house.counts({code: number + 2 for code, number in before.items()})
    assert [(answer["score"], answer["channel"]) for answer in house.stored("spo-01")[:2]] == [
        (10, "store"),
        (9, "store"),
    ]


def test_a_page_switches_between_three_languages(house: House, person: LetsIn) -> None:
    fabio: Invited = house.invite("Fabio")
    page = person().opens(f"{fabio.link}?r=7")

    for language, title in (("English", "Your purchase at Aurora"), ("Español", "Tu compra en Aurora")):
        page.get_by_title(language).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        expect(page.get_by_role("radio", name="7", exact=True)).to_be_checked()
        fits(page)
    eventually("an untouched invitation", lambda: house.invitation(fabio.link) == fabio.invitation.changed(rev=1))
