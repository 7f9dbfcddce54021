"""The links of a deployment, written out for whoever sends them otherwise: each opens, and none is stored."""

import io
from datetime import datetime, timedelta
from typing import Any

import openpyxl
import pytest

from escuta import clock, table
from escuta.directory import custom_fields
from escuta.directory.model import Contact, Scope
from escuta.entity import Table
from escuta.feedback.exported import invited
from escuta.outreach import invitations, suppression
from escuta.outreach.model import AudienceKind, Channel, Invitation, InvitationState
from tests.conftest import NOON
from tests.functions.browsing import get, post
from tests.functions.callers import ask, found_company, key, open_survey
from tests.functions.exporting import ENGLISH, fetched, order, rows, work
from tests.functions.senders import sending
from tests.kit import factories, world

ANA = factories.contact("Ana", segment="poa", external_id="C-1", phone="+5511988880000", custom={"plan": "gold"})


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()
    table.put(sending(ANA))
    table.put(ANA)


def invite(who: Contact = ANA, state: InvitationState = InvitationState.EXPORTED, **fields: Any) -> Invitation:
    """Store an invitation whose link is handed out."""
    identity = invitations.identity("first", who.id, Channel.LINK)
    own = {"id": identity, "link_key": invitations.link_key(identity), "contact": who.id, "channel": Channel.LINK}
    made = factories.invitation(name=who.name, **(own | {"address": "", "state": state, "sent_at": None} | fields))
    table.put(made)
    return made


def told(**body: Any) -> list[dict[str, str]]:
    """Return what an export says, a row each, by the titles."""
    ordered = order("links", deployment="first", **body)
    assert work() == []
    titles, *lines = rows(ordered["id"])
    return [dict(zip(titles, line, strict=True)) for line in lines]


def test_a_link_that_was_written_out_is_opened_and_answered() -> None:
    custom_fields.create("plan")
    invite()

    (line,) = told()

    shown = {name: line[name] for name in ("contact", "customer ID", "name", "e-mail", "phone", "store code")}
    assert shown == {
        "contact": ANA.id,
        "customer ID": "C-1",
        "name": "Ana",
        "e-mail": "ana@example.com",
        "phone": "'+5511988880000",
        "store code": "poa",
    }
    assert (line["custom.plan"], line["state"], line["valid until"]) == (
        "gold",
        "exported",
        "2026-04-09T15:00:00+00:00",
    )
    path = "/s/" + line["link"].rpartition("/s/")[2]
    assert "Você nos recomendaria?" in get(path).body.decode()
    assert post(path, **{"n.nps": "9"}).status_code == 200
    assert told()[0] | {"link": "", "state": "completed"} == told()[0]


def test_who_is_not_to_be_asked_or_has_answered_stands_there_without_a_link() -> None:
    states = [state for state in InvitationState if state is not InvitationState.EXPORTED]
    people = [factories.contact(state.title(), segment="poa") for state in states]
    table.put_many(people)
    for person, state in zip(people, states, strict=True):
        invite(person, state)

    linked = {line["state"]: bool(line["link"]) for line in told()}

    assert {state for state, is_there in linked.items() if is_there} == {
        *("queued", "claimed", "unknown", "sent", "delivered", "bounced", "rejected")
    }
    assert len(linked) == len(states)


@pytest.mark.parametrize("said", ["unsubscribe", "stop", "no consent"])
def test_no_link_is_given_away_of_who_has_said_no_since(said: str) -> None:
    invite()
    suppression.add(Channel.EMAIL, "Ana@Example.com", "unsubscribe")
    assert told()[0]["link"] != "", "the other address is open"

    if said == "no consent":
        table.save(ANA.changed(consent="denied", rev=1))
    else:
        suppression.add(Channel.SMS, ANA.phone, said, "visit", scope="visit" if said == "unsubscribe" else "")

    (line,) = told()
    reason = "no_consent" if said == "no consent" else "unsubscribe"
    assert (line["state"], line["link"], line["reason"]) == ("exported", "", reason)


def test_an_address_that_bounced_takes_nobody_s_link_but_a_no_to_the_message_does() -> None:
    bruno = factories.contact("Bruno", segment="poa")
    table.put(bruno)
    for person, reason in ((ANA, "bounce"), (bruno, "complaint")):
        invite(person, InvitationState.SENT, channel=Channel.EMAIL, address=person.email)
        suppression.add(Channel.EMAIL, person.email, reason)

    assert {line["name"]: (bool(line["link"]), line["reason"]) for line in told()} == {
        "Ana": (True, ""),
        "Bruno": (False, "complaint"),
    }


def test_a_link_that_was_revoked_is_not_given_away() -> None:
    invite(revoked_at=NOON)

    assert told()[0]["link"] == ""


def test_a_link_whose_time_is_over_opens_nothing_and_is_not_given_away() -> None:
    invite(expires_at=NOON + timedelta(hours=1))
    (line,) = told()
    path = "/s/" + line["link"].rpartition("/s/")[2]

    with clock.at(NOON + timedelta(hours=2)):
        (later,) = told()
        opened = get(path)

    assert (later["state"], later["link"], opened.status_code) == ("expired", "", 410)


def test_no_link_stands_in_any_table() -> None:
    made = invite()
    told()

    token = invitations.link(made).rpartition("/")[2]
    assert not [row for each in Table for row in world.scan(each) if token in str(row)]


def test_x1_names_are_inert_in_both_formats() -> None:
    people = [factories.contact(f"P{number}", segment="poa") for number in range(6)]
    names = ["=cmd|'/C calc'!A0", "+1", "-1", "@sum", "\tx", "\rx"]
    table.put_many([person.changed(name=name) for person, name in zip(people, names, strict=True)])
    for person in people:
        invite(person)

    assert sorted(line["name"] for line in told()) == ["'\tx", "'\rx", "'+1", "'-1", "'=cmd|'/C calc'!A0", "'@sum"]
    book = order("links", deployment="first", format="xlsx")
    assert work() == []
    titles, *lines = openpyxl.load_workbook(io.BytesIO(fetched(book["id"])))["links"].iter_rows()
    place = [cell.value for cell in titles].index("link")
    assert {(line[place].data_type, "/s/" in str(line[place].value)) for line in lines} == {("s", True)}


def test_whoever_was_erased_is_in_no_export_of_links() -> None:
    invite(contact="")

    assert told() == []


def test_pages_of_many_lose_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("escuta.feedback.exported.walking.PAGE", 2)
    people = [factories.contact(f"P{number}", segment="poa") for number in range(9)]
    table.put_many(people)
    for number, person in enumerate(people):
        invite(person, (InvitationState.EXPORTED, InvitationState.COMPLETED)[number % 2])

    assert sorted(line["name"] for line in told()) == [f"P{number}" for number in range(9)]


def told_while_somebody_answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let Ana answer while her link is about to be found; return the states in which she stands in the export."""
    invite()
    listing = invitations.listing
    seen: list[InvitationState] = []

    def slow(deployment: str, state: InvitationState, **options: Any) -> Any:
        found = listing(deployment, state, **options)
        if not seen and state in {InvitationState.CLAIMED, InvitationState.COMPLETED}:
            seen.append(state)
            invite(state=InvitationState.COMPLETED)
        return found

    monkeypatch.setattr(invitations, "listing", slow)
    return [line["state"] for line in told()]


def test_who_answers_while_the_export_runs_stands_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told_while_somebody_answers(monkeypatch) == ["completed"]


def test_an_export_that_went_through_the_states_backward_would_lose_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invited, "STATES", invited.STATES[::-1])

    assert told_while_somebody_answers(monkeypatch) == []


def test_a_bound_key_gets_the_links_of_its_own_people_and_deployments_alone() -> None:
    bound = key(segment="sul")
    body = {"what": "links", "deployment": "first"}
    refused = ask("POST", "/v1/exports", bound, body=body)
    assert (refused.status, refused.code) == (404, "deployment_not_found")
    table.put(sending(ANA, audience=AudienceKind.SEGMENTS, contacts=(), segments=("sul",)))
    bruno = factories.contact("Bruno", segment="manaus")  # has moved away since
    table.put(bruno)
    invite()
    invite(bruno)

    answer = ask("POST", "/v1/exports", bound, body=body, headers=ENGLISH)
    work()

    titles, *lines = rows(answer.json["id"])
    assert [line[titles.index("name")] for line in lines] == ["Ana"]


@pytest.mark.parametrize("missing", [Scope.CONTACTS_READ, Scope.DEPLOYMENTS_READ, Scope.EXPORTS_WRITE])
def test_an_export_of_links_takes_three_rights(missing: Scope) -> None:
    rights = {Scope.CONTACTS_READ, Scope.DEPLOYMENTS_READ, Scope.EXPORTS_WRITE} - {missing}

    answer = ask("POST", "/v1/exports", key(*rights), body={"what": "links", "deployment": "first"})

    assert (answer.status, answer.code) == (403, "scope_missing")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"what": "links"}, 422, "field_missing"),
        ({"what": "links", "deployment": "nowhere"}, 404, "deployment_not_found"),
        ({"what": "contacts", "deployment": "first"}, 422, "export_field_unasked"),
    ],
)
def test_links_are_those_of_a_deployment_and_nothing_else_is(body: dict[str, str], status: int, code: str) -> None:
    answer = ask("POST", "/v1/exports", key(), body=body)

    assert (answer.status, answer.code) == (status, code)
