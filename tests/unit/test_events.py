"""The shape of events: what is promised to integrators in `docs/events`, held against what the product makes."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from escuta import events
from escuta.events import EventType, schemas
from escuta.feedback.tickets import announcing
from escuta.feedback.tickets.keeping import Line
from tests.kit import factories

DOCS = Path(__file__).parents[2] / "docs"
WORDS = {"comment", "text", "words", "answers", "action", "name", "contact_name", "first_name", "email", "phone"}
OURS = {  # what they name is ours, and nobody's person
    *("deployment.cancelled", "deployment.finished", "deployment.paused", "deployment.resumed"),
    *("metric.changed", "survey.published", "webhook.disabled"),
}

pytestmark = pytest.mark.usefixtures("noon")


@pytest.mark.parametrize("kind", EventType)
def test_the_schema_of_a_type_is_written_down_as_it_is_now(kind: EventType) -> None:
    name = events.schema_name(kind, events.VERSION)

    found = (DOCS / "events" / name).read_text(encoding="utf-8")

    assert found == schemas.written()[name], "run: python -m escuta.events docs/events"


def test_no_schema_is_written_down_of_a_type_that_is_not() -> None:
    assert {path.name for path in (DOCS / "events").iterdir()} == schemas.written().keys()


def test_writing_them_removes_those_of_types_that_are_gone(tmp_path: Path) -> None:
    (tmp_path / "ticket.lost.v1.json").write_text("{}")

    schemas.write(tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == schemas.written().keys()


@pytest.mark.parametrize("kind", [kind for kind in EventType if kind not in OURS])
def test_no_event_about_people_bears_a_name_an_address_or_a_word_of_theirs(kind: EventType) -> None:
    assert events.DATA[kind].model_fields.keys() & WORDS == set()


@pytest.mark.parametrize("kind", EventType)
def test_every_type_is_in_the_guide(kind: EventType) -> None:
    assert f"`{kind}`" in (DOCS / "events.md").read_text(encoding="utf-8")


def made(line: str = "moved", **fields: Any) -> list[events.DomainEvent]:
    """Return what is told of a ticket after a change."""
    before = factories.ticket(rev=3, contact="ana")
    return [each.entity for each in announcing.actions(before, before.changed(**fields), Line(line))]  # type: ignore[union-attr, misc] # creations


def test_those_of_a_place_that_a_ticket_leaves_hear_that_it_did_and_not_where_it_went() -> None:
    there = ("aurora", "norte", "manaus")

    changed, left = made("transferred", segment="manaus", segment_path=there, timezone="America/Manaus")

    assert (changed.type, changed.segment_path, changed.data["segment"]) == ("ticket.changed", there, "manaus")
    assert (left.type, left.segment_path, left.revision) == ("ticket.left", factories.PATH, 4)
    assert left.data == {"ticket": changed.data["ticket"], "segment": factories.PATH[-1]}
    assert left.id != changed.id
    assert valid(left)


def test_a_ticket_whose_place_moved_in_the_hierarchy_comes_to_some_and_leaves_others() -> None:
    there = ("aurora", "norte", factories.PATH[-1])

    changed, left = made("resettled", segment_path=there)

    assert (changed.type, changed.segment_path, changed.data["changes"]) == ("ticket.changed", there, ["segmentpath"])
    assert (left.type, left.segment_path) == ("ticket.left", factories.PATH)


def valid(event: events.DomainEvent) -> bool:
    """Tell whether an event is what its schema says, as an integrator reads it; raise what is wrong with it."""
    schema = json.loads((DOCS / "events" / events.schema_name(event.type, event.version)).read_text())
    jsonschema.validate(json.loads(json.dumps(events.envelope(event))), schema)
    return True


@pytest.mark.parametrize(
    ("line", "fields", "types"),
    [
        ("moved", {"state": "waiting", "due_at": datetime.fromisoformat("2026-03-12T15:00:00Z")}, ["ticket.changed"]),
        ("closed", {"state": "closed", "root_causes": ("queue",)}, ["ticket.closed"]),
        ("reopened", {"state": "reopened", "reopened": 1, "recovered": False}, ["ticket.reopened"]),
        ("escalated", {"escalated": 1, "escalated_to": "sudeste"}, ["ticket.escalated"]),
        ("answered", {"recovered": True}, ["ticket.recovered"]),
        ("noted", {}, ["ticket.commented"]),
        ("received", {"state": "open"}, ["ticket.changed", "ticket.commented"]),
        ("escalated", {"escalated": 1, "state": "closed"}, ["ticket.closed", "ticket.escalated"]),
        ("reminded", {"reminded": True}, []),
    ],
)
def test_a_change_of_a_ticket_is_told_as_what_it_is(line: str, fields: dict[str, Any], types: list[str]) -> None:
    told = made(line, **fields)

    assert [each.type for each in told] == types
    assert all(map(valid, told))


def test_a_change_names_what_is_not_as_it_was() -> None:
    (told,) = made(owner="bruno", tags=("fila",))

    assert told.data["changes"] == ["owner", "tags"]
    assert (told.data["owner"], told.data["tags"]) == ("bruno", ["fila"])
    assert (told.subject, told.revision, told.segment) == ("ticket/first", 4, "paulista")


def test_a_comment_is_told_without_its_words() -> None:
    (told,) = made("noted")

    assert (told.data["way"], told.data["number"]) == ("internal", 4)
    assert not re.search("Fila|words", json.dumps(told.data))


def test_what_happened_has_one_name_whenever_it_is_told() -> None:
    (first,), (again,) = made("noted"), made("noted")
    (other,) = made("written")

    assert first.id == again.id == other.id == "mje6wqie76yvqinxe3xab2xj7u"
    assert made(owner="bruno")[0].id != first.id


def test_an_event_says_what_its_type_says_and_nothing_else() -> None:
    data = events.ErasedContactData(contact="ana", erasure="one")

    with pytest.raises(TypeError, match=r"ticket\.opened says TicketData, not ErasedContactData"):
        events.made(EventType.TICKET_OPENED, data, "first", subject="ticket/first")
