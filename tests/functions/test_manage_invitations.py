"""An invitation by its id, and what a person was asked, over the API."""

from datetime import datetime, timedelta

import pytest

from escuta import clock, table
from escuta.directory.model import Scope
from escuta.outreach import invitations
from escuta.outreach.model import Channel, Invitation, InvitationState
from tests.functions.callers import PLACES, Answer, ask, found_company, key
from tests.kit import factories


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def asked(place: str, deployment: str = "march") -> Invitation:
    path, now = PLACES[place], clock.now()
    identity = invitations.identity(deployment, "ana", Channel.EMAIL)
    return table.create(
        Invitation(
            id=identity,
            link_key=invitations.link_key(identity),
            deployment=deployment,
            survey="visit",
            contact="ana",
            segment=path[-1],
            segment_path=path,
            timezone="America/Sao_Paulo",
            channel=Channel.EMAIL,
            address="ana@example.com",
            first_name="Ana",
            language="pt-BR",
            state=InvitationState.DELIVERED,
            created_at=now,
            expires_at=now + timedelta(days=14),
        )
    )


def got(found: Invitation, text: str) -> Answer:
    return ask("GET", f"/v1/invitations/{found.id}", text)


def test_an_invitation_is_found_by_its_id() -> None:
    found = asked("poa")

    told = got(found, key())

    assert (told.status, told.json["state"], told.json["address"]) == (200, "delivered", "ana@example.com")
    assert (told.json["id"], told.json["ambiguous"], "link_key" in told.json) == (found.id, False, False)


def test_who_is_behind_an_invitation_only_who_reads_contacts_is_told() -> None:
    told = got(asked("poa"), key(Scope.DEPLOYMENTS_READ)).json

    assert {"address", "first_name", "name", "custom"}.isdisjoint(told)
    assert told["contact"] == "ana"


def test_an_invitation_of_another_place_is_none() -> None:
    found = asked("manaus")

    for text, identity in ((key(segment="sul"), found.id), (key(), "nothing"), (key(), "x" * 200)):
        answer = ask("GET", f"/v1/invitations/{identity}", text)
        assert (answer.status, answer.code) == (404, "invitation_not_found")
    assert got(found, key(segment="norte")).status == 200
    assert got(found, key(Scope.SURVEYS_READ)).code == "scope_missing"


def test_what_a_person_was_asked_is_told_the_newest_first_without_other_places() -> None:
    table.create(factories.contact("Ana", id="ana", segment="poa", rev=0))
    for day, place in enumerate(("poa", "manaus", "curitiba")):
        with clock.at(clock.now() + timedelta(days=day)):
            asked(place, f"deployment-{day}")
    path = "/v1/contacts/ana/invitations"

    whole = ask("GET", path, key(Scope.CONTACTS_READ))
    bound = ask("GET", path, key(segment="sul"))

    assert [each["segment"] for each in whole.json["items"]] == ["curitiba", "manaus", "poa"]
    assert [each["segment"] for each in bound.json["items"]] == ["curitiba", "poa"]
    assert ask("GET", path, key(segment="norte")).code == "contact_not_found"
