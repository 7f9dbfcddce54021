"""Answers are kept as long as their survey says: unreadable at once after it, emptied by the next run."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from escuta import clock, table
from escuta.errors import NotFoundError
from escuta.feedback import edges, metrics, responses, retention, surveys, tickets
from escuta.feedback.model import Answered, Response, Retention
from privacy import erase, retain
from tests.conftest import NOON
from tests.functions import forgetting
from tests.functions.forgetting import ALIAS
from tests.kit import answers, world
from tests.kit.queue import Queue

YEAR = timedelta(days=366)


@pytest.fixture(autouse=True)
def shop(aws: None, noon: datetime) -> Iterator[None]:  # noqa: ARG001 - the store and the clock come first
    """Let somebody answer badly today, and look a year later."""
    forgetting.settle()
    old = forgetting.answered("o" * 22, contact=ALIAS)
    tickets.follow_up(old)
    with clock.at(NOON + YEAR):
        forgetting.answered("n" * 22, received_at=NOON + YEAR)
        yield


def kept(days: int = 365) -> None:
    surveys.keep("visit", days)


def ran() -> None:
    retain.handler({}, None)
    Queue("erase", erase.handler).run()


def test_an_answer_that_is_kept_no_longer_is_unreadable_before_anything_ran() -> None:
    assert responses.get("o" * 22).comment == "kanarie: Quitéria was here"
    kept()

    with pytest.raises(NotFoundError, match="response_not_found"):
        responses.get("o" * 22)
    assert [each.id for each in answers.given()] == ["n" * 22]


def test_the_run_empties_it_with_its_ticket_and_its_edges_and_no_figure_changes() -> None:
    metrics.sweep("visit", "2026-03-10")
    kept()

    ran()

    left = table.load(Response, Response.at("o" * 22))
    assert (left.emptied, left.comment, left.contact, left.answers) == (
        "expired",
        "",
        "",
        {"nps": 2, "reasons": ("price",)},
    )
    assert tickets.get(tickets.identity("o" * 22, tickets.DETRACTOR.id)).contact_name == ""
    assert [each for each in edges.answered(ALIAS) if each.response == "o" * 22] == []
    metrics.sweep("visit", "2026-03-10")
    assert metrics.reconcile("visit", "2026-03-10", thorough=True).total == 0
    assert responses.get("n" * 22).comment == "kanarie: Quitéria was here"


def test_a_survey_that_keeps_its_answers_is_left_alone() -> None:
    before = world.snapshot()

    ran()

    assert world.snapshot() == before


def test_what_was_emptied_stays_unreadable_when_the_survey_keeps_longer_again() -> None:
    kept()
    ran()

    kept(0)

    with pytest.raises(NotFoundError, match="response_not_found"):
        responses.get("o" * 22)


def test_a_run_goes_on_where_the_time_was_up_and_reads_no_day_again_that_is_done_with() -> None:
    kept(300)

    assert retention.run("visit", lambda: False) == 0
    assert retention.run("visit", lambda: False, "2026-03-10") == 1
    assert Queue("erase", erase.handler).waiting() == [
        {"retain": "visit", "day": "2026-03-10"},
        {"retain": "visit", "day": "2026-03-10"},
    ]
    assert retention.run("visit", lambda: True, "2026-03-10") == 0
    assert table.load(Retention, Retention.at("visit")).day == "2026-04-12"


def test_an_edge_leads_from_a_person_to_the_answer_and_is_gone_with_it() -> None:
    assert {each.response for each in edges.answered(ALIAS)} == {"o" * 22}
    kept()
    ran()

    assert table.find(Answered, Answered(contact=ALIAS, response="o" * 22).key()) is None
