"""A thing made under an `Idempotency-Key`, with a fault at one write, for every write: made once, answered the same."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest

from escuta import clock, ids
from escuta.directory.model import Scope
from escuta.errors import EscutaError
from manage.asking import Request
from tests.conftest import NOON
from tests.functions.callers import Answer, ask, found_company, key
from tests.kit import world
from tests.kit.faults import Call, Fault, survey_of_faults

pytestmark = pytest.mark.usefixtures("aws", "noon")

UNNAMED = ("/v1/surveys", {"name": "Visit"})  # its id is ours
NAMED = ("/v1/segments", {"code": "bh", "name": "Belo Horizonte", "parent": "sul"})  # its name is the caller's


class Program:
    """A program that makes a thing, and asks for it again under the same key until it is answered."""

    def __init__(self, path: str, body: dict[str, Any]) -> None:
        """Begin without a key of the API."""
        self.path, self.body, self.key = path, body, ""
        self.answers: list[Answer] = []

    def prepare(self) -> None:
        found_company()
        self.key, self.answers = key(Scope.SURVEYS_WRITE, Scope.SEGMENTS_WRITE), []

    def make(self) -> None:
        answer = ask("POST", self.path, self.key, body=self.body, headers={"Idempotency-Key": "k-1"})
        if answer.status == 503:
            raise EscutaError(answer.code)
        self.answers.append(answer)

    def make_again(self) -> None:
        """Come again once the call that died cannot be running."""
        with clock.at(NOON + timedelta(minutes=1)):
            self.make()

    def view(self) -> world.Snapshot:
        """Return the things that there are, how many, and all that the program was told."""
        things = [row for row in world.snapshot() if row[1].startswith(("survey#", "segment#"))]
        statuses = sorted({answer.status for answer in self.answers})
        answers = len({answer.body for answer in self.answers})
        return {("all", "", ""): {"things": len(things), "statuses": statuses, "answers": answers}}


def writes(call: Call) -> bool:
    return not call.operation.startswith(("Get", "BatchGet", "Query"))


def survey(thing: tuple[str, dict[str, Any]], *faults: Fault, at: Callable[[Call], bool] = writes) -> list[str]:
    program = Program(*thing)
    program.prepare()
    program.make()  # what a warm function keeps is there from the first trial on
    return survey_of_faults(
        program.prepare, program.make, recover=program.make_again, view=program.view, faults=faults, at=at
    )


@pytest.mark.parametrize("thing", [UNNAMED, NAMED], ids=["id of ours", "name of the caller's"])
def test_what_is_made_under_a_key_is_made_once_and_answered_the_same_whatever_fails(
    thing: tuple[str, dict[str, Any]],
) -> None:
    assert survey(thing, Fault.CRASH_AFTER, Fault.LOST_REPLY) == []


def test_ids_that_did_not_follow_from_the_call_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Request, "identity", lambda _self, _noun: ids.new())

    assert any("crash after" in found for found in survey(UNNAMED, Fault.CRASH_AFTER))


def test_a_name_taken_by_the_call_itself_would_be_found_if_it_were_a_conflict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Request, "making", lambda _self, _item="": nullcontext())

    assert any("409" in found for found in survey(NAMED, Fault.CRASH_AFTER))
