"""What comments are searched for: the organisation's own topics, their versions, and what is to be read again."""

from datetime import date, datetime
from typing import Annotated, ClassVar

from pydantic import Field

from escuta.entity import Key, Value
from escuta.feedback.model.survey import Feedback

_Term = Annotated[str, Field(min_length=1, max_length=60)]
_Terms = Annotated[tuple[_Term, ...], Field(max_length=100)]


class Topic(Value):
    """A topic, of our own or one that ships with the product: of that, what is said here is added or put in its place.

    `terms` and `excluding` by language. A term that stands within an exclusion is not the topic.
    """

    code: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")
    name: dict[str, Annotated[str, Field(min_length=1, max_length=60)]] = Field(default_factory=dict)
    terms: dict[str, _Terms] = Field(default_factory=dict)
    excluding: dict[str, _Terms] = Field(default_factory=dict)
    on: bool = True


class TopicsDraft(Value):
    """What an organisation decides about topics. What is not named is as it ships."""

    topics: tuple[Topic, ...] = Field(default=(), max_length=60)


class Since(Value):
    """From when on a version of the dictionary is used for what is answered."""

    version: int
    at: datetime


class Reread(Value):
    """The answers of a survey on these days are read by this version at least, from `at` on."""

    survey: str
    first: str
    last: str
    version: int
    at: datetime


class Topics(Feedback, TopicsDraft):
    """The dictionary as it stands, and by which version what is read. Version 0 is what ships with the product."""

    kind = "topics"

    version: int = 0
    since: tuple[Since, ...] = ()
    rereads: tuple[Reread, ...] = ()
    updated_at: datetime | None = None
    updated_by: str = ""

    @staticmethod
    def at() -> Key:
        """Return the one key."""
        return Key("topics", "topics")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at()


class TopicsVersion(Feedback, TopicsDraft):
    """The dictionary as it was saved: immutable, since what was counted by it may be counted again."""

    kind = "topics_version"

    version: int
    saved_at: datetime
    saved_by: str

    @staticmethod
    def at(version: int) -> Key:
        """Return the key of this version."""
        return Key("topics", f"version#{version:08}")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.version)


class Rereading(Feedback):
    """Somebody asked that the answers of a survey on these days are read again; how far that has come."""

    kind = "rereading"

    id: str
    survey: str
    first: date
    last: date
    version: int
    asked_at: datetime
    asked_by: str
    next: date | None  # the day whose turn it is; None: all are done
    repaired: int = 0  # answers that were counted again

    PK: ClassVar[str] = "rereadings"

    def key(self) -> Key:
        """Return the primary key: they are listed by time."""
        return Key(self.PK, f"{self.asked_at.isoformat()}#{self.id}")
