"""Addresses that must not be written to, kept as keyed hashes: the list gives no address away.

Three things close an address to a survey: what a mail service told (a bounce, a complaint), the person's no to
everything, and the person's no to this one survey. Only what the person said can be taken back by the person.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from escuta import clock, ids, secrets, table
from escuta.directory.model import RowOutcome, RowResult
from escuta.entity import Key
from escuta.errors import NotFoundError, UnavailableError
from escuta.outreach.model import UNSUBSCRIBE, Channel, Suppression, SuppressionLifted

MANUAL = "manual"
REASONS = (UNSUBSCRIBE, MANUAL, "bounce", "complaint", "stop")
LIFTABLE = (UNSUBSCRIBE, MANUAL)  # what a mail service or a carrier told is theirs to take back
_TOGETHER = 100  # actions of one transaction
_TRIES = 10


class Thing(Protocol):
    """A row of a file that closes addresses, as the intake checked it."""

    @property
    def row(self) -> int:
        """Return its number."""

    @property
    def line(self) -> int:
        """Return the line of the file where it begins."""

    @property
    def said(self) -> Mapping[str, Any]:
        """Return `email`, `phone`, `reason`, `survey`, as far as they were said."""

    @property
    def original(self) -> Sequence[str]:
        """Return the cells as they were."""


def address_hash(channel: Channel, address: str) -> str:
    """Return what an address is known by here: the same for every spelling of it."""
    canonical = unicodedata.normalize("NFKC", address).strip().casefold()
    return ids.keyed_hash(secrets.link_secret(), f"{channel}:{canonical}")


def add(channel: Channel, address: str, reason: str, survey: str = "", *, scope: str = "") -> None:
    """Stop writing to this address, from the next claim on: everything, or the survey `scope`.

    The first reason stays, but for `manual`. `survey` is whose message brought it about.
    """
    _create(_entry(channel, address, reason, survey, scope))


def close(channel: Channel, address: str, reason: str, scope: str = "", *, source: str) -> bool:
    """Close an address because somebody says so who is not the person, as `add`. Tell whether it was open till now."""
    return _create(_entry(channel, address, reason, scope, scope, source))


def _create(entry: Suppression) -> bool:
    return not _stored([entry], {})


def _entry(channel: Channel, address: str, reason: str, survey: str, scope: str, source: str = "") -> Suppression:
    return Suppression(
        address_hash=address_hash(channel, address),
        channel=channel,
        reason=reason,
        survey=survey,
        scope=scope,
        source=source,
        created_at=clock.now(),
    )


def take_in(things: Sequence[Thing], *, source: str, dry_run: bool = False) -> list[RowResult]:
    """Close the addresses of the rows of a file; say of each row whether it closed any, or all were closed before.

    `source` is what the rows come from, the same whenever they come: a row that comes again says the same again. With
    `dry_run` nothing is written.
    """
    said = {thing.row: _entries(thing, f"{source}.{thing.row}") for thing in things}
    wanted: dict[Key, Suppression] = {}
    for entry in (entry for entries in said.values() for entry in entries):
        if entry.key() not in wanted or _yields(wanted[entry.key()], entry):
            wanted[entry.key()] = entry
    standing = table.find_many(Suppression, wanted, consistent=True)
    before = _left(wanted.values(), standing) if dry_run else _stored(wanted.values(), standing)
    holding = {**wanted, **before}
    closing = {row for row, mine in said.items() if any(holding[own.key()].source == own.source for own in mine)}
    return [_result(thing, closed=thing.row in closing) for thing in things]


def _entries(thing: Thing, source: str) -> list[Suppression]:
    """Return what a row closes. Only a person's own no may be about one survey: the others are about the address."""
    reason, survey = thing.said.get("reason") or MANUAL, thing.said.get("survey") or ""
    addresses = {Channel.EMAIL: thing.said.get("email"), Channel.SMS: thing.said.get("phone")}
    return [
        _entry(channel, address, reason, survey, survey if reason == UNSUBSCRIBE else "", source)
        for channel, address in addresses.items()
        if address
    ]


def _stored(entries: Iterable[Suppression], standing: Mapping[Key, Suppression]) -> dict[Key, Suppression]:
    """Store entries, each with a key of its own, over what stood there; return what stays in the place of some."""
    known, waiting = dict(standing), list(entries)
    for _ in range(_TRIES):
        left = _left(waiting, known)
        fresh = [entry for entry in waiting if entry.key() not in left]
        waiting = []
        for first in range(0, len(fresh), _TOGETHER):
            batch = fresh[first : first + _TOGETHER]
            try:
                table.transact(*(_action(entry, known.get(entry.key())) for entry in batch))
            except table.CancelledError as error:  # another chunk, or a mail service, was faster with some of them
                known |= {one.found.key(): one.found for one in error.refused if isinstance(one.found, Suppression)}
                waiting += batch
        if not waiting:
            return _left(entries, known)
    raise UnavailableError("store_unavailable", retry_after=2)


def _left(entries: Iterable[Suppression], known: Mapping[Key, Suppression]) -> dict[Key, Suppression]:
    """Return what stays where these entries would stand."""
    there = ((entry.key(), entry) for entry in entries if entry.key() in known)
    return {key: known[key] for key, entry in there if not _yields(known[key], entry)}


def _yields(old: Suppression, new: Suppression) -> bool:
    """Tell whether an entry gives way: our own `manual` does, lest somebody lifts with it what a mail service told."""
    return old.reason == MANUAL != new.reason


def _action(entry: Suppression, old: Suppression | None) -> table.Action:
    return table.Save(entry.changed(rev=old.rev)) if old else table.Create(entry)


def _result(thing: Thing, *, closed: bool) -> RowResult:
    return RowResult(
        row=thing.row,
        line=thing.line,
        outcome=RowOutcome.ACCEPTED if closed else RowOutcome.DUPLICATE,
        code="" if closed else "address_closed",
        original=tuple(thing.original),
    )


def take_back(channel: Channel, address: str, survey: str) -> None:
    """Forget that the person said no, to everything and to this survey. What a mail service told stays."""
    name = address_hash(channel, address)
    for scope in ("", survey):
        table.delete(Suppression, Suppression.at(name, UNSUBSCRIBE, scope))


def lift(channel: Channel, address: str, reason: str, scope: str = "", *, who: str, why: str) -> SuppressionLifted:
    """Open an address again, and keep who did it and why.

    NotFoundError `suppression_not_found` unless that reason closes it. What a mail service or a carrier told stays.
    """
    name = address_hash(channel, address)
    found = table.load(Suppression, Suppression.at(name, reason, scope), consistent=True)
    if found.reason != reason or reason not in LIFTABLE:
        raise NotFoundError("suppression_not_found")
    lifted = SuppressionLifted(
        address_hash=name,
        reason=reason,
        scope=scope,
        closed_at=found.created_at,
        lifted_at=clock.now(),
        lifted_by=who,
        why=why,
    )
    table.transact(table.Remove(Suppression, found.key()), table.Create(lifted))
    return lifted


def history(channel: Channel, address: str) -> tuple[tuple[Suppression, ...], tuple[SuppressionLifted, ...]]:
    """Return all that closes this address, to everything or to any survey, and what was lifted before."""
    partition = Suppression.at(address_hash(channel, address)).pk
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
