"""A campaign: tried out, sent once, stopped by a reply and by a bounce, told visit by visit, handed out as links."""

import csv
import io
from typing import Any

from playwright.sync_api import expect

from infra.local import provider
from infra.local.messages import Message
from infra.local.provider import Told
from tests.e2e.conftest import LetsIn
from tests.e2e.house import SURVEY, House
from tests.e2e.waiting import eventually
from tests.e2e.web import ask

STORE = "bnu-01"
ENDED = {"sent", "delivered", "suppressed", "deferred", "bounced", "rejected", "unknown", "exported"}


def _tell(house: House, *items: dict[str, Any], **all_: Any) -> list[dict[str, Any]]:
    """Tell visits at the store, and return what became of each."""
    body = {"items": [{"segment": STORE, **item} for item in items], **all_}
    answer = house.call("POST", "transactions", body)
    assert answer.status == 200, answer.text
    found: list[dict[str, Any]] = answer.json["items"]
    assert [item["problem"] for item in found] == [None] * len(items)
    return found


def _person(name: str, **fields: Any) -> dict[str, Any]:
    return {"contact": {"name": name, **fields}, "reference": f"NF-{name}"}


def _told(house: House, message: dict[str, Any], told: Told, words: str = "") -> None:
    provider.tell(house.running.place, Message(**message), told, words)


def _closed(house: House, address: str) -> list[str]:
    return [entry["reason"] for entry in house.read("suppressions", address=address)["closed_by"]]


def _finished(house: House, path: str) -> dict[str, Any]:
    def look() -> dict[str, Any]:
        found: dict[str, Any] = house.read(path)
        return found if found["finished"] else {}

    return eventually(f"{path} finished", look)


def test_what_a_dry_run_says_is_what_the_sending_does(house: House) -> None:
    people = [
        _person("Olga Prado", email="olga.prado@example.com"),
        _person("Rui Telles", phone="+5547988881111"),
        _person("Ema Reis", email="ema.reis@example.com", consent={"basis": "denied"}),
    ]
    contacts = [item["contact"] for item in _tell(house, *people)]
    draft = {
        "name": "Outono",
        "survey": SURVEY,
        "strategy": "prefer_email",
        "audience": "contacts",
        "contacts": contacts,
    }
    asked = house.call("POST", "deployments/dry-runs", draft)
    assert asked.status == 201, asked.text

    run = _finished(house, f"deployments/dry-runs/{asked.json['id']}")

    assert run["outcomes"] == {"send": 2, "defer": 0, "skip": 1}
    assert (run["channels"], run["messages"]) == ({"email": 1, "sms": 1}, 2)
    assert run["sms_parts"] == 2  # a local link is long
    assert [reason["people"] for reason in run["reasons"].values()] == [1]
    assert house.messages("olga.prado") == []
    started = house.call("POST", "deployments", draft)
    assert started.status == 201, started.text
    sent = _finished(house, f"deployments/{started.json['id']}")
    assert sent["progress"] == {"sent": 2, "suppressed": 1}
    assert [len(house.messages(to)) for to in ("olga.prado", "+5547988881111", "ema.reis")] == [1, 1, 0]
    reasons = house.read(f"contacts/{contacts[0]}/eligibility", survey=SURVEY)
    assert (reasons["outcome"], reasons["reason"], bool(reasons["next_eligible_at"])) == ("skip", "resting", True)


def test_whoever_answers_sair_is_left_alone_and_told_so_once(house: House) -> None:
    number = "+5547988882222"
    invite = {"survey": SURVEY, "strategy": "sms"}
    _tell(house, _person("Téo Braz", phone=number), invite=invite)
    (first,) = eventually("Téo's SMS", lambda: house.messages(number))

    for words in ("Sair.", "sair"):
        _told(house, first, Told.REPLIED, words)

    eventually("the confirmation", lambda: len(house.messages(number)) > 1)
    eventually("the closed number", lambda: _closed(house, number) == ["stop"])
    (again,) = _tell(house, {**_person("Téo Braz", phone=number), "reference": "NF-2"}, invite=invite)
    assert [(made["state"], made["reason"]) for made in again["invitations"]] == [("suppressed", "stop")]
    assert len(house.messages(number)) == 2


def test_a_mail_that_comes_back_closes_the_address_and_counts_against_the_sender(house: House) -> None:
    before = house.read("sending")["channels"][0]["brake"]["day"]
    address = "nilo.bastos@example.com"
    (told,) = _tell(house, _person("Nilo Bastos", email=address), invite={"survey": SURVEY, "strategy": "email"})
    (mail,) = eventually("Nilo's mail", lambda: house.messages(address))

    for _ in range(2):
        _told(house, mail, Told.BOUNCED)

    eventually("the closed address", lambda: _closed(house, address) == ["bounce"])
    listed = f"deployments/{told['deployment']}/invitations"
    eventually(
        "the bounce", lambda: [i for i in house.read(listed, state="bounced")["items"] if i["address"] == address]
    )
    after = house.read("sending")["channels"][0]["brake"]["day"]
    assert (after["bounced"] - before["bounced"], after["sent"] > before["sent"]) == (1, True)


def test_a_visit_told_twice_is_asked_about_once(house: House) -> None:
    person = _person("Iva Melo", email="iva.melo@example.com")
    invite = {"survey": SURVEY, "strategy": "email", "after": "PT0S"}

    first, again = (_tell(house, person, invite=invite)[0] for _ in range(2))

    assert [made["id"] for made in first["invitations"]] == [made["id"] for made in again["invitations"]]
    (mail,) = eventually("Iva's mail", lambda: house.messages("iva.melo"))
    assert "Iva" in mail["text"]


def test_links_are_handed_out_in_a_file_and_answered(house: House, person: LetsIn) -> None:
    (told,) = _tell(house, _person("=Caio Luz", email="caio.luz@example.com"))
    draft = {
        "name": "Convites da agência",
        "survey": SURVEY,
        "strategy": "link",
        "audience": "contacts",
        "contacts": [told["contact"]],
    }
    started = house.call("POST", "deployments", draft)
    assert started.status == 201, started.text
    made = _finished(house, f"deployments/{started.json['id']}")
    assert made["progress"] == {"exported": 1}
    ordered = house.call("POST", "exports", {"what": "links", "deployment": made["id"]})
    assert ordered.status == 201, ordered.text

    def done() -> str:
        found = house.read(f"exports/{ordered.json['id']}")
        assert found["state"] != "failed", found
        return str(found["link"]) if found["state"] == "done" else ""

    written = io.StringIO(ask("GET", eventually("the file", done)).text.removeprefix("\ufeff"))
    titles, row = csv.reader(written, delimiter=";")
    assert row[titles.index("nome")] == "'=Caio Luz"
    assert house.messages("caio.luz") == []
    link = next(cell for cell in row if "/s/" in cell)
    page = person().opens(link)
    page.get_by_role("radio", name="9", exact=True).check()
    page.get_by_label("Qual é o principal motivo da sua nota?").fill("Fui bem atendido")  # no machine, then
    page.get_by_role("button", name="Enviar resposta").click()
    expect(page.get_by_role("heading", name="Que bom saber disso!")).to_be_visible()
    eventually("the answer", lambda: house.invitation(link).response)
