"""One answer to a call, however often it comes under the same key.

What a call does may be done twice by its nature: ids are derived, writes are guarded. The key adds that the same is
answered. So a call that broke off is simply done again, by whoever comes next under its key once it cannot be running.
"""

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from escuta import clock, ids, secrets, table
from escuta.directory.model import Reply, ReplyPart
from escuta.errors import ConflictError, InvalidError, UnavailableError

KEPT = timedelta(hours=24)
LONGEST = timedelta(seconds=30)  # no call runs longer: the gateway waits 29 seconds
SOMEBODY = ""  # among the people of a call: one whom it could not tell, and of whom its answer may repeat a word
_ID = re.compile(r"[a-z2-7]{26}")  # of a person; anything else that is said for one may hold anything
_PART = 300_000  # characters; a row takes 400 KB

Work = Callable[[str, datetime], dict[str, Any]]


class Answered(NamedTuple):
    """What is answered to a call, the id of the call, and whether it had been answered before."""

    answer: dict[str, Any]
    call: str
    before: bool


def once(
    where: str, who: str, key: str, body: str, contacts: Iterable[str], work: Work, told: set[str] | None = None
) -> Answered:
    """Return what `work(id of the call, when it began)` answers; for a call that was answered before, that answer.

    `key` is what the caller calls it. The id is the same when the call is made again, and another one a day later.
    `contacts` are the people whom the call may speak of; once it is done, those in `told`, if `work` puts any there.
    InvalidError `idempotency_key_reused` when the body is another one, ConflictError `idempotency_key_busy` while it is
    running.
    """
    reply = _begun(ids.derive("reply", where, who, key), body, _named(contacts))
    if reply.parts:
        return Answered(_said(reply), _call(reply), before=True)
    try:
        answer = work(_call(reply), reply.created_at)
        _keep(reply.changed(contacts=_named(told)) if told else reply, answer)
    except Exception:
        _let_go(reply)
        raise
    return Answered(answer, _call(reply), before=False)


def hidden(text: str, label: str, call: str) -> str:
    """Return a text that is shown once as it may be kept in an answer: nobody reads it without the link secret.

    It is covered by a pad that follows from the secret, the call and the label, and serves for nothing else.
    """
    return base64.b64encode(_covered(text.encode(), label, call)).decode()


def revealed(kept: str, label: str, call: str) -> str:
    """Return the text that `hidden` was given."""
    return _covered(base64.b64decode(kept), label, call).decode()


def _covered(content: bytes, label: str, call: str) -> bytes:
    parts = (secrets.link_secret(), b"shown once", call.encode(), label.encode())
    pad = hashlib.shake_256(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).digest(len(content))
    return bytes(one ^ other for one, other in zip(content, pad, strict=True))


def _named(contacts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({contact if _ID.fullmatch(contact) else SOMEBODY for contact in contacts}))


def _call(reply: Reply) -> str:
    """Return the id of the call: the same key stands for another call a day later."""
    return ids.derive("call", reply.id, reply.created_at.isoformat())


def listing(*, limit: int, cursor: str | None = None) -> table.Page[Reply]:
    """Return every reply that is kept."""
    return table.query_spread(Reply, Reply.shards(), index="g1", limit=limit, cursor=cursor)


def drop(reply: str) -> None:
    """Forget a reply. The same call again is done again, and changes nothing."""
    found = table.find(Reply, Reply.at(reply), consistent=True)
    if found is not None:
        for part in table.query(ReplyPart, found.key().pk, prefix="part#", consistent=True).items:
            table.delete(ReplyPart, part.key())
        table.delete(Reply, found.key())


def _begun(identity: str, body: str, contacts: tuple[str, ...]) -> Reply:
    """Return the reply as it is: answered, or ours to answer."""
    now = clock.now()
    fresh = Reply(
        id=identity,
        body_hash=ids.keyed_hash(secrets.link_secret(), body),
        contacts=contacts,
        created_at=now,
        busy_until=now + LONGEST,
        expires_at=now + KEPT,
    )
    try:
        return table.create(fresh)
    except ConflictError:
        found = table.find(Reply, fresh.key(), consistent=True)
    if found is None:
        raise UnavailableError("store_unavailable", retry_after=1)
    if found.expires_at > now:
        return _known(found, fresh)
    return _taken(fresh.changed(rev=found.rev))


def _known(found: Reply, fresh: Reply) -> Reply:
    if found.body_hash != fresh.body_hash:
        raise InvalidError("idempotency_key_reused", field="Idempotency-Key")
    if found.parts:
        return found
    if found.busy_until > fresh.created_at:
        raise ConflictError("idempotency_key_busy", field="Idempotency-Key", retry_after=2)
    return _taken(found.changed(busy_until=fresh.busy_until))


def _taken(reply: Reply) -> Reply:
    try:
        return table.save(reply)
    except ConflictError as error:
        raise ConflictError("idempotency_key_busy", field="Idempotency-Key", retry_after=2) from error


def _keep(reply: Reply, answer: dict[str, Any]) -> None:
    """Store the answer, unless somebody has forgotten the call meanwhile, or taken it for lost."""
    text = base64.b64encode(zlib.compress(json.dumps(answer, ensure_ascii=False).encode())).decode()
    parts = [
        ReplyPart(
            reply=reply.id,
            created_at=reply.created_at,
            number=number,
            text=text[first : first + _PART],
            expires_at=reply.expires_at,
        )
        for number, first in enumerate(range(0, len(text), _PART))
    ]
    with suppress(table.CancelledError):
        table.transact(table.Save(reply.changed(parts=len(parts))), *map(table.Create, parts))


def _said(reply: Reply) -> dict[str, Any]:
    keys = [ReplyPart.at(reply, number) for number in range(reply.parts)]
    found = table.find_many(ReplyPart, keys, consistent=True)
    if len(found) < reply.parts:
        raise UnavailableError("store_unavailable", retry_after=1)  # it is being forgotten at this moment
    text = "".join(found[key].text for key in keys)
    answer: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(text)))
    return answer


def _let_go(reply: Reply) -> None:
    """Let the call be tried again at once. What keeps us from saying so, ends with the time that it may take."""
    with suppress(ConflictError, UnavailableError):
        table.save(reply.changed(busy_until=clock.now()))
