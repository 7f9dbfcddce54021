"""Noting a request before it is served, and once more when it is over.

What was asked is stored first: when that fails, nothing is done. So whatever was written has its entry, and one that
broke off on the way says that nobody knows how it ended.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from escuta import clock, observe, table
from escuta.directory import organisation
from escuta.directory.audit import telling
from escuta.directory.audit.masking import masked
from escuta.directory.model.audit import AuditEntry, Outcome, Via
from escuta.errors import ConflictError, UnavailableError

_SERVER, _CLIENT = 500, 400
_LONGEST_AGENT = 200


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Who asked what, from where."""

    actor: str
    actor_name: str = ""
    role: str = ""
    via: Via
    ip: str = ""
    agent: str = ""
    request_id: str = ""
    action: str
    noun: str
    thing: str = ""
    operation: str


class Entry:
    """What is being noted: told on the way who it is after all, and how it ends."""

    def __init__(self, asked: AuditEntry) -> None:
        """Begin with what was asked."""
        self._asked = asked
        self._told: dict[str, Any] = {}
        self._status: int | None = None
        self._code = ""

    def about(self, **told: str) -> None:
        """Say what only the work finds out: `actor`, `actor_name`, `role`, `thing`."""
        self._told |= {name: value for name, value in told.items() if value}

    def ended(self, status: int, code: str = "") -> None:
        """Say with which status it is answered, and with which code it is refused."""
        self._status, self._code = status, code

    def done(self, recording: table.Recording) -> AuditEntry:
        """Return the entry as it ended."""
        noun = self._asked.noun
        told = self._told | ({"thing": masked(noun, self._told["thing"])} if "thing" in self._told else {})
        changes, more = telling.changes(recording)
        return self._asked.changed(
            **told,
            is_done=True,
            done_at=clock.now(),
            outcome=_outcome(self._status),
            status=self._status,
            code=self._code,
            changes=changes,
            more=more,
        )


@contextmanager
def noted(asked: Asked) -> Iterator[Entry]:
    """Note what is done inside the block. UnavailableError, and nothing is done, when it cannot be noted."""
    first = _begun(asked)
    _stored(first)
    entry = Entry(first)
    with table.recorded(table.Recording(silent=telling.SILENT)) as recording:
        try:
            yield entry
        except Exception:
            if entry._status is None:  # noqa: SLF001 - the other half of it
                entry.ended(_SERVER, "failed")
            _finished(entry.done(recording))
            raise
    _finished(entry.done(recording))


def told(asked: Asked, status: int, code: str = "") -> None:
    """Note what changed nothing, once it is over and before anybody is answered: UnavailableError keeps it back."""
    entry = Entry(_begun(asked))
    entry.ended(status, code)
    _stored(entry.done(table.Recording()))


def _begun(asked: Asked) -> AuditEntry:
    now = clock.now()
    return AuditEntry(
        id=f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03}-{secrets.token_hex(6)}",
        asked_at=now,
        **{**vars(asked), "agent": asked.agent[:_LONGEST_AGENT], "thing": masked(asked.noun, asked.thing)},
        expires_at=now + timedelta(days=organisation.current().audit_days),
    )


def _stored(entry: AuditEntry) -> None:
    try:
        table.create(entry)
    except ConflictError:
        return  # its id is drawn at random: what stands there is this very entry, whose reply was lost


def _finished(entry: AuditEntry) -> None:
    """Store how it ended. What was done is done: who asked is answered, even if the entry will never say how."""
    try:
        _stored(entry)
    except UnavailableError as error:
        observe.logger().warning("audit left open", extra={"entry": entry.id, "reason": error.code})


def _outcome(status: int | None) -> Outcome:
    if status is None:
        return Outcome.DONE
    if status >= _SERVER:
        return Outcome.FAILED
    return Outcome.REFUSED if status >= _CLIENT else Outcome.DONE
