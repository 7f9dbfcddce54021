"""What comes beyond a limit is taken, marked, and left out of the figures."""

from datetime import UTC, datetime, timedelta

import pytest

from escuta import clock, table
from escuta.entity import Table
from escuta.feedback import limits, responses, surveys
from escuta.feedback.links import Door
from escuta.feedback.model import Kiosk, Limits, Standing
from tests.conftest import NOON, forget
from tests.functions.respondents import DRAFT, invite, meanwhile, open_survey, stand, submission
from tests.kit import answers
from tests.kit.faults import recording


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    open_survey()


def limited(**numbers: int) -> None:
    surveys.publish("visit", DRAFT.changed(limits=Limits(**numbers)))


def answer(token: str, number: int, device: str = "", **more: object) -> tuple[str, tuple[str, ...]]:
    """Answer, and return how the answer stands and why."""
    identity = f"AnaAnaAnaAnaAnaAnaAn{number:02}"
    sent = submission(identity, 2).changed(device=device, **more)
    responses.submit(Door.STORE, token, sent)
    stored = responses.get(identity)
    return stored.standing, stored.evidence


COUNTED = ("counted", ())


def test_t17_beyond_what_a_survey_takes_in_an_hour_answers_are_suspect_and_kept() -> None:
    limited(survey_hour=2)
    first, second = stand()[0], stand()[0]

    standings = [answer(token, number) for number, token in enumerate((first, second, first, second))]

    assert standings == [COUNTED, COUNTED, ("suspect", ("limit_survey",)), ("suspect", ("limit_survey",))]
    assert len(answers.given()) == 4


def test_the_next_hour_counts_anew() -> None:
    limited(survey_hour=1)
    token, _ = stand()
    answer(token, 1)

    with clock.at(NOON + timedelta(hours=1)):
        assert answer(token, 2) == COUNTED


def test_each_link_has_its_own_limit() -> None:
    limited(link_hour=1)
    first, second = stand()[0], stand()[0]

    standings = [answer(token, number) for number, token in enumerate((first, first, second))]

    assert standings == [COUNTED, ("suspect", ("limit_link",)), COUNTED]


def test_t18_each_device_has_its_limit_of_a_day() -> None:
    limited(device_day=1)
    token, _ = stand()

    assert answer(token, 1, "mine") == COUNTED
    assert answer(token, 2, "mine") == ("suspect", ("limit_device",))
    assert answer(token, 3, "yours") == COUNTED
    assert answer(token, 4) == COUNTED
    with clock.at(NOON + timedelta(days=1)):
        assert answer(token, 5, "mine") == COUNTED


def test_a_kiosk_is_one_device_for_everybody() -> None:
    limited(device_day=1)
    token, link = stand()
    table.save(link.changed(kiosk=Kiosk()))

    assert [answer(token, number, "kiosk") for number in range(3)] == [COUNTED, COUNTED, COUNTED]


def test_k1_what_a_kiosk_held_back_counts_in_the_hour_in_which_it_was_answered() -> None:
    limited(link_hour=1)
    token, link = stand()
    table.save(link.changed(kiosk=Kiosk()))
    ago = [{"queued": True, "client_time": NOON, "sent_time": NOON + timedelta(hours=hours)} for hours in (3, 2, 2)]

    standings = [answer(token, number, "", **times) for number, times in enumerate(ago)]

    assert standings == [COUNTED, COUNTED, ("suspect", ("limit_link",))]


def test_a_suspect_answer_uses_up_no_other_limit() -> None:
    limited(survey_hour=2, link_hour=1)
    first, second = stand()[0], stand()[0]
    answer(first, 1)

    assert answer(first, 2) == ("suspect", ("limit_link",))
    assert answer(second, 3) == COUNTED


def test_an_answer_that_is_sent_again_counts_once() -> None:
    limited(survey_hour=2)
    token, _ = stand()
    for _ in range(3):
        answer(token, 1)

    assert answer(token, 2) == COUNTED


def test_invited_people_are_not_limited() -> None:
    limited(survey_hour=1)
    answer(stand()[0], 1)
    token, _ = invite("Ana")

    responses.submit(Door.INVITATION, token, submission(version=2))

    assert responses.get("AnaAnaAnaAnaAnaAnaAna1").standing is Standing.COUNTED


def test_of_many_at_once_exactly_so_many_are_counted() -> None:
    limited(survey_hour=2)
    token, _ = stand()
    standings: list[tuple[str, tuple[str, ...]]] = []

    def after(number: int) -> None:
        if number < 4:
            with meanwhile(lambda: after(number + 1)):
                standings.append(answer(token, number))
        else:
            standings.append(answer(token, number))

    after(1)

    assert sorted(standing for standing, _ in standings) == ["counted", "counted", "suspect", "suspect"]


def test_a_large_limit_is_divided_over_rows_and_is_exact_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_PART", 2)
    limited(survey_hour=5)
    token, _ = stand()

    standings = [answer(token, number)[0] for number in range(7)]

    assert sorted(standings) == ["counted"] * 5 + ["suspect"] * 2
    rows = [f"limit#survey#visit#2026-03-10T15#{shard}" for shard in range(3)]
    assert sum(row["n"] for name in rows for _, row in table.numbers(Table.FEEDBACK, name)) == 5
    assert len([name for name in rows if list(table.numbers(Table.FEEDBACK, name))]) == 3


def test_beyond_a_limit_a_warm_function_asks_the_store_no_more() -> None:
    limited(survey_hour=1)
    token, _ = stand()
    answer(token, 1)
    forget()
    answer(token, 2)

    with recording() as calls:
        responses.submit(Door.STORE, token, submission("AnaAnaAnaAnaAnaAnaAn03", 2))

    assert [call.operation for call in calls].count("TransactWriteItems") == 1
    assert responses.get("AnaAnaAnaAnaAnaAnaAn03").standing is Standing.SUSPECT


def test_the_row_of_a_limit_ends_some_days_after_its_time() -> None:
    limited(survey_hour=1)
    answer(stand()[0], 1)

    ((_, row),) = table.numbers(Table.FEEDBACK, "limit#survey#visit#2026-03-10T15#0")
    assert row["n"] == 1
    assert timedelta(days=3) <= datetime.fromtimestamp(row["expires_at"] + 1, UTC) - NOON < timedelta(days=3, minutes=5)
