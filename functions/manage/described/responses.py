"""Responses: what people answered, how it came about, and the evidence around scores in messages."""

from datetime import datetime
from typing import Any, Literal

from escuta.feedback.comments import Comment
from escuta.feedback.model import Click, Provisional, Response, Ticket
from manage import evidence, responses
from manage.described.operation import Operation, Operations, Shown, also, page, shape

_Ticket: Any = shape(
    Ticket,
    "TicketOfResponse",
    without=Ticket.model_fields.keys() - {"id", "rule", "state", "priority", "segment", "owner", "due_at", "closed_at"},
)
_WORDS = (
    "An answer with the names of what it names. `masked`: names, addresses and telephone numbers are taken out, for "
    "who may not see personal data. `at` is when it was answered. `segment_path_now` is where its segment stands now. "
    "`comment_says` is what the comment says, null where there is none. `tickets` are those that it caused, as far as "
    "the caller may see them."
)
ResponseShown: Any = also(
    shape(Response, "ResponseBase", without={"link_key", "body_hash"}),
    "Response",
    _WORDS,
    more={
        "masked": bool,
        "at": datetime,
        "segment_path_now": list[str],
        "segment_name": str,
        "product_name": str,
        "comment_says": Comment | None,
        "tickets": list[_Ticket],
    },
)


class ResponsePage(Shown):
    """Responses, the newest first. Down to `looked_back_to` everything was looked at; null: there is nothing left."""

    items: list[ResponseShown]
    next: str | None
    looked_back_to: datetime | None


class JourneyEvent(Shown):
    """Something that happened: a code, its words, and its facts. `at` null: nobody noted when."""

    at: datetime | None
    what: str
    text: str
    details: dict[str, str | int | float | list[str]]


class JourneyLeftOut(Shown):
    """Something that is not shown, and why. `needs`: the scope that it takes. How many lie elsewhere is not told."""

    what: str
    why: Literal["scope_missing", "elsewhere", "older"]
    needs: str
    count: int | None
    text: str


class JourneyShown(Shown):
    """All that is known around an answer, in the order of time."""

    response: str
    events: list[JourneyEvent]
    left_out: list[JourneyLeftOut]


ClickShown: Any = shape(Click, without={"link_key", "rev", "survey"}, more={"link": str})
TappedScore = also(
    shape(Provisional, "TappedScoreBase", without={"link_key", "rev"}),
    "TappedScore",
    "A score that was tapped in a message. `weight` of its signs of a machine; `clicks`: openings of its link.",
    more={"link": str, "weight": int, "clicks": list[ClickShown]},
)

OPERATIONS: Operations = {
    responses.listing: Operation(name="list_responses", query=responses.ResponseListing, answer=ResponsePage),
    responses.get: Operation(name="get_response", answer=ResponseShown),
    responses.change: Operation(
        name="change_response", body=responses.ResponsePatch, answer=ResponseShown, matched=True
    ),
    responses.journey: Operation(name="get_response_journey", answer=JourneyShown),
    evidence.listing: Operation(
        name="list_evidence", query=evidence.EvidenceListing, answer=page(TappedScore | ClickShown)
    ),
}
