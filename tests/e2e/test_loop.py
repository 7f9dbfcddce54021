"""The closed loop: somebody unhappy answers, the store's manager learns of it, and the case is closed."""

import json
import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.album import Album
from tests.e2e.conftest import LetsIn
from tests.e2e.house import SURVEY, House
from tests.e2e.visitor import DESKTOP, PHONE, fits, signs_in
from tests.e2e.waiting import eventually
from tests.e2e.web import ask

JOAO = "joao.munoz@example.com"
OTAVIO = ("otavio.reis@aurora.example", "+5521988880004")
LINK = re.compile(r"http://\S+/s/[A-Za-z0-9_-]{23}")
COMMENT = "Esperei quarenta minutos no caixa e ninguém pediu desculpas."
PLACES = ("rio-01", "sudeste", "aurora", "spo-01", "sul")


def test_the_loop_closes(house: House, mail: dict[str, Any], person: LetsIn, album: Album) -> None:
    admin = _signed_in(person, house)
    counted, shown = house.counted(*PLACES), _dashboard(admin, house)
    link = LINK.findall(mail[JOAO]["text"])[0]
    _looking_changes_nothing(house, link)

    _answers(person, house, link, album)

    house.counts({code: number + (code in {"rio-01", "sudeste", "aurora"}) for code, number in counted.items()})
    _is_stored_once(house, link)
    ticket = _ticket(house)
    _manager_is_told(house)
    now = _dashboard(admin, house)
    assert now["score"]["n"] == shown["score"]["n"] + 1
    assert now["tickets"]["open"] == shown["tickets"]["open"] + 1
    assert ticket["id"] in {each["id"] for each in now["tickets"]["shown"]} or now["tickets"]["open"] > len(
        now["tickets"]["shown"]
    )
    _keeps_the_home_page(admin, house, album)
    _is_closed_with_its_cause(house, ticket)
    assert _dashboard(admin, house)["tickets"]["open"] == shown["tickets"]["open"]


def _signed_in(person: LetsIn, house: House) -> Page:
    page = person(screen=DESKTOP).opens(f"{house.api}/console")
    signs_in(page, house, "admin")
    return page


def _keeps_the_home_page(admin: Page, house: House, album: Album) -> None:
    admin.goto(f"{house.api}/console")
    fits(admin)
    album.keep(admin, "home-desktop", DESKTOP)
    album.keep(admin, "home-phone", PHONE)


def _dashboard(admin: Page, house: House) -> dict[str, Any]:
    """Return the dashboard JSON of the store as the signed-in browser gets it."""
    admin.goto(f"{house.api}/console/home.json?segment=rio-01&days=90")
    found: dict[str, Any] = json.loads(admin.locator("body").inner_text())
    return found


def _looking_changes_nothing(house: House, link: str) -> None:
    """Open the link as scanners do: again and again, with a score in it, and with methods that no person uses."""
    before, counted = house.invitation(link), house.counted(*PLACES)
    for _ in range(10):
        assert ask("GET", f"{link}?r=0").status == 200
        assert ask("HEAD", link).status == 405
    assert house.invitation(link) == before
    assert house.counted(*PLACES) == counted


def _answers(person: LetsIn, house: House, link: str, album: Album) -> None:
    """Follow the link of the mail with a 9 in it, change it to a 3, say why, send, and be thanked."""
    joao = person(screen=PHONE)
    page = joao.opens(f"{house.running.place.outbox}?to={JOAO}")
    with joao.context.expect_page() as opened:
        page.frame_locator("iframe").locator(f'a[href^="{link}"]').first.click()
    survey = opened.value
    assert survey.url.startswith(link)
    survey.goto(f"{link}?r=9")
    expect(survey.get_by_role("radio", name="9", exact=True)).to_be_checked()
    survey.get_by_role("radio", name="3", exact=True).check()
    expect(survey.get_by_role("radio", name="3", exact=True)).to_be_checked()
    survey.get_by_label("Qual é o principal motivo da sua nota?").fill(COMMENT)
    fits(survey)
    album.keep(survey, "survey-phone", PHONE)
    survey.get_by_role("button", name="Enviar resposta").click()
    expect(survey.get_by_role("heading", name="Obrigado pela franqueza")).to_be_focused()
    expect(survey.get_by_text("Sua resposta já está com a gerência da loja.")).to_be_visible()
    fits(survey)
    album.keep(survey, "thanks-phone", PHONE)


def _is_stored_once(house: House, link: str) -> None:
    said = [answer for answer in house.stored("rio-01") if answer["comment"] == COMMENT]
    assert [(answer["score"], answer["score_class"], answer["segment_path"]) for answer in said] == [
        (3, "detractor", ["aurora", "sudeste", "rio-01"])
    ]
    invitation = house.invitation(link)
    assert (invitation.state, invitation.response) == ("completed", said[0]["id"])


def _ticket(house: House) -> dict[str, Any]:
    """Wait for the ticket and return it: there is one, and it is the store manager's."""

    def found() -> list[dict[str, Any]]:
        waiting = house.read("tickets", segment="rio-01", state="new", limit="100")["items"]
        return [ticket for ticket in waiting if ticket["comment"] == COMMENT]

    (ticket,) = eventually("a ticket", found)
    assert (ticket["score"], ticket["priority"], ticket["contact_name"]) == (3, "high", "João Antônio Muñoz")
    with house.inside():
        from escuta.directory import managers  # noqa: PLC0415 - only here

        (owner,) = managers.answering_for(tuple(ticket["segment_path"]))
    assert (owner.name, owner.id) == ("Otávio Reis", ticket["owner"])
    return dict(ticket)


def _manager_is_told(house: House) -> None:
    email, phone = OTAVIO
    mail = eventually("the manager's mail", lambda: [m for m in house.messages(email) if COMMENT in m["text"]])
    text = eventually(
        "the manager's text message", lambda: [m for m in house.messages(phone) if "pediu desculpas" in m["text"]]
    )
    assert [message["subject"] for message in mail] == ["Urgente: nota 3 em Rio Copacabana (João Antônio Muñoz)"]
    assert len(text) == 1
    assert f"{house.api}/console/" in text[0]["text"]


def _is_closed_with_its_cause(house: House, ticket: dict[str, Any]) -> None:
    path = f"tickets/{ticket['id']}"
    refused = house.call("PATCH", path, {"state": "closed"})
    assert (refused.status, refused.json["code"]) == (422, "required")
    done = {"state": "closed", "root_causes": ["queue"], "action": "Ligamos e pedimos desculpas; segundo caixa aberto."}
    closed = house.call("PATCH", path, done)
    assert closed.status == 200, closed.text
    stored = house.read(path)
    assert {name: stored[name] for name in done} == done
    assert [entry["what"] for entry in stored["log"]][-1] == "closed"
    assert stored["survey"] == SURVEY
