"""How many answers are taken at face value. What comes beyond a limit is taken too, but marked and left out.

A limit is kept in counter rows that are added to below it, in the transaction of the answer: it is exact however many
answer at once. A large limit is divided over several rows, so that no row is hot: each has its part, and an answer
that finds one full goes to the next. Invited people have one answer each and are not limited.
"""

from datetime import timedelta
from functools import cache
from zlib import crc32

from escuta import table
from escuta.entity import Key, Table, Value
from escuta.feedback.links import Source
from escuta.feedback.model import Intercept, Response, StoreToken, SurveyVersion
from escuta.outreach.model import Invitation

MOST_SHARDS = 16
_PART = 200  # answers that one row takes in its time without being hot
_KEPT = timedelta(days=3)
_REMEMBERED = 10_000  # rows known to be full


class Claim(Value):
    """One limit that an answer must pass, at the row whose turn it is."""

    evidence: str
    place: str
    limit: int
    start: int  # the row that is tried first
    tried: int = 0
    expires_at: int

    @property
    def shards(self) -> int:
        """Over how many rows the limit is divided."""
        return min(MOST_SHARDS, 1 + (self.limit - 1) // _PART)

    @property
    def exhausted(self) -> bool:
        """Whether every row has its part."""
        return self.tried >= self.shards

    @property
    def key(self) -> Key:
        """The row whose turn it is."""
        return Key(f"limit#{self.place}#{self._shard}", "limit")

    def action(self) -> table.Add:
        """Return the addition that passes the limit, or is refused at it."""
        part = self.limit // self.shards + (self._shard < self.limit % self.shards)
        return table.Add(Table.FEEDBACK, self.key, {"n": 1}, below={"n": part}, expires_at=self.expires_at)

    def open(self) -> "Claim":
        """Return the claim at the next row that is not known to be full."""
        claim = self
        while not claim.exhausted and claim.key in _full():
            claim = claim.next()
        return claim

    def refused(self) -> "Claim":
        """Return the claim after its row was found full, which it stays."""
        if len(_full()) >= _REMEMBERED:
            _full().clear()
        _full().add(self.key)
        return self.open()

    def next(self) -> "Claim":
        """Return the claim at the next row."""
        return self.changed(tried=self.tried + 1)

    @property
    def _shard(self) -> int:
        return (self.start + self.tried) % self.shards


def claims(source: Source, version: SurveyVersion, response: Response) -> tuple[Claim, ...]:
    """Return the limits that this answer must pass.

    What a kiosk held back without network counts in the hour in which it was answered. A kiosk is one device for
    everybody, so that no limit of a device holds there.
    """
    if isinstance(source, Invitation):
        return ()
    kiosk = isinstance(source, StoreToken) and source.kiosk is not None
    moment = response.answered_at if kiosk and response.answered_at else response.received_at
    hour = moment.isoformat()[:13]
    link = source.id if isinstance(source, Intercept) else source.token_key
    limits = version.limits
    wanted = (
        ("limit_survey", f"survey#{version.survey}#{hour}", limits.survey_hour),
        ("limit_link", f"link#{link}#{hour}", limits.link_hour),
        (
            "limit_device",
            f"device#{version.survey}#{response.device}#{response.day}",
            of_device(source, version) if response.device else 0,
        ),
    )
    start = crc32(response.id.encode())
    expires_at = int((response.received_at + _KEPT).timestamp())
    return tuple(
        Claim(evidence=evidence, place=place, limit=limit, start=start, expires_at=expires_at).open()
        for evidence, place, limit in wanted
        if limit
    )


def of_device(source: Source, version: SurveyVersion) -> int:
    """Return how often one device may answer through this link in a day; 0 where its number is not wanted at all."""
    shared = isinstance(source, StoreToken) and source.kiosk is not None
    return 0 if shared or isinstance(source, Invitation) else version.limits.device_day


@cache
def _full() -> set[Key]:
    """Return the rows that this function has found full: beyond a limit, the store is not asked again."""
    return set()
