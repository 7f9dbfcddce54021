"""A visit that is told and asked about, with one fault at one write, for every write: one message, one answer."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from escuta import clock, ids
from escuta.directory.model import Scope
from escuta.errors import EscutaError
from escuta.outreach import invitations
from tests.conftest import NOON
from tests.functions.callers import ask, found_company, key, open_survey
from tests.functions.senders import Line
from tests.kit import outbox, world
from tests.kit.faults import Call, Fault, survey_of_faults

pytestmark = pytest.mark.usefixtures("aws", "noon")

BODY = {
    "items": [{"contact": {"email": "ana@example.com", "name": "Ana"}, "segment": "poa", "reference": "NF-1"}],
    "invite": {"survey": "visit"},
}


class Program:
    """A program that tells a visit, and tells it again under the same key until it is answered."""

    def __init__(self) -> None:
        """Begin without a key of the API."""
        self.key = ""
        self.answer: dict[str, Any] = {}

    def prepare(self) -> None:
        found_company()
        open_survey()
        self.key, self.answer = key(Scope.CONTACTS_WRITE, Scope.DEPLOYMENTS_WRITE), {}

    def tell(self) -> None:
        said = ask("POST", "/v1/transactions", self.key, body=BODY, headers={"Idempotency-Key": "k-1"})
        if said.status != 200:
            raise EscutaError(said.code)
        self.answer = said.json

    def tell_again(self) -> None:
        with clock.at(NOON + timedelta(minutes=1)):
            self.tell()

    def view(self) -> world.Snapshot:
        """Let everything be sent that waits, and return who got what, and what the program was told."""
        Line().run(start=NOON + timedelta(minutes=1))
        got = sorted(mail["To"].addresses[0].addr_spec for mail in outbox.mails())
        asked = [one.state for one in invitations.of_contact(self.answer["items"][0]["contact"]).items]
        return {("told", "", ""): {"mails": got, "invitations": asked, "answer": self.answer}}


def writes(call: Call) -> bool:
    return not call.operation.startswith(("Get", "BatchGet", "Query"))


def queues(call: Call) -> bool:
    return call.service == "sqs"


def survey(*faults: Fault, at: Callable[[Call], bool]) -> list[str]:
    program = Program()
    program.prepare()
    program.tell()  # what a warm function keeps is there from the first trial on
    return survey_of_faults(
        program.prepare,
        program.tell,
        recover=program.tell_again,
        view=program.view,
        faults=faults,
        at=at,
    )


def test_a_visit_is_asked_about_once_and_answered_the_same_whatever_fails() -> None:
    assert survey(Fault.CRASH_AFTER, Fault.LOST_REPLY, at=writes) == []


def test_invitations_that_did_not_follow_from_the_visit_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "identity", lambda *_parts: ids.new())

    assert any("ana@example.com" in found for found in survey(Fault.CRASH_AFTER, at=queues))
