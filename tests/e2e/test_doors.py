"""The other ways to be asked, on the deployed stack: a tap in a mail, a tablet in a store, a website."""

from playwright.sync_api import FrameLocator, Page, ViewportSize, expect

from escuta import clock
from tests.e2e.album import Album
from tests.e2e.conftest import LetsIn
from tests.e2e.house import House
from tests.e2e.visitor import DESKTOP, fits
from tests.e2e.waiting import eventually
from tests.e2e.web import ask

VISIT = "visita"
TABLET = ViewportSize(width=820, height=640)
SHOP = ViewportSize(width=1024, height=800)


def _answers(house: House, segment: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = house.read("responses", survey=VISIT, segment=segment)["items"]
    return found


def _go_on(page: Page | FrameLocator) -> None:
    page.get_by_role("button", name="Continuar").click()


def _promoter(page: Page | FrameLocator, comment: str) -> None:
    """Answer as a happy visitor, by the keyboard: the survey leads past what it asks the unhappy.

    In a website it is a page of another site, whose place on the screen follows its size a moment later.
    """
    page.locator('[name="n.visit"][value="5"]').press("Space")
    _go_on(page)
    page.get_by_role("checkbox", name="Atendimento", exact=True).press("Space")
    _go_on(page)
    page.locator('[name="n.tidy"][value="4"]').press("Space")
    _go_on(page)
    page.locator('[name="n.found"][value="1"]').press("Space")
    _go_on(page)
    page.locator('[name="t.comment"]').fill(comment)
    page.get_by_role("button", name="Enviar resposta").click()


def test_a_scanner_spends_no_link_and_a_person_who_taps_is_seen_until_she_sends(house: House, person: LetsIn) -> None:
    nina = house.invite("Nina")
    for score in range(11):
        for method in ("HEAD", "GET"):
            assert ask(method, f"{nina.link}?r={score}", User_Agent="SafeLinks").status in {200, 405}
    assert house.invitation(nina.link).response == ""

    visitor = person()
    page = visitor.opens(f"{nina.link}?r=9")
    seen: list[int] = []
    page.on("response", lambda reply: seen.append(reply.status) if reply.url.endswith("/signal") else None)

    def touches() -> list[int]:
        page.mouse.click(40, 300)
        return seen

    eventually("a sign of life", touches)
    assert seen == [204]

    with house.inside():
        day = clock.local_day(clock.now(), nina.invitation.timezone)
    tapped = house.read("evidence", survey="satisfacao", day=day, state="pending")["items"]
    assert [(each["score"], each["segment"]) for each in tapped] == [(9, "cwb-01")]
    assert house.invitation(nina.link).response == ""

    page.get_by_role("button", name="Enviar resposta").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Sua compra na Aurora")
    assert house.invitation(nina.link).response != ""
    house.running.invoke("RespondConfirm", {})


def test_a_tablet_keeps_an_answer_without_network_and_sends_it_once(house: House, person: LetsIn, album: Album) -> None:
    visitor = person(screen=TABLET)
    page = visitor.opens(f"{house.door}/t/{house.running.seeded['kiosk_token']}")
    page.evaluate("navigator.serviceWorker.ready")
    album.keep(page, "kiosk", TABLET)
    visitor.context.set_offline(True)
    _promoter(page, "Montagem rápida e gentil.")
    expect(page.locator("#kiosk-state")).to_have_text("1 aguardando envio")

    visitor.context.set_offline(False)

    def arrived() -> list[dict[str, object]]:
        return [each for each in _answers(house, "spo-01") if each["comment"] == "Montagem rápida e gentil."]

    (stored,) = eventually("the tablet's answer", arrived)
    assert (stored["channel"], stored["score"], stored["score_class"]) == ("store", 5, "promoter")
    visitor.watch.forget("net::ERR_INTERNET_DISCONNECTED")


def test_a_survey_opens_in_a_website_and_knows_what_the_page_hands_over(
    house: House, person: LetsIn, album: Album
) -> None:
    visitor = person(screen=DESKTOP)
    page = visitor.opens(f"{house.running.place.outbox}shop")
    fits(page)
    page.get_by_role("button", name="Comprar").first.click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("button", name="Continuar")).to_be_visible()
    album.keep(page, "website", SHOP)
    _promoter(frame, "O site abriu a pesquisa sem atrapalhar.")
    expect(frame.get_by_role("heading", level=1)).to_be_visible()

    def arrived() -> list[dict[str, object]]:
        return [each for each in _answers(house, "aurora") if each["channel"] == "web"]

    (stored,) = eventually("the answer from the website", arrived)
    assert stored["hidden"] == {"plan": "demo"}


def test_a_survey_of_several_steps_is_answered_without_scripts(house: House, person: LetsIn) -> None:
    page = person(javascript=False).opens(f"{house.door}/t/{house.running.seeded['kiosk_token']}")
    _promoter(page, "Respondi sem script nenhum.")

    def arrived() -> list[dict[str, object]]:
        return [each for each in _answers(house, "spo-01") if each["comment"] == "Respondi sem script nenhum."]

    (stored,) = eventually("the answer given without scripts", arrived)
    assert stored["answers"] == {"visit": 5, "reasons": ["staff"], "tidy": 4, "found": 1, "comment": stored["comment"]}
