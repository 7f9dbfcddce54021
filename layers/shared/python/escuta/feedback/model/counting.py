"""What a response adds to the counters, and by which values of its own a survey is counted."""

from datetime import datetime, timedelta
from zlib import crc32

from pydantic import Field

from escuta.entity import Key
from escuta.feedback.model.survey import Feedback

CONTRIBUTION_SHARDS = 64
SUB_COUNTERS = 4


class Contribution(Feedback):
    """What a response adds to the counters of a day, at which revision of the response. The guard of the counters.

    Every place gets the same numbers, so they are written once. A deleted response keeps its places and adds nothing.
    """

    kind = "contribution"

    survey: str
    response: str
    response_rev: int
    formula: int = 1  # which way of counting made it; what an older one made is counted anew by a sweep
    day: str
    group: str = ""  # of the product, as it was when the answer was first counted
    dictionary: int = 0  # by which version of the topics its comment was read
    places: tuple[str, ...]  # dimension#value
    numbers: dict[str, int]  # name -> number

    @staticmethod
    def shards(survey: str) -> tuple[str, ...]:
        """Return the partitions over which a survey's contributions are spread."""
        return tuple(f"contribution#{survey}#{shard}" for shard in range(CONTRIBUTION_SHARDS))

    @staticmethod
    def at(survey: str, response: str) -> Key:
        """Return the key of the contribution of this response."""
        return Key(f"contribution#{survey}#{crc32(response.encode()) % CONTRIBUTION_SHARDS}", response)

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.survey, self.response)


class FacetValues(Feedback):
    """The values by which a survey is counted in one of its dimensions, in the order in which they came. Only grows."""

    kind = "facet_values"

    survey: str
    dimension: str
    values: tuple[str, ...] = ()

    @staticmethod
    def at(survey: str, dimension: str) -> Key:
        """Return the key, in the partition of the survey."""
        return Key(f"survey#{survey}", f"facet#{dimension}")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.survey, self.dimension)


class Spread(Feedback):
    """Over how many rows each counter of a survey is spread. Only grows."""

    kind = "spread"

    survey: str
    rows: int = SUB_COUNTERS

    @staticmethod
    def at(survey: str) -> Key:
        """Return the key, in the partition of the survey."""
        return Key(f"survey#{survey}", "spread")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.survey)


UNFOLDED = -1


class Fold(Feedback):
    """The counters of a place in one row: of a month by day, or of a year by month. `marks` says when each holds.

    A day holds while the place has as many marks for it as are said here; a month while all of its days together have.
    """

    kind = "fold"

    survey: str
    place: str  # dimension#value
    stretch: str  # 2026-03 or 2026
    marks: tuple[int, ...]  # of each day or month; UNFOLDED where nothing is said
    packed: str  # the numbers, see `metrics.packing`

    @staticmethod
    def at(survey: str, place: str, stretch: str) -> Key:
        """Return the key: the folds of a place stand in the order of time."""
        return Key(f"fold#{survey}#{place}", stretch)

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.survey, self.place, self.stretch)


class Folded(Feedback):
    """Which days of a month the sweep has folded, and how many marks the survey had for each of them then.

    It says what is left to do. Readers do not need it: every fold says for itself whether it holds.
    """

    kind = "folded"

    survey: str
    month: str
    marks: dict[str, int] = Field(default_factory=dict)  # day -> marks

    @staticmethod
    def pk(survey: str) -> str:
        """Return the partition of a survey's months."""
        return f"folded#{survey}"

    def key(self) -> Key:
        """Return the primary key."""
        return Key(self.pk(self.survey), self.month)


class Recount(Feedback):
    """What a sweep and a recount of one day of a survey found. Kept for a quarter of a year."""

    kind = "recount"

    survey: str
    day: str
    at_time: datetime
    responses: int
    repaired: int  # responses that were behind, and are counted now
    drift: int  # what differed afterwards: 0 unless something is wrong
    moving: bool = False  # the counters moved all the time, so that the drift may be none

    @staticmethod
    def pk(survey: str) -> str:
        """Return the partition of a survey's recounts."""
        return f"recounts#{survey}"

    def key(self) -> Key:
        """Return the primary key: recounts are listed by time."""
        return Key(self.pk(self.survey), f"{self.at_time.isoformat()}#{self.day}")

    def ttl(self) -> int | None:
        """Return when DynamoDB may delete the row."""
        return int((self.at_time + timedelta(days=92)).timestamp())
