"""The chart of access patterns names every kind with the keys that its entity really has."""

import re
from pathlib import Path

import pytest

from escuta.directory import model as directory
from escuta.entity import Entity
from escuta.events import event, replays
from escuta.feedback import model as feedback
from escuta.outreach import model as outreach
from tests.kit import factories

ROWS = {
    match[1]: match[0]
    for line in (Path(__file__).parents[2] / "docs" / "access-patterns.md").read_text(encoding="utf-8").splitlines()
    if (match := re.match(r"\| `(\w+)` \|.*", line))
}
KINDS = sorted(
    kind
    for kind, cls in Entity.kinds.items()
    if cls.__module__.startswith(tuple(m.__name__ for m in (directory, outreach, feedback, event, replays)))
)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_stands_in_the_chart(kind: str) -> None:
    assert kind in ROWS


@pytest.mark.parametrize(
    "entity",
    [factories.segment(), factories.contact(), factories.invitation(), factories.response(), factories.ticket()],
    ids=lambda entity: entity.kind,
)
def test_the_chart_shows_the_keys_of_a_real_entity(entity: Entity) -> None:
    shown = re.findall(r"`([a-z_]+)[#`]", ROWS[entity.kind].partition(" | ")[2])

    keys = [entity.key(), *(key for key in entity.index() if key)]
    for key in keys:
        assert key.pk.partition("#")[0] in shown
