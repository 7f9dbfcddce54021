"""Addresses that must not be written to."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from escuta.outreach.model import Channel
from manage import suppressions
from manage.described.operation import Operation, Operations, Page, Problem, Shown, items


class Lifted(Shown):
    """What closed an address once, until somebody opened it again."""

    reason: str
    scope: str = Field(description='The one survey that it was closed to; "" for all.')
    closed_at: datetime
    lifted_at: datetime
    lifted_by: str
    why: str


class Closing(Shown):
    """One thing that closes an address, since when, and who said so."""

    reason: str = Field(description="`bounce`, `complaint`, `stop`, `manual`, `unsubscribe`, or what a service told.")
    survey: str = Field(description='The one survey that it closes the address to; "" for all.')
    since: datetime
    source: str
    liftable: bool = Field(description="It may be lifted here: what a mail service or a carrier told may not.")


class SuppressionListed(Shown):
    """An address that is closed, as a keyed hash: it tells of nobody."""

    address_hash: str
    channel: Channel
    closed_by: list[Closing]


class SuppressionShown(Shown):
    """All that stands against one address, and what was lifted before."""

    channel: Channel
    suppressed: bool = Field(description="It is closed to everything, not only to single surveys.")
    closed_by: list[Closing]
    lifted: list[Lifted]


class SuppressionResult(Shown):
    """What became of one address of the request: `known` was closed before for the same reason."""

    item: int
    outcome: Literal["closed", "known", "refused"]
    problem: Problem | None


OPERATIONS: Operations = {
    suppressions.get: Operation(
        name="list_suppressions", query=suppressions.Lookup, answer=SuppressionShown | Page[SuppressionListed]
    ),
    suppressions.create: Operation(
        name="create_suppression", body=suppressions.NewSuppression, answer=SuppressionShown, statuses=(200, 201)
    ),
    suppressions.create_many: Operation(
        name="create_suppressions", body=suppressions.NewSuppressions, answer=items(SuppressionResult)
    ),
    suppressions.lift: Operation(name="lift_suppression", query=suppressions.Lift, answer=SuppressionShown),
}
