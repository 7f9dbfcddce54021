from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from escuta import clock, ids, secrets
from escuta.entity import Table
from escuta.errors import NotFoundError
from escuta.outreach import closings, suppression
from escuta.outreach.model import Channel
from tests.conftest import NOON
from tests.functions.senders import formerly
from tests.kit import world
from tests.kit.faults import failing, survey_of_faults, untouched

pytestmark = pytest.mark.usefixtures("aws", "noon")
EMAIL = Channel.EMAIL


def test_every_spelling_of_an_address_is_closed() -> None:  # E18
    suppression.add(EMAIL, "Ana@Example.com", "unsubscribe")

    assert suppression.is_suppressed(EMAIL, " ana@example.COM ")
    assert not suppression.is_suppressed(EMAIL, "bruno@example.com")


def test_the_channels_are_apart() -> None:
    suppression.add(Channel.SMS, "+5511988880000", "stop")

    assert suppression.is_suppressed(Channel.SMS, "+5511988880000")
    assert not suppression.is_suppressed(EMAIL, "+5511988880000")


def causes(address: str, survey: str = "visit") -> list[str]:
    found = suppression.standing(EMAIL, address, survey)
    return [f"{reason}_survey" if one.scope else reason for one in found for reason in one.told]


def test_the_first_of_two_reports_of_one_kind_stays() -> None:
    assert suppression.add(EMAIL, "ana@example.com", "bounce", "visit")
    assert not suppression.add(EMAIL, "ana@example.com", "bounce", "party")

    (found,) = suppression.standing(EMAIL, "ana@example.com")
    assert {reason: because.survey for reason, because in found.reasons.items()} == {"bounce": "visit"}


def test_a_no_to_one_survey_closes_no_other() -> None:
    suppression.add(EMAIL, "ana@example.com", "unsubscribe", "visit", scope="visit")

    assert suppression.is_suppressed(EMAIL, "ana@example.com", "visit")
    assert not suppression.is_suppressed(EMAIL, "ana@example.com", "party")
    assert not suppression.is_suppressed(EMAIL, "ana@example.com")


def test_a_no_to_everything_closes_every_survey() -> None:
    suppression.add(EMAIL, "ana@example.com", "unsubscribe", "visit")

    assert suppression.is_suppressed(EMAIL, "ana@example.com", "party")


def test_each_reason_is_kept_and_the_report_of_the_mail_service_comes_first() -> None:
    suppression.add(EMAIL, "ana@example.com", "unsubscribe", scope="visit")
    suppression.add(EMAIL, "ana@example.com", "unsubscribe")
    suppression.add(EMAIL, "ana@example.com", "bounce")

    assert causes("ana@example.com") == ["bounce", "unsubscribe", "unsubscribe_survey"]
    assert [one.cause for one in suppression.standing(EMAIL, "ana@example.com", "visit")] == [
        "bounce",
        "unsubscribe_survey",
    ]


def test_two_who_close_one_address_at_once_are_both_kept() -> None:
    hurried = iter(["complaint", "manual"])

    def be_faster(_: dict[str, Any]) -> None:
        for reason in hurried:
            with untouched():
                suppression.add(EMAIL, "ana@example.com", reason)

    with failing("TransactWriteItems", be_faster):
        suppression.add(EMAIL, "ana@example.com", "bounce")

    assert causes("ana@example.com") == ["bounce", "complaint", "manual"]


def test_an_address_is_open_when_its_last_reason_is_gone() -> None:
    suppression.add(EMAIL, "ana@example.com", "unsubscribe")
    suppression.add(EMAIL, "ana@example.com", "manual")

    suppression.lift(EMAIL, "ana@example.com", "manual", who="key:1", why="She asked")
    assert causes("ana@example.com") == ["unsubscribe"]

    suppression.take_back(EMAIL, "ana@example.com", "visit")
    assert causes("ana@example.com") == []
    assert [row["kind"] for row in world.snapshot().values()] == ["suppression_lifted"]


def test_what_is_taken_back_while_another_reason_comes_leaves_the_other() -> None:
    suppression.add(EMAIL, "ana@example.com", "unsubscribe")
    hurried = iter(["bounce"])

    def be_faster(_: dict[str, Any]) -> None:
        for reason in hurried:
            with untouched():
                suppression.add(EMAIL, "ana@example.com", reason)

    with failing("TransactWriteItems", be_faster):
        suppression.take_back(EMAIL, "ana@example.com", "visit")

    assert causes("ana@example.com") == ["bounce"]


def test_what_a_person_said_can_be_taken_back() -> None:
    suppression.add(EMAIL, "ana@example.com", "unsubscribe", scope="visit")
    suppression.add(EMAIL, "ana@example.com", "unsubscribe")
    suppression.add(EMAIL, "ana@example.com", "unsubscribe", scope="party")

    suppression.take_back(EMAIL, "ANA@example.com", "visit")

    assert causes("ana@example.com") == []
    assert causes("ana@example.com", "party") == ["unsubscribe_survey"]


@pytest.mark.parametrize("reason", ["bounce", "complaint", "stop", "manual"])
def test_what_others_told_is_not_taken_back_by_the_person(reason: str) -> None:
    suppression.add(EMAIL, "ana@example.com", reason)
    suppression.add(EMAIL, "ana@example.com", "unsubscribe")

    suppression.take_back(EMAIL, "ana@example.com", "visit")

    assert causes("ana@example.com") == [reason]


def test_the_list_gives_no_address_away() -> None:
    suppression.add(EMAIL, "ana@example.com", "unsubscribe")

    assert "ana" not in str(world.scan(Table.OUTREACH))


class Row(NamedTuple):
    row: int
    said: dict[str, str]
    line: int = 2
    original: tuple[str, ...] = ()


def taken(*said: dict[str, str], source: str = "leave-alone.csv", dry_run: bool = False) -> list[str]:
    rows = [Row(number, each) for number, each in enumerate(said, 1)]
    return [result.outcome.value for result in closings.take_in(rows, source=source, dry_run=dry_run)]


ANA = {"email": "ana@example.com", "phone": "+5511988880000", "reason": "unsubscribe"}


def test_a_row_of_a_file_closes_all_addresses_that_it_names() -> None:
    assert taken(ANA) == ["accepted"]

    assert suppression.is_suppressed(EMAIL, "ana@example.com")
    assert suppression.is_suppressed(Channel.SMS, "+5511988880000")


def test_the_second_row_about_an_address_is_a_duplicate() -> None:
    assert taken(ANA, {"email": "ANA@example.com", "reason": "unsubscribe"}) == ["accepted", "duplicate"]
    assert taken(ANA, source="another.csv") == ["duplicate"]


def test_a_chunk_that_comes_again_says_the_same_again() -> None:
    assert taken(ANA, ANA) == ["accepted", "duplicate"]
    assert taken(ANA, ANA) == ["accepted", "duplicate"]


def test_a_dry_run_says_what_would_happen_and_closes_nothing() -> None:
    assert taken(ANA, ANA, dry_run=True) == ["accepted", "duplicate"]

    assert not suppression.is_suppressed(EMAIL, "ana@example.com")


def test_a_no_to_one_survey_in_a_file_closes_that_one() -> None:
    taken({"email": "ana@example.com", "reason": "unsubscribe", "survey": "visit"})

    assert causes("ana@example.com", "visit") == ["unsubscribe_survey"]
    assert causes("ana@example.com", "party") == []


def test_a_long_file_closes_every_address() -> None:  # more than one transaction holds
    said = [{"email": f"p{number}@example.com", "reason": "bounce"} for number in range(130)]

    assert taken(*said) == ["accepted"] * 130
    assert all(suppression.is_suppressed(EMAIL, f"p{number}@example.com") for number in range(130))


def test_another_chunk_that_closes_the_same_address_meanwhile_is_the_first() -> None:
    hurried = iter(["ana@example.com"])

    def be_faster(_: dict[str, Any]) -> None:
        for address in hurried:
            with untouched():
                suppression.add(EMAIL, address, "bounce")

    with failing("TransactWriteItems", be_faster):
        assert taken({"email": "ana@example.com", "reason": "bounce"}, {"email": "bruno@example.com"}) == [
            "duplicate",
            "accepted",
        ]

    assert causes("ana@example.com") == ["bounce"]


def swept(source: Callable[[], str]) -> list[str]:
    """Take in two rows under every fault at every call; a chunk that comes again must say what it said."""

    def warm() -> None:
        secrets.link_secret()

    def again() -> None:
        assert taken(ANA, ANA, source=source()) == ["accepted", "duplicate"]

    return survey_of_faults(warm, again)


def test_a_chunk_that_breaks_off_anywhere_ends_as_if_it_had_not() -> None:  # F22
    assert swept(lambda: "leave-alone.csv") == []


def test_the_sweep_finds_rows_that_are_not_known_again() -> None:
    with pytest.raises(AssertionError):
        swept(ids.new)


def test_lifting_our_own_no_never_opens_what_a_mail_service_closed() -> None:
    suppression.add(EMAIL, "ana@example.com", "manual")
    suppression.add(EMAIL, "ana@example.com", "complaint")

    suppression.lift(EMAIL, "ana@example.com", "manual", who="key:1", why="She asked")
    for reason in ("manual", "complaint"):
        with pytest.raises(NotFoundError, match="suppression_not_found"):
            suppression.lift(EMAIL, "ana@example.com", reason, who="key:1", why="She asked")

    assert causes("ana@example.com") == ["complaint"]


def test_a_row_that_holds_one_reason_is_read_and_joined_by_another() -> None:
    formerly("ana", "bounce")
    assert causes("ana@example.com") == ["bounce"]

    suppression.add(EMAIL, "ana@example.com", "complaint")

    (row,) = suppression.standing(EMAIL, "ana@example.com")
    assert row.told == ("bounce", "complaint")


def test_what_is_closed_is_listed_page_by_page_the_latest_first() -> None:
    for number in range(5):
        with clock.at(NOON + timedelta(minutes=number)):
            suppression.add(EMAIL, f"p{number}@example.com", "bounce", f"survey-{number}")

    pages, cursor = [], None
    while True:
        page = suppression.listing(limit=2, cursor=cursor)
        pages.append([one.reasons["bounce"].survey for one in page.items])
        cursor = page.next
        if cursor is None:
            break

    assert pages == [["survey-4", "survey-3"], ["survey-2", "survey-1"], ["survey-0"]]
