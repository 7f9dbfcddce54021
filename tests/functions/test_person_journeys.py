"""The journey of a person: what happened with them, in order, as far as somebody may see it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta import clock, i18n, table
from escuta.directory import contacts
from escuta.directory.model import Scope
from escuta.feedback import person_journeys
from escuta.outreach import invitations, suppression
from escuta.outreach.model import Channel, InvitationState
from tests.conftest import NOON
from tests.functions.callers import PLACES, answered, ask, found_company, key, open_survey
from tests.kit import factories

POA: dict[str, Any] = {"segment": "poa", "segment_path": PLACES["poa"]}


@pytest.fixture
def ana(aws: None, noon: datetime) -> str:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()
    person = {"name": "Ana", "email": "ana@example.com", "segment": "poa", "consent": "consent", "consent_at": NOON}
    with clock.at(NOON - timedelta(days=9)):
        visit = {"reference": "NF-1", "occurred_at": clock.now()}
        return contacts.take(person, visit, "file").contact.id


def invited(contact: str, deployment: str = "first", **fields: Any) -> str:
    name = invitations.identity(deployment, contact, Channel.EMAIL)
    when: dict[str, Any] = {"created_at": NOON - timedelta(days=3), "sent_at": None}
    own = {"deployment": deployment, "contact": contact, **when, **POA, **fields}
    return table.create(factories.invitation(id=name, link_key=invitations.link_key(name), **own)).link_key


def journey(contact: str, text: str = "", language: str = "en") -> dict[str, Any]:
    answer = ask("GET", f"/v1/contacts/{contact}/journey", text or key(), headers={"Accept-Language": language})
    assert answer.status == 200, answer.body
    told: dict[str, Any] = answer.json
    return told


def steps(told: dict[str, Any]) -> list[str]:
    return [event["what"] for event in told["events"]]


def test_it_tells_everything_in_the_order_of_time(ana: str) -> None:
    link = invited(ana, response="r1", sent_at=NOON - timedelta(days=2))
    invited(ana, "second", state=InvitationState.SUPPRESSED, reason="resting", created_at=NOON - timedelta(days=1))
    answered("poa", "r1", 2, link_key=link, contact=ana, received_at=NOON - timedelta(hours=1))
    body = {"contact": ana, "segment": "poa", "subject": "Ligou"}
    opened = ask("POST", "/v1/tickets", key(), body=body)
    with clock.at(NOON + timedelta(hours=1)):
        suppression.add(Channel.EMAIL, "ana@example.com", "manual")
    with clock.at(NOON + timedelta(hours=2)):
        suppression.lift(Channel.EMAIL, "ana@example.com", "manual", who="Bruno", why="asked")

    told = journey(ana)

    assert told["contact"] == ana
    assert told["left_out"] == []
    moments = [datetime.fromisoformat(event["at"]) for event in told["events"]]
    assert moments == sorted(moments)
    assert steps(told)[2:] == [
        *("invited", "message_sent", "not_invited", "answered", "consent_said", "ticket_opened"),
        *("address_closed", "address_opened"),
    ]
    assert sorted(steps(told)[:2]) == ["contact_known", "visited"]
    facts = {event["what"]: event["details"] for event in told["events"]}
    assert facts["ticket_opened"]["ticket"] == opened.json["id"]
    assert facts["answered"]["response"] == "r1"
    assert facts["not_invited"]["reason"] == "resting"
    assert facts["address_opened"]["why"] == "asked"


def test_a_standing_no_says_why_and_over_which_channel(ana: str) -> None:
    suppression.add(Channel.EMAIL, "ana@example.com", "unsubscribe", scope="visit")

    (closed,) = (event for event in journey(ana, language="pt-BR")["events"] if event["what"] == "address_closed")

    assert closed["text"].startswith("O endereço de e-mail foi bloqueado: nada é enviado para ele.")
    assert (closed["details"]["survey"], closed["details"]["closing"]) == ("visit", "unsubscribe")


def test_a_closed_ticket_ends(ana: str) -> None:
    made = ask("POST", "/v1/tickets", key(), body={"contact": ana, "segment": "poa", "subject": "Ligou"}).json
    table.put(factories.ticket(**{**made, "state": "closed", "closed_at": NOON + timedelta(days=1)}))

    assert steps(journey(ana))[-2:] == ["ticket_opened", "ticket_ended"]


def test_what_is_not_for_the_caller_is_left_out_and_named(ana: str) -> None:
    link = invited(ana, response="r1", sent_at=NOON)
    invited(ana, "north", segment="manaus", segment_path=PLACES["manaus"])
    answered("poa", "r1", 2, link_key=link, contact=ana)
    ask("POST", "/v1/tickets", key(), body={"contact": ana, "segment": "poa", "subject": "Ligou"})

    bound = journey(ana, key(segment="poa"))
    few = journey(ana, key(Scope.CONTACTS_READ))

    assert [(left["what"], left["why"], left["count"]) for left in bound["left_out"]] == [
        ("invitation", "elsewhere", None)
    ]
    assert sorted((left["what"], left["needs"]) for left in few["left_out"]) == [
        ("answer", "responses:read"),
        ("ticket", "tickets:read"),
    ]
    assert not {"answered", "ticket_opened"} & set(steps(few))


def test_a_person_elsewhere_has_no_journey(ana: str) -> None:
    assert ask("GET", f"/v1/contacts/{ana}/journey", key(segment="manaus")).status == 404


def test_of_very_many_the_newest_are_told(ana: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(person_journeys, "MOST", 2)
    for number in range(3):
        invited(ana, f"d{number}", created_at=NOON + timedelta(minutes=number))

    told = journey(ana)

    assert [event["details"]["deployment"] for event in told["events"] if event["what"] == "invited"] == ["d1", "d2"]
    assert [(left["what"], left["why"]) for left in told["left_out"]] == [("invitation", "older")]


@pytest.mark.parametrize("consent", ["consent", "legitimate_interest", "contract", "legal_obligation", "denied"])
def test_every_basis_has_words(consent: str) -> None:
    for language in i18n.LANGUAGES:
        assert i18n.catalog("escuta.feedback", language)[f"journey.consent.{consent}"]
