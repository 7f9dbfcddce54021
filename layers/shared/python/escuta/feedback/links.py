"""What a link opens, and whether it may still be answered: the one guard that every way of answering goes through."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache

from escuta import clock, ids, table
from escuta.directory import segments
from escuta.entity import Table, Value
from escuta.errors import ConflictError, EscutaError, ForbiddenError, GoneError, InvalidError, NotFoundError
from escuta.feedback import surveys
from escuta.feedback.model import Draft, Intercept, StoreToken, Survey, SurveyStatus, SurveyVersion
from escuta.feedback.sources import Source
from escuta.outreach import invitations
from escuta.outreach.model import Invitation, InvitationState

__all__ = [
    "GRACE",
    "Door",
    "Opened",
    "Source",
    "admit",
    "find",
    "key_of",
    "language_of",
    "opened",
    "remember",
    "shown",
    "speaking",
    "still_taken",
]

_REMEMBERED = 500  # invitations that were shown by this warm function
GRACE = timedelta(hours=24)  # for pages that were rendered before the survey was paused or closed


class Door(StrEnum):
    """The kinds of links. Their rows have different keys: a token of one kind opens nothing of another."""

    INVITATION = "invitation"
    STORE = "store"
    INTERCEPT = "intercept"
    PREVIEW = "preview"  # shows a survey and takes no answer: see `showing`


class Opened(Value):
    """What a page needs: the questions, whom they are asked, and what was half answered already."""

    version: SurveyVersion
    language: str  # the person's own, or "" when nobody said
    source: Source
    draft: Draft | None = None  # of an invitation: so that it goes on where the person stopped


def opened(door: Door, token: str) -> Opened:
    """Return what this link shows now, writing nothing.

    NotFoundError `link_cut` or `link_unknown`, ConflictError `already_answered`, GoneError `link_expired`,
    `link_revoked`, `link_full`, `survey_closed` or `survey_paused`, ForbiddenError `link_early`.
    """
    source, draft = _found(door, token)
    with speaking(source):
        admit(source, clock.now())
        _refuse_closed(source)
        _refuse_full(source)
        if isinstance(source, Invitation):
            remember(source)
        try:
            version = surveys.live(source.survey)
        except NotFoundError as error:
            raise GoneError("survey_closed") from error
    if draft is not None and (draft.expires_at <= clock.now() or draft.survey != source.survey):
        draft = None
    return Opened(version=version, language=language_of(source), source=source, draft=draft)


def _found(door: Door, token: str) -> tuple[Source, Draft | None]:
    """Return the row behind a link; with an invitation what was half answered, in the same call."""
    if door is not Door.INVITATION:
        return find(door, token), None
    key = _key(token)
    found, draft = table.find_together((Invitation, Invitation.at(key)), (Draft, Draft.at(key)))
    if not isinstance(found, Invitation):
        raise NotFoundError("link_unknown")
    return found, draft if isinstance(draft, Draft) else None


def _key(token: str) -> str:
    token = ids.clean_token(token)
    if not ids.is_whole(token):
        raise NotFoundError("link_cut")
    return ids.token_key(token)


def find(door: Door, token: str) -> Source:
    """Return the row behind a link, whatever its state; NotFoundError tells a cut link from an unknown one."""
    key = _key(token)
    source: Source | None
    match door:
        case Door.INVITATION:
            source = invitations.find(key)
        case Door.STORE:
            source = table.find(StoreToken, StoreToken.at(key), consistent=True)
        case Door.INTERCEPT:
            source = table.find(Intercept, Intercept.at(ids.clean_token(token)), consistent=True)
        case Door.PREVIEW:
            source = None
    if source is None:
        raise NotFoundError("link_unknown")
    return source


def expected(door: Door, token: str) -> Source:
    """Return the row behind a link, an invitation as this warm function showed it if that may still be answered.

    Only for a write that is guarded by its revision: whatever changed since then is found there, and read then.
    """
    seen = _shown().get(_key(token)) if door is Door.INVITATION else None
    if seen is None or seen.revoked_at is not None or seen.expires_at <= clock.now():
        return find(door, token)
    return seen


def remember(invitation: Invitation) -> None:
    """Keep an invitation as it is stored now for the answer that is to come, which then need not read it again."""
    shown = _shown()
    shown[invitation.link_key] = invitation
    while len(shown) > _REMEMBERED:
        shown.popitem(last=False)


@cache
def _shown() -> OrderedDict[str, Invitation]:
    return OrderedDict()


def key_of(source: Source) -> str:
    """Return what the link is known by in the store: its hash, or the id of an intercept, which is public."""
    match source:
        case Invitation():
            return source.link_key
        case StoreToken():
            return source.token_key
        case Intercept():
            return source.id


def language_of(source: Source) -> str:
    """Return the language of the invited person, or the one a link was made for; "" when nobody said."""
    return source.language


@contextmanager
def speaking(source: Source) -> Iterator[None]:
    """Let every refusal inside carry the person's `language`, so that it is told in it."""
    try:
        yield
    except EscutaError as error:
        error.details.setdefault("language", language_of(source))
        raise


def admit(source: Source, now: datetime) -> None:
    """Refuse a link that may not be answered at this moment.

    An invitation that only a tap in the message has answered still takes what the person really sends.
    """
    if isinstance(source, Invitation):
        _admit_invitation(source, now)
    else:
        _admit_store(source, now)


def _admit_invitation(invitation: Invitation, now: datetime) -> None:
    if not invitation.contact:
        raise GoneError("link_revoked")  # the person was erased
    tapped = bool(invitation.tapped) and invitation.response == invitation.tapped
    if invitation.state is InvitationState.COMPLETED and not tapped:
        raise ConflictError("already_answered")
    if invitation.revoked_at is not None or invitation.state is InvitationState.CANCELLED:
        raise GoneError("link_revoked")
    if invitation.expires_at <= now or invitation.state is InvitationState.EXPIRED:
        raise GoneError("link_expired")


def _admit_store(token: StoreToken | Intercept, now: datetime) -> None:
    if token.revoked_at is not None:
        raise GoneError("link_revoked")
    if token.starts_at is not None and now < token.starts_at:
        raise ForbiddenError("link_early")
    if token.ends_at is not None and token.ends_at <= now:
        raise GoneError("link_expired")


def _refuse_closed(source: Source) -> None:
    """Refuse the page of a store that was retired; what was rendered before may still be sent."""
    if not isinstance(source, Invitation):
        place = segments.by_code().get(source.segment)
        if place is not None and place.retired_at is not None:
            raise GoneError("link_revoked")


def _refuse_full(source: Source) -> None:
    """Refuse a store link that has all the answers it takes, before somebody fills it in."""
    if isinstance(source, StoreToken) and source.quota:
        place = StoreToken.used_at(source.id)
        if table.numbers_of(Table.FEEDBACK, [place]).get(place, {}).get("used", 0) >= source.quota:
            raise GoneError("link_full")


def still_taken(survey: str, now: datetime) -> Survey:
    """Return the head of a survey that takes answers of rendered pages; GoneError when it has been over for a day."""
    head = surveys.head(survey)
    if head is None or head.version == 0 or head.status is SurveyStatus.DRAFT:
        raise GoneError("survey_closed")
    if head.status is not SurveyStatus.LIVE and now > (head.closed_at or head.updated_at) + GRACE:
        raise GoneError(f"survey_{head.status}")
    return head


def shown(head: Survey, number: int) -> SurveyVersion:
    """Return the version that a page showed; InvalidError when it never was published.

    One that is newer than the head we remember may have been published since.
    """
    newest = head.version if number <= head.version else surveys.get(head.id).version
    if not 1 <= number <= newest:
        raise InvalidError("version_unknown", field="version", newest=newest)
    return surveys.version(head.id, number)
