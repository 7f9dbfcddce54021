"""On a schedule: count again what the stream may have lost, and recount."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from escuta import clock
from escuta.config import settings
from escuta.directory import segments
from escuta.feedback import lake, metrics, surveys
from escuta.feedback.metrics import recounts, rereading
from escuta.feedback.model import Recount, Survey, SurveyStatus
from escuta.observe import entry

_TOLD = ("survey", "day", "repaired", "drift", "moving")
_LATELY, _YEAR = 12, 366  # days
_LOOK_BACK = timedelta(hours=2)
_STILL_ANSWERED = timedelta(days=2)  # pages that were open when the survey closed
_FOLDED = (3, 31)  # days of each survey in turn: first what has just become over, then what is left of longer ago


@entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Sweep `{"survey", "day"}` thoroughly, or the days whose turn it is of every survey that takes answers.

    Those are the days of the last two hours, and one that is over. Returns what was behind and what the recount finds
    afterwards; `drift` must be 0 and is logged for its alarm. What somebody wants to be read again, by
    other topics, is counted again, and what is over and not folded is folded, as time allows. The day that is over and
    what was read again are also written into the lake anew.
    """
    reserve = context.get_remaining_time_in_millis() / 3
    if "survey" in event:
        days = [_swept(event["survey"], event["day"], thorough=True)]
    else:
        now = clock.now()
        days = [_swept(survey, day, thorough=False) for survey, day in _recent(now)]
        in_time = _until(context, reserve)
        again = [_told(found) for found in rereading.catch_up(in_time=in_time)]
        for each in (*(day for day in days if day["day"] == _over(now)), *again):
            lake.note_day(each["survey"], each["day"])
        days += again
        for most in _FOLDED:
            for survey in _asked():
                metrics.catch_up(survey, most, in_time=in_time)
    repaired, drift = (sum(day[name] for day in days) for name in ("repaired", "drift"))
    return {"repaired": repaired, "drift": drift, "days": days}


def _swept(survey: str, day: str, *, thorough: bool) -> dict[str, Any]:
    return _told(recounts.run(survey, day, thorough=thorough))


def _told(found: Recount) -> dict[str, Any]:
    return found.model_dump(include=set(_TOLD))


def _until(context: Any, reserve: float) -> Callable[[], bool]:
    return lambda: context.get_remaining_time_in_millis() > reserve


def _recent(now: datetime) -> Iterator[tuple[str, str]]:
    days = [*_days(now), _over(now)]
    for survey in _answered(now):
        for day in days:
            yield survey.id, day


def _days(now: datetime) -> list[str]:
    """Return every local day of the last two hours, in the time zones of the segments."""
    zones = {segment.timezone for segment in segments.all()} or {settings().timezone}
    return sorted({clock.local_day(moment, zone) for zone in zones for moment in (now - _LOOK_BACK, now)})


def _over(now: datetime) -> str:
    """Return the earlier day whose turn it is: what comes late is found, and what an older release counted is healed.

    In even hours one of the last twelve days, in odd hours one of the year before them.
    """
    turn = int(now.timestamp()) // 7200
    back = 1 + turn % _LATELY if now.hour % 2 == 0 else 1 + _LATELY + turn % _YEAR
    return clock.local_day(now - timedelta(days=back), settings().timezone)


def _answered(now: datetime) -> Iterator[Survey]:
    for survey in _asked():
        if survey.closed_at is None or now - survey.closed_at <= _STILL_ANSWERED:
            yield survey


def _asked() -> Iterator[Survey]:
    """Return every survey that was ever published."""
    cursor: str | None = None
    while True:
        page = surveys.listing(cursor=cursor)
        yield from (survey for survey in page.items if survey.status is not SurveyStatus.DRAFT)
        if page.next is None:
            return
        cursor = page.next
