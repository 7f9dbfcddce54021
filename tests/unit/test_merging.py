"""Whatever was said about a thing adds up to the same, in whatever order and however often it was said."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escuta.directory import merging, persons, visits
from escuta.directory.contacts import identity
from escuta.directory.merging import Merged, Said, merge, moment
from escuta.directory.model import Contact, Segment, Transaction

MONDAY = datetime(2026, 3, 9, 9, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
STORES = {
    code: Segment(code=code, name=code, path=("aurora", code), timezone="UTC")
    for code in ("spo-01", "rio-01", "poa-01")
}
ANA = identity("C-1", "", "")

Row = tuple[int, dict[str, Any], dict[str, Any] | None]


def person(rows: Sequence[tuple[str, datetime, Row]], known: Contact | None = None) -> Contact:
    """Return somebody after these rows of these files, each taken in by itself."""
    for content, came, (row, said, visit) in rows:
        speech = persons.said_of(
            said, visit, content=content, row=row, when=moment(came), told=f"{content} {row}", told_at=came
        )
        found, _ = persons.added_up(ANA, known, [speech], [visit])
        known = found or known
    assert known is not None
    return known


def known_of(contact: Contact) -> dict[str, Any]:
    """Return what is known of somebody, without who said so first or last, and when."""
    return contact.model_dump(exclude={"created_at", "updated_at", "created_by", "updated_by"})


def test_the_rows_of_a_file_complete_each_other_and_the_earlier_one_holds() -> None:
    first: Row = (1, {"external_id": "C-1", "name": "Ana", "segment": "spo-01"}, None)
    second: Row = (2, {"external_id": "C-1", "name": "Bia", "email": "ana@example.com", "segment": "rio-01"}, None)
    for rows in permutations([first, second]):
        ana = person([("a", MONDAY, row) for row in rows])
        assert (ana.name, ana.email, ana.segment) == ("Ana", "ana@example.com", "spo-01")


def test_a_newer_file_replaces_what_it_says_and_the_rest_stays() -> None:
    first: Row = (1, {"name": "Ana", "email": "ana@example.com", "segment": "spo-01"}, None)
    newer: Row = (7, {"name": "Ana Souza", "segment": "rio-01"}, None)
    ana = person([("a", MONDAY, first), ("b", TUESDAY, newer)])
    assert (ana.name, ana.email, ana.segment) == ("Ana Souza", "ana@example.com", "rio-01")


def test_f20_an_older_file_that_is_still_loading_changes_nothing_that_a_newer_one_said() -> None:
    older: Row = (600, {"name": "Ana", "phone": "+5511987654321", "segment": "spo-01"}, None)
    newer: Row = (1, {"name": "Ana Souza", "segment": "rio-01"}, None)
    ana = person([("b", TUESDAY, newer), ("a", MONDAY, older)])
    assert (ana.name, ana.phone, ana.segment) == ("Ana Souza", "+5511987654321", "rio-01")


def test_the_place_and_the_product_are_those_of_the_latest_visit_in_whatever_order_visits_are_told() -> None:
    lunch: Row = (1, {"segment": "spo-01", "product": "sofa"}, {"occurred_at": MONDAY + timedelta(hours=3)})
    dinner: Row = (2, {"segment": "rio-01"}, {"occurred_at": MONDAY + timedelta(hours=9)})
    breakfast: Row = (3, {"segment": "poa-01", "product": "mesa"}, {"occurred_at": MONDAY})
    for rows in permutations([lunch, dinner, breakfast]):
        ana = person([("a", TUESDAY, row) for row in rows])
        assert (ana.segment, ana.product, ana.last_visit_at) == ("rio-01", "", MONDAY + timedelta(hours=9))


def test_an_older_consent_never_replaces_a_no() -> None:
    no: Row = (1, {"segment": "spo-01", "consent": "denied", "consent_at": TUESDAY}, None)
    yes: Row = (5, {"segment": "spo-01", "consent": "consent", "consent_at": MONDAY}, None)
    for days in permutations([("a", MONDAY, no), ("b", TUESDAY + timedelta(days=1), yes)]):
        ana = person(days)
        assert (ana.consent, ana.consent_at, ana.consent_source) == ("denied", TUESDAY, "a 1")


def test_a_newer_consent_replaces_a_no_and_says_where_it_came_from() -> None:
    no: Row = (1, {"segment": "spo-01", "consent": "denied"}, None)
    yes: Row = (5, {"segment": "spo-01", "consent": "consent"}, None)
    ana = person([("a", MONDAY, no), ("b", TUESDAY, yes)])
    assert (ana.consent, ana.consent_at, ana.consent_source) == ("consent", TUESDAY, "b 5")


def test_of_two_consents_of_one_moment_in_one_file_the_no_holds_wherever_it_stands() -> None:
    no: Row = (5, {"segment": "spo-01", "consent": "denied"}, None)
    yes: Row = (1, {"segment": "spo-01", "consent": "consent"}, None)
    for rows in permutations([no, yes]):
        assert person([("a", MONDAY, row) for row in rows]).consent == "denied"


def test_what_was_known_without_its_origin_gives_way_to_any_file() -> None:
    old = Contact(id=ANA, name="Ana", email="ana@example.com", segment="spo-01", created_at=MONDAY, updated_at=MONDAY)
    ana = person([("a", MONDAY, (3, {"name": "Ana Souza", "segment": "spo-01"}, None))], old)
    assert (ana.name, ana.email) == ("Ana Souza", "ana@example.com")


def visit(told: Sequence[tuple[str, datetime, Row]]) -> Transaction:
    known: Transaction | None = None
    for content, came, (row, said, what) in told:
        speech = visits.said_of(said, what or {}, content=content, row=row, when=moment(came))
        found, _ = visits.added_up((ANA, "t"), "R-1", known, [speech], came=came, segments=STORES)
        known = found or known
    assert known is not None
    return known


def test_a_visit_that_a_newer_file_corrects_is_changed_and_keeps_the_rest() -> None:
    told: Row = (1, {"segment": "spo-01", "product": "sofa"}, {"occurred_at": MONDAY, "amount": "10.00"})
    corrected: Row = (9, {"segment": "rio-01"}, {"amount": "12.50", "custom": {"caixa": "4"}})
    for days in permutations([("a", MONDAY, told), ("b", TUESDAY, corrected)]):
        found = visit(days)
        assert (found.amount, found.product, found.occurred_at, found.custom) == (
            "12.50",
            "sofa",
            MONDAY,
            {"caixa": "4"},
        )
        assert (found.segment, found.segment_path) == ("rio-01", ("aurora", "rio-01"))


def test_a_visit_without_a_time_is_of_the_moment_in_which_the_first_file_came_that_tells_of_it() -> None:
    told: Row = (1, {"segment": "spo-01"}, {"reference": "R-1"})
    for days in permutations([("a", MONDAY, told), ("b", TUESDAY, told)]):
        assert visit(days).occurred_at == MONDAY


def test_a_visit_is_known_by_its_reference_else_by_where_and_when_and_what() -> None:
    at = {"occurred_at": MONDAY}
    said = {"segment": "spo-01", "product": "sofa"}
    assert visits.identity(said, {"reference": "R-1", **at}) == visits.identity({"segment": "x"}, {"reference": "R-1"})
    assert visits.identity(said, {"amount": "1.00"}) == ""
    others = [said, {**said, "segment": "rio-01"}, {**said, "product": "mesa"}]
    ids = {visits.identity(each, at) for each in others} | {visits.identity(said, {"occurred_at": TUESDAY})}
    assert len(ids) == 4


def test_everybody_who_changed_a_thing_is_known_again() -> None:
    sources = merging.joined("b.4", "a", [7])
    sources = merging.joined(sources, "a", [2, 7])
    assert sources == "a.2+7"
    assert merging.rows_of(sources, "a") == {2, 7}
    assert merging.rows_of(sources, "b") == set()
    assert merging.joined("a.1", "api k", [0]) == "api k"
    assert len(merging.rows_of(merging.joined("", "a", range(1, 5000)), "a")) == 100


WORDS = st.sampled_from(["x", "y", "z"])
TIMES = st.sampled_from([MONDAY, MONDAY + timedelta(hours=1), TUESDAY])
SAID = st.fixed_dictionaries(
    {"segment": st.sampled_from([*STORES])},
    optional={
        "name": WORDS,
        "email": WORDS,
        "product": WORDS,
        "consent": st.sampled_from(["consent", "denied"]),
        "consent_at": TIMES,
        "custom": st.dictionaries(WORDS, WORDS, max_size=2),
    },
)
VISIT = st.none() | st.fixed_dictionaries({}, optional={"occurred_at": TIMES, "reference": WORDS})
FILES = st.sampled_from([("a", MONDAY), ("b", MONDAY), ("c", TUESDAY)])


@st.composite
def tellings(draw: st.DrawFn) -> list[tuple[str, datetime, Row]]:
    """Draw rows of up to three files about one person, no two of them the same row of the same file."""
    rows = draw(st.lists(st.tuples(FILES, st.integers(1, 4), SAID, VISIT), min_size=2, max_size=6))
    return list({(file, row): (*file, (row, said, told)) for file, row, said, told in rows}.values())


@given(tellings(), st.randoms(use_true_random=False))
def test_f20_f22_every_order_and_every_redelivery_leaves_the_same_person(
    rows: list[tuple[str, datetime, Row]], random: Any
) -> None:
    again = [*rows, *random.sample(rows, len(rows) // 2)]
    random.shuffle(again)
    assert known_of(person(again)) == known_of(person(rows))


@given(tellings(), st.randoms(use_true_random=False))
def test_f20_f22_every_order_and_every_redelivery_leaves_the_same_visit(
    rows: list[tuple[str, datetime, Row]], random: Any
) -> None:
    again = [*rows, *random.sample(rows, len(rows) // 2)]
    random.shuffle(again)
    unmade = {"created_at", "updated_at", "created_by", "updated_by"}
    assert visit(again).model_dump(exclude=unmade) == visit(rows).model_dump(exclude=unmade)


def test_letting_the_last_writer_win_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def last_wins(values: dict[str, Any], _marks: Any, said: Sequence[Said]) -> Merged:
        return merge(values, {}, said)

    monkeypatch.setattr(persons, "merge", last_wins)
    first: Row = (1, {"name": "Ana", "segment": "spo-01"}, None)
    second: Row = (2, {"name": "Bia", "segment": "spo-01"}, None)
    orders = [[("a", MONDAY, row) for row in rows] for rows in permutations([first, second])]
    assert len({person(order).name for order in orders}) == 2
