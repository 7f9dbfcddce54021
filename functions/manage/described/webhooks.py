"""Webhooks, and what became of their deliveries."""

from datetime import datetime

from escuta.outreach.model import Webhook, WebhookDelivery, WebhookHealth
from manage import webhooks
from manage.asking import Listing
from manage.described.operation import Operation, Operations, Shown, also, page, shape

Health = shape(WebhookHealth, without={"rev", "webhook"})
Delivery = shape(WebhookDelivery, without={"body"})


class SecretKnown(Shown):
    """That there is a secret, and until when it signs; null: it is the one in use. It itself is shown once."""

    created_at: datetime
    expires_at: datetime | None


WebhookShown = also(
    shape(Webhook, "WebhookBase", without={"signing_keys"}),
    "Webhook",
    "A server that is told of events. `types` empty: of all; `segment` empty: of the whole company.",
    more={"secrets": list[SecretKnown]},
)
WebhookWithHealth = also(
    WebhookShown, "WebhookWithHealth", "A webhook, and how its server took the last calls.", more={"health": Health}
)
WebhookWithSecret = also(
    WebhookShown,
    "WebhookWithSecret",
    "A webhook with its secret, which is in this answer alone: keep it.",
    more={"secret": str},
)


class FailedReplay(Shown):
    """Which deliveries of a webhook are sent again: those that failed between these moments."""

    replay: str
    since: datetime
    until: datetime


OPERATIONS: Operations = {
    webhooks.listing: Operation(name="list_webhooks", query=Listing, answer=page(WebhookShown)),
    webhooks.create: Operation(
        name="create_webhook", body=webhooks.NewWebhook, answer=WebhookWithSecret, statuses=(201,)
    ),
    webhooks.get: Operation(name="get_webhook", answer=WebhookWithHealth),
    webhooks.change: Operation(name="change_webhook", body=webhooks.WebhookPatch, answer=WebhookShown, matched=True),
    webhooks.delete: Operation(name="delete_webhook", answer=WebhookShown, matched=True),
    webhooks.rotate: Operation(name="rotate_webhook", body=webhooks.Rotation, answer=WebhookWithSecret, matched=True),
    webhooks.test: Operation(name="test_webhook", answer=Delivery, statuses=(201,)),
    webhooks.replays: Operation(name="replay_webhook_failures", body=webhooks.Since, answer=FailedReplay),
    webhooks.deliveries: Operation(
        name="list_webhook_deliveries", query=webhooks.DeliveryListing, answer=page(Delivery)
    ),
    webhooks.delivery: Operation(name="get_webhook_delivery", answer=Delivery),
    webhooks.replay: Operation(name="replay_webhook_delivery", answer=Delivery),
}
