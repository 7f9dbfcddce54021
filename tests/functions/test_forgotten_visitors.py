"""Who was erased stays erased when a device comes back with what they said before; who says it anew is there anew."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta import clock, ids, secrets, table
from escuta.directory import contacts, forgotten
from escuta.directory.model import Contact
from escuta.errors import GoneError
from escuta.feedback import parking, responses, tokens
from escuta.feedback.links import Door
from escuta.feedback.model import Kiosk, Response, TokenKind
from escuta.feedback.submissions import Submission
from tests.conftest import NOON
from tests.functions import droppers, forgetting
from tests.functions.forgetting import EMAIL

HOUR = timedelta(hours=1)
ANA = contacts.identity("", EMAIL, "")
ID = "k" * 22


@pytest.fixture
def counter(aws: None, noon: datetime) -> str:  # noqa: ARG001 - the store and the clock come first
    forgetting.settle()
    return tokens.create(
        "visit", "sp-01", "Caixa", type=TokenKind.TRANSACTIONAL, asks=("name", "email"), kiosk=Kiosk()
    )[0]


def said(submission: str = ID, *, waited: timedelta | None = None) -> Submission:
    """Return what the device sends: at once, or after it waited for the network."""
    queued: dict[str, Any] = {}
    if waited is not None:
        queued = {"queued": True, "client_time": NOON - waited, "sent_time": NOON}
    answers = {"nps": 2, "comment": "kanarie"}
    return Submission(
        submission_id=submission, version=1, answers=answers, asked={"name": "Ana", "email": EMAIL}, **queued
    )


def test_an_answer_from_before_the_erasure_counts_and_makes_nobody_anew(counter: str) -> None:
    forgotten.remember(NOON - HOUR, "", EMAIL, "")

    receipt = responses.submit(Door.STORE, counter, said(waited=2 * HOUR))

    stored = table.load(Response, Response.at(receipt.id))
    assert (stored.answers, stored.contact, stored.contact_name, stored.comment) == ({"nps": 2}, "", "", "")
    assert (stored.score_class, stored.emptied) == ("detractor", "erased")
    assert table.find(Contact, Contact.at(ANA)) is None
    assert forgetting.traces() == []


def test_the_device_that_sends_it_again_gets_the_same_receipt_and_nothing_is_parked(counter: str) -> None:
    forgotten.remember(NOON - HOUR, "", EMAIL, "")
    responses.submit(Door.STORE, counter, said(waited=2 * HOUR))

    again = responses.submit(Door.STORE, counter, said(waited=2 * HOUR))

    assert (again.id, again.replayed) == (ID, True)
    assert parking.listing().items == ()


@pytest.mark.parametrize("waited", [None, HOUR / 2])
def test_who_gives_their_own_data_after_the_erasure_is_there_anew(counter: str, waited: timedelta | None) -> None:
    forgotten.remember(NOON - HOUR, "", EMAIL, "")

    responses.submit(Door.STORE, counter, said(waited=waited))

    assert table.load(Contact, Contact.at(ANA)).email == EMAIL
    assert forgotten.is_forgotten(email=EMAIL)


def test_an_answer_whose_time_nobody_can_tell_makes_nobody_anew(counter: str) -> None:
    forgotten.remember(NOON - HOUR, "", EMAIL, "")

    responses.submit(Door.STORE, counter, said().changed(queued=True))

    assert table.find(Contact, Contact.at(ANA)) is None


def test_an_answer_to_an_erased_invitation_that_comes_late_is_refused_and_kept_nowhere(
    aws: None,  # noqa: ARG001 - the store comes first
    noon: datetime,  # noqa: ARG001 - and the clock
) -> None:
    forgetting.settle()
    invited = forgetting.invited("first")
    token = ids.link_token(secrets.link_secret(), "answer", invited.id)
    table.save(invited.changed(revoked_at=clock.now(), contact="", address="", name="", first_name="", custom={}))

    with pytest.raises(GoneError, match="link_revoked"):
        responses.submit(Door.INVITATION, token, said(waited=2 * HOUR).changed(asked={}))

    assert table.find(Response, Response.at(ID)) is None
    assert parking.listing().items == ()


def test_the_file_of_tomorrow_brings_nobody_back_who_was_erased(
    aws: None,  # noqa: ARG001 - the store comes first
    noon: datetime,  # noqa: ARG001 - and the clock
) -> None:
    droppers.stores()
    forgotten.remember(NOON, "", EMAIL, "")

    file = droppers.drop(droppers.rows(f"C-9;Ana;{EMAIL};;spo-01", "C-8;Bruno;bruno@mail.example;;spo-01"))

    assert (file.totals["accepted"], file.totals["skipped"], file.reasons) == (1, 1, {"erased": 1})
    assert [person.name for person in droppers.people()] == ["Bruno"]
