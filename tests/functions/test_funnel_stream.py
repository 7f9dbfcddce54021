"""How far invitations came since their people began to answer: counted once, whatever the stream does meanwhile."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from escuta import clock, ids, table
from escuta.entity import Table
from escuta.feedback import blanking, partials, responses
from escuta.feedback.links import Door
from escuta.feedback.partials import Partial
from escuta.outreach import catching_up, funnels, progress, standings
from escuta.outreach.model import FunnelMark, Invitation, InvitationState, Step
from metering import funnel as counting
from tests.conftest import NOON
from tests.functions.respondents import invite, open_survey, submission
from tests.kit import faults, funnel, world
from tests.kit.stream import Context, Handler, Record, Stream, event, record

pytestmark = pytest.mark.usefixtures("aws", "noon")

TODAY, STORE = "2026-03-10", "segment#sp-01"
Q, S, D, B, C = STEPS = funnels.STEPS
NAMES = ("Ana", "Bruno", "Clara", "Davi")
ALL = dict.fromkeys(STEPS, 1)
TOLD: list[Record] = []  # what the stream has of everybody


@pytest.fixture
def link() -> tuple[str, Invitation]:
    open_survey()
    return invite("Ana")


def begin(token: str) -> None:
    sent = Partial(submission_id=ids.derive("page", token), version=1, number=1, fields={"n.nps": "7"})
    partials.keep(Door.INVITATION, token, sent)


def answer(token: str, score: int = 9) -> None:
    responses.submit(Door.INVITATION, token, submission(ids.derive("page", token), nps=score))


def followed() -> list[Record]:
    """Return a record of every invitation that the stream follows, as it is now."""
    return [record(each) for each in world.scan(Table.OUTREACH) if "follow" in each]


def stood(place: str = STORE) -> Counter[str]:
    return funnels.tally("visit", place, TODAY, TODAY).get(TODAY, Counter())


def test_nobody_is_followed_before_they_begin_and_who_answers_writes_no_counter(link: tuple[str, Invitation]) -> None:
    progress.advance(link[1].link_key, 0, InvitationState.DELIVERED)
    assert followed() == []
    before = stood()

    answer(link[0])

    assert (before, stood(), len(followed())) == (Counter({Q: 1, S: 1, D: 1}),) * 2 + (1,)

    funnel.catch_up()

    assert stood() == ALL
    assert standings.invited("march") == Counter({InvitationState.COMPLETED: 1})


def test_records_that_come_again_late_or_out_of_order_count_nothing(link: tuple[str, Invitation]) -> None:
    begin(link[0])
    begun = followed()
    answer(link[0])
    answered = followed()
    for records in (answered, begun, begun + answered, answered + begun):
        assert counting.handler(event(records), Context()) == {"batchItemFailures": []}

    assert stood() == ALL
    assert funnel.problems() == []


def test_what_is_told_of_a_message_after_its_person_began_is_counted_once(link: tuple[str, Invitation]) -> None:
    begin(link[0])
    funnel.catch_up()

    progress.advance(link[1].link_key, 0, InvitationState.DELIVERED)
    progress.advance(link[1].link_key, 0, InvitationState.COMPLAINED, reason="complaint")

    assert funnel.problems() == []
    assert stood() == {Q: 1, S: 1, D: 1, B: 1}
    assert standings.invited("march") == Counter({InvitationState.COMPLAINED: 1})


def test_who_moves_to_another_place_after_they_were_counted_moves_over_whole(link: tuple[str, Invitation]) -> None:
    begin(link[0])
    funnel.catch_up()
    now = table.load(Invitation, link[1].key())
    table.save(now.changed(segment="rs-01", segment_path=("aurora", "sul", "rs-01")))

    assert funnel.problems() == []
    assert (+stood(), stood("segment#rs-01")) == (Counter(), {Q: 1, S: 1, D: 1, B: 1})


def test_who_is_erased_stays_where_they_came_and_the_mark_names_nobody(link: tuple[str, Invitation]) -> None:
    answer(link[0])
    funnel.catch_up()
    table.save(blanking.invitation(table.load(Invitation, link[1].key())))

    assert funnel.problems() == []
    assert stood() == ALL
    mark = table.load(FunnelMark, FunnelMark.at(link[1].link_key))
    assert set(mark.model_dump()) == {"rev", "link_key", "state", "reached", "segment_path"}


def test_an_invitation_that_is_gone_is_nothing_to_count(link: tuple[str, Invitation]) -> None:
    answer(link[0])
    records = followed()
    table.delete(Invitation, link[1].key())

    assert counting.handler(event(records), Context()) == {"batchItemFailures": []}
    assert stood() == {Q: 1, S: 1}


def test_an_invitation_from_before_steps_were_counted_is_answered_and_counts_nowhere(
    link: tuple[str, Invitation],
) -> None:
    table.put(link[1].changed(reached=None))

    answer(link[0])

    assert followed() == []
    assert table.load(Invitation, link[1].key()).state is InvitationState.COMPLETED


def everybody_answers() -> None:
    """Let four people answer, of whom two begin a while before: the stream has all of it."""
    open_survey()
    TOLD.clear()
    for number, name in enumerate(NAMES):
        token = invite(name)[0]
        if number % 2:
            begin(token)
        answer(token, number)
        TOLD[:] = [*TOLD, *followed()]


@pytest.mark.parametrize("seed", range(12))
def test_each_counts_once_whatever_the_stream_repeats_and_however_it_cuts(seed: int) -> None:
    open_survey()
    tokens = [invite(name)[0] for name in NAMES]
    feed = Stream(
        counting.handler, shards=3, batch=3, ragged=True, again=0.6, seed=seed, kinds=(Invitation.kind,), retries=30
    )
    for move in (begin, answer):
        for token in tokens:
            move(token)
            feed.put(*followed())
        feed.run()

    assert feed.discarded == []
    assert stood() == dict.fromkeys(STEPS, len(NAMES))
    assert standings.invited("march") == Counter({InvitationState.COMPLETED: len(NAMES)})


def test_many_places_are_counted_in_transactions_that_the_store_takes() -> None:
    """Forty of them together would touch more counters than one transaction holds."""
    open_survey()
    made = invite("Ana")[1]
    for number in range(45):
        place = f"loja-{number}"
        path = ("aurora", f"regiao-{number}", place)
        other = made.changed(
            rev=0,
            id=f"i-{number}",
            link_key=f"k-{number}",
            segment=place,
            segment_path=path,
            deployment=f"d-{number}",
            state=InvitationState.COMPLETED,
            reached=Step.COMPLETED,
            tallied="sent/sent",
        )
        table.transact(
            table.Create(other), *funnels.adds([(None, other.changed(state="sent", reached="sent", tallied=""))])
        )

    assert funnel.problems() == []
    assert stood("segment#aurora") == {Q: 46, S: 46, D: 45, B: 45, C: 45}


def reading(handler: Handler) -> Callable[[], None]:
    def read() -> None:
        feed = Stream(handler, batch=3, kinds=(Invitation.kind,))
        feed.put(*TOLD)
        feed.run()
        assert feed.discarded == []

    return read


def counters() -> world.Snapshot:
    everything = world.snapshot(ignore=("created_at",))
    return {key: row for key, row in everything.items() if key[1].startswith(("funnel#", "states#"))}


def nothing() -> None:
    """Leave it to the stream, which delivers once more by itself. No sweep helps."""


def test_every_counter_is_right_after_any_fault_at_any_call() -> None:
    assert faults.survey_of_faults(everybody_answers, reading(counting.handler), recover=nothing, view=counters) == []
    assert funnel.problems() == []


def test_counting_apart_from_the_mark_is_found_out() -> None:
    """The broken variant: the mark is stored first, and what it stands for is added afterwards."""

    def wrong(batch: dict[str, Any], context: Any) -> Any:
        with funnel.counted_afterwards():
            return counting.handler(batch, context)

    found = faults.survey_of_faults(everybody_answers, reading(wrong), recover=nothing, view=counters)

    assert {"crash before", "throttle"} <= {line.partition(" at ")[0] for line in found}


def test_what_there_was_no_time_for_is_reported_from_its_first_record_on(link: tuple[str, Invitation]) -> None:
    begin(link[0])
    answer(link[0])
    (told,) = followed()
    batch: list[dict[str, Any]] = event([told, told])["Records"]
    for number, each in zip((10**24, 10**21), batch, strict=True):
        each["dynamodb"]["SequenceNumber"] = str(number)

    found = counting.handler({"Records": batch}, Context([60_000, 10_000]))

    assert found == {"batchItemFailures": [{"itemIdentifier": str(10**21)}]}
    assert stood() == {Q: 1, S: 1}


def test_two_that_count_at_once_count_once(link: tuple[str, Invitation]) -> None:
    begin(link[0])

    def meanwhile(_parameters: object) -> None:
        if not others:
            others.append(True)
            catching_up.count([link[1].link_key])

    others: list[bool] = []
    with faults.failing("TransactWriteItems", meanwhile):
        catching_up.count([link[1].link_key])

    assert others == [True]
    assert stood() == {Q: 1, S: 1, D: 1, B: 1}


def test_who_answers_days_later_counts_on_the_day_of_the_invitation(link: tuple[str, Invitation]) -> None:
    with clock.at(NOON + timedelta(days=3)):
        answer(link[0])
        funnel.catch_up()

    assert stood() == ALL
