"""What a response adds to the counters."""

from zlib import crc32

from escuta.entity import Key
from escuta.feedback.model.survey import Feedback

CONTRIBUTION_SHARDS = 64


class Contribution(Feedback):
    """What a response adds to the counters of a day, at which revision of the response. The guard of the counters.

    Every place gets the same numbers, so they are written once. A deleted response keeps its places and adds nothing.
    """

    kind = "contribution"

    survey: str
    response: str
    response_rev: int
    day: str
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
