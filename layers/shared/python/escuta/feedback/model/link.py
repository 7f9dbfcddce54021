"""Links that stand somewhere: in a store, on a device, on a website."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from escuta.entity import Key, Value
from escuta.feedback.model.survey import Feedback


class TokenKind(StrEnum):
    """Whether a store link asks who is answering."""

    ANONYMOUS = "anonymous"
    TRANSACTIONAL = "transactional"  # asks for the person first, and knows the contact afterwards


class OnIdle(StrEnum):
    """What a kiosk does with an answer that somebody walked away from."""

    SUBMIT = "submit"  # when everything required is answered; else it is discarded
    DISCARD = "discard"


class Kiosk(Value):
    """How the link behaves on a device that stands in a store."""

    idle_seconds: int = Field(default=30, ge=5, le=600)
    on_idle: OnIdle = OnIdle.SUBMIT
    exit_salt: str = ""
    exit_hash: str = ""  # PBKDF2 of the access code: the device checks it without network


class StoreToken(Feedback):
    """A link that stands in a store, on a device or a poster.

    Its token is derived from `id` and `turn`, so that it can be shown again; rotating it raises `turn`.
    """

    kind = "store_token"

    id: str
    turn: int = 1
    token_key: str
    survey: str
    segment: str
    label: str = ""  # what the device or the place is called
    type: TokenKind = TokenKind.ANONYMOUS
    asks: tuple[str, ...] = ()  # of a transactional one: name, email, phone, product, custom.{field}
    quota: int = 0  # answers it takes in all; 0: any number
    language: str = ""  # "": the visitor's own
    kiosk: Kiosk | None = None
    created_at: datetime
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    revoked_at: datetime | None = None
    replaced: bool = False  # by its next turn: it is listed no more

    @staticmethod
    def at(token_key: str) -> Key:
        """Return the key of the token with this hash."""
        return Key(f"token#{token_key}", "token")

    @staticmethod
    def used_at(token: str) -> Key:
        """Return the key of the counter (`used`) of its answers, by its id, so that a quota spans all its turns.

        Kept only when there is a quota.
        """
        return Key(f"token_id#{token}", "used")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.token_key)

    def index(self) -> tuple[Key | None, Key | None]:
        """List tokens by segment, and the turns of one token."""
        listed = Key("tokens", f"{self.segment}#{self.created_at.isoformat()}#{self.id}")
        return None if self.replaced else listed, Key(f"token_id#{self.id}", f"{self.turn:06d}")


class Seen(Feedback):
    """When a device was last heard of, and what it still holds. Written by the device, at most every few minutes."""

    kind = "seen"

    token_key: str
    at_time: datetime
    waiting: int = 0  # answers on the device that wait for the network
    aside: int = 0  # answers that the server will not take

    @staticmethod
    def at(token_key: str) -> Key:
        """Return the key of the sign of life of the device behind a token."""
        return Key(f"token#{token_key}", "seen")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.token_key)


class Place(StrEnum):
    """Where an intercept opens on the page."""

    MODAL = "modal"
    CORNER = "corner"


class Trigger(Value):
    """When an intercept opens: every rule that is set must be met; the first of the moments that are set opens it."""

    delay_seconds: int | None = Field(default=None, ge=0, le=3600)
    scroll_percent: int | None = Field(default=None, ge=0, le=100)
    exit_intent: bool = False
    event: str = ""  # name of an event that the page sends
    url_includes: tuple[str, ...] = ()
    url_excludes: tuple[str, ...] = ()
    sample_percent: float = Field(default=100, gt=0, le=100)
    every_days: int = Field(default=30, ge=0, le=365)  # the same visitor is asked again after so long; 0: every visit


class Intercept(Feedback):
    """A survey that opens on a website. Its id is public: it can be answered, and nothing can be read with it."""

    kind = "intercept"

    id: str
    name: str
    survey: str
    segment: str
    origins: tuple[str, ...]  # https://shop.example, and no other page may show it
    hidden: tuple[str, ...] = ()  # names that the page may hand over
    language: str = ""
    place: Place = Place.MODAL
    trigger: Trigger = Trigger()
    created_at: datetime
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    revoked_at: datetime | None = None

    @staticmethod
    def at(intercept: str) -> Key:
        """Return the key of the intercept with this id."""
        return Key(f"intercept#{intercept}", "intercept")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List intercepts by segment."""
        return Key("intercepts", f"{self.segment}#{self.created_at.isoformat()}#{self.id}"), None
