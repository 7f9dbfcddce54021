"""Webhooks: servers of the company that are told of events."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from escuta.directory import access, segments
from escuta.errors import NotFoundError
from escuta.outreach import webhooks
from escuta.outreach.model import DeliveryState, Webhook, WebhookDelivery, WebhookState
from escuta.outreach.webhooks import replaying
from manage.asking import Asked, Created, Listing, Request, part

Types = tuple[str, ...]
_MOST_TYPES = 50


class NewWebhook(Asked):
    """A server; of which events it is told, and of which part of the hierarchy, which stays as it is for good."""

    name: str = Field(json_schema_extra={"minLength": 1, "maxLength": 200})
    url: str = Field(json_schema_extra={"format": "uri", "maxLength": 2048})
    types: Types = Field(default=(), max_length=_MOST_TYPES)
    segment: str = Field(default="", max_length=64)


class Switch(StrEnum):
    """What a person makes of a webhook."""

    ACTIVE = "active"
    PAUSED = "paused"


class WebhookPatch(Asked):
    """What can be changed; a field that is not sent stays."""

    name: str | None = Field(default=None, json_schema_extra={"minLength": 1, "maxLength": 200})
    url: str | None = Field(default=None, json_schema_extra={"format": "uri", "maxLength": 2048})
    types: Types | None = Field(default=None, max_length=_MOST_TYPES)
    state: Switch | None = None


class Rotation(Asked):
    """For how long the old secret signs beside the new one."""

    overlap_hours: int = Field(default=24, ge=0, le=168)


class Since(Asked):
    """From when on what failed is sent again."""

    since: Annotated[AwareDatetime, Field(ge=datetime(1900, 1, 1, tzinfo=UTC))]  # the last moment of all is one, too


class DeliveryListing(Listing):
    """Deliveries in one state, or all."""

    state: DeliveryState | None = None


def listing(request: Request) -> dict[str, Any]:
    """Return the webhooks that the caller may see, the oldest first."""
    asked = request.query(Listing)
    seen = [each for each in webhooks.listing() if _may_see(request, each)]
    page = part(seen, _place, asked.limit, request.cursor(asked))
    return request.page(page, _shown)


def create(request: Request) -> Created:
    """Make a webhook, whose secret is in this answer alone.

    `types` names types of events, or `ticket.*` for all that happens to a noun; without any it is told of all. With
    `segment` it is told of that subtree alone, for good; a caller bound to segments has to name one of theirs. 422
    `webhook_url` and the like for an address that may not be called: https alone, and no address within a network. 409
    `webhooks_full` beyond 50.
    """
    asked = request.body(NewWebhook)
    if asked.segment:
        request.segment(asked.segment)
    else:
        request.everywhere()
    name = request.identity("webhook")
    with request.making():
        made, secret = webhooks.create(
            asked.name, asked.url, asked.types, asked.segment, who=request.caller.id, identity=name
        )
    return Created({**_shown(made), "secret": secret}, f"webhooks/{made.id}")


def get(request: Request, webhook: str) -> dict[str, Any]:
    """Return a webhook, and how its server took the last calls."""
    request.query(Asked)
    found = _visible(request, webhook)
    health = webhooks.health(found.id).model_dump(mode="json", exclude={"rev", "webhook"})
    return {**_shown(found), "health": health}


def change(request: Request, webhook: str) -> dict[str, Any]:
    """Change a webhook; what is not sent stays.

    One that is active again is told of what waited for it while it was paused. `state` `active` also brings back one
    that was disabled because its server took nothing.
    """
    asked = request.body(WebhookPatch)
    current = _visible(request, webhook)
    request.match(current)
    fields = {name: value for name, value in dict(asked).items() if value is not None}
    if asked.state is not None:
        fields["state"] = WebhookState(asked.state)
    return _shown(webhooks.change(current, fields))


def delete(request: Request, webhook: str) -> dict[str, Any]:
    """Remove a webhook with all that waits for it, and return what it was."""
    request.query(Asked)
    current = _visible(request, webhook)
    request.match(current)
    webhooks.delete(current)
    return _shown(current)


def rotate(request: Request, webhook: str) -> dict[str, Any]:
    """Give a webhook a new secret, which is in this answer alone.

    The old one signs beside it for `overlap_hours`, so that a server can change over.
    """
    asked = request.body(Rotation)
    current = _visible(request, webhook)
    salt = request.identity("salt")
    if current.signing_keys[0].salt != salt:  # this very call came before, and was not answered
        request.match(current)
    changed, secret = webhooks.rotate(current, timedelta(hours=asked.overlap_hours), salt)
    return {**_shown(changed), "secret": secret}


def test(request: Request, webhook: str) -> Created:
    """Call a webhook with an event that means nothing.

    The delivery that is returned tells how that went: ask for it again after some seconds.
    """
    request.query(Asked)
    found = _visible(request, webhook)
    with request.making():
        made = webhooks.test(found, request.identity("webhook_test"))
    return Created(_told(made), f"webhooks/{found.id}/deliveries/{made.id}")


def deliveries(request: Request, webhook: str) -> dict[str, Any]:
    """Return what a webhook was told, the newest first.

    They are kept for 30 days. A page may be shorter than `limit` although there is a next one.
    """
    asked = request.query(DeliveryListing)
    found = _visible(request, webhook)
    page = replaying.listing(found, asked.state, limit=asked.limit, cursor=request.cursor(asked))
    return request.page(page, _told)


def delivery(request: Request, webhook: str, delivery: str) -> dict[str, Any]:
    """Return one delivery of a webhook with its last calls."""
    request.query(Asked)
    return _told(replaying.get(_visible(request, webhook), delivery))


def replay(request: Request, webhook: str, delivery: str) -> dict[str, Any]:
    """Send one delivery of a webhook again, from its first try on.

    With the same `webhook-id`: whoever has taken it knows it. 409 `webhook_delivery_pending` while it is still being
    tried, `webhook_not_active` where the webhook is.
    """
    request.query(Asked)
    hook = _visible(request, webhook)
    return _told(replaying.replay(hook, replaying.get(hook, delivery)))


def replays(request: Request, webhook: str) -> dict[str, Any]:
    """Send everything again that failed since a moment.

    Ordered twice, nothing is sent twice. 409 `webhook_not_active` while the webhook is not.
    """
    asked = request.body(Since)
    hook = _visible(request, webhook)
    return replaying.order(hook, asked.since)


def _place(hook: Webhook) -> str:
    return f"{hook.created_at.isoformat()}#{hook.id}"


def _shown(hook: Webhook) -> dict[str, Any]:
    keys = [{"created_at": key.created_at, "expires_at": key.expires_at} for key in hook.signing_keys]
    return {**hook.model_dump(mode="json", exclude={"signing_keys"}), "secrets": keys}


def _told(found: WebhookDelivery) -> dict[str, Any]:
    return found.model_dump(mode="json", exclude={"body"})


def _visible(request: Request, webhook: str) -> Webhook:
    found = webhooks.get(webhook)
    if not _may_see(request, found):
        raise NotFoundError("webhook_not_found")
    return found


def _may_see(request: Request, hook: Webhook) -> bool:
    path = segments.as_is(hook.segment) if hook.segment else ()
    return not request.caller.segments or (bool(path) and access.may_see(request.caller, path))
