"""Surveys: a head with a life, and published versions that never change."""

import re
from functools import lru_cache

from escuta import clock, events, ids, table
from escuta.errors import ConflictError, GoneError, InvalidError, NotFoundError
from escuta.events import EventType, SurveyData
from escuta.feedback import drafts, starting
from escuta.feedback.model import Survey, SurveyDraft, SurveyStatus, SurveyVersion

__all__ = ["SurveyDraft", "create", "get", "head", "listing", "live", "move", "publish", "version"]

_FRESH_SECONDS = 5
_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_MOVES = {
    SurveyStatus.LIVE: {SurveyStatus.PAUSED, SurveyStatus.CLOSED},
    SurveyStatus.PAUSED: {SurveyStatus.LIVE, SurveyStatus.CLOSED},
    SurveyStatus.CLOSED: {SurveyStatus.LIVE},
}


def create(name: str, *, survey: str | None = None) -> Survey:
    """Make a survey without questions. `survey` is its id, for callers that want to know it beforehand."""
    if survey is not None and not _ID.fullmatch(survey):
        raise InvalidError("survey_id", field="id", value=survey[:64], pattern=_ID.pattern)
    if not name.strip() or len(name) > 200:  # noqa: PLR2004 - a name, not a text
        raise InvalidError("survey_name", field="name", most=200)
    now = clock.now()
    _head.cache_clear()
    return table.create(Survey(id=survey or ids.new(), name=name.strip(), created_at=now, updated_at=now))


def get(survey: str) -> Survey:
    """Return the head of a survey; NotFoundError when there is none."""
    return table.load(Survey, Survey.at(survey), consistent=True)


def listing(*, limit: int = 50, cursor: str | None = None) -> table.Page[Survey]:
    """Return surveys, the newest first."""
    return table.query(Survey, "surveys", index="g1", limit=limit, newest_first=True, cursor=cursor)


def publish(survey: str, draft: SurveyDraft) -> SurveyVersion:
    """Make the draft the next version, which new pages show from now on; the first one sets the survey live.

    Pages rendered before keep the version they showed. Publishing what is live already changes nothing. The survey's
    own dashboard is made or follows. ConflictError `stale` when somebody published, or edited that, meanwhile.
    """
    drafts.check(draft)
    head = get(survey)
    if head.status is SurveyStatus.CLOSED:
        raise ConflictError("survey_closed", survey=survey)
    if head.version and (newest := version(survey, head.version)).changed(**dict(draft)) == newest:
        return newest
    now = clock.now()
    published = SurveyVersion(survey=survey, version=head.version + 1, published_at=now, **dict(draft))
    status = SurveyStatus.LIVE if head.status is SurveyStatus.DRAFT else head.status
    moved = head.changed(version=published.version, status=status, updated_at=now)
    data = SurveyData(survey=survey, survey_version=published.version, name=head.name)
    kind, subject = EventType.SURVEY_PUBLISHED, f"survey/{survey}"
    told = events.made(kind, data, survey, published.version, subject=subject, revision=head.rev + 1, survey=survey)
    beside = starting.beside(published, head.name, now)
    table.transact(table.Create(published), table.Save(moved), events.action(told), *beside)
    _head.cache_clear()
    return published.changed(rev=1)


def move(survey: str, status: SurveyStatus) -> Survey:
    """Pause, close or reopen a survey. What it already is changes nothing; ConflictError names a forbidden move.

    The messages that wait for the end of a pause are queued first, for a moment when the change is known.
    """
    head = get(survey)
    if head.status is status:
        return head
    if status not in _MOVES.get(head.status, set()):
        raise ConflictError("survey_move", status=str(head.status), wanted=str(status))
    if head.status is SurveyStatus.PAUSED:
        from escuta.outreach import going_on  # noqa: PLC0415 - those who answer need nothing of sending

        going_on.announce(survey)
    now = clock.now()
    closed_at = now if status is SurveyStatus.CLOSED else None
    moved = table.save(head.changed(status=status, closed_at=closed_at, updated_at=now))
    _head.cache_clear()
    return moved


def keep(survey: str, days: int) -> Survey:
    """Say for how many days a survey keeps its answers, 0 for ever. What is older is unreadable a moment later."""
    current = get(survey)
    if current.retention_days == days:
        return current
    kept = table.save(current.changed(retention_days=days))
    _head.cache_clear()
    return kept


def live(survey: str) -> SurveyVersion:
    """Return the version that new pages show, up to 5 seconds late. GoneError: the survey is paused or closed."""
    found = head(survey)
    if found is None:
        raise NotFoundError("survey_not_found")
    if found.version == 0:
        raise NotFoundError("survey_not_published", survey=survey)
    if found.status is not SurveyStatus.LIVE:
        raise GoneError(f"survey_{found.status}", survey=survey)
    return version(survey, found.version)


def head(survey: str) -> Survey | None:
    """Return the head of a survey as it was at most 5 seconds ago; None when there is none.

    For those who answer: a survey that many answer at once is not read once for each of them.
    """
    return _head(survey, clock.epoch() // _FRESH_SECONDS)


@lru_cache(maxsize=256)
def _head(survey: str, tick: int) -> Survey | None:  # noqa: ARG001 - the tick is the age of what is kept
    return table.find(Survey, Survey.at(survey), consistent=True)


@lru_cache(maxsize=256)
def version(survey: str, number: int) -> SurveyVersion:
    """Return a published version; kept in the warm function, since it never changes."""
    return table.load(SurveyVersion, SurveyVersion.at(survey, number), consistent=True)
