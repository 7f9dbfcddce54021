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
from tests.e2e.web import ask, post_form

JOAO = "joao.munoz@example.com"
OTAVIO = ("otavio.reis@aurora.example", "+5521988880004")
CASE = re.compile(r"http://\S+/c/[A-Za-z0-9_-]{23}")
REPLY = "João, falei com a equipe do caixa. Posso ligar para você hoje?"
ANSWER = "Pode ligar às 15h, obrigado."
ACTION = "Ligamos e pedimos desculpas; segundo caixa aberto."
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
    _asks_at_once(house)
    page = _opens_the_ticket(person, house, album)
    _is_closed_with_its_cause(house, ticket, page, album)
    assert _dashboard(admin, house)["tickets"]["open"] == shown["tickets"]["open"]


def _signed_in(person: LetsIn, house: House) -> Page:
    page = person(screen=DESKTOP).opens(f"{house.api}/console")
    signs_in(page, house, "admin")
    return page


def _keeps_the_home_page(admin: Page, house: House, album: Album) -> None:
    admin.goto(f"{house.api}/console")
    fits(admin)
    album.keep(admin, "home-desktop", DESKTOP)


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
    assert CASE.search(text[0]["text"])


def _asks_at_once(house: House) -> None:
    """Let customers be asked right after a closing whether all is well again."""
    settings = house.call("GET", "ticket-settings")
    wanted = {**settings.json, "follow_up": {**settings.json["follow_up"], "after_hours": 0}}
    changed = house.call("PUT", "ticket-settings", {name: wanted[name] for name in wanted if name != "rev"})
    assert changed.status == 200, changed.text


def _opens_the_ticket(person: LetsIn, house: House, album: Album) -> Page:
    """Follow the link in the manager's mail, without an account; looking, as scanners do, changes nothing."""
    (mail,) = [message for message in house.messages(OTAVIO[0]) if COMMENT in message["text"]]
    link = CASE.findall(mail["text"])[0]
    before = _ticket(house)["rev"]
    assert [ask(method, link).status for method in ("GET", "HEAD", "GET")] == [200, 200, 200]
    assert _ticket(house)["rev"] == before
    page = person(screen=PHONE).opens(link)
    expect(page.get_by_role("heading", name="João Antônio Muñoz")).to_be_visible()
    expect(page.get_by_text(COMMENT)).to_be_visible()
    fits(page)
    album.keep(page, "ticket-phone", PHONE)
    return page


def _is_closed_with_its_cause(house: House, ticket: dict[str, Any], page: Page, album: Album) -> None:
    path = f"tickets/{ticket['id']}"
    refused = house.call("PATCH", path, {"state": "closed", "rev": house.read(path)["rev"]})
    assert (refused.status, refused.json["code"]) == (422, "required")
    _writes_to_the_customer(house, page)
    _hears_the_customer(house, page, path)
    _closes(page, "Fila no caixa", ACTION)
    stored = house.read(path)
    assert (stored["state"], stored["root_causes"], stored["action"]) == ("closed", ["queue"], ACTION)
    assert (stored["survey"], stored["segment"], stored["rule"]) == (SURVEY, "rio-01", "detractor@1")
    assert [line["what"] for line in house.read(f"{path}/activity")["items"]][:3] == [
        "closed",
        "received",
        "written",
    ]
    album.keep(page, "ticket-closed-phone", PHONE)


def _writes_to_the_customer(house: House, page: Page) -> None:
    page.get_by_text("Responder ao cliente", exact=True).click()
    page.get_by_label("Sua mensagem").fill(REPLY)
    page.get_by_role("button", name="Enviar ao cliente").click()
    expect(page.get_by_role("status")).to_have_text("Sua mensagem está a caminho do cliente.")
    (mail,) = eventually("the reply", lambda: [m for m in house.messages(JOAO) if REPLY in m["text"]])
    assert COMMENT in mail["text"]  # what it answers
    post_form(f"{house.running.place.outbox}told", id=mail["id"], told="replied", words=ANSWER)


def _hears_the_customer(house: House, page: Page, path: str) -> None:
    """Find in the ticket what the customer replied by mail, without what they quoted."""

    def received() -> list[str]:
        return [each["text"] for each in house.read(f"{path}/activity")["items"] if each["what"] == "received"]

    assert eventually("the customer's reply", received) == [ANSWER]
    page.goto(page.url)
    expect(page.get_by_text(ANSWER)).to_be_visible()


def _closes(page: Page, cause: str, action: str) -> None:
    page.get_by_text("Registrar causa e fechar").click()
    page.get_by_label(cause).check()
    page.get_by_label("O que foi feito?").fill(action)
    page.get_by_role("button", name="Fechar o chamado").click()
    expect(page.get_by_role("status")).to_have_text("Chamado fechado. Obrigado!")


def test_who_is_still_unhappy_is_not_forgotten(house: House, person: LetsIn, album: Album) -> None:
    (closed,) = [
        one
        for one in house.read("tickets", segment="rio-01", state="closed", limit="100")["items"]
        if one["comment"] == COMMENT
    ]
    path = f"tickets/{closed['id']}"

    _says(house, person, "Ainda não", album)
    again = eventually("the ticket again", lambda: _in_state(house, path, "reopened"))
    assert again is not None
    assert (again["priority"], again["recovered"], again["reopened"]) == ("urgent", False, 1)
    mails = eventually(
        "the manager's mail", lambda: [m for m in house.messages(OTAVIO[0]) if "reab" in m["subject"].lower()]
    )
    page = person(screen=PHONE).opens(CASE.findall(mails[0]["text"])[0])
    _closes(page, "Fila no caixa", "Entregamos um vale e o gerente ligou.")

    _says(house, person, "Sim", None)
    well = eventually("recovered", lambda: (found := house.read(path))["recovered"] and found)
    assert (well["state"], well["reopened"]) == ("closed", 1)


def _in_state(house: House, path: str, state: str) -> dict[str, Any] | None:
    found: dict[str, Any] = house.read(path)
    return found if found["state"] == state else None


def _says(house: House, person: LetsIn, words: str, album: Album | None) -> None:
    """Answer the one question that the customer gets after a closing."""
    asked = len([m for m in house.messages(JOAO) if "/s/" in m["text"]])
    house.running.invoke("DistributeDue", {})
    mails = eventually(
        "the question", lambda: (m := [m for m in house.messages(JOAO) if "/s/" in m["text"]])[asked:] and m
    )
    page = person(screen=PHONE).opens(LINK.findall(mails[0]["text"])[0])
    page.get_by_role("radio", name=words).check()
    page.get_by_label("Quer nos contar mais alguma coisa?").fill(
        f"{words}, obrigado por perguntar."
    )  # machines are silent
    fits(page)
    if album:
        album.keep(page, "follow-up-phone", PHONE)
    page.get_by_role("button", name="Enviar resposta").click()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
