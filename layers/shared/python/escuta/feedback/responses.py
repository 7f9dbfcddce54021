"""Responses: taking an answer exactly once, whatever happens to the call, and reading them back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from escuta import clock, i18n, ids, measured, observe, table
from escuta.entity import Table
from escuta.errors import ConflictError, EscutaError, GoneError, InvalidError, NotFoundError, UnavailableError
from escuta.feedback import (
    answers,
    blanking,
    edges,
    facts,
    keeping,
    limits,
    links,
    making,
    parking,
    prefill,
    surveys,
    taps,
    visitors,
)
from escuta.feedback.answers import Read
from escuta.feedback.limits import Claim
from escuta.feedback.links import Door, Source
from escuta.feedback.model import (
    Emptied,
    Intercept,
    Origin,
    Provisional,
    ProvisionalState,
    Response,
    Standing,
    StoreToken,
    SurveyVersion,
)
from escuta.feedback.submissions import Receipt, Submission
from escuta.feedback.visitors import Visitor
from escuta.measured import Measure
from escuta.outreach import invitations
from escuta.outreach.model import Invitation, InvitationState

__all__ = ["Receipt", "Submission", "get", "of_day", "submit", "take_tapped"]

_TRIES = 5
_PAGE = 500
_PARKED = {"questions_unknown", "answers_differ", "survey_closed", "survey_paused"}


class _Attempt(NamedTuple):
    """What is about to be written. A change that others make meanwhile leads to the next attempt."""

    source: Source
    response: Response
    visitor: Visitor | None = None
    claims: tuple[Claim, ...] = ()
    also: tuple[table.Action, ...] = ()


def submit(door: Door, token: str, submission: Submission) -> Receipt:
    """Store an answer once and close its invitation in the same transaction. Safe to call again after anything.

    The same id with the same answers gives the same receipt; with other answers InvalidError `answers_differ`, and the
    payload is parked. Otherwise as `links.opened`, plus what `answers.read` refuses. UnavailableError: call again.
    Beyond a limit of the survey the answer is taken all the same, with the standing `suspect`.
    """
    source = links.expected(door, token)
    with links.speaking(source), _parking(source, submission):
        try:
            return _take(source, token, submission)
        except (ConflictError, GoneError):
            stored = table.find(Response, Response.at(submission.submission_id), consistent=True)
            if stored is None:
                raise
        return _again(stored, source, token, submission)


def take_tapped(
    provisional: Provisional,
    *,
    standing: Standing,
    evidence: tuple[str, ...] = (),
    also: tuple[table.Action, ...] = (),
) -> Receipt:
    """Make a response of a score in a message, once per invitation; a counted one closes the invitation.

    `also` is written in the same transaction; CancelledError when that is refused.
    What the person sends afterwards replaces it. ConflictError `already_answered` when they sent something before;
    otherwise refused as `submit`.
    """
    source = invitations.find(provisional.link_key)
    if source is None:
        raise NotFoundError("link_unknown")
    identity = ids.derive("tapped", source.link_key)
    if source.tapped == identity:
        return making.receipt(get(identity)).changed(replayed=True)
    links.admit(source, clock.now())
    links.still_taken(source.survey, provisional.at_time)
    version = surveys.version(provisional.survey, provisional.version)
    read = _tapped(version, provisional)
    response = making.response(
        source,
        version,
        identity,
        read,
        answered_at=provisional.at_time,
        language=i18n.negotiate(provisional.language or source.language, source.language, version.languages),
        body_hash=making.fingerprint(source, version.version, read),
        origin=Origin.TAPPED,
        standing=standing,
        evidence=evidence,
    )
    try:
        return _written(_Attempt(source, response, also=also))
    except ConflictError:
        stored = table.find(Response, Response.at(identity), consistent=True)
        if stored is None:
            raise
        return making.receipt(stored).changed(replayed=True)


@contextmanager
def _parking(source: Source, submission: Submission) -> Iterator[None]:
    """Keep whole what is refused where nobody can send it better: from a queue, or because of us.

    Not for a link that was taken back from a person: they may have been erased.
    """
    try:
        yield
    except (UnavailableError, NotFoundError):
        raise
    except EscutaError as refusal:
        if (refusal.code in _PARKED or submission.queued) and not _taken_back(source):
            parking.refuse(refusal.code, links.key_of(source), submission)
        raise


def _taken_back(source: Source) -> bool:
    """Tell whether an invitation is over for good, as it is now: what the page was shown with may be older."""
    now = invitations.find(source.link_key) if isinstance(source, Invitation) else source
    return now is None or (
        isinstance(now, Invitation) and (now.revoked_at is not None or now.state is InvitationState.CANCELLED)
    )


def _take(source: Source, token: str, submission: Submission) -> Receipt:
    """Write the answer if the link admits it."""
    now = clock.now()
    moment = _moment(source, submission, now)
    links.admit(source, moment)
    version = links.shown(links.still_taken(source.survey, moment), submission.version)
    hidden = _hidden(source, token, version, submission)
    visitor, read = _read(source, submission, version, hidden)
    response = making.response(
        source,
        version,
        submission.submission_id,
        read,
        received_at=now,
        answered_at=_answered_at(source, submission, now),
        language=making.language(source, submission, version),
        hidden=hidden,
        body_hash=making.fingerprint(source, submission.version, read, submission.asked),
        client_time=submission.client_time,
        **({"device": making.device(submission.device)} if submission.device else {}),
        **({"contact": visitor.contact, "contact_name": visitor.name, "product": visitor.product} if visitor else {}),
    )
    claims = limits.claims(source, version, response)
    if submission.queued and edges.is_forgotten(response, visitor, submission.answered_at(now)):
        response, visitor = blanking.response(response, Emptied.ERASED), None
    return _written(_Attempt(source, response, visitor, claims))


def _written(attempt: _Attempt) -> Receipt:
    """Write an attempt; a harmless change of what it touches is read and tried again."""
    now = attempt.response.received_at
    for _ in range(_TRIES + limits.MOST_SHARDS * len(attempt.claims)):
        attempt = _within(attempt)
        try:
            table.transact(*_actions(attempt))
        except table.CancelledError as cancelled:
            attempt = _next(attempt, cancelled)
        else:
            _tell(attempt.response)
            return making.receipt(attempt.response)
        if isinstance(attempt.source, Invitation):
            links.admit(attempt.source, now)
    raise UnavailableError("store_unavailable", retry_after=1)


def _tell(response: Response) -> None:
    """Say which call took the answer: from here on its own id names it, in the lines of whoever works with it."""
    measured.count(Measure.ANSWERS_TAKEN)
    request = observe.correlation()
    with observe.following(response.id):
        observe.logger().info("answer taken", extra={"request": request, "deployment": response.deployment})


def _within(attempt: _Attempt) -> _Attempt:
    """Return the attempt as its limits leave it: beyond one of them it counts at none, and is suspect."""
    beyond = tuple(claim.evidence for claim in attempt.claims if claim.exhausted)
    if not beyond:
        return attempt
    return attempt._replace(response=attempt.response.changed(standing=Standing.SUSPECT, evidence=beyond), claims=())


def _actions(attempt: _Attempt) -> list[table.Action]:
    """Return the response and what is closed, counted or made with it."""
    source, response, visitor, claims, also = attempt
    tap = taps.before(source, response)
    if tap is not None:
        response = response.changed(replaces=tap.id, call=tap.call)
    actions: list[table.Action] = [table.Create(response)]
    if isinstance(source, Invitation):
        actions += taps.closing(source, response)
    if tap is not None:
        actions += taps.settling(tap, response)
    if isinstance(source, StoreToken) and source.quota:
        place = StoreToken.used_at(source.id)
        actions.append(table.Add(Table.FEEDBACK, place, {"used": 1}, below={"used": source.quota}))
    if visitor is not None and visitor.contact:
        person = visitors.action(visitor, source, response)
        actions += [person] if person else []
    actions += [table.Create(edge) for edge in edges.of(response)]
    return [*actions, *(claim.action() for claim in claims), *also]


def _next(attempt: _Attempt, cancelled: table.CancelledError) -> _Attempt:
    """Return the attempt that what was in the way leaves open; what is read anew for each needs nothing here."""
    for refused in cancelled.refused:
        match refused.action:
            case table.Save(Provisional(state=ProvisionalState.ANSWERED)):
                continue
            case table.Create(Response() | Provisional()) | table.Save(Provisional()):
                raise cancelled
            case table.Save(Invitation()):
                if not isinstance(refused.found, Invitation):
                    raise NotFoundError("link_unknown") from cancelled
                attempt = attempt._replace(source=refused.found)
            case table.Add(key=key):
                attempt = attempt._replace(claims=_refused(attempt.claims, key, cancelled))
            case _:
                continue
    return attempt


def _refused(claims: tuple[Claim, ...], key: Any, cancelled: table.CancelledError) -> tuple[Claim, ...]:
    if key not in {claim.key for claim in claims}:
        raise GoneError("link_full") from cancelled
    return tuple(claim.refused() if claim.key == key else claim for claim in claims)


def _again(stored: Response, source: Source, token: str, submission: Submission) -> Receipt:
    """Return the receipt of what is stored under this id, if it is what was sent now."""
    if stored.emptied:
        return making.receipt(stored).changed(replayed=True)
    version = surveys.version(stored.survey, stored.version)
    _, read = _read(source, submission, version, _hidden(source, token, version, submission))
    if stored.body_hash != making.fingerprint(source, submission.version, read, submission.asked):
        raise InvalidError("answers_differ")
    return making.receipt(stored).changed(replayed=True)


def _moment(source: Source, submission: Submission, now: datetime) -> datetime:
    """Return the moment at which the link had to be open: of a kiosk without network, when it was answered."""
    return _answered_at(source, submission, now) or now


def _answered_at(source: Source, submission: Submission, now: datetime) -> datetime | None:
    """Return when an answer that waited on a kiosk was given. No other device is believed: anyone can say so.

    A stranger who moves answers could change the figures of last month, and hide a flood in many small moments.
    """
    kiosk = isinstance(source, StoreToken) and source.kiosk is not None
    return submission.answered_at(now) if kiosk else None


def _hidden(source: Source, token: str, version: SurveyVersion, submission: Submission) -> dict[str, str]:
    """Return the hidden fields that the survey takes: those of a signed link stand over what the page says.

    A website hands over what its intercept allows, and nothing more.
    """
    signed = prefill.read(token, submission.prefill) if submission.prefill else None
    allowed = set(version.hidden) & set(source.hidden) if isinstance(source, Intercept) else set(version.hidden)
    told = {name: value for name, value in submission.hidden.items() if name in allowed and value}
    own = {name: value for name, value in signed.hidden.items() if name in version.hidden} if signed else {}
    return told | own


def _read(
    source: Source, submission: Submission, version: SurveyVersion, hidden: dict[str, str]
) -> tuple[Visitor | None, Read]:
    """Return who answers and what; all that is wrong is told at once."""
    visitor, problems = visitors.read(source, submission.asked)
    about = {"survey": version.survey, "version": version.version}
    try:
        read = answers.read(version, submission.answers, facts.of(source, version, hidden))
    except InvalidError as error:
        error.details |= about
        if problems and "problems" in error.details:
            error.details["problems"] = [*problems, *error.details["problems"]]
        raise
    if problems:
        raise InvalidError("answers_invalid", problems=problems, **about)
    return visitor, read


def _tapped(version: SurveyVersion, provisional: Provisional) -> Read:
    """Return the one answer of a tap. What else the survey requires was never shown."""
    question = next((each for each in version.questions if each.id == provisional.question), None)
    if question is None or question.scale is None or not question.scale[0] <= provisional.score <= question.scale[1]:
        raise InvalidError("questions_unknown", questions=[provisional.question[:64]])
    return Read({question.id: provisional.score}, {})


def get(response: str) -> Response:
    """Return a response; NotFoundError when there is none, or its survey no longer keeps it."""
    found = table.load(Response, Response.at(response), consistent=True)
    if keeping.is_over(found):
        raise NotFoundError("response_not_found")
    return found


def of_day(survey: str, day: str) -> Iterator[Response]:
    """Yield every response of a survey received on a local day, deleted ones too, the oldest first."""
    cursor: str | None = None
    while True:
        page = table.query(Response, f"responses#{survey}#{day}", index="g2", limit=_PAGE, cursor=cursor)
        yield from page.items
        if page.next is None:
            return
        cursor = page.next
