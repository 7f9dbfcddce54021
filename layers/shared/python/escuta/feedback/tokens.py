"""Store tokens: links that stand in a store, on a device or a poster, from their making to their end."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from escuta import clock, i18n, ids, secrets, table
from escuta.config import settings
from escuta.directory import segments
from escuta.entity import Key, Table, Value
from escuta.errors import ConflictError, GoneError, InvalidError, NotFoundError
from escuta.feedback import access_codes, surveys
from escuta.feedback.model import Kiosk, Seen, StoreToken, TokenKind

LONGEST_LABEL = 100
MOST_ASKS = 10
ASKS = ("name", "email", "phone", "product")  # and custom.{field}
REACHES = frozenset({"name", "email", "phone"})  # one of these says who somebody is
_CUSTOM = re.compile(r"custom\.\S(.{0,58}\S)?")


class Life(Value):
    """What became of a link so far: answers towards its quota, and the sign of life of its device."""

    used: int | None = None  # None: nobody counts, since there is no quota
    seen_at: datetime | None = None
    waiting: int = 0
    aside: int = 0


def create(
    survey: str,
    segment: str,
    label: str,
    *,
    type: TokenKind = TokenKind.ANONYMOUS,  # noqa: A002 - the field's name
    asks: tuple[str, ...] = (),
    quota: int = 0,
    language: str = "",
    kiosk: Kiosk | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    identity: str = "",
) -> tuple[str, StoreToken]:
    """Make a link for a survey in a segment; return its text, which is stored nowhere, and what is kept of it.

    `identity` is its id, where it is to be known beforehand.
    """
    segments.live(segment)
    surveys.standing(survey)
    identity = identity or ids.new()
    token = token_of(identity, 1)
    stored = StoreToken(
        id=identity,
        token_key=ids.token_key(token),
        survey=survey,
        segment=segment,
        label=label.strip(),
        type=type,
        asks=asks,
        quota=quota,
        language=language,
        kiosk=kiosk,
        created_at=clock.now(),
        starts_at=starts_at,
        ends_at=ends_at,
    )
    _check(stored)
    return token, table.create(stored)


def token_of(identity: str, turn: int) -> str:
    """Return the text of the link: it follows from the token's id and its turn, and is stored nowhere."""
    return ids.link_token(secrets.link_secret(), "store", f"{identity}#{turn}")


def link(stored: StoreToken) -> str:
    """Return the address that people open, where the deployment says that links point."""
    return f"{settings().public_url}/t/{token_of(stored.id, stored.turn)}"


def find(token: str) -> StoreToken | None:
    """Return what a token opens, revoked and ended ones too, or None."""
    return table.find(StoreToken, StoreToken.at(ids.token_key(token)), consistent=True)


def get(identity: str) -> StoreToken:
    """Return the newest turn of a token, as it is now; NotFoundError when there is no such token."""
    newest = table.query(StoreToken, f"token_id#{identity}", index="g2", newest_first=True, limit=1).items
    known = newest[0].turn if newest else 0
    turns = [_at(identity, turn) for turn in (known, known + 1) if turn]  # the index may be a moment behind
    found = table.find_many(StoreToken, turns, consistent=True)
    if not found:
        raise NotFoundError("store_token_not_found")
    return max(found.values(), key=lambda stored: stored.turn)


def listing(segment: str = "", *, limit: int = 50, cursor: str | None = None) -> table.Page[StoreToken]:
    """Return tokens, each at its newest turn, the oldest first of a segment; of every segment when none is named."""
    prefix = f"{segment}#" if segment else ""
    return table.query(StoreToken, "tokens", prefix=prefix, index="g1", limit=limit, cursor=cursor)


def lives(stored: Iterable[StoreToken]) -> dict[str, Life]:
    """Return by id what became of these links, in two calls for all of them together."""
    stored = list(stored)
    seen = table.find_many(Seen, (Seen.at(each.token_key) for each in stored))
    counted = table.numbers_of(Table.FEEDBACK, (StoreToken.used_at(each.id) for each in stored if each.quota))
    return {each.id: _life(each, seen.get(Seen.at(each.token_key)), counted) for each in stored}


def change(current: StoreToken, **fields: Any) -> StoreToken:
    """Give a token other settings: label, quota, language, kiosk, start, end. ConflictError `stale` as everywhere."""
    changed = current.changed(**fields)
    changed = changed.changed(label=changed.label.strip())
    _check(changed)
    return table.save(changed)


def kiosk(current: Kiosk | None = None, *, access_code: str = "", **settings: Any) -> Kiosk:
    """Return the settings of a kiosk; without an access code those that are in force keep theirs.

    Only what the device needs to check the code without network is kept: see `access_codes`.
    """
    changed = (current or Kiosk()).changed(**settings)
    if access_code:
        salt, digest = access_codes.made(access_code)
        return changed.changed(exit_salt=salt, exit_hash=digest)
    if not changed.exit_hash:
        raise InvalidError("required", field="kiosk.access_code")
    return changed


def revoke(identity: str, known: StoreToken | None = None) -> StoreToken:
    """Close a link for good, at once; that of the turn that is `known`, if one is. Revoking twice changes nothing."""
    stored = known or get(identity)
    if stored.revoked_at is not None:
        return stored
    return table.save(stored.changed(revoked_at=clock.now()))


def rotate(identity: str, turn: int) -> tuple[str, StoreToken]:
    """Replace the link of this turn by the next one: the old one is closed and the new one opens at the same moment.

    Said again after a lost reply, it returns what the first call made. ConflictError `stale` when the token is at
    another turn, GoneError when it was revoked.
    """
    current = get(identity)
    if current.turn == turn:
        current = _turned(current)
    elif current.turn != turn + 1:
        raise ConflictError("stale")
    return token_of(identity, current.turn), current


def _turned(current: StoreToken) -> StoreToken:
    if current.revoked_at is not None:
        raise GoneError("store_token_revoked")
    token_key = ids.token_key(token_of(current.id, current.turn + 1))
    following = current.changed(turn=current.turn + 1, token_key=token_key, rev=0)
    closed = current.changed(revoked_at=clock.now(), replaced=True)
    try:
        table.transact(table.Save(closed), table.Create(following))
    except table.CancelledError as error:
        made = next((refusal.found for refusal in error.refused if isinstance(refusal.action, table.Create)), None)
        if not isinstance(made, StoreToken):
            raise
        return made  # somebody asked for the same at the same moment
    return following.changed(rev=1)


def _at(identity: str, turn: int) -> Key:
    return StoreToken.at(ids.token_key(token_of(identity, turn)))


def _life(stored: StoreToken, seen: Seen | None, counted: dict[Key, dict[str, int]]) -> Life:
    used = counted.get(StoreToken.used_at(stored.id), {}).get("used", 0) if stored.quota else None
    if seen is None:
        return Life(used=used)
    return Life(used=used, seen_at=seen.at_time, waiting=seen.waiting, aside=seen.aside)


def _check(stored: StoreToken) -> None:
    """Refuse settings that make no sense together."""
    if stored.starts_at and stored.ends_at and stored.ends_at <= stored.starts_at:
        raise InvalidError("token_period", field="ends_at")
    if len(stored.label) > LONGEST_LABEL:
        raise InvalidError("too_long", field="label", most=LONGEST_LABEL)
    if stored.quota < 0:
        raise InvalidError("value_too_small", field="quota", least=0)
    _check_asks(stored)
    _check_language(stored)


def _check_asks(stored: StoreToken) -> None:
    allowed = ", ".join((*ASKS, "custom.*"))
    unknown = [ask for ask in stored.asks if ask not in ASKS and not _CUSTOM.fullmatch(ask)]
    if unknown or len(set(stored.asks)) < len(stored.asks) or len(stored.asks) > MOST_ASKS:
        raise InvalidError("token_asks", field="asks", allowed=allowed, most=MOST_ASKS)
    if stored.type is TokenKind.TRANSACTIONAL and not REACHES & set(stored.asks):
        raise InvalidError("token_asks_nobody", field="asks", allowed=", ".join(sorted(REACHES)))
    if stored.type is TokenKind.ANONYMOUS and stored.asks:
        raise InvalidError("token_asks_anonymous", field="asks")


def _check_language(stored: StoreToken) -> None:
    head = surveys.get(stored.survey)
    offered = surveys.version(head.id, head.version).languages if head.version else i18n.LANGUAGES
    if stored.language and stored.language not in offered:
        raise InvalidError("token_language", field="language", allowed=", ".join(offered))
