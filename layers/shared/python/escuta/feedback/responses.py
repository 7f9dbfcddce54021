"""Responses: taking an answer exactly once, whatever happens to the call, and reading them back."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    ConfigDict,
    Field,
    StrictInt,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from escuta import clock, i18n, ids, table
from escuta.directory import segments
from escuta.entity import Value
from escuta.errors import ConflictError, GoneError, InvalidError, NotFoundError, UnavailableError
from escuta.feedback import answers, links, logic, parking, surveys
from escuta.feedback.links import Door, Source
from escuta.feedback.model import Answer, Response, ResponseState, ScoreClass, StoreToken, SurveyVersion
from escuta.outreach.model import Invitation, InvitationState

_TRIES = 5
_PAGE = 500


def _flat(answers: dict[str, Any]) -> dict[str, Any]:
    """Refuse answers inside answers: a list is as deep as one goes."""
    parts = [part for answer in answers.values() for part in (answer if isinstance(answer, list) else [answer])]
    if any(isinstance(part, dict | list) for part in parts):
        raise ValueError("nested")
    return answers


def _hint(value: Any, read: ValidatorFunctionWrapHandler) -> datetime | None:
    """Take the device's clock if it can be read: it is never a reason to refuse an answer."""
    try:
        return read(value)  # type: ignore[no-any-return] # pydantic's handler is Any
    except ValidationError:
        return None


Short = Annotated[str, StringConstraints(strict=True, max_length=200)]


class Submission(Value):
    """One sending of a page. Its id was made when the page was rendered and stays the same over every retry."""

    model_config = ConfigDict(extra="forbid")

    submission_id: Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9_-]{22,64}$")]
    version: StrictInt  # of the survey, as rendered
    language: Annotated[str, StringConstraints(strict=True, max_length=35)] = ""
    answers: Annotated[dict[str, Any], AfterValidator(_flat)]
    client_time: Annotated[AwareDatetime | None, WrapValidator(_hint)] = None  # a hint; the server's time rules
    sent_time: Annotated[AwareDatetime | None, WrapValidator(_hint)] = None  # the same clock, at this sending
    hidden: dict[str, Short] = Field(default_factory=dict)
    asked: dict[str, Short] = Field(default_factory=dict)  # who it is: of a transactional store link
    prefill: Annotated[str, StringConstraints(strict=True, max_length=2_000)] = ""  # signed, as it came with the link
    device: Annotated[str, StringConstraints(strict=True, max_length=64)] = ""
    queued: bool = False  # it waited on a device: nobody is there to correct it, so a refused one is parked


class Receipt(Value):
    """What the respondent gets, the same every time. `replayed`: it had been stored by an earlier call."""

    id: str
    survey: str
    version: int
    language: str
    score_class: ScoreClass | None
    received_at: datetime
    replayed: bool = False


def submit(door: Door, token: str, submission: Submission) -> Receipt:
    """Store an answer once and close its invitation in the same transaction. Safe to call again after anything.

    The same id with the same answers gives the same receipt; with other answers InvalidError `answers_differ`, and the
    payload is parked. Otherwise as `links.opened`, plus what `answers.read` refuses. UnavailableError: call again.
    """
    source = links.find(door, token)
    with links.speaking(source):
        try:
            return _take(source, submission)
        except (ConflictError, GoneError) as refusal:
            stored = table.find(Response, Response.at(submission.submission_id), consistent=True)
            if stored is None:
                if refusal.code.startswith("survey_"):
                    _park(refusal.code, source, submission)
                raise
        return _again(stored, source, submission)


def _take(source: Source, submission: Submission) -> Receipt:
    """Write the answer if the link admits it. A harmless change of the invitation meanwhile is read and tried again."""
    now = clock.now()
    links.admit(source, now)
    newest = links.still_taken(source.survey, now).version
    version = _shown(source.survey, submission.version, newest)
    response = _response(source, submission, version, _read(source, submission, version), now)
    for _ in range(_TRIES):
        links.admit(source, now)
        try:
            table.transact(table.Create(response), *_closing(source, response))
        except table.CancelledError as cancelled:
            source = _changed_source(cancelled)
        else:
            return _receipt(response)
    raise UnavailableError("store_unavailable", retry_after=1)


def _closing(source: Source, response: Response) -> list[table.Action]:
    """Return what closes the link: an invitation is answered once, a store token as often as people pass."""
    if not isinstance(source, Invitation):
        return []
    completed = source.changed(state=InvitationState.COMPLETED, response=response.id, answered_at=response.received_at)
    return [table.Save(completed)]


def _changed_source(cancelled: table.CancelledError) -> Source:
    """Return the invitation as it is now, when nothing but its revision was in the way."""
    (refused, *others) = cancelled.refused
    if others or not isinstance(refused.action, table.Save):
        raise cancelled
    if not isinstance(refused.found, Invitation):
        raise NotFoundError("link_unknown") from cancelled
    return refused.found


def _again(stored: Response, source: Source, submission: Submission) -> Receipt:
    """Return the receipt of what is stored under this id, if it is what was sent now."""
    version = surveys.version(stored.survey, stored.version)
    sent = _read(source, submission, version)
    if stored.body_hash != _hash(source, submission.version, sent):
        _park("answers_differ", source, submission)
        raise InvalidError("answers_differ")
    return _receipt(stored).changed(replayed=True)


def _shown(survey: str, number: int, newest: int) -> SurveyVersion:
    if not 1 <= number <= newest:
        raise InvalidError("version_unknown", field="version", newest=newest)
    return surveys.version(survey, number)


def _read(source: Source, submission: Submission, version: SurveyVersion) -> dict[str, Answer]:
    try:
        return answers.read(version, submission.answers, {}).given
    except InvalidError as error:
        if error.code == "questions_unknown":
            _park(error.code, source, submission)
        error.details |= {"survey": version.survey, "version": version.version}
        raise


def _response(
    source: Source, submission: Submission, version: SurveyVersion, given: dict[str, Answer], now: datetime
) -> Response:
    """Return the response: what was answered, where and when it counts, and how the benchmark classifies it."""
    place = _place(source)
    score = next((given[q.id] for q in version.questions if q.benchmark and q.id in given), None)
    return Response(
        id=submission.submission_id,
        survey=version.survey,
        version=version.version,
        day=clock.local_day(now, place["timezone"]),
        language=_language(source, submission, version),
        link_key=links.key_of(source),
        answers=given,
        score=score if isinstance(score, int) else None,
        score_class=logic.classify(version, score) if isinstance(score, int) else None,
        comment=next((str(given[q.id]) for q in version.questions if q.voice and q.id in given), ""),
        body_hash=_hash(source, version.version, given),
        received_at=now,
        client_time=submission.client_time,
        **place,
    )


def _place(source: Source) -> dict[str, Any]:
    """Return where an answer belongs: what the invitation says, or the segment of the store token."""
    if isinstance(source, Invitation):
        return {
            "segment": source.segment,
            "segment_path": source.segment_path,
            "timezone": source.timezone,
            "channel": str(source.channel),
            "product": source.product,
            "contact": source.contact,
            "contact_name": source.name or source.first_name,
            "invitation": source.id,
            "deployment": source.deployment,
        }
    segment = segments.get(source.segment)
    return {
        "segment": segment.code,
        "segment_path": segment.path,
        "timezone": segment.timezone,
        "channel": "store" if isinstance(source, StoreToken) else "web",
    }


def _language(source: Source, submission: Submission, version: SurveyVersion) -> str:
    person = links.language_of(source)
    return i18n.negotiate(submission.language or person, person, version.languages)


def _hash(source: Source, version: int, given: dict[str, Answer]) -> str:
    """Return what tells this answer from any other under the same id: link, version and every answer."""
    return ids.derive(links.key_of(source), version, json.dumps(given, sort_keys=True))


def _receipt(response: Response) -> Receipt:
    return Receipt(
        id=response.id,
        survey=response.survey,
        version=response.version,
        language=response.language,
        score_class=response.score_class,
        received_at=response.received_at,
    )


def _park(reason: str, source: Source, submission: Submission) -> None:
    """Keep what could not be accepted: the same payload once."""
    payload = json.dumps(dict(submission), default=str)
    key = links.key_of(source)
    parking.park(reason, submission.submission_id, payload, key, reason, payload, link_key=key)


def get(response: str) -> Response:
    """Return a response; NotFoundError when there is none."""
    return table.load(Response, Response.at(response), consistent=True)


def listing(survey: str, segment: str, *, limit: int = 50, cursor: str | None = None) -> table.Page[Response]:
    """Return the responses of a segment (not of its subtree), the newest first. Deleted ones are left out."""
    page = table.query(
        Response, f"responses#{survey}#{segment}", index="g1", limit=limit, newest_first=True, cursor=cursor
    )
    return table.Page(tuple(item for item in page.items if item.state is ResponseState.FINAL), page.next)


def of_day(survey: str, day: str) -> Iterator[Response]:
    """Yield every response of a survey received on a local day, deleted ones too, the oldest first."""
    cursor: str | None = None
    while True:
        page = table.query(Response, f"responses#{survey}#{day}", index="g2", limit=_PAGE, cursor=cursor)
        yield from page.items
        if page.next is None:
            return
        cursor = page.next
