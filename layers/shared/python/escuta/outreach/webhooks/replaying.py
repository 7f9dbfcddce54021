"""What became of deliveries, and sending them again by hand."""

from datetime import UTC, datetime
from typing import Any

from escuta import clock, queues, table
from escuta.config import settings
from escuta.errors import ConflictError, NotFoundError
from escuta.events import EventType
from escuta.outreach.model import DeliveryState, Webhook, WebhookDelivery, WebhookState
from escuta.outreach.webhooks import telling

_TOGETHER = 25
_ENDED = frozenset({DeliveryState.PARKED, DeliveryState.FAILED})


def get(hook: Webhook, delivery: str) -> WebhookDelivery:
    """Return a delivery of this webhook; NotFoundError when there is none."""
    found = table.find(WebhookDelivery, WebhookDelivery.at(delivery), consistent=True)
    if found is None or found.webhook != hook.id:
        raise NotFoundError("webhook_delivery_not_found")
    return found


def listing(
    hook: Webhook, state: DeliveryState | None, *, limit: int, cursor: str | None
) -> table.Page[WebhookDelivery]:
    """Return deliveries, the newest first. With a state a page may be shorter although there is a next one."""
    pk, index = (f"webhook_failed#{hook.id}", "g1") if state in _ENDED else (f"webhook_deliveries#{hook.id}", "g2")
    page = table.query(WebhookDelivery, pk, index=index, limit=limit, cursor=cursor, newest_first=True)
    return table.Page(tuple(each for each in page.items if state in {None, each.state}), page.next)


def replay(hook: Webhook, delivery: WebhookDelivery) -> WebhookDelivery:
    """Send a delivery again, from its first try on and with the same `webhook-id`; ConflictError while it is tried."""
    if delivery.state is DeliveryState.PENDING:
        raise ConflictError("webhook_delivery_pending")
    _check(hook)
    stored = table.save(_anew(delivery))
    telling.queue([stored])
    return stored


def order(hook: Webhook, since: datetime) -> dict[str, Any]:
    """Send everything again that failed or was parked since then. Ordered twice, nothing is sent twice."""
    _check(hook)
    now = clock.now()
    begun = min(since, now).astimezone(UTC).isoformat()  # places are compared as text
    asked: dict[str, Any] = {"replay": hook.id, "since": begun, "until": now.isoformat()}
    queues.send(settings().webhook_queue, [asked])
    return asked


def work(asked: dict[str, Any]) -> None:
    """Put the next deliveries of an order before whoever calls, and leave the rest to a further message."""
    hook = table.find(Webhook, Webhook.at(asked["replay"]), consistent=True)
    if hook is None or hook.state is not WebhookState.ACTIVE:
        return
    between = (asked["since"], f"{asked['until']}~")
    pk = f"webhook_failed#{hook.id}"
    page = table.query(WebhookDelivery, pk, index="g1", between=between, limit=_TOGETHER)
    again = [
        _stored(each) for each in page.items if each.type != EventType.WEBHOOK_TEST and each.reason != "event_gone"
    ]
    telling.queue(each for each in again if each is not None)
    if page.next and page.items:  # what was taken up leaves the index, what was not does not come again
        queues.send(settings().webhook_queue, [{**asked, "since": f"{page.items[-1].place}~"}])


def _stored(delivery: WebhookDelivery) -> WebhookDelivery | None:
    try:
        return table.save(_anew(delivery))
    except ConflictError:
        return None  # somebody else was faster


def _anew(delivery: WebhookDelivery) -> WebhookDelivery:
    now = clock.now()
    return delivery.changed(state=DeliveryState.PENDING, reason="", tries=0, next_at=now, ended_at=None)


def _check(hook: Webhook) -> None:
    if hook.state is not WebhookState.ACTIVE:
        raise ConflictError("webhook_not_active", state=hook.state)
