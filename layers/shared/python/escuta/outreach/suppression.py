"""Addresses that must not be written to, kept as keyed hashes: the list gives no address away.

One row holds all that closes an address to everything, another one all that closes it to one survey: whoever sends asks
for two keys. Each reason stands for itself: what a mail service told, what the person said, what we decided.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from escuta import clock, events, ids, secrets, table
from escuta.entity import Key
from escuta.errors import NotFoundError, UnavailableError
from escuta.events import EventType, OptedOutData
from escuta.outreach.model import MANUAL, STOP, UNSUBSCRIBE, Because, Channel, Suppression, SuppressionLifted

LIFTABLE = (UNSUBSCRIBE, MANUAL)  # what a mail service or a carrier told is theirs to take back
_TOGETHER = 100  # actions of one transaction
_TRIES = 10
_BEGIN, _END = "0", "~"  # before and after every moment
_SAID = frozenset({UNSUBSCRIBE, "complaint", STOP})  # by the person; the rest is told by others


class Whom(NamedTuple):
    """Whose address it is, as far as that is known."""

    contact: str
    segment_path: tuple[str, ...]


def address_hash(channel: Channel, address: str) -> str:
    """Return what an address is known by here: the same for every spelling of it."""
    canonical = unicodedata.normalize("NFKC", address).strip().casefold()
    return ids.keyed_hash(secrets.link_secret(), f"{channel}:{canonical}")


def add(
    channel: Channel,
    address: str,
    reason: str,
    survey: str = "",
    *,
    scope: str = "",
    source: str = "",
    whom: Whom | None = None,
) -> bool:
    """Stop writing to this address, from the next claim on: everything, or the survey `scope`.

    Tell whether this reason is new. `survey` is whose message brought it about, `source` who says so if nobody wrote.
    Others hear of it where it is known `whom` it is about.
    """
    return bool(store([entry(channel, address, reason, survey, scope=scope, source=source)], whom=whom))


def entry(
    channel: Channel, address: str, reason: str, survey: str = "", *, scope: str = "", source: str = ""
) -> Suppression:
    """Return what closes an address for one reason, for `store`."""
    now = clock.now()
    return Suppression(
        address_hash=address_hash(channel, address),
        channel=channel,
        scope=scope,
        reasons={reason: Because(since=now, survey=survey, source=source)},
        created_at=now,
    )


def store(
    entries: Iterable[Suppression], known: Mapping[Key, Suppression] | None = None, *, whom: Whom | None = None
) -> set[tuple[Key, str]]:
    """Add the reasons of these entries to what stands, `known` as far as it was read. Return which of them are new.

    Of one person (`whom`) there are few, and what they said themselves is told to others with it.
    """
    waiting, standing = together(entries), dict(known or {})
    new: set[tuple[Key, str]] = set()
    for _ in range(_TRIES):
        actions = [action for one in waiting.values() if (action := _adding(one, standing.get(one.key())))]
        if not actions:
            return new
        for first in range(0, len(actions), _TOGETHER):
            batch = actions[first : first + _TOGETHER]
            try:
                table.transact(*batch, *_told(batch, standing, whom))
            except table.CancelledError as error:  # somebody else was faster with some of them
                for refused in error.refused:
                    _learn(standing, refused)
            else:
                for action in batch:
                    key = action.entity.key()
                    before = standing[key].reasons if key in standing else {}
                    new |= {(key, reason) for reason in waiting.pop(key).reasons if reason not in before}
    raise UnavailableError("store_unavailable", retry_after=2)


def _told(
    batch: Iterable[table.Create | table.Save], standing: Mapping[Key, Suppression], whom: Whom | None
) -> Iterator[table.Action]:
    """Yield the events that a person said no, for what stood before and what is about to be stored."""
    if whom is None or not whom.contact:
        return
    for action in batch:
        one = action.entity
        if not isinstance(one, Suppression):
            continue
        before = standing[one.key()].reasons if one.key() in standing else {}
        for reason in sorted(_SAID & (one.reasons.keys() - before.keys())):
            said = {"contact": whom.contact, "channel": one.channel, "survey": one.scope, "reason": reason}
            since = one.reasons[reason].since
            told = events.made(
                EventType.CONTACT_OPTED_OUT,
                OptedOutData.model_validate(said),
                *(one.address_hash, one.scope, reason, since.isoformat()),
                subject=f"contact/{whom.contact}",
                occurred_at=since,
                segment_path=whom.segment_path,
                survey=one.scope,
            )
            yield events.action(told)


def together(entries: Iterable[Suppression]) -> dict[Key, Suppression]:
    """Return these entries with all reasons about one address in one; of two of the same reason, the first."""
    found: dict[Key, Suppression] = {}
    for one in entries:
        found[one.key()] = found[one.key()].joined(one.reasons) if one.key() in found else one
    return found


def _adding(wanted: Suppression, standing: Suppression | None) -> table.Create | table.Save | None:
    if standing is None:
        return table.Create(wanted)
    if wanted.reasons.keys() <= standing.reasons.keys():
        return None
    return table.Save(standing.joined(wanted.reasons))


def _learn(standing: dict[Key, Suppression], refused: table.Refused) -> None:
    """Note what was found in the way; nothing there: the last reason was taken back meanwhile."""
    if not isinstance(refused.action, table.Create | table.Save):
        raise TypeError(f"not an address was refused: {refused.action}")
    key = refused.action.entity.key()
    if isinstance(refused.found, Suppression):
        standing[key] = refused.found
    else:
        standing.pop(key, None)


def take_back(channel: Channel, address: str, survey: str) -> None:
    """Forget that the person said no, to everything and to this survey. What a mail service told stays."""
    name = address_hash(channel, address)
    for scope in ("", survey):
        _open(Suppression.at(name, scope), UNSUBSCRIBE)


def lift(channel: Channel, address: str, reason: str, scope: str = "", *, who: str, why: str) -> SuppressionLifted:
    """Open an address again, and keep who did it and why.

    NotFoundError `suppression_not_found` unless that reason closes it. What a mail service or a carrier told stays.
    """
    name = address_hash(channel, address)
    for _ in range(_TRIES):
        found = table.load(Suppression, Suppression.at(name, scope), consistent=True)
        if reason not in found.reasons or reason not in LIFTABLE:
            raise NotFoundError("suppression_not_found")
        lifted = SuppressionLifted(
            address_hash=name,
            reason=reason,
            scope=scope,
            closed_at=found.reasons[reason].since,
            lifted_at=clock.now(),
            lifted_by=who,
            why=why,
        )
        if _taken(found, reason, table.Create(lifted)):
            return lifted
    raise UnavailableError("store_unavailable", retry_after=2)


def reopen(channel: Channel, address: str, reason: str, source: str, told_at: datetime) -> bool:
    """Take back a reason that came from a source which begins so, before this was told. Tell whether it did."""

    def meant(because: Because) -> bool:
        return because.source.startswith(source) and because.since <= told_at

    return _open(Suppression.at(address_hash(channel, address)), reason, meant)


def _open(key: Key, reason: str, meant: Callable[[Because], bool] = lambda _: True) -> bool:
    """Take a reason back, if it stands and is meant; the others stay."""
    for _ in range(_TRIES):
        found = table.find(Suppression, key, consistent=True)
        if found is None or reason not in found.reasons or not meant(found.reasons[reason]):
            return False
        if _taken(found, reason):
            return True
    raise UnavailableError("store_unavailable", retry_after=2)


def _taken(found: Suppression, reason: str, *beside: table.Action) -> bool:
    """Store an address without a reason, as it was read; False when it moved meanwhile."""
    left = found.without(reason)
    try:
        table.transact(table.Save(left) if left else table.Remove(Suppression, found.key(), found.rev), *beside)
    except table.CancelledError:
        return False
    return True


def history(name: str) -> tuple[tuple[Suppression, ...], tuple[SuppressionLifted, ...]]:
    """Return all that closes the address with this hash, to everything or to any survey, and what was lifted before."""
    partition = Suppression.at(name).pk
    closing = table.query(Suppression, partition, consistent=True).items
    return closing, table.query(SuppressionLifted, partition, prefix="lifted#", consistent=True).items


def standing(channel: Channel, address: str, survey: str = "") -> tuple[Suppression, ...]:
    """Return all that closes this address now, to everything or to this survey."""
    keys = Suppression.closing(address_hash(channel, address), survey)
    found = table.find_many(Suppression, keys, consistent=True)
    return tuple(found[key] for key in keys if key in found)


def is_suppressed(channel: Channel, address: str, survey: str = "") -> bool:
    """Tell whether this address is closed now: to everything, or at least to this survey."""
    return bool(standing(channel, address, survey))


def listing(*, limit: int = 50, cursor: str | None = None) -> table.Page[Suppression]:
    """Return what is closed, what was closed last first. The cursor is the place of the last one that was seen."""
    found: list[Suppression] = []
    for shard in Suppression.shards():
        page = table.query(
            Suppression, shard, index="g1", between=(_BEGIN, cursor or _END), limit=limit + 2, newest_first=True
        )
        found += [one for one in page.items if one.place() != cursor]
    found.sort(key=Suppression.place, reverse=True)
    page_of: Sequence[Suppression] = found[:limit]
    return table.Page(tuple(page_of), page_of[-1].place() if len(found) > limit else None)
