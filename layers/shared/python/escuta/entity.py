"""What every stored thing is: a pydantic model that knows its own key. Pure: no clock, no table."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, NamedTuple, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2199, 12, 31, tzinfo=UTC)
# As far back as files go, and never so late that it is no moment any more in another time zone.
Moment = Annotated[AwareDatetime, Field(ge=_FIRST, le=_LAST)]


class Table(StrEnum):
    """The tables, one per write profile, so that a bulk load cannot throttle the capture of an answer.

    The audit has its own because nobody may change or delete anything there.
    """

    DIRECTORY = "directory"
    OUTREACH = "outreach"
    FEEDBACK = "feedback"
    AUDIT = "audit"


WORKING = (Table.DIRECTORY, Table.OUTREACH, Table.FEEDBACK)  # those that functions read and change


class Key(NamedTuple):
    """A primary key, or a key of one of the two sparse indexes."""

    pk: str
    sk: str


class Value(BaseModel):
    """An immutable part of an entity."""

    model_config = ConfigDict(frozen=True, extra="ignore", json_schema_serialization_defaults_required=True)

    def changed(self, **fields: Any) -> Self:
        """Return a validated copy with these fields replaced."""
        return type(self).model_validate({**dict(self), **fields})


class Entity(Value):
    """A stored thing.

    `rev` is the revision that the store held when this copy was read; 0 means never stored. Every guarded write
    compares it and adds one, so a reader of the stream can order the images of one thing.
    Unknown fields are ignored on reading: a row written by a newer release stays readable. A field that is empty by
    default (`""`, `None`, `()`, `False`, 0) is not stored while it is empty: such a default never changes.
    """

    table: ClassVar[Table]
    kind: ClassVar[str]
    kinds: ClassVar[dict[str, type["Entity"]]] = {}

    rev: int = 0  # the revision, for `If-Match`: every change raises it

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Register the kind, so that a stream image finds its class."""
        super().__pydantic_init_subclass__(**kwargs)
        if "kind" in cls.__dict__:
            Entity.kinds[cls.kind] = cls

    def key(self) -> Key:
        """Return the primary key."""
        raise NotImplementedError

    def index(self) -> tuple[Key | None, Key | None]:
        """Return the keys in the two sparse indexes `g1` and `g2`; None keeps the row out of that index."""
        return None, None

    @classmethod
    def keyed(cls, key: Key, index: tuple[Key | None, Key | None]) -> dict[str, str]:  # noqa: ARG003 - of most: nothing
        """Return the fields that the keys of a row say already. They are not stored a second time."""
        return {}

    def follow(self) -> str | None:
        """Return by what a stream finds the rows that it follows, besides their kind; None for those it leaves."""
        return None

    def ttl(self) -> int | None:
        """Return the epoch second after which DynamoDB may delete the row. Housekeeping, never logic."""
        return None
