"""The figures of a segment with all that stand below it now, wherever these stood before."""

from collections import Counter
from datetime import timedelta

import pytest

from escuta import clock
from escuta.directory import segments
from escuta.errors import InvalidError, NotFoundError
from escuta.feedback import metrics
from escuta.feedback.metrics import reading
from tests.conftest import NOON
from tests.kit import faults
from tests.kit.factories import SURVEY, response

pytestmark = pytest.mark.usefixtures("aws", "noon")
DAY = "2026-03-10"


@pytest.fixture(autouse=True)
def company(aws: None, noon: object) -> None:  # noqa: ARG001 - the store and the clock come first
    """Two regions; Porto Alegre with two stores, Curitiba with one."""
    segments.create("aurora", "Lojas Aurora", timezone="America/Sao_Paulo")
    for code, parent in (
        ("sul", "aurora"),
        ("norte", "aurora"),
        ("poa", "sul"),
        ("centro", "poa"),
        ("moinhos", "poa"),
        ("curitiba", "sul"),
        ("batel", "curitiba"),
    ):
        segments.create(code, code.title(), parent)


def answered(*names: str) -> None:
    """Have one promoter answer in each of these stores."""
    metrics.apply(
        [
            response(f"{code}-{'.'.join(segments.get(code).path)}", 9, segment_path=segments.get(code).path)
            for code in names
        ]
    )


def by(code: str, *, now: bool) -> int:
    if now:
        return sum(day["n"] for day in metrics.as_is(SURVEY, code, DAY, DAY).values())
    return sum(day["n"] for day in metrics.tally(SURVEY, "segment", code, DAY, DAY).values())


def test_a_region_that_got_a_store_has_its_answers_of_before_and_of_after() -> None:
    answered("centro", "moinhos", "batel", "sul")
    segments.move(segments.get("poa"), "norte")
    answered("centro", "norte")

    assert {code: by(code, now=True) for code in ("aurora", "sul", "norte", "poa", "centro", "curitiba")} == {
        "aurora": 6,
        "sul": 2,
        "norte": 4,
        "poa": 3,
        "centro": 2,
        "curitiba": 1,
    }
    assert {code: by(code, now=False) for code in ("sul", "norte")} == {"sul": 4, "norte": 2}


def test_a_store_that_moved_and_came_back_counts_once() -> None:
    answered("centro")
    segments.move(segments.get("centro"), "curitiba")
    answered("centro")
    segments.move(segments.get("centro"), "poa")

    assert (by("poa", now=True), by("curitiba", now=True), by("sul", now=True)) == (2, 0, 2)


def test_only_places_that_something_came_to_or_left_are_taken_apart() -> None:
    answered("centro", "batel")
    segments.move(segments.get("poa"), "norte")
    asked: list[str] = []

    def note(parameters: dict[str, object]) -> None:
        asked.append(str(parameters))

    with faults.failing("BatchGetItem", note), faults.failing("Query", note):
        found = metrics.as_is(SURVEY, "norte", DAY, DAY)

    assert found == {DAY: Counter({"n": 1, "promoter": 1, "q.nps.9": 1})}
    text = " ".join(asked)
    assert "at#norte" in text
    assert "segment#poa" in text
    assert "centro" not in text


def test_a_place_that_too_much_was_moved_in_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    segments.move(segments.get("poa"), "norte")
    with clock.at(NOON + timedelta(seconds=1)):  # two moves of one moment are refused
        segments.move(segments.get("poa"), "sul")
    monkeypatch.setattr(reading, "MOST_PLACES", 2)

    with pytest.raises(InvalidError) as refused:
        metrics.as_is(SURVEY, "sul", DAY, DAY)

    assert (refused.value.code, refused.value.details) == ("hierarchy_too_wide", {"field": "segment", "most": 2})
    assert by("norte", now=True) == 0


def test_a_place_that_there_is_not_has_no_figures() -> None:
    with pytest.raises(NotFoundError):
        metrics.as_is(SURVEY, "nowhere", DAY, DAY)
