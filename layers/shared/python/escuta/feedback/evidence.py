"""Scores out of messages: what is known around them, and what they become.

Opening a link writes a trace and no score. A page that a person touches reports it; half an hour later the score is
confirmed, or kept apart with its evidence. Whatever the person sends counts before any of this.
"""

import hmac
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StrictInt, StringConstraints

from escuta import clock, i18n, ids, secrets, table
from escuta.entity import Value
from escuta.errors import ConflictError, EscutaError, GoneError, InvalidError, NotFoundError, UnavailableError
from escuta.feedback import domains, responses, scanners, surveys, taps
from escuta.feedback.model import (
    Click,
    Human,
    Provisional,
    ProvisionalState,
    Response,
    ResponseState,
    Standing,
    SurveyVersion,
    Switch,
)
from escuta.feedback.submissions import Receipt
from escuta.observe import logger
from escuta.outreach.model import TRAP, Invitation, InvitationState

CONFIRMED_AFTER = timedelta(minutes=30)
NONCE_MINUTES = 30
SOONEST_MS = 800  # what moves earlier moved before anybody can have seen the page
LATEST_MS = 12 * 3600 * 1000
LONGEST_REASON = 500
_RECENT = timedelta(minutes=1)  # how long what was opened says something about who presses the button
_TRIES = 5
_PAGE = 100
_CLICKS = 25  # per link there are at most twelve
_PENDING = 500  # per shard; they wait half an hour
_SAME_SECOND = 50  # per shard; enough to see that several people were there


class Visitor(Value):
    """What a call says of who makes it."""

    agent: str = scanners.BROWSER
    network: str = ""


class Input(StrEnum):
    """What moved on the page."""

    POINTER = "pointer"
    TOUCH = "touch"
    KEY = "key"
    SCROLL = "scroll"


class Signal(Value):
    """What a page says when a person touches it; `score` is what is chosen at that moment."""

    nonce: Annotated[str, StringConstraints(max_length=80)]
    score: Annotated[StrictInt, Field(ge=0, le=10)]
    input: Input
    after_ms: Annotated[StrictInt, Field(ge=SOONEST_MS, le=LATEST_MS)]
    language: Annotated[str, StringConstraints(max_length=35)] = ""


class Shown(Value):
    """The page that a nonce was made for."""

    version: int
    score: int


def scores(version: SurveyVersion) -> range:
    """Return the scores that a link of a message may carry; none when the survey has no benchmark."""
    low, high = (version.benchmark.scale if version.benchmark else None) or (0, -1)
    return range(low, high + 1)


def tapped(version: SurveyVersion, text: str) -> int | None:
    """Return the score that a link carries: one of the scale, written as the message writes it."""
    return next((score for score in scores(version) if str(score) == text), None)


def clicked(invitation: Invitation, version: SurveyVersion, text: str, visitor: Visitor) -> None:
    """Leave a trace of an opening: the first for each score of the scale, and for the link that nobody can see.

    Never an answer, and never a reason not to show the page: a trace that cannot be written is missing.
    """
    if visitor.agent == scanners.PREVIEW or (text != TRAP and tapped(version, text) is None):
        return
    now = clock.now()
    sent = invitation.sent_at
    click = Click(
        link_key=invitation.link_key,
        score=text,
        method="GET",
        survey=invitation.survey,
        segment=invitation.segment,
        domain=scanners.domain(invitation.address),
        after_seconds=None if sent is None else max(0, int((now - sent).total_seconds())),
        day=clock.local_day(now, invitation.timezone),
        at_time=now,
        **dict(visitor),
    )
    try:
        table.create(click)
    except ConflictError:
        return  # it was opened with this score before
    except UnavailableError as error:
        logger().warning("trace lost", extra={"code": error.code})


def nonce(invitation: Invitation, version: SurveyVersion, score: int) -> str:
    """Return what a page shows when it reports: that we rendered it, for this link and score, not long ago."""
    minute = clock.epoch() // 60
    return f"{minute}.{version.version}.{score}.{_mac(invitation.link_key, minute, version.version, score)}"


def shown(invitation: Invitation, text: str) -> Shown | None:
    """Return the page that this nonce was made for; None when it is forged, of another link, or too old."""
    numbers, _, mac = text.rpartition(".")
    parts = numbers.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 12 for part in parts):  # noqa: PLR2004 - minute, version, score
        return None
    minute, version, score = map(int, parts)
    if not hmac.compare_digest(mac.encode(), _mac(invitation.link_key, minute, version, score).encode()):
        return None
    age = clock.epoch() // 60 - minute
    return Shown(version=version, score=score) if -1 <= age <= NONCE_MINUTES else None


def _mac(link_key: str, minute: int, version: int, score: int) -> str:
    return ids.link_token(secrets.link_secret(), "signal", f"{link_key}:{minute}:{version}:{score}")


def signal(invitation: Invitation, sent: Signal, visitor: Visitor) -> Provisional | None:
    """Keep the score that a person is looking at; another one replaces it while nothing is confirmed.

    InvalidError `signal_invalid` when the page is not ours or the score not of its scale. None when the person has
    answered already, which counts, and when the link is over.
    """
    page = shown(invitation, sent.nonce)
    version = surveys.version(invitation.survey, page.version) if page else None
    if version is None or version.benchmark is None or sent.score not in scores(version):
        raise InvalidError("signal_invalid")
    now = clock.now()
    over = invitation.revoked_at is not None or invitation.expires_at <= now  # nothing could become of it
    if over or invitation.state in {InvitationState.COMPLETED, InvitationState.CANCELLED}:
        return None
    human = Human(input=sent.input, after_ms=sent.after_ms, at=now)
    fresh = Provisional(
        link_key=invitation.link_key,
        survey=invitation.survey,
        version=version.version,
        segment=invitation.segment,
        segment_path=invitation.segment_path,
        domain=scanners.domain(invitation.address),
        question=version.benchmark.id,
        score=sent.score,
        language=i18n.negotiate(sent.language or invitation.language, invitation.language, version.languages),
        human=human,
        flags=_of_call(visitor),
        day=clock.local_day(now, invitation.timezone),
        at_time=now,
        due_at=now + CONFIRMED_AFTER,
    )
    return _kept(fresh, human)


def _of_call(visitor: Visitor) -> tuple[str, ...]:
    return scanners.flags(scanners.Finding(human=True, agents=(visitor.agent,), networks=(visitor.network,)))


def _kept(fresh: Provisional, human: Human) -> Provisional:
    for _ in range(_TRIES):
        found = table.find(Provisional, fresh.key(), consistent=True)
        try:
            if found is None:
                return table.create(fresh)
            changed = _renewed(found, fresh, human)
            return found if changed == found else table.save(changed)
        except ConflictError:
            continue
    raise UnavailableError("store_unavailable", retry_after=1)


def _renewed(found: Provisional, fresh: Provisional, human: Human) -> Provisional:
    """Return what a further report changes. One that is settled only gains the sign of a person, for those who look."""
    if found.state is not ProvisionalState.PENDING:
        return found.changed(human=found.human or human)
    flags = tuple(dict.fromkeys((*found.flags, *fresh.flags)))
    known = found.changed(human=found.human or human, flags=flags)
    if (found.version, found.score) == (fresh.version, fresh.score):
        return known
    moved = {name: getattr(fresh, name) for name in ("version", "question", "score", "language", "at_time", "due_at")}
    return known.changed(**moved)


def doubts(invitation: Invitation, version: SurveyVersion, visitor: Visitor) -> tuple[str, ...]:
    """Return why a press of the button, with nothing but a score and no sign of a person, is taken for a machine's.

    Only what is around this moment speaks: that a filter opened the links yesterday says nothing of who presses now.
    """
    provisional = table.find(Provisional, Provisional.at(invitation.link_key), consistent=True)
    if provisional and provisional.human:
        return ()
    now = clock.now()
    found = scanners.Finding(
        clicks=tuple(click for click in clicks(invitation.link_key) if now - click.at_time <= _RECENT),
        scale=len(scores(version)),
        trap=TRAP,
        agents=(visitor.agent,) if visitor.agent == scanners.SCANNER else (),
        networks=(visitor.network,),
    )
    flags = scanners.flags(found)
    return flags if scanners.weight(flags) >= scanners.MACHINE else ()


def pressed_by_machine(
    invitation: Invitation, version: SurveyVersion, score: int, language: str, flags: tuple[str, ...]
) -> Receipt:
    """Keep apart, with its evidence, a score that a machine seems to have sent. The link stays open for the person."""
    benchmark = version.benchmark
    if benchmark is None or score not in scores(version):
        raise InvalidError("signal_invalid")
    now = clock.now()
    found = table.find(Provisional, Provisional.at(invitation.link_key), consistent=True)
    kept = found or Provisional(
        link_key=invitation.link_key,
        survey=invitation.survey,
        version=version.version,
        segment=invitation.segment,
        segment_path=invitation.segment_path,
        domain=scanners.domain(invitation.address),
        question=benchmark.id,
        score=score,
        language=language,
        day=clock.local_day(now, invitation.timezone),
        at_time=now,
        due_at=now,
    )
    return _take(kept, Standing.FLAGGED, flags)


def _take(provisional: Provisional, standing: Standing, flags: tuple[str, ...]) -> Receipt:
    """Make the response and settle the score in one transaction, so that neither is ever there without the other."""
    state = ProvisionalState.CONFIRMED if standing is Standing.COUNTED else ProvisionalState.FLAGGED
    settled = provisional.changed(state=state, flags=flags, response=ids.derive("tapped", provisional.link_key))
    write = table.Save(settled) if provisional.rev else table.Create(settled)
    pending = provisional.state is ProvisionalState.PENDING
    also = (write, *domains.additions(settled)) if pending else ()
    return responses.take_tapped(provisional, standing=standing, evidence=flags, also=also)


def confirm_due(now: datetime, *, in_time: Callable[[], bool] = lambda: True) -> int:
    """Settle every score whose time has come; return how many. May run twice, beside itself, and after any crash."""
    settled = 0
    for key in _due(now):
        if not in_time():
            break
        try:
            settled += _confirm(key, now)
        except EscutaError as error:  # the others must not wait for it; it stays due
            logger().error("tap not settled", extra={"code": error.code, "link": key[:6]})
    return settled


def _due(now: datetime) -> Iterator[str]:
    for shard in Provisional.shards():
        cursor: str | None = None
        while True:
            span = ("0", f"{now.isoformat()}#~")
            page = table.query(Provisional, shard, index="g1", between=span, limit=_PAGE, cursor=cursor)
            yield from (each.link_key for each in page.items)
            cursor = page.next
            if cursor is None:
                break


def _confirm(key: str, now: datetime) -> bool:
    """Settle one score, read anew: the list of those due lags behind."""
    found = table.find(Provisional, Provisional.at(key), consistent=True)
    if found is None or found.state is not ProvisionalState.PENDING or found.due_at > now:
        return False
    flags = _flags(found)
    standing = Standing.FLAGGED if flags else Standing.COUNTED
    try:
        if _take(found, standing, flags).replayed:  # a tap became a response long ago, and its record is gone
            table.save(found.changed(state=ProvisionalState.ANSWERED, flags=flags))
    except table.CancelledError:
        return False  # the person did something at this very moment: the next run sees what
    except ConflictError:  # what the person sent counts
        table.save(found.changed(state=ProvisionalState.ANSWERED, flags=flags))
    except (GoneError, NotFoundError) as over:  # revoked, erased, closed meanwhile: nothing becomes of it
        table.save(found.changed(state=ProvisionalState.FLAGGED, flags=(*flags, over.code)))
    return True


def _flags(provisional: Provisional) -> tuple[str, ...]:
    """Return what speaks against a score: what is known of its link now, and what its page's own calls showed."""
    own = clicks(provisional.link_key)
    version = surveys.version(provisional.survey, provisional.version)
    found = scanners.Finding(
        clicks=own,
        scale=len(scores(version)),
        trap=TRAP,
        human=provisional.human is not None,
        together=max((_together(click) for click in own), default=1),
    )
    flags = scanners.flags(found)
    return (*flags, *(flag for flag in provisional.flags if flag not in flags))


def clicks(link_key: str) -> tuple[Click, ...]:
    """Return the traces of a link, the first opening of each score."""
    return table.query(Click, Click.at(link_key, "").pk, limit=_CLICKS, consistent=True).items


def _together(click: Click) -> int:
    if not scanners.is_shared(click.domain):
        return 1
    second = click.at_time.replace(microsecond=0)
    span = (second.isoformat()[:19], (second + timedelta(seconds=1)).isoformat()[:19])
    shards = Click.shards(click.survey, click.day)
    found = (table.query(Click, shard, index="g1", between=span, limit=_SAME_SECOND).items for shard in shards)
    return scanners.together(click, (each for page in found for each in page))


def switch(response: Response, standing: Standing, who: str, reason: str) -> Response:
    """Put a response into the figures, or out of them; its record says who did it and why.

    ConflictError `stale` when it changed since it was read. `who` is "" for the product itself.
    """
    if response.state is ResponseState.DELETED:
        raise NotFoundError("response_not_found")
    if response.standing is standing:
        raise InvalidError("standing_same", field="standing", value=str(standing))
    reason = reason.strip()
    if not reason:
        raise InvalidError("required", field="reason")
    if len(reason) > LONGEST_REASON:
        raise InvalidError("too_long", field="reason", most=LONGEST_REASON)
    line = Switch(at=clock.now(), who=who, was=response.standing, now=standing, reason=reason)
    return _stored(response.changed(standing=standing, switches=(*response.switches, line)))


def _stored(response: Response) -> Response:
    """Store a response, and with it what follows for its invitation, which may be moving meanwhile."""
    for _ in range(_TRIES):
        beside = taps.admitted(response)
        if not beside:
            return table.save(response)
        try:
            table.transact(table.Save(response), *beside)
        except table.CancelledError as clash:
            if any(refused.action == table.Save(response) for refused in clash.refused):
                raise
        else:
            return response.changed(rev=response.rev + 1)
    raise UnavailableError("store_unavailable", retry_after=1)


def listing(survey: str, day: str, *, limit: int = 25, cursor: str | None = None) -> table.Page[Provisional]:
    """Return the scores out of messages of a local day, by time."""
    return table.query(Provisional, f"provisional#{survey}#{day}", index="g2", limit=limit, cursor=cursor)


def traces(survey: str, day: str, *, limit: int = 25, cursor: str | None = None) -> table.Page[Click]:
    """Return the openings of links of a local day, a shard after the other."""
    return table.query_spread(Click, Click.shards(survey, day), index="g1", limit=limit, cursor=cursor)


def pending(survey: str, segment: str, *, subtree: bool = True) -> int:
    """Return how many scores of a place wait to be confirmed, as far as a bounded reading tells."""
    found = (table.query(Provisional, shard, index="g1", limit=_PENDING).items for shard in Provisional.shards())
    return sum(
        each.survey == survey and segment in (each.segment_path if subtree else each.segment_path[-1:])
        for page in found
        for each in page
    )
