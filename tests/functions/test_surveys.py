from datetime import timedelta
from typing import Any

import pytest

from escuta import clock, table
from escuta.errors import ConflictError, GoneError, InvalidError, NotFoundError
from escuta.feedback import surveys
from escuta.feedback.model import SurveyStatus
from tests.conftest import NOON, forget
from tests.functions.respondents import DRAFT, meanwhile
from tests.kit.faults import failing, recording

pytestmark = pytest.mark.usefixtures("aws", "noon")


def test_publishing_the_first_version_sets_a_survey_live() -> None:
    surveys.create("Visit", survey="visit")

    published = surveys.publish("visit", DRAFT)

    assert published.version == 1
    assert surveys.live("visit") == published
    assert surveys.get("visit").status is SurveyStatus.LIVE


def test_a_version_stays_as_it_was_when_the_next_one_is_published() -> None:
    surveys.create("Visit", survey="visit")
    first = surveys.publish("visit", DRAFT)

    surveys.publish("visit", DRAFT.changed(title={"pt-BR": "Nova", "en": "New", "es": "Nueva"}))

    assert surveys.live("visit").title["en"] == "New"
    assert surveys.version("visit", 1) == first


def test_publishing_the_same_again_changes_nothing() -> None:
    surveys.create("Visit", survey="visit")
    first = surveys.publish("visit", DRAFT)

    assert surveys.publish("visit", DRAFT) == first
    assert surveys.get("visit").version == 1


def test_a_bad_draft_publishes_nothing() -> None:
    surveys.create("Visit", survey="visit")

    with pytest.raises(InvalidError, match="survey_languages"):
        surveys.publish("visit", DRAFT.changed(languages=("fr",)))

    assert surveys.get("visit").version == 0


def test_a_survey_that_was_never_published_shows_nothing() -> None:
    surveys.create("Visit", survey="visit")

    with pytest.raises(NotFoundError, match="survey_not_published"):
        surveys.live("visit")


@pytest.mark.parametrize("status", [SurveyStatus.PAUSED, SurveyStatus.CLOSED])
def test_a_paused_or_closed_survey_shows_nothing_until_it_is_live_again(status: SurveyStatus) -> None:
    surveys.create("Visit", survey="visit")
    published = surveys.publish("visit", DRAFT)

    surveys.move("visit", status)
    with pytest.raises(GoneError, match=f"survey_{status}"):
        surveys.live("visit")
    surveys.move("visit", SurveyStatus.LIVE)

    assert surveys.live("visit") == published


def test_a_draft_cannot_be_closed_and_a_closed_survey_takes_no_version() -> None:
    surveys.create("Visit", survey="visit")
    with pytest.raises(ConflictError, match="survey_move"):
        surveys.move("visit", SurveyStatus.CLOSED)
    surveys.publish("visit", DRAFT)
    surveys.move("visit", SurveyStatus.CLOSED)

    with pytest.raises(ConflictError, match="survey_closed"):
        surveys.publish("visit", DRAFT.changed(color="#084446"))


def test_closing_twice_keeps_the_first_closing() -> None:
    surveys.create("Visit", survey="visit")
    surveys.publish("visit", DRAFT)
    closed = surveys.move("visit", SurveyStatus.CLOSED)

    with clock.at(NOON + timedelta(days=1)):
        assert surveys.move("visit", SurveyStatus.CLOSED) == closed


def test_two_people_who_publish_at_once_do_not_overwrite_each_other() -> None:
    surveys.create("Visit", survey="visit")
    other = DRAFT.changed(color="#084446")

    with meanwhile(lambda: surveys.publish("visit", DRAFT)), pytest.raises(ConflictError, match="stale"):
        surveys.publish("visit", other)

    assert surveys.version("visit", 1).color == "#0b5c5e"
    assert surveys.publish("visit", other).version == 2


def test_a_warm_function_reads_a_version_once_and_the_head_every_five_seconds() -> None:
    surveys.create("Visit", survey="visit")
    surveys.publish("visit", DRAFT)
    forget()

    with recording() as calls:
        with clock.at(NOON):
            surveys.live("visit")
            surveys.live("visit")
        with clock.at(NOON + timedelta(seconds=5)):
            surveys.live("visit")

    assert [call.operation for call in calls] == ["GetItem", "GetItem", "GetItem"]


def test_a_version_that_was_published_a_moment_ago_is_there_for_another_function() -> None:
    """It is read once and kept: a reading that lags would call the survey closed, or the answer never countable."""
    surveys.create("Visit", survey="visit")
    surveys.publish("visit", DRAFT)
    forget()

    asked: list[bool] = []

    def seen(parameters: dict[str, Any]) -> None:
        asked.append(parameters["ConsistentRead"])

    with failing("GetItem", seen):
        surveys.version("visit", 1)

    assert asked == [True]


def test_another_function_that_closes_the_survey_is_heard_within_five_seconds() -> None:
    surveys.create("Visit", survey="visit")
    surveys.publish("visit", DRAFT)
    with clock.at(NOON):
        surveys.live("visit")
    table.save(surveys.get("visit").changed(status=SurveyStatus.PAUSED))

    with clock.at(NOON + timedelta(seconds=5)), pytest.raises(GoneError, match="survey_paused"):
        surveys.live("visit")


def test_surveys_are_listed_the_newest_first() -> None:
    for day, name in enumerate(("First", "Second", "Third")):
        with clock.at(NOON + timedelta(days=day)):
            surveys.create(name)

    page = surveys.listing(limit=2)

    assert [survey.name for survey in page.items] == ["Third", "Second"]
    assert [survey.name for survey in surveys.listing(limit=2, cursor=page.next).items] == ["First"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 201])
def test_a_survey_has_a_name(name: str) -> None:
    with pytest.raises(InvalidError, match="survey_name"):
        surveys.create(name)


def test_the_id_of_a_survey_cannot_break_a_key() -> None:
    with pytest.raises(InvalidError, match="survey_id"):
        surveys.create("Visit", survey="a#b")
