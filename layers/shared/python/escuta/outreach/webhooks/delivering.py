"""Calling webhooks: each in a few lanes of its own, one call after the other, so that no server holds up another.

A message names a webhook for which something waits. Whoever gets it takes one of the lanes of that webhook, or leaves
it to those who have them, and calls until nothing is due or its time is over. A server that fails or is slow has one
lane; one that failed several times in a row is left alone for a while, and everything for it waits unspent.

What is called is claimed first, by its revision: its `next_at` becomes when whoever calls is given up. Where an answer
is lost the server is called again with the same `webhook-id`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from escuta import clock, events, measured, queues, table
from escuta.config import settings
from escuta.errors import ConflictError
from escuta.events import EventType
from escuta.measured import Measure
from escuta.observe import logger
from escuta.outreach.model import (
    Attempt,
    DeliveryState,
    Webhook,
    WebhookDelivery,
    WebhookHealth,
    WebhookLane,
    WebhookState,
)
from escuta.outreach.webhooks import calling, hooks, signing, telling, waits
from escuta.outreach.webhooks.calling import Reply

LANES = 3
CLAIM = timedelta(minutes=1)  # longer than a call takes
LEASE = timedelta(minutes=3)  # longer than the function may run: after it, whoever had the lane is dead
BUDGET = timedelta(seconds=60)  # of one run, before its last call
SLOW = 5_000  # milliseconds
_SLOW_FOR = timedelta(minutes=10)
FAILING = timedelta(days=5)  # until a webhook is disabled
_FAILURES = 10  # in these days, at least: one lost event a week is no server that is gone
_MINUTE = timedelta(minutes=1)
_PAGE = 25
_LONGEST_HOLD = timedelta(minutes=15)
_HEADERS = {"Content-Type": "application/json", "User-Agent": "Escuta-Webhooks/1"}
_SHOWN = 12  # attempts that are kept
_BUSY = frozenset({408, 425, 429, 503})  # answers whose Retry-After is meant


def work(hook_id: str, first: Sequence[str] = ()) -> None:
    """Call a webhook for the deliveries named and for all that is due, as long as there is time."""
    hook = table.find(Webhook, Webhook.at(hook_id), consistent=True)
    if hook is None:
        return
    run = _Run(hook, hooks.health(hook_id), clock.now() + BUDGET)
    with _lane(run) as lane:
        left = lane is not None and _drained(run, lane.number, first)
    if left:
        queues.send(settings().webhook_queue, [{"webhook": hook_id, "deliveries": []}])


@dataclass
class _Run:
    """Calling one webhook for a while."""

    hook: Webhook
    health: WebhookHealth
    end: datetime

    @property
    def is_held(self) -> bool:
        """Tell whether the server is to be left alone now."""
        return self.health.held_until is not None and self.health.held_until > clock.now()

    @property
    def is_over(self) -> bool:
        """Tell whether the time is over."""
        return clock.now() >= self.end


@contextmanager
def _lane(run: _Run) -> Iterator[WebhookLane | None]:
    """Take a lane for the time of the block; None when all are taken, or the webhook is left alone."""
    slow_until = run.health.slow_until
    narrow = run.health.failures or (slow_until and slow_until > clock.now())
    lane = None if run.is_held else _free(run.hook.id, 1 if narrow else LANES)
    try:
        yield lane
    finally:
        if lane is not None:
            table.delete(WebhookLane, lane.key())


def _free(hook: str, most: int) -> WebhookLane | None:
    now = clock.now()
    keys = [WebhookLane.at(hook, number) for number in range(LANES)]
    found = table.find_many(WebhookLane, keys, consistent=True)
    if sum(lane.until > now for lane in found.values()) >= most:
        return None
    for number, key in enumerate(keys[:most]):
        known = found.get(key)
        if known is not None and known.until > now:
            continue
        wanted = WebhookLane(webhook=hook, number=number, until=now + LEASE, rev=known.rev if known else 0)
        try:
            return table.save(wanted) if known else table.create(wanted)
        except ConflictError:
            continue  # somebody else was faster
    return None


def _drained(run: _Run, lane: int, first: Sequence[str]) -> bool:
    """Call until nothing is due; True when there is more and the time is over."""
    named = table.find_many(WebhookDelivery, map(WebhookDelivery.at, first), consistent=True)
    page: Sequence[WebhookDelivery] = tuple(named.values())
    if run.hook.state is not WebhookState.ACTIVE:
        _all_called(run, [each for each in page if each.type == EventType.WEBHOOK_TEST])
        return False
    seen: set[tuple[str, int]] = set()  # the index may show what we have just called as it was before
    while _all_called(run, page):
        seen.update((each.id, each.rev) for each in page)
        page = [each for each in telling.waits(run.hook.id, _PAGE) if (each.id, each.rev) not in seen]
        start = lane * len(page) // LANES  # the lanes begin at different places, to be less in each other's way
        page = [*page[start:], *page[:start]]
        if not page:
            return False
    return run.is_over


def _all_called(run: _Run, page: Sequence[WebhookDelivery]) -> bool:
    """Call for each of these; False when the time is over, or the server is to be left alone."""
    bodies = _bodies(page)
    for each in page:
        if run.is_over:
            return False
        claimed = _claimed(each)
        if claimed is not None and not _called(run, claimed, bodies.get(each.event, "")):
            return False
    return True


def _bodies(page: Iterable[WebhookDelivery]) -> Mapping[str, str]:
    tests = {each.event: each.body for each in page if each.body}
    stored = events.of([each.event for each in page if not each.body])
    return tests | {event.id: telling.text(events.envelope(event)) for event in stored}


def _claimed(found: WebhookDelivery) -> WebhookDelivery | None:
    """Return the delivery when it is ours to call; nobody else calls before `next_at` from now on."""
    now = clock.now()
    if found.state is not DeliveryState.PENDING or found.next_at > now:
        return None
    try:
        return table.save(found.changed(next_at=now + CLAIM, tries=found.tries + 1))
    except ConflictError:
        return None


def _called(run: _Run, claimed: WebhookDelivery, body: str) -> bool:
    """Call, and store what came of it; False when the server is to be left alone now."""
    if not body:  # older than events are kept
        table.save(claimed.changed(state=DeliveryState.FAILED, reason="event_gone", ended_at=clock.now()))
        return True
    now = clock.now()
    sent = {**_HEADERS, **signing.headers(run.hook, claimed.event, body, now)}
    reply = calling.post(run.hook.url, body.encode(), sent, settings().webhook_hosts)
    logger().info("webhook called", extra={"webhook": run.hook.id, "event": claimed.event, "status": reply.status})
    if claimed.type != EventType.WEBHOOK_TEST:  # what a person tries out is no figure of the webhook
        measured.count(Measure.WEBHOOK_FAILURES, bool(reply.error))
        run.health = table.change(run.health, partial(_noted, reply))
        _judge(run, reply)
    stored = table.save(_after(claimed, reply, now))
    if stored.state is DeliveryState.PENDING:
        telling.queue([stored], stored.next_at - clock.now())
    return run.hook.state is WebhookState.ACTIVE and not run.is_held


def _after(claimed: WebhookDelivery, reply: Reply, begun: datetime) -> WebhookDelivery:
    """Return the delivery after a call: pure but for the clock."""
    now = clock.now()
    attempt = Attempt(
        at=begun, status=reply.status, error=reply.error, milliseconds=reply.milliseconds, answer=reply.answer
    )
    told = claimed.changed(attempts=(*claimed.attempts, attempt)[-_SHOWN:])
    if not reply.error:
        return told.changed(state=DeliveryState.DELIVERED, reason="", ended_at=now)
    if reply.gone or claimed.type == EventType.WEBHOOK_TEST:
        return told.changed(state=DeliveryState.FAILED, reason="gone" if reply.gone else "test", ended_at=now)
    asked = reply.retry_after if reply.status in _BUSY else 0
    wait = waits.wait(claimed.id, claimed.tries, asked)
    if wait is None:
        return told.changed(state=DeliveryState.PARKED, reason="tries_over", ended_at=now)
    return told.changed(next_at=now + wait)


def _noted(reply: Reply, before: WebhookHealth) -> WebhookHealth:
    """Return the health after a call, as it was where that is no news."""
    now = clock.now()
    slow_until = now + _SLOW_FOR if reply.milliseconds >= SLOW else before.slow_until
    if reply.error:
        failures = before.failures + 1
        asked = timedelta(seconds=reply.retry_after) if reply.status in _BUSY else timedelta(0)
        return before.changed(
            failures=failures,
            failing_since=before.failing_since or now,
            last_error=f"{reply.error} {reply.status}" if reply.status else reply.error,
            failed_at=now,
            held_until=now + max(waits.hold(failures), min(asked, _LONGEST_HOLD)),
            slow_until=slow_until,
        )
    recent = before.delivered_at and before.delivered_at + _MINUTE > now
    if recent and not before.failures and slow_until == before.slow_until:
        return before
    return before.changed(failures=0, failing_since=None, held_until=None, delivered_at=now, slow_until=slow_until)


def _judge(run: _Run, reply: Reply) -> None:
    """Disable a webhook that is gone, or has failed for days."""
    since = run.health.failing_since
    failing = since is not None and since + FAILING <= clock.now() and run.health.failures >= _FAILURES
    if reply.gone or failing:
        current = table.find(Webhook, Webhook.at(run.hook.id), consistent=True)
        if current is not None and current.state is not WebhookState.DISABLED and current.url == run.hook.url:
            run.hook = hooks.disable(current, "gone" if reply.gone else "failing")
