"""Reading the home page: a bounded number of reads, and only what the caller may see."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from console import places, work
from console.figures import Home, Named, Period, Place, Ranking, Score, Store, Week
from escuta import clock
from escuta.config import settings
from escuta.directory import access, segments
from escuta.directory.model import Caller, Scope, Segment
from escuta.errors import InvalidError, NotFoundError
from escuta.feedback import comparing, metrics, statistics, surveys
from escuta.feedback.model import Survey, SurveyStatus
from escuta.feedback.tickets import asking

CHOICES = ("7", "30", "90")  # days that a period may have
DEFAULT_DAYS = "30"
WEEKS = 12
_MOST_SURVEYS = 50
_MOST_COMPARED = 5

Tally = Mapping[str, Counter[str]]  # day -> counter name -> number


def read(caller: Caller, *, survey: str = "", days: str = "", segment: str = "") -> Home:
    """Return the home page's figures for a survey (else the leading one), the last `days`, and a segment's subtree."""
    access.require(caller, Scope.METRICS_READ)
    everything = segments.all()
    place = places.choose(caller, everything, segment)
    period = _period(days or DEFAULT_DAYS, clock.local_day(clock.now(), place.timezone))
    published = _published()
    earlier = _before(period)
    since = min(earlier.first, _back(period.last, 7 * WEEKS - 1))
    chosen, tally = _leading(_among(published, survey), place.segments, period, since)
    score, before = _nps(tally, period), _nps(tally, earlier)
    comparable = score and before and not (score.masked or before.masked)
    return Home(
        organisation=settings().organisation,
        read_at=clock.now(),
        surveys=tuple(Named(id=found.id, name=found.name) for found in published),
        survey=Named(id=chosen.id, name=chosen.name) if chosen else None,
        period=period,
        place=place,
        score=_score(score),
        before=_score(before),
        verdict=comparing.compare(before, score).verdict if comparable and score and before else None,
        weeks=tuple(_weeks(tally, period.last)),
        ranking=_ranking(chosen, place, everything, period),
        tickets=work.open_tickets(caller, place, everything),
        imports=None if segment else work.imports(caller),  # the organisation's, so not beside one part of it
        sending=None if segment else work.sending(caller),
    )


def leading(codes: Iterable[str], first: str, last: str) -> Survey | None:
    """Return the survey that pages open with: of the live ones, the one most answered at these places in these days."""
    period = Period(first=first, last=last, days=(date.fromisoformat(last) - date.fromisoformat(first)).days + 1)
    return _leading(_among(_published(), ""), tuple(codes), period, first)[0]


def _published() -> list[Survey]:
    found = surveys.listing(limit=_MOST_SURVEYS).items
    return [each for each in found if each.version and each.status is not SurveyStatus.DRAFT and not each.deleted_at]


def _among(published: Sequence[Survey], wanted: str) -> Sequence[Survey]:
    """Return the wanted survey alone; without a wish the newest live ones, else the newest that ever was live.

    The one question after a closing is no survey that a company opens with.
    """
    if wanted:
        found = [survey for survey in published if survey.id == wanted]
        if not found:
            raise NotFoundError("survey_not_found")
        return found
    own = [survey for survey in published if survey.id != asking.SURVEY] or published
    live = [survey for survey in own if survey.status is SurveyStatus.LIVE]
    return live[:_MOST_COMPARED] or own[:1]


def _leading(
    compared: Sequence[Survey], codes: Sequence[str], period: Period, since: str
) -> tuple[Survey | None, Tally]:
    """Return the survey with the most answers in the period, the newest of equals, and its counters from `since` on.

    A survey that was published this morning does not take the place of the one that a company lives by.
    """
    tallies = [(survey, _tally(survey, codes, since, period.last)) for survey in compared]
    return max(tallies, key=lambda each: _answers(each[1], period), default=(None, {}))


def _answers(tally: Tally, period: Period) -> int:
    return sum(counts["n"] for day, counts in tally.items() if period.first <= day <= period.last)


def _period(days: str, today: str) -> Period:
    if days not in CHOICES:
        raise InvalidError("period_invalid", field="days", allowed=", ".join(CHOICES))
    return Period(first=_back(today, int(days) - 1), last=today, days=int(days))


def _before(period: Period) -> Period:
    return Period(first=_back(period.first, period.days), last=_back(period.first, 1), days=period.days)


def _back(day: str, days: int) -> str:
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()


def _tally(survey: Survey, codes: Iterable[str], first: str, last: str) -> Tally:
    """Return the counters of these segments together; none lies below another, so nothing counts twice."""
    total: dict[str, Counter[str]] = {}
    for tally in _tallies(survey, codes, first, last).values():
        for day, counts in tally.items():
            total.setdefault(day, Counter()).update(counts)
    return total


def _tallies(survey: Survey | None, codes: Iterable[str], first: str, last: str) -> Mapping[str, Tally]:
    """Return the counters of each of these segments by its code, read together."""
    if survey is None:
        return {code: {} for code in codes}
    read = metrics.tallies(survey.id, (f"segment#{code}" for code in codes), first, last)
    return {place.removeprefix("segment#"): tally for place, tally in read.items()}


def _nps(tally: Tally, period: Period) -> statistics.Nps | None:
    inside = [counts for day, counts in tally.items() if period.first <= day <= period.last]
    return statistics.nps(*(sum(counts[name] for counts in inside) for name in ("promoter", "passive", "detractor")))


def _score(nps: statistics.Nps | None) -> Score:
    if nps is None or nps.masked:
        return Score(n=nps.n if nps else 0)
    return Score(
        n=nps.n,
        score=nps.score,
        low=nps.low,
        high=nps.high,
        promoters=nps.promoters,
        passives=nps.passives,
        detractors=nps.detractors,
    )


def _weeks(tally: Tally, today: str) -> Iterable[Week]:
    for back in reversed(range(WEEKS)):
        week = Period(first=_back(today, 7 * back + 6), last=_back(today, 7 * back), days=7)
        yield Week(first=week.first, last=week.last, score=_score(_nps(tally, week)))


def _ranking(survey: Survey | None, place: Place, everything: Sequence[Segment], period: Period) -> Ranking:
    """Compare the stores of a place: those with enough answers in the order that the data allow, then the others."""
    regions, compared = places.ranked(place, everything)
    shown = {segment.code: segment for segment in compared[: places.MOST_STORES]}
    counted = _tallies(survey, shown, period.first, period.last)
    scores = {code: _nps(tally, period) for code, tally in counted.items()}
    known = {code: nps for code, nps in scores.items() if nps and not nps.masked}
    stores = [
        Store(
            code=spot.name, name=shown[spot.name].name, first=spot.first, last=spot.last, score=_score(known[spot.name])
        )
        for spot in comparing.rank(known)
    ]
    rest = sorted((code for code in shown if code not in known), key=lambda code: shown[code].name.casefold())
    stores += [Store(code=c, name=shown[c].name, first=None, last=None, score=_score(scores[c])) for c in rest]
    return Ranking(regions=regions, total=len(compared), stores=tuple(stores))
