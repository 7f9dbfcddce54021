"""Which days are to be folded, and folding them."""

from collections.abc import Callable, Collection, Iterable
from datetime import date, timedelta

from escuta import clock, table
from escuta.errors import ConflictError
from escuta.feedback import responses
from escuta.feedback.metrics import days, folding
from escuta.feedback.model import Contribution, Folded, Survey

_TOGETHER = 100  # contributions that are read at once
_MOST_DAYS = 731  # how far figures reach back


def catch_up(survey: Survey, most: int, *, in_time: Callable[[], bool] = lambda: True) -> int:
    """Fold days that are over and not folded, or moved since, the newest first; return how many it were."""
    done = 0
    for day in pending(survey)[:most]:
        if not in_time():
            break
        settle(survey.id, day, _places(survey.id, day))
        done += 1
    return done


def pending(survey: Survey) -> list[str]:
    """Return the days that are over and not folded, or moved since, the newest first."""
    last = days.settled(clock.now())
    reach = (date.fromisoformat(last) - timedelta(days=_MOST_DAYS)).isoformat()
    moved = days.moved(survey.id, reach[:7], last[:7])
    kept = table.query(Folded, Folded.pk(survey.id), between=(reach[:7], last[:7]), consistent=True).items
    folded = {f"{each.month}-{day}": number for each in kept for day, number in each.marks.items()}
    wanted = {*days.between(max(reach, days.settled(survey.created_at)), last), *moved}
    return sorted((day for day in wanted if day <= last and folded.get(day) != moved[day]), reverse=True)


def settle(survey: str, day: str, places: Collection[str]) -> None:
    """Fold a day of all these places, and note that it is done. A day that is not over is left alone."""
    if day > days.settled(clock.now()):
        return
    moved = days.moved(survey, day[:7], day[:7])[day]
    if folding.fold(survey, day, places):
        _note(survey, day, moved)


def _note(survey: str, day: str, moved: int) -> None:
    wanted = Folded(survey=survey, month=day[:7])
    known = table.find(Folded, wanted.key(), consistent=True) or wanted
    if known.marks.get(day[8:]) != moved:
        noted = known.changed(marks={**known.marks, day[8:]: moved})
        try:
            (table.save if known.rev else table.create)(noted)
        except ConflictError:
            return  # somebody noted another day: this one is folded again, which changes nothing


def _places(survey: str, day: str) -> set[str]:
    found: set[str] = set()
    some: list[str] = []
    for response in responses.of_day(survey, day):
        some.append(response.id)
        if len(some) == _TOGETHER:
            found |= _counted_in(survey, some)
            some = []
    return found | _counted_in(survey, some)


def _counted_in(survey: str, some: Iterable[str]) -> set[str]:
    stored = table.find_many(Contribution, (Contribution.at(survey, response) for response in some))
    return {place for each in stored.values() for place in each.places}
