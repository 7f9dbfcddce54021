"""Webhooks themselves: made, changed, given new secrets, taken away."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

from escuta import clock, events, ids, table
from escuta.config import settings
from escuta.directory import segments
from escuta.errors import ConflictError, InvalidError
from escuta.events import EventType, WebhookData
from escuta.outreach.model import Webhook, WebhookHealth, WebhookState
from escuta.outreach.webhooks import addresses, signing

MOST = 50
LONGEST_NAME = 200
_FRESH_SECONDS = 30
_NOUNS = frozenset(f"{kind.partition('.')[0]}.*" for kind in EventType)


def create(
    name: str, url: str, types: Iterable[str] = (), segment: str = "", *, who: str, identity: str = ""
) -> tuple[Webhook, str]:
    """Make a webhook, and return it with its secret, which is shown this once. `segment` "": of the whole company.

    Its id and its secret follow from `identity`, where that is given.
    """
    if len(listing()) >= MOST:
        raise ConflictError("webhooks_full", most=MOST)
    now = clock.now()
    made = Webhook(
        id=ids.derive("webhook", identity or ids.new()),
        name=_name(name),
        url=_url(url),
        types=_types(types),
        segment=segments.get(segment).code if segment else "",
        signing_keys=(signing.fresh(now, ids.derive("salt", identity) if identity else ""),),
        created_at=now,
        created_by=who,
        updated_at=now,
    )
    stored = table.create(made)
    _listed.cache_clear()
    return stored, signing.secret(stored.id, stored.signing_keys[0])


def get(webhook: str) -> Webhook:
    """Return the webhook with this id; NotFoundError when there is none."""
    return table.load(Webhook, Webhook.at(webhook), consistent=True)


def find(webhook: str) -> tuple[Webhook, ...]:
    """Return the webhook with this id as it is now; nothing when there is none."""
    found = table.find(Webhook, Webhook.at(webhook), consistent=True)
    return (found,) if found else ()


def listing() -> tuple[Webhook, ...]:
    """Return all webhooks, the oldest first. There are at most `MOST`."""
    return table.query(Webhook, "webhooks", index="g1").items


def all() -> tuple[Webhook, ...]:  # noqa: A001 - `hooks.all()` is what it says at every call
    """Return all webhooks. Up to 30 seconds old."""
    return _listed(clock.epoch() // _FRESH_SECONDS)


@lru_cache(maxsize=1)
def _listed(_moment: int) -> tuple[Webhook, ...]:
    return listing()


def health(webhook: str) -> WebhookHealth:
    """Return how a webhook took the last calls."""
    known = table.find(WebhookHealth, WebhookHealth.at(webhook), consistent=True)
    return known or WebhookHealth(webhook=webhook)


def healths(some: Iterable[Webhook]) -> dict[str, WebhookHealth]:
    """Return the health of each of these by its id."""
    found = table.find_many(WebhookHealth, [WebhookHealth.at(each.id) for each in some])
    return {each.webhook: each for each in found.values()}


def change(current: Webhook, fields: Mapping[str, Any]) -> Webhook:
    """Change name, url, types or state. One that is called again, or elsewhere, has no failures yet.

    ConflictError when somebody else was faster.
    """
    checked = {name: _CHECKS[name](value) if name in _CHECKS else value for name, value in fields.items()}
    after = current.changed(**checked, updated_at=clock.now())
    if after.state is WebhookState.ACTIVE:
        after = after.changed(reason="")
    anew = (after.url, after.state) != (current.url, current.state)
    forget = [table.Remove(WebhookHealth, WebhookHealth.at(current.id))] if anew else []
    table.transact(table.Save(after), *forget)
    _listed.cache_clear()
    return after.changed(rev=current.rev + 1)


def rotate(current: Webhook, overlap: timedelta, salt: str = "") -> tuple[Webhook, str]:
    """Give a webhook a new secret, and return it with that, shown this once. The old one signs beside it meanwhile.

    The secret follows from `salt`, where that is given: under the same one it is rotated once.
    """
    now = clock.now()
    if salt and current.signing_keys[0].salt == salt:
        return current, signing.secret(current.id, current.signing_keys[0])
    keys = signing.rotated(current.signing_keys, now, overlap, salt)
    stored = table.save(current.changed(signing_keys=keys, updated_at=now))
    return stored, signing.secret(stored.id, keys[0])


def delete(current: Webhook) -> None:
    """Take a webhook away. What it was told is forgotten with time; what it was not told, it never is."""
    table.delete_many(Webhook, [current.key(), WebhookHealth.at(current.id)])
    _listed.cache_clear()


def disable(current: Webhook, reason: str) -> Webhook:
    """Call a webhook no more, and tell of it by an event of its own."""
    now = clock.now()
    event = events.made(
        EventType.WEBHOOK_DISABLED,
        WebhookData(webhook=current.id, name=current.name, reason=reason),
        current.id,
        current.rev,
        subject=f"webhook/{current.id}",
        revision=current.rev + 1,
        segment_path=segments.as_is(current.segment) if current.segment else (),
    )
    after = current.changed(state=WebhookState.DISABLED, reason=reason, updated_at=now)
    table.transact(table.Save(after), events.action(event))
    _listed.cache_clear()
    return after.changed(rev=current.rev + 1)


def _name(name: str) -> str:
    if not name.strip() or len(name) > LONGEST_NAME:
        raise InvalidError("webhook_name", field="name", most=LONGEST_NAME)
    return name.strip()


def _url(url: str) -> str:
    addresses.target(url, settings().webhook_hosts)
    return url


def _types(types: Iterable[str]) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(types))
    unknown = next((each for each in wanted if each not in _NOUNS and each not in set(EventType)), None)
    if unknown is not None:
        raise InvalidError("webhook_type_unknown", field="types", value=unknown[:64])
    return wanted


_CHECKS: Mapping[str, Any] = {"name": _name, "url": _url, "types": _types}
