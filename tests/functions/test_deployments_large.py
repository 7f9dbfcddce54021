"""A deployment to tens of thousands of segments: started, planned and claimed over rows that stay small."""

from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest

from distribute import plan
from escuta import table
from escuta.directory import segments
from escuta.directory.model import Segment
from escuta.outreach import deployments, dryruns, invitations, parts, pieces
from escuta.outreach.model import AudienceKind, Channel, Deployment, DeploymentDraft, DeploymentState, PartGroup
from tests.conftest import owner
from tests.functions.senders import Line, claim, open_shop, send, sending, states
from tests.kit import factories
from tests.kit.faults import recording
from tests.kit.queue import Queue

pytestmark = pytest.mark.usefixtures("aws", "noon")
SEGMENTS = 30_000
LARGEST = 8_192  # bytes of a row
ANA = factories.contact("Ana", segment="store-29998")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let three be many, so that a few segments take the way of thousands."""
    for module in (parts, pieces):
        monkeypatch.setattr(module, "TOGETHER", 3)
    monkeypatch.setattr(pieces, "SHORT", 2)


def stores(count: int) -> Iterator[Segment]:
    parent = factories.segment("aurora", "sudeste")
    for number in range(count):
        code = f"store-{number:05d}"
        yield parent.model_copy(update={"code": code, "path": (*parent.path, code), "name": code})


def sizes() -> dict[str, int]:
    """Return how many bytes each row of a deployment has, by its sort key."""
    found = owner("dynamodb").scan(TableName="escuta-outreach")["Items"]
    return {item["sk"]["S"]: len(item["data"]["S"]) for item in found if item["pk"]["S"] == "deployment#first"}


def test_thirty_thousand_segments_are_started_planned_and_claimed_over_small_rows() -> None:
    open_shop(ANA)
    table.put_many(stores(SEGMENTS))
    queue = Queue("plan", plan.handler)

    with recording() as started:
        begun = deployments.start(sending(audience=AudienceKind.SEGMENTS, segments=("sudeste",)))
    sent = [call for call in started if call.operation == "SendMessageBatch"]
    assert (begun.parts, len(sent)) == (30_002, 16)
    assert sizes()["deployment"] < 1_000
    assert max(sizes().values()) < LARGEST

    part = 30_000  # Ana's: the two segments above come first
    assert pieces.segment(begun, part) == "store-29998"
    body = {"deployment": "first", "part": part}
    segments.by_code()  # a warm function keeps the hierarchy for a minute
    with recording() as planned:
        plan._worked(body)  # noqa: SLF001 - one message among thousands
    assert len(planned) == 20
    ana = invitations.find(invitations.link_key(invitations.identity("first", ANA.id, Channel.EMAIL)))
    assert ana is not None
    with recording() as claimed:
        assert claim(ana, deployments.get("first"))
    assert [call.operation for call in claimed] == ["GetItem", "TransactWriteItems"]
    assert queue.waiting()


@pytest.mark.usefixtures("few")
def test_many_parts_are_planned_by_messages_that_queue_some_each_and_then_it_runs() -> None:
    people = [factories.contact(f"P{number}", segment=f"store-{number:05d}") for number in range(8)]
    open_shop(*people)
    table.put_many(stores(8))
    line = Line(again=0.3, seed=3)

    begun = deployments.start(sending(audience=AudienceKind.SEGMENTS, segments=("sudeste",)))
    assert [one.get("first") for one in line.plan.waiting()] == [0, 3, 6, 9]
    line.run(steps=120)

    done = deployments.get("first")
    assert (begun.parts, done.state, done.planned) == (10, DeploymentState.RUNNING, True)
    assert len(states()) == 8


@pytest.mark.usefixtures("few")
def test_a_dry_run_of_many_parts_counts_each_of_them_once() -> None:
    open_shop(*(factories.contact(f"P{number}", segment=f"store-{number:05d}") for number in range(8)))
    table.put_many(stores(8))

    draft = dict(sending(audience=AudienceKind.SEGMENTS, segments=("sudeste",)))
    run = dryruns.start(DeploymentDraft.model_validate(draft), by="test")
    Line(again=0.3, seed=3).run(steps=120)

    found = dryruns.get(run.id)
    assert (found.deployment.spread, dryruns.done_parts(found)) == ((), 10)
    assert [(fate.fate.outcome, fate.people) for fate in found.fates] == [("send", 8)]


@pytest.mark.usefixtures("few")
def test_people_named_at_length_are_asked_told_and_forgotten_piece_by_piece() -> None:
    people = [factories.contact(f"P{number}") for number in range(8)]
    open_shop(*people)

    begun = send(*people)

    assert (begun.contacts, len(states())) == ((), 8)
    assert pieces.everybody(begun) == tuple(person.id for person in people)
    assert [len(piece.items) for piece in pieces.people(begun)] == [3, 3, 2]
    assert pieces.contacts(begun, 2, 5) == tuple(person.id for person in people[2:7])
    assert pieces.contacts(begun, 7, 5) == (people[7].id,)


def test_a_row_that_holds_its_list_and_its_parts_itself_is_read_as_ever() -> None:
    open_shop(ANA)
    now = sending(ANA).model_dump(exclude={"planned", "apart"})
    old = {**now, "parts": 1, "done_parts": [0], "contacts": [ANA.id] * 40}

    whole = Deployment.model_validate(old)
    half = Deployment.model_validate({**old, "parts": 2})

    assert (whole.is_planned, half.is_planned) == (True, False)
    assert pieces.contacts(whole, 30, 20) == (ANA.id,) * 10
    assert pieces.everybody(whole) == (ANA.id,) * 40
    assert pieces.segment(whole.changed(spread=("sul", "norte")), 1) == "norte"


@pytest.mark.usefixtures("few")
def test_a_start_that_lost_to_another_leaves_the_pieces_of_that_one_alone() -> None:
    first, second = (tuple(f"{name}-{number}" for number in range(5)) for name in "ab")
    won = pieces.put_apart(sending(contacts=first))
    pieces.put_apart(sending(contacts=second))

    assert pieces.everybody(won) == first


@pytest.mark.usefixtures("few")
def test_all_parts_are_done_when_the_last_one_is_noted_in_any_order_and_however_often() -> None:
    numbers = list(range(10))
    Random(5).shuffle(numbers)  # noqa: S311 - repeatable disorder, not a secret
    whole = sending().key()

    told = [parts.note(whole, number, 10) for number in numbers for _ in range(2)]

    assert told == [False] * 18 + [True] * 2
    assert parts.note(whole, numbers[0], 10)
    assert parts.done(whole, 10) == frozenset(range(10))


def test_thirty_thousand_parts_are_asked_about_only_by_whom_completes_a_group() -> None:
    whole, groups = sending().key(), SEGMENTS // parts.TOGETHER
    full = (tuple(range(number, SEGMENTS, groups)) for number in range(groups))
    table.put_many(
        PartGroup(whole=whole.pk, number=number, done=done) for number, done in enumerate(full) if number > 1
    )
    ends = [tuple(range(number, SEGMENTS, groups)) for number in (0, 1)]
    table.put(PartGroup(whole=whole.pk, number=0, done=ends[0][:-2]))
    table.put(PartGroup(whole=whole.pk, number=1, done=ends[1][:-1]))

    with recording() as calls:
        assert not parts.note(whole, ends[0][-2], SEGMENTS)
    assert [call.operation for call in calls] == ["GetItem", "PutItem"]
    assert not parts.note(whole, ends[0][-1], SEGMENTS)
    with recording() as calls:
        assert parts.note(whole, ends[1][-1], SEGMENTS)
    assert Counter(call.operation for call in calls) == {"GetItem": 1, "PutItem": 1, "BatchGetItem": 2}
    assert max(sizes().values()) < LARGEST
