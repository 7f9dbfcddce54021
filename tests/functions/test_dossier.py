"""Everything that is known of one person as one document; and every kind of thing that is kept has been thought of."""

import json
from typing import Any

import pytest

from escuta.directory import drops
from escuta.directory import model as directory
from escuta.directory.model import RowOutcome, RowResult, Scope
from escuta.entity import Entity
from escuta.events import event, replays
from escuta.feedback import belongings, personal
from escuta.feedback import model as feedback
from escuta.outreach import model as outreach
from tests.functions import forgetting
from tests.functions.callers import ask, key
from tests.functions.forgetting import ANA, EMAIL, NAME, NUMBER

pytestmark = pytest.mark.usefixtures("aws", "noon")
WINGS = tuple(module.__name__ for module in (directory, outreach, feedback, event, replays))
KINDS = sorted(kind for kind, cls in Entity.kinds.items() if cls.__module__.startswith(WINGS))


def document() -> dict[str, Any]:
    """Fetch the document part by part, as a program does, and put its lists together."""
    whole: dict[str, Any] = {}
    cursor: str | None = None
    while True:
        query = {"cursor": cursor} if cursor else {}
        answer = ask("GET", f"/v1/contacts/{ANA}/data", key(Scope.PRIVACY_ADMIN), query=query)
        assert answer.status == 200
        said = json.loads(answer.body)
        whole = {
            name: [*whole.get(name, []), *value] if isinstance(value, list) else value for name, value in said.items()
        } | {name: value for name, value in whole.items() if name not in said}
        cursor = said["next"]
        if cursor is None:
            return whole


def test_the_document_holds_everything_that_was_planted() -> None:
    forgetting.settle()
    forgetting.everywhere()

    found = document()

    counts = {name: len(value) for name, value in found.items() if isinstance(value, list)}
    assert counts == {
        "clicks": 1,
        "contacts": 2,
        "deployments": 2,
        "drafts": 1,
        "events": 4,
        "file_rows": 2,
        "files": 2,
        "invitations": 2,
        "lifted": 0,
        "messages": 1,
        "parked": 2,
        "provisionals": 1,
        "reminders": 1,
        "replies": 1,
        "requests": 1,
        "responses": 2,
        "rests": 3,
        "suppressions": 1,
        "tickets": 2,
        "transactions": 2,
    }
    assert found["marks"] == {"email": EMAIL, "phone": "+5511987650123"}
    assert {each["contact_name"] for each in found["responses"]} == {NAME}
    assert {each["comment"] for each in found["responses"]} == {"kanarie: Quitéria was here"}
    assert [line["text"] for line in found["tickets"][0]["log"]][-1] == "Falei com a Quitéria"
    assert found["file_rows"][0]["cells"] == {"id": "Q-7001", "email": EMAIL, "telefone": "+5511987650123"}


def test_the_document_is_a_file_to_keep_and_gives_no_link_away() -> None:
    forgetting.settle()
    forgetting.everywhere()

    answer = ask("GET", f"/v1/contacts/{ANA}/data", key(Scope.PRIVACY_ADMIN))

    assert answer.headers["Content-Disposition"] == f'attachment; filename="{ANA}.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert b"link_key" not in answer.body


def test_of_somebody_unknown_there_is_none() -> None:
    answer = ask("GET", "/v1/contacts/nobody/data", key(Scope.PRIVACY_ADMIN))

    assert (answer.status, answer.code) == (404, "contact_not_found")


@pytest.mark.parametrize("kind", KINDS)
def test_somebody_decided_whether_a_kind_holds_anything_of_a_person(kind: str) -> None:
    assert (kind in personal.HOLDS) + (kind in personal.HOLDS_NOTHING) == 1


def test_no_kind_is_decided_on_that_there_is_not() -> None:
    assert sorted(personal.HOLDS.keys() | personal.HOLDS_NOTHING.keys()) == KINDS


def test_what_holds_something_is_in_the_document() -> None:
    forgetting.settle()
    forgetting.everywhere()
    shown = {*document(), *belongings.Belongings._fields}

    assert {name for name in personal.HOLDS.values() if name not in shown} == set()


def test_a_refused_row_of_somebody_else_at_the_same_address_is_not_in_it() -> None:
    forgetting.settle()
    forgetting.known()
    file = forgetting.dropped()
    said: dict[str, Any] = {"line": 5, "outcome": RowOutcome.REJECTED, "code": "phone_invalid"}
    rows = [
        RowResult(row=1, **said, original=("Q-7002", EMAIL, "12")),
        RowResult(row=2, **said, original=(NUMBER, "", "12")),
        RowResult(row=3, **said, original=("", EMAIL, "12")),
    ]
    drops.write_results(file.id, 0, rows)

    assert [row["row"] for row in document()["file_rows"]] == [2, 3]
