"""Surveys: a head with a life, and published versions that never change."""

import re
from datetime import datetime
from functools import lru_cache
from typing import Any

from escuta import clock, events, ids, table
from escuta.errors import ConflictError, GoneError, InvalidError, NotFoundError
from escuta.events import EventType, SurveyData
from escuta.feedback import drafts, starting
from escuta.feedback.model import Survey, SurveyDraft, SurveyStatus, SurveyVersion

__all__ = ["SurveyDraft", "amend", "create", "delete", "get", "head", "listing", "live", "move", "publish", "version"]

_FRESH_SECONDS = 5
_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_LONGEST_NAME = 200
_MOVES = {
    SurveyStatus.DRAFT: {SurveyStatus.LIVE},  # once it has a version
    SurveyStatus.LIVE: {SurveyStatus.PAUSED, SurveyStatus.CLOSED},
    SurveyStatus.PAUSED: {SurveyStatus.LIVE, SurveyStatus.CLOSED},
    SurveyStatus.CLOSED: {SurveyStatus.LIVE},
}


def create(name: str, *, survey: str | None = None) -> Survey:
    """Make a survey without questions. `survey` is its id, for callers that want to know it beforehand."""
    _head.cache_clear()
    return table.create(drafted(name, survey))


def drafted(name: str, survey: str | None = None) -> Survey:
    """Return the head of a new survey, not stored yet."""
    if survey is not None and not _ID.fullmatch(survey):
        raise InvalidError("survey_id", field="id", value=survey[:64], pattern=_ID.pattern)
    now = clock.now()
    return Survey(id=survey or ids.new(), name=_named(name), created_at=now, updated_at=now)


def _named(name: str) -> str:
    if not name.strip() or len(name) > _LONGEST_NAME:
        raise InvalidError("survey_name", field="name", most=_LONGEST_NAME)
    return name.strip()


def get(survey: str) -> Survey:
    """Return the head of a survey; NotFoundError when there is none."""
    return table.load(Survey, Survey.at(survey), consistent=True)


def standing(survey: str) -> Survey:
    """Return the head of a survey that can be asked again one day; GoneError: it was deleted, and never will be."""
    found = get(survey)
    if found.deleted_at is not None:
        raise GoneError("survey_deleted", survey=found.id)
    return found


def listing(*, limit: int = 50, cursor: str | None = None) -> table.Page[Survey]:
    """Return surveys, the newest first."""
    return table.query(Survey, "surveys", index="g1", limit=limit, newest_first=True, cursor=cursor)


def publish(survey: str, draft: SurveyDraft) -> SurveyVersion:
    """Make the draft the next version, which new pages show from now on; the first one sets the survey live.

    Pages rendered before keep the version they showed. Publishing what is live already changes nothing. The survey's
    own dashboard is made or follows. ConflictError `stale` when somebody published, or edited that, meanwhile.
    """
    drafts.check(draft)
    head = standing(survey)
    if head.status is SurveyStatus.CLOSED:
        raise ConflictError("survey_closed", survey=survey)
    if head.version and (newest := version(survey, head.version)).changed(**dict(draft)) == newest:
        if head.status is SurveyStatus.DRAFT:
            move(survey, SurveyStatus.LIVE)
        return newest
    now = clock.now()
    published = SurveyVersion(survey=survey, version=head.version + 1, published_at=now, **dict(draft))
    status = SurveyStatus.LIVE if head.status is SurveyStatus.DRAFT else head.status
    moved = head.changed(version=published.version, status=status, updated_at=now)
    table.transact(table.Create(published), table.Save(moved), *_told(moved, published), *_settled(published))
    _head.cache_clear()
    return published.changed(rev=1)


def _settled(published: SurveyVersion) -> tuple[table.Action, ...]:
    from escuta.feedback import editing  # noqa: PLC0415 - those who answer need nothing of editing

    return editing.settled(published.survey, published)


def _told(moved: Survey, published: SurveyVersion) -> tuple[table.Action, ...]:
    """Return what says that a version is asked from now on, and what makes or renews the survey's own dashboard."""
    data = SurveyData(survey=moved.id, survey_version=published.version, name=moved.name)
    kind, subject = EventType.SURVEY_PUBLISHED, f"survey/{moved.id}"
    told = events.made(
        kind, data, moved.id, published.version, subject=subject, revision=moved.rev + 1, survey=moved.id
    )
    return events.action(told), *starting.beside(published, moved.name, moved.updated_at)


def move(survey: str, status: SurveyStatus) -> Survey:
    """Set a survey live, pause, close or reopen it: see `amend`."""
    return amend(get(survey), status=status)


def keep(survey: str, days: int) -> Survey:
    """Say for how many days a survey keeps its answers, 0 for ever. What is older is unreadable a moment later."""
    return amend(get(survey), retention_days=days)


def amend(current: Survey, **fields: Any) -> Survey:
    """Change the name, the status or the days for which answers are kept, all of it or nothing.

    What is so already changes nothing. ConflictError names a forbidden move, and `stale` when somebody was faster;
    GoneError: it was deleted. The messages that wait for the end of a pause are queued first, for a moment when the
    change is known. The survey's own dashboard is renamed with it.
    """
    if "name" in fields:
        fields["name"] = _named(fields["name"])
    fields = {name: value for name, value in fields.items() if getattr(current, name) != value}
    if not fields:
        return current
    if current.deleted_at is not None:
        raise GoneError("survey_deleted", survey=current.id)
    now = clock.now()
    changed = current.changed(**fields)
    beside = starting.renamed(current.id, changed.name, now) if "name" in fields else ()
    if "status" in fields:
        changed = _moved(current, changed, now)
        if current.status is SurveyStatus.DRAFT:
            beside = _told(changed, version(current.id, current.version))
    _head.cache_clear()
    if not beside:
        return table.save(changed)
    table.transact(table.Save(changed), *beside)
    return changed.changed(rev=current.rev + 1)


def _moved(current: Survey, changed: Survey, now: datetime) -> Survey:
    wanted = changed.status
    if wanted not in _MOVES.get(current.status, set()):
        raise ConflictError("survey_move", status=str(current.status), wanted=str(wanted))
    if current.status is SurveyStatus.DRAFT and not current.version:
        raise ConflictError("survey_not_published", survey=current.id)
    if current.status is SurveyStatus.PAUSED:
        from escuta.outreach import going_on  # noqa: PLC0415 - those who answer need nothing of sending

        going_on.announce(current.id)
    return changed.changed(closed_at=now if wanted is SurveyStatus.CLOSED else None, updated_at=now)


def delete(current: Survey) -> Survey:
    """Take a closed survey, or one that was never live, out of the lists for good; its id is never given again.

    What was answered stays as long as the survey keeps it. ConflictError `survey_open` while it is live or paused:
    closing it is what its links and sendings are told by.
    """
    if current.deleted_at is not None:
        return current
    if current.status in {SurveyStatus.LIVE, SurveyStatus.PAUSED}:
        raise ConflictError("survey_open", survey=current.id)
    now = clock.now()
    deleted = current.changed(
        status=SurveyStatus.CLOSED, closed_at=current.closed_at or now, deleted_at=now, updated_at=now
    )
    _head.cache_clear()
    return table.save(deleted)


def versions(survey: str, *, limit: int = 50, cursor: str | None = None) -> table.Page[SurveyVersion]:
    """Return what was published of a survey, the newest first."""
    return table.query(
        SurveyVersion, f"survey#{survey}", prefix="version#", limit=limit, newest_first=True, cursor=cursor
    )


def live(survey: str) -> SurveyVersion:
    """Return the version that new pages show, up to 5 seconds late. GoneError: the survey is paused or closed."""
    found = head(survey)
    if found is None:
        raise NotFoundError("survey_not_found")
    if found.version == 0 or found.status is SurveyStatus.DRAFT:
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
