"""Invitations, written out for figures: what became of each, whose it was, never its link."""

from datetime import timedelta
from typing import Any

import pytest

from escuta import clock, table
from escuta.directory.model import Contact, Scope
from escuta.feedback.exported import invited
from escuta.outreach import invitations
from escuta.outreach.model import AudienceKind, Channel, Invitation, InvitationState
from tests.conftest import NOON
from tests.functions.callers import ask, found_company, key, open_survey
from tests.functions.exporting import ENGLISH, read, records, told, work
from tests.functions.senders import sending
from tests.kit import factories

ANA = factories.contact("Ana", segment="poa", external_id="C-1")
PATH = ("aurora", "sul", "poa")


@pytest.fixture(autouse=True)
def company(aws: None, noon: object) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()
    table.put(sending(ANA, template="short"))
    table.put(ANA)


def invite(who: Contact = ANA, state: InvitationState = InvitationState.SENT, **fields: Any) -> Invitation:
    """Store an invitation by e-mail."""
    identity = invitations.identity(fields.get("deployment", "first"), who.id, Channel.EMAIL)
    own = {"id": identity, "link_key": invitations.link_key(identity), "contact": who.id, "state": state}
    where = {"segment": PATH[-1], "segment_path": PATH}
    made = factories.invitation(**({"name": who.name} | own | where | fields))
    table.put(made)
    return made


def test_an_invitation_says_what_became_of_it_and_when() -> None:
    made = invite(
        state=InvitationState.COMPLETED,
        opened_at=NOON + timedelta(hours=1),
        answered_at=NOON + timedelta(hours=2),
        response="r-1",
        visit={"reference": "P-77"},
    )

    (line,) = told("invitations", deployment="first")

    expected = {
        "id": made.id,
        "deployment": "first",
        "strategy": "prefer_email",
        "template": "short",
        "survey": "visit",
        "segment_path": list(PATH),
        "contact": ANA.id,
        "external_id": "C-1",
        "name": "Ana",
        "state": "completed",
        "reference": "P-77",
        "response": "r-1",
        "created_at": "2026-03-10T15:00:00.000+00:00",
        "opened_at": "2026-03-10T16:00:00.000+00:00",
        "answered_at": "2026-03-10T17:00:00.000+00:00",
        "resent": False,
    }
    assert {name: line[name] for name in expected} == expected
    token = invitations.link(made).rpartition("/")[2]
    assert token not in str(line)
    assert made.link_key not in str(line)
    assert made.address not in str(line)


def test_who_was_erased_is_counted_and_named_by_nothing() -> None:
    invite(contact="", name="", first_name="", address="")

    (line,) = read("invitations", deployment="first")

    assert (line["state"], line["contact"], line["name"], line["customer ID"]) == ("sent", "", "", "")


def test_an_invitation_whose_time_is_over_has_expired_and_is_found_by_that() -> None:
    invite(expires_at=NOON + timedelta(hours=1))
    invite(factories.contact("Bruno"), InvitationState.COMPLETED)

    with clock.at(NOON + timedelta(hours=2)):
        assert [line["state"] for line in told("invitations", deployment="first", states=["expired"])] == ["expired"]
        assert told("invitations", deployment="first", states=["sent"]) == []


def many(deployment: str = "first", count: int = 6, **fields: Any) -> list[str]:
    states = (InvitationState.SENT, InvitationState.COMPLETED, InvitationState.DEFERRED)
    people = [factories.contact(f"P{number}") for number in range(count)]
    found = [
        invite(person, states[number % 3], deployment=deployment, **fields) for number, person in enumerate(people)
    ]
    return sorted(each.id for each in found)


@pytest.mark.parametrize("page", [2, 500])
def test_all_deployments_of_a_survey_are_in_one_file_each_invitation_once(
    monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr("escuta.feedback.exported.walking.PAGE", page)
    table.put(sending(ANA, id="empty", created_at=NOON + timedelta(seconds=1)))
    table.put(sending(ANA, id="second", created_at=NOON + timedelta(seconds=2)))
    table.put(sending(ANA, id="other", survey="other", created_at=NOON + timedelta(seconds=3)))
    expected = sorted([*many("first"), *many("second", count=2)])
    many("other", count=2, survey="other")

    assert sorted(line["id"] for line in told("invitations", survey="visit")) == expected
    assert sorted(line["id"] for line in told("invitations", deployment="first")) == many("first")


def told_while_somebody_answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let Ana answer while her invitation is about to be found; return the states in which she stands in the export."""
    monkeypatch.setattr("escuta.feedback.exported.walking.PAGE", 1)
    invite()
    invite(factories.contact("Bruno"), InvitationState.DEFERRED)
    listing = invitations.listing
    seen: list[InvitationState] = []

    def slow(deployment: str, state: InvitationState | None = None, **options: Any) -> Any:
        found = listing(deployment, state, **options)
        if not seen and state in {InvitationState.CLAIMED, InvitationState.COMPLETED}:
            seen.append(state)
            invite(state=InvitationState.COMPLETED)
        return found

    monkeypatch.setattr(invitations, "listing", slow)
    return [line["state"] for line in told("invitations", deployment="first") if line["contact"] == ANA.id]


def test_who_answers_while_the_export_runs_stands_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told_while_somebody_answers(monkeypatch) == ["completed"]


def test_an_export_that_went_through_the_states_backward_would_lose_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invited, "STATES", invited.STATES[::-1])

    assert told_while_somebody_answers(monkeypatch) == []


def test_days_are_those_on_which_somebody_was_invited_at_their_place() -> None:
    early = invite(created_at=NOON.replace(hour=2))  # still the 9th in São Paulo
    invite(factories.contact("Bruno"))

    body = {"deployment": "first", "from": "2026-03-09", "to": "2026-03-09"}
    assert [line["id"] for line in told("invitations", **body)] == [early.id]
    assert [line["id"] for line in told("invitations", survey="visit", **{"from": "2026-03-11"})] == []


def test_a_bound_key_gets_the_invitations_of_its_subtree() -> None:
    table.put(sending(ANA, audience=AudienceKind.SEGMENTS, contacts=(), segments=("sul",)))
    invite()
    invite(factories.contact("Bruno"), segment="manaus", segment_path=("aurora", "norte", "manaus"))
    bound = key(segment="sul")

    for named in ({"deployment": "first"}, {"survey": "visit"}):
        body = {"what": "invitations", "format": "jsonl", **named}
        ordered = ask("POST", "/v1/exports", bound, body=body, headers=ENGLISH).json
        work()
        assert [line["name"] for line in records(ordered["id"])] == ["Ana"]
    table.put(sending(ANA, id="elsewhere", audience=AudienceKind.SEGMENTS, contacts=(), segments=("norte",)))
    refused = ask("POST", "/v1/exports", bound, body={"what": "invitations", "deployment": "elsewhere"})
    assert refused.code == "deployment_not_found"


@pytest.mark.parametrize("missing", [Scope.CONTACTS_READ, Scope.DEPLOYMENTS_READ, Scope.EXPORTS_WRITE])
def test_an_export_of_invitations_takes_three_rights(missing: Scope) -> None:
    rights = {Scope.CONTACTS_READ, Scope.DEPLOYMENTS_READ, Scope.EXPORTS_WRITE} - {missing}

    answer = ask("POST", "/v1/exports", key(*rights), body={"what": "invitations", "deployment": "first"})

    assert (answer.status, answer.code) == (403, "scope_missing")
