"""Asking to see or to erase one's data, through the link at the end of a message."""

from datetime import datetime, timedelta

import pytest
from chalice.test import Client, HTTPResponse

from escuta import clock, table
from escuta.directory import privacy
from escuta.directory.model import PrivacyKind, PrivacyRequest
from escuta.errors import ConflictError
from escuta.outreach.model import Channel, Invitation
from respond.app import app
from tests.conftest import NOON
from tests.functions.browsing import words
from tests.functions.respondents import invite, open_survey, unsubscribe_token
from tests.kit import world

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def ana(aws: None, noon: datetime) -> Invitation:  # noqa: ARG001 - the store and the clock come first
    open_survey()
    return invite("Ana")[1]


def ask(invitation: Invitation, body: bytes = b"wants=see&language=pt-BR") -> HTTPResponse:
    token = unsubscribe_token(invitation)
    return Client(app).http.post(f"/u/{token}/privacy", headers={"Content-Type": FORM}, body=body)


def waiting() -> list[PrivacyRequest]:
    return list(privacy.listing(done=False).items)


def test_asking_to_see_says_what_happens_next_and_until_when(ana: Invitation) -> None:
    page = ask(ana)

    assert page.status_code == 200
    assert "Recebemos sua solicitação" in words(page)
    assert "envia até 25/03/2026 (no máximo 15 dias) para o endereço: a•••@mail.example" in words(page)


def test_asking_to_erase_is_kept_for_the_team_and_erases_nothing_yet(ana: Invitation) -> None:
    page = ask(ana, b"wants=erase&language=en")

    assert "will erase what it keeps about you by 25 Mar 2026" in words(page)
    (request,) = waiting()
    assert (request.wants, request.contact, request.hint) == ("erase", ana.contact, "a•••@mail.example")
    assert (request.language, request.due_at - request.requested_at) == ("en", timedelta(days=15))
    assert table.load(Invitation, ana.key()).address == "ana@mail.example"


def test_pressing_twice_is_asking_once_a_day(ana: Invitation) -> None:
    first = ask(ana)
    before = world.snapshot()
    assert words(ask(ana)) == words(first)
    assert world.snapshot() == before

    with clock.at(NOON + timedelta(days=1)):
        ask(ana)
    ask(ana, b"wants=erase")
    assert sorted(request.wants for request in waiting()) == ["erase", "see", "see"]


def test_a_number_is_kept_by_its_last_digits(ana: Invitation) -> None:  # noqa: ARG001 - opens the survey
    ask(invite("Carla", channel=Channel.SMS, address="+5511987654321")[1])

    assert [request.hint for request in waiting()] == ["•••• 4321"]


@pytest.mark.parametrize("body", [b"", b"wants=everything", b"wants=see&wants=erase", b"\xff"])
def test_a_request_for_something_else_is_refused_and_keeps_nothing(ana: Invitation, body: bytes) -> None:
    refused = ask(ana, body)

    assert refused.status_code == 400
    assert "Faltam campos, ou estão errados: wants" in words(refused)
    assert waiting() == []


def test_a_request_is_open_until_somebody_has_met_it(ana: Invitation) -> None:
    ask(ana)
    (request,) = waiting()

    done = privacy.finish(request, "Bruno")
    again = privacy.finish(done, "Carla")

    assert again == done
    assert again.done_by == "Bruno"
    assert waiting() == []
    assert [found.id for found in privacy.listing(done=True).items] == [request.id]
    with pytest.raises(ConflictError, match="stale"):
        privacy.finish(request, "Carla")


def test_the_soonest_due_is_listed_first(ana: Invitation) -> None:
    with clock.at(NOON + timedelta(days=2)):
        ask(ana)
    ask(invite("Bruno")[1])

    assert [request.hint for request in waiting()] == ["b•••@mail.example", "a•••@mail.example"]
    assert {request.wants for request in waiting()} == {PrivacyKind.SEE}
