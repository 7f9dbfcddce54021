"""Webhooks: servers of the company that are told of events, what each was told, and how it took that."""

from datetime import datetime, timedelta
from enum import StrEnum

from escuta.entity import Key, Value
from escuta.outreach.model.base import Outreach

KEPT = timedelta(days=30)  # as long as the events themselves


class WebhookState(StrEnum):
    """Whether a webhook is called. While it is paused its deliveries wait; of a disabled one there are none."""

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


class SigningKey(Value):
    """What a secret is derived from. The secret itself is stored nowhere."""

    salt: str
    created_at: datetime
    expires_at: datetime | None = None  # None: the one in use


class Webhook(Outreach):
    """A server that is told of events. The newest signing key comes first."""

    kind = "webhook"

    id: str
    name: str
    url: str
    types: tuple[str, ...] = ()  # `ticket.opened`, `ticket.*`; () : all
    segment: str = ""  # events of this subtree alone; "" : all, those of the whole company too
    state: WebhookState = WebhookState.ACTIVE
    reason: str = ""  # why it is disabled
    signing_keys: tuple[SigningKey, ...]
    created_at: datetime
    created_by: str
    updated_at: datetime

    @staticmethod
    def at(webhook: str) -> Key:
        """Return the key of the webhook with this id."""
        return Key(f"webhook#{webhook}", "webhook")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List all webhooks, the oldest first."""
        return Key("webhooks", f"{self.created_at.isoformat()}#{self.id}"), None

    def wants(self, kind: str, segment_path: tuple[str, ...]) -> bool:
        """Tell whether this webhook is told of events of a type at a place."""
        noun = f"{kind.partition('.')[0]}.*"
        return (not self.types or kind in self.types or noun in self.types) and (
            not self.segment or self.segment in segment_path
        )


class WebhookHealth(Outreach):
    """How a webhook took the last calls. A row of its own: whoever changes the webhook is not in the way of calls."""

    kind = "webhook_health"

    webhook: str
    failures: int = 0  # in a row
    failing_since: datetime | None = None
    last_error: str = ""
    failed_at: datetime | None = None
    delivered_at: datetime | None = None  # to the minute
    held_until: datetime | None = None  # it is left alone before
    slow_until: datetime | None = None  # before, only one call at a time

    @staticmethod
    def at(webhook: str) -> Key:
        """Return the key of the health of this webhook."""
        return Key(f"webhook#{webhook}", "health")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.webhook)


class WebhookLane(Outreach):
    """One of the few calls that a webhook may take up at once. Free when `until` is over."""

    kind = "webhook_lane"

    webhook: str
    number: int
    until: datetime

    @staticmethod
    def at(webhook: str, number: int) -> Key:
        """Return the key of a lane."""
        return Key(f"webhook#{webhook}", f"lane#{number}")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.webhook, self.number)


class DeliveryState(StrEnum):
    """What became of a delivery: parked after its last try, failed where no try could help. Both can be replayed."""

    PENDING = "pending"
    DELIVERED = "delivered"
    PARKED = "parked"
    FAILED = "failed"


class Attempt(Value):
    """One call: what came of it, and the beginning of what was answered."""

    at: datetime
    status: int = 0  # of HTTP; 0: there was no answer
    error: str = ""  # "" : it was taken
    milliseconds: int = 0
    answer: str = ""


class WebhookDelivery(Outreach):
    """That a webhook is told of an event. While it is called, `next_at` is when whoever calls is given up."""

    kind = "webhook_delivery"

    id: str
    webhook: str
    event: str
    type: str
    body: str = ""  # of what is stored nowhere else: a test
    state: DeliveryState = DeliveryState.PENDING
    reason: str = ""
    tries: int = 0  # since the beginning, or since the replay
    attempts: tuple[Attempt, ...] = ()  # the last ones
    next_at: datetime
    created_at: datetime
    ended_at: datetime | None = None

    @staticmethod
    def at(delivery: str) -> Key:
        """Return the key of the delivery with this id."""
        return Key(f"webhook_delivery#{delivery}", "webhook_delivery")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    @property
    def place(self) -> str:
        """Return where it stands among those of its webhook."""
        return f"{self.created_at.isoformat()}#{self.id}"

    def index(self) -> tuple[Key | None, Key | None]:
        """List what waits by when it is due, and what can be replayed by time; and all of a webhook by time."""
        first = None
        if self.state is DeliveryState.PENDING:
            first = Key(f"webhook_due#{self.webhook}", f"{self.next_at.isoformat()}#{self.id}")
        elif self.state is not DeliveryState.DELIVERED:
            first = Key(f"webhook_failed#{self.webhook}", self.place)
        return first, Key(f"webhook_deliveries#{self.webhook}", self.place)

    def ttl(self) -> int:
        """Return when DynamoDB may delete the row."""
        return int((self.created_at + KEPT).timestamp())
