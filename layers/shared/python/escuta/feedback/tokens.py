"""Store tokens: links that stand in a store, on a device or a poster. Their answers are anonymous."""

from datetime import datetime

from escuta import clock, ids, secrets, table
from escuta.directory.model import Segment
from escuta.errors import InvalidError
from escuta.feedback import surveys
from escuta.feedback.model import StoreToken


def create(
    survey: str,
    segment: str,
    label: str,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> tuple[str, StoreToken]:
    """Make a link for a survey in a segment. The token itself is returned here only; the store keeps its hash."""
    surveys.get(survey)
    table.load(Segment, Segment.at(segment))
    if starts_at and ends_at and ends_at <= starts_at:
        raise InvalidError("token_period", field="ends_at")
    identity = ids.new()
    token = token_of(identity, 1)
    stored = StoreToken(
        id=identity,
        token_key=ids.token_key(token),
        survey=survey,
        segment=segment,
        label=label.strip(),
        created_at=clock.now(),
        starts_at=starts_at,
        ends_at=ends_at,
    )
    return token, table.create(stored)


def token_of(identity: str, turn: int) -> str:
    """Return the text of the link: it follows from the token's id and its turn, and is stored nowhere."""
    return ids.link_token(secrets.link_secret(), "store", f"{identity}#{turn}")


def find(token: str) -> StoreToken | None:
    """Return what a token opens, revoked and ended ones too, or None."""
    return table.find(StoreToken, StoreToken.at(ids.token_key(token)), consistent=True)


def listing(segment: str, *, limit: int = 50, cursor: str | None = None) -> table.Page[StoreToken]:
    """Return the tokens of a segment, the oldest first."""
    return table.query(StoreToken, "tokens", prefix=f"{segment}#", index="g1", limit=limit, cursor=cursor)


def revoke(token_key: str) -> StoreToken:
    """Close a link for good, by its hash. Revoking twice changes nothing."""
    stored = table.load(StoreToken, StoreToken.at(token_key), consistent=True)
    if stored.revoked_at is not None:
        return stored
    return table.save(stored.changed(revoked_at=clock.now()))
