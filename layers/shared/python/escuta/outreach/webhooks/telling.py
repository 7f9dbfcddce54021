"""Which webhook is told of which event: deliveries, made once, and put before whoever calls."""

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from escuta import clock, events, ids, measured, queues, table
from escuta.config import settings
from escuta.events import DomainEvent, EventType
from escuta.measured import Measure
from escuta.outreach.model import Webhook, WebhookDelivery, WebhookState
from escuta.outreach.webhooks import hooks

_TOGETHER = 50  # deliveries of one transaction, and of one message
_LONGEST_DELAY = 900  # seconds that the queue keeps a message to itself


def fan_out(some: Sequence[DomainEvent], *, only: str = "", again: str = "") -> None:
    """Tell every webhook that wants to know; called twice it is told once.

    `only` names one webhook, and `again` a replay: what was told before is then told once more. Whatever is stored and
    not queued, the sweep finds.
    """
    known = hooks.find(only) if only else hooks.all()  # somebody waits for one that was perhaps made a moment ago
    asked = [each for each in known if each.state is not WebhookState.DISABLED]
    told = [
        _delivery(hook, event, again)
        for hook in asked
        for event in {each.id: each for each in some}.values()
        if hook.wants(event.type, event.segment_path)
    ]
    for place in range(0, len(told), _TOGETHER):
        _store(told[place : place + _TOGETHER])
    active = {hook.id for hook in asked if hook.state is WebhookState.ACTIVE}
    queue(each for each in told if each.webhook in active)


def _delivery(hook: Webhook, event: DomainEvent, again: str) -> WebhookDelivery:
    now = clock.now()
    return WebhookDelivery(
        id=ids.derive("webhook_delivery", hook.id, event.id, again),
        webhook=hook.id,
        event=event.id,
        type=event.type,
        next_at=now,
        created_at=now,
    )


def _store(some: Iterable[WebhookDelivery]) -> None:
    """Store those that are not there yet."""
    left = list(some)
    while left:
        try:
            table.transact(*map(table.Create, left))
        except table.CancelledError as cancelled:
            there = [refused.action for refused in cancelled.refused]
            left = [each for each in left if table.Create(each) not in there]
        else:
            return


def test(hook: Webhook, name: str) -> WebhookDelivery:
    """Send an event of this id that means nothing, whatever the state of the webhook; tried once, and kept nowhere."""
    event = events.made(EventType.WEBHOOK_TEST, events.TestData(webhook=hook.id), name, subject=f"webhook/{hook.id}")
    made = _delivery(hook, event, "").changed(body=text(events.envelope(event)))
    stored = table.create(made)
    queue([stored])
    return stored


def text(envelope: Mapping[str, Any]) -> str:
    """Return an event as it is signed and sent, the same whenever it is."""
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))


def queue(some: Iterable[WebhookDelivery], after: timedelta = timedelta(0)) -> None:
    """Put deliveries before whoever calls, together for each webhook; what waits longer is left to the sweep."""
    delay = math.ceil(after.total_seconds())
    by_hook: dict[str, list[str]] = defaultdict(list)
    for each in some:
        by_hook[each.webhook].append(each.id)
    if by_hook and delay <= _LONGEST_DELAY:
        queues.send(settings().webhook_queue, _messages(by_hook), delay=delay)


def _messages(by_hook: Mapping[str, Sequence[str]]) -> Iterator[dict[str, Any]]:
    for hook, told in by_hook.items():
        for place in range(0, len(told), _TOGETHER):
            yield {"webhook": hook, "deliveries": told[place : place + _TOGETHER]}


def due() -> int:
    """Put before whoever calls every webhook for which something is due that no message speaks of; return how many."""
    now = clock.now()
    called = [hook for hook in hooks.listing() if hook.state is WebhookState.ACTIVE]
    known = hooks.healths(called)
    free = [hook for hook in called if hook.id not in known or (known[hook.id].held_until or now) <= now]
    waiting = [delivery for hook in free for delivery in waits(hook.id, 1)]
    measured.count(Measure.BEHIND, max(((now - each.next_at).total_seconds() for each in waiting), default=0))
    queues.send(settings().webhook_queue, ({"webhook": each.webhook, "deliveries": []} for each in waiting))
    return len(waiting)


def waits(hook: str, most: int) -> tuple[WebhookDelivery, ...]:
    """Return what is due of a webhook, the longest first."""
    until = f"{clock.now().isoformat()}~"
    return table.query(WebhookDelivery, f"webhook_due#{hook}", index="g1", between=("0", until), limit=most).items
