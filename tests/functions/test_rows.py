"""What a row holds of an entity: all of it, and nothing twice."""

import json

import pytest

from escuta.entity import Entity
from escuta.outreach.model import InvitationState, Step
from escuta.table import from_image, to_entity, to_row
from escuta.table.rows import to_item
from tests.kit import factories

pytestmark = pytest.mark.usefixtures("aws", "noon")

KEYS = {"link_key", "deployment", "state", "id", "contact"}
INVITED = factories.invitation(state=InvitationState.SENT)


def as_it_was_written_before(entity: Entity) -> dict[str, dict[str, str]]:
    """Return the item with every field in its text, as rows of earlier versions have it."""
    return {**to_item(entity, entity.rev), "data": {"S": entity.model_dump_json(exclude={"rev"})}}


@pytest.mark.parametrize(
    "entity",
    [
        INVITED,
        INVITED.changed(contact="", name="", address=""),  # erased: in no index of people
        INVITED.changed(state=InvitationState.COMPLETED, reached=Step.COMPLETED, tallied="sent/sent", rev=7),
        INVITED.changed(name='Ana "Zé", \\ \n \u2028 🎈', custom={"a": "", "b": "0"}),
        factories.contact("Ana"),
        factories.response("ana", 0),  # a score of 0 is said: nobody answered is None
    ],
    ids=lambda entity: entity.kind,
)
def test_what_is_read_is_what_was_stored_however_it_was_written(entity: Entity) -> None:
    assert from_image(to_item(entity, entity.rev)) == entity
    assert from_image(as_it_was_written_before(entity)) == entity
    assert to_entity(type(entity), to_row(entity, entity.rev)) == entity


def test_what_is_empty_and_what_the_keys_say_is_not_in_the_text() -> None:
    said = json.loads(to_item(INVITED, 1)["data"]["S"])

    assert KEYS.isdisjoint(said)
    assert all(said.values())
    assert said.items() <= json.loads(INVITED.model_dump_json()).items()


def test_a_score_of_nought_and_a_no_that_is_not_the_default_are_said() -> None:
    said = json.loads(to_item(factories.response("ana", 0), 1)["data"]["S"])

    assert said["score"] == 0


def test_what_the_keys_do_not_say_stands_in_the_text() -> None:
    """A sort key of an index is cut where the store would refuse it: then the text has it whole."""
    long = INVITED.changed(id="i" * 2_000)

    item = to_item(long, 1)

    assert len(item["g1sk"]["S"]) < 2_000
    assert from_image(item) == long.changed(rev=1)
