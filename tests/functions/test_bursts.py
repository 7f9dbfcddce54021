"""Bursts and floods at store links: nothing refused, everything kept, marked, and out of the figures (T17, T18)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta import table
from escuta.feedback import bursts, tickets
from escuta.feedback.model import Response, ResponseState, Standing, Switch
from tests.conftest import NOON
from tests.kit import faults
from tests.kit.factories import PATH, response, segment, version
from tests.kit.stream import Stream
from ticketing import app

pytestmark = pytest.mark.usefixtures("company")


@pytest.fixture
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    for depth in range(1, len(PATH) + 1):
        table.create(segment(*PATH[:depth]))
    table.create(version())


def tapped(number: int, score: int | None = 10, *, second: float = 0, link: str = "counter", **fields: Any) -> Response:
    """Return an answer at a counter, so many seconds after noon."""
    received = NOON + timedelta(seconds=second)
    own = {"channel": "store", "link_key": link, "received_at": received, "rev": 0}
    return response(f"{link}-{number:03}", score, **{**own, **fields})


def arrive(*answers: Response) -> None:
    """Store answers, and let the stream tell of them."""
    for each in answers:
        table.put(each)
    stream = Stream(app.handler)
    stream.write(*(each.changed(rev=1) for each in answers))
    stream.run()
    assert stream.discarded == []


def standings(*answers: Response) -> list[str]:
    found = table.find_many(Response, (each.key() for each in answers), consistent=True)
    return [str(found[each.key()].standing) for each in answers]


def test_t18_six_equal_scores_in_a_minute_are_all_suspect_also_those_that_came_first() -> None:
    answers = [tapped(number, second=number * 10) for number in range(6)]

    arrive(*answers)

    assert standings(*answers) == ["suspect"] * 6
    first = table.load(Response, answers[0].key())
    assert first.evidence == ("burst",)
    assert first.switches == (
        Switch(at=first.switches[0].at, who="", was=Standing.COUNTED, now=Standing.SUSPECT, reason="burst"),
    )


@pytest.mark.parametrize(
    "answers",
    [
        [tapped(number, second=number * 10) for number in range(5)],
        [tapped(number, number, second=number) for number in range(10)],
        [tapped(number, second=number * 13) for number in range(6)],
        [tapped(number, second=number, link=f"link-{number % 2}") for number in range(10)],
        [tapped(number, second=number, channel="email") for number in range(10)],
        [tapped(number, None, second=number) for number in range(10)],
    ],
    ids=["only five", "different scores", "over more than a minute", "two links", "invitations", "no scores"],
)
def test_people_who_come_one_after_the_other_are_counted(answers: list[Response]) -> None:
    arrive(*answers)

    assert set(standings(*answers)) == {"counted"}


def test_answers_that_a_device_kept_are_judged_by_their_own_times() -> None:
    """K1: three days of a counter arrive at once."""
    kept = [tapped(number, second=number / 10, answered_at=NOON - timedelta(hours=number)) for number in range(30)]
    played = [
        tapped(number + 50, second=number / 10, answered_at=NOON - timedelta(days=9, seconds=number))
        for number in range(6)
    ]

    arrive(*kept, *played)

    assert standings(*kept) == ["counted"] * 30
    assert standings(*played) == ["suspect"] * 6


def test_t17_a_flood_through_one_link_is_suspect_whatever_the_scores() -> None:
    answers = [tapped(number, number % 11, second=number) for number in range(51)]
    apart = tapped(0, 9, second=30, link="other")

    arrive(apart, *answers)

    assert standings(*answers) == ["suspect"] * 51
    assert standings(apart) == ["counted"]
    assert table.load(Response, answers[3].key()).evidence == ("flood",)


def test_a_flooded_link_is_remembered_and_its_next_answer_read_alone() -> None:
    answers = [tapped(number, number % 11, second=number / 10) for number in range(51)]
    arrive(*answers)
    late = table.create(tapped(99, 4, second=6))

    with faults.recording() as calls:
        assert bursts.judge(late) == 1

    assert [call.operation for call in calls] == ["GetItem", "PutItem"]


def test_told_again_nothing_is_marked_again() -> None:
    answers = [tapped(number, second=number) for number in range(6)]
    arrive(*answers)
    before = [table.load(Response, each.key()) for each in answers]

    arrive_again = Stream(app.handler)
    arrive_again.write(*(each.changed(rev=1) for each in answers))
    arrive_again.run()

    assert [table.load(Response, each.key()) for each in answers] == before
    assert {each.rev for each in before} == {2}


def test_what_a_person_switched_back_stays_switched_back() -> None:
    answers = [tapped(number, second=number) for number in range(6)]
    arrive(*answers)
    marked = table.load(Response, answers[2].key())
    line = Switch(at=NOON, who="Davi", was=Standing.SUSPECT, now=Standing.COUNTED, reason="Turma da escola")
    table.save(marked.changed(standing=Standing.COUNTED, switches=(*marked.switches, line)))

    arrive(tapped(7, second=8))

    assert standings(*answers) == ["suspect", "suspect", "counted", "suspect", "suspect", "suspect"]


def test_a_deleted_answer_is_left_alone() -> None:
    gone = tapped(0, second=1, state=ResponseState.DELETED)
    answers = [tapped(number, second=number) for number in range(1, 6)]

    arrive(gone, *answers)

    assert table.load(Response, gone.key()).standing is Standing.COUNTED


def test_an_answer_that_completes_a_burst_opens_no_ticket() -> None:
    answers = [tapped(number, 0, second=number) for number in range(6)]
    arrive(*answers[:5])
    assert len(tickets.open_upto(PATH, 10)) == 5

    arrive(answers[5])

    assert standings(*answers) == ["suspect"] * 6
    assert len(tickets.open_upto(PATH, 10)) == 5


def test_a_burst_is_marked_whole_after_any_fault_at_any_call() -> None:
    answers = [tapped(number, second=number) for number in range(6)]

    def prepare() -> None:
        bursts._hot.cache_clear()  # noqa: SLF001 - a cold start
        for each in answers:
            table.put(each)

    def judge() -> None:
        bursts.judge(answers[5].changed(rev=1))

    assert faults.survey_of_faults(prepare, judge) == []
