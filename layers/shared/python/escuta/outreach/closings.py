"""Files of addresses that are not to be written to: each row closes what it names, and says whether it did."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from escuta import table
from escuta.directory.model import RowOutcome, RowResult
from escuta.outreach import suppression
from escuta.outreach.model import MANUAL, UNSUBSCRIBE, Channel, Suppression


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


def take_in(things: Sequence[Thing], *, source: str, dry_run: bool = False) -> list[RowResult]:
    """Close the addresses of the rows of a file; say of each row whether it brought a reason that was not known.

    `source` is what the rows come from, the same whenever they come: a row that comes again says the same again. With
    `dry_run` nothing is written.
    """
    said = {thing.row: _entries(thing, f"{source}.{thing.row}") for thing in things}
    entries = [entry for entries in said.values() for entry in entries]
    wanted = suppression.together(entries)
    standing = table.find_many(Suppression, wanted, consistent=True)
    holding = {key: standing[key].joined(one.reasons) if key in standing else one for key, one in wanted.items()}
    if not dry_run and suppression.store(entries, standing) != _new(wanted, standing):
        holding = table.find_many(Suppression, wanted, consistent=True)  # somebody was faster: whose reasons are they?
    return [_result(thing, closed=_closed(said[thing.row], holding)) for thing in things]


def _entries(thing: Thing, source: str) -> list[Suppression]:
    """Return what a row closes. Only a person's own no may be about one survey: the others are about the address."""
    reason, survey = thing.said.get("reason") or MANUAL, thing.said.get("survey") or ""
    scope = survey if reason == UNSUBSCRIBE else ""
    addresses = {Channel.EMAIL: thing.said.get("email"), Channel.SMS: thing.said.get("phone")}
    return [
        suppression.entry(channel, address, reason, survey, scope=scope, source=source)
        for channel, address in addresses.items()
        if address
    ]


def _new(wanted: Mapping[Any, Suppression], standing: Mapping[Any, Suppression]) -> set[tuple[Any, str]]:
    return {
        (key, reason)
        for key, one in wanted.items()
        for reason in one.reasons
        if key not in standing or reason not in standing[key].reasons
    }


def _closed(entries: Sequence[Suppression], holding: Mapping[Any, Suppression]) -> bool:
    """Tell whether a reason of this row is the one that is kept."""
    return any(
        reason in holding[one.key()].reasons and holding[one.key()].reasons[reason].source == because.source
        for one in entries
        if one.key() in holding
        for reason, because in one.reasons.items()
    )


def _result(thing: Thing, *, closed: bool) -> RowResult:
    return RowResult(
        row=thing.row,
        line=thing.line,
        outcome=RowOutcome.ACCEPTED if closed else RowOutcome.DUPLICATE,
        code="" if closed else "address_closed",
        original=tuple(thing.original),
    )
