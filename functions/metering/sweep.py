"""On a schedule: count again what the stream may have lost, and recount."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from escuta import clock
from escuta.config import settings
from escuta.directory import segments
from escuta.feedback import lake, metrics, surveys
from escuta.feedback.metrics import recounts, rereading
from escuta.feedback.model import Recount, Survey, SurveyStatus
from escuta.observe import entry, logger

_TOLD = ("survey", "day", "repaired", "drift", "moving")
_LATELY, _YEAR = 12, 366  # days
_LOOK_BACK = timedelta(hours=2)
_STILL_ANSWERED = timedelta(days=2)  # pages that were open when the survey closed
_FOLDED = (3, 31)  # days of each survey in turn: first what has just become over, then what is left of longer ago


@entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Sweep `{"survey", "day"}` thoroughly, or the days whose turn it is of every survey.

    Those are the days of the last two hours where answers are taken, and one that is over. Returns what was behind and
    what the recount finds afterwards; `drift` must be 0 and is logged for its alarm. What somebody wants to be read
    again, by other topics, is counted again, and what is over and not folded is folded, as time allows. The day that
    is over and what was read again are also written into the lake anew.
    """
    if "survey" in event:
        return _summed([_swept(event["survey"], event["day"], thorough=True)])
    run = _Run(clock.now(), context)
    run.sweep()
    run.read_again()
    run.fold()
    if run.failed:
        raise run.failed[0]
    return _summed(run.days)


class _Run:
    """What is done in one hour: every survey has its share of the time, whatever becomes of the others."""

    def __init__(self, now: datetime, context: Any) -> None:
        """Let another survey be the first in every hour, so that no survey is always among those left over."""
        self.now, self.days, self.failed = now, list[dict[str, Any]](), list[Exception]()
        listed = list(_asked())
        first = int(now.timestamp()) // 3600 % max(1, len(listed))
        self.surveys = [*listed[first:], *listed[:first]]
        self._left: Callable[[], int] = context.get_remaining_time_in_millis
        self._all: int = self._left()

    def sweep(self) -> None:
        """Sweep the days whose turn it is, as long as half of the time is left."""
        for survey in self.surveys:
            for day in _days_of(survey, self.now):
                if self._left() <= self._all / 2:
                    logger().warning("not all swept", extra={"survey": survey.id, "surveys": len(self.surveys)})
                    return
                with self._apart(survey.id):
                    self.days.append(_swept(survey.id, day, thorough=False))
                    if day == _over(self.now):
                        lake.note_day(survey.id, day)

    def read_again(self) -> None:
        """Count again what somebody wants to be read again."""
        with self._apart(""):
            for found in rereading.catch_up(in_time=self._in_time):
                self.days.append(_told(found))
                lake.note_day(found.survey, found.day)

    def fold(self) -> None:
        """Fold what is over."""
        for most in _FOLDED:
            for survey in self.surveys:
                with self._apart(survey.id):
                    metrics.catch_up(survey, most, in_time=self._in_time)

    def _in_time(self) -> bool:
        return self._left() > self._all / 3

    @contextmanager
    def _apart(self, survey: str) -> Iterator[None]:
        try:
            yield
        except Exception as failure:  # noqa: BLE001 - raised at the end: what fails in one survey stops no other
            logger().exception("not swept", extra={"survey": survey})
            self.failed.append(failure)


def _summed(days: list[dict[str, Any]]) -> dict[str, Any]:
    repaired, drift = (sum(day[name] for day in days) for name in ("repaired", "drift"))
    return {"repaired": repaired, "drift": drift, "days": days}


def _swept(survey: str, day: str, *, thorough: bool) -> dict[str, Any]:
    return _told(recounts.run(survey, day, thorough=thorough))


def _told(found: Recount) -> dict[str, Any]:
    return found.model_dump(include=set(_TOLD))


def _days_of(survey: Survey, now: datetime) -> list[str]:
    """Return the days of a survey whose turn it is. Of one that is closed, those on which it was answered are over."""
    late, zone = _over(now), settings().timezone
    if survey.closed_at is None or now - survey.closed_at <= _STILL_ANSWERED:
        return list(dict.fromkeys((*_days(now), late)))
    return [late] if late <= clock.local_day(survey.closed_at + _STILL_ANSWERED, zone) else []


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


def _asked() -> Iterator[Survey]:
    """Return every survey that was ever published."""
    cursor: str | None = None
    while True:
        page = surveys.listing(cursor=cursor)
        yield from (survey for survey in page.items if survey.status is not SurveyStatus.DRAFT)
        if page.next is None:
            return
        cursor = page.next
