"""The tree of root causes."""

from typing import Any

from pydantic import Field

from escuta.feedback.model import Cause, Causes
from escuta.feedback.tickets import causes, settling
from manage.asking import Asked, Request


class Tree(Asked):
    """All causes, in the order in which they are offered."""

    causes: tuple[Cause, ...] = Field(max_length=500)


def get(request: Request) -> dict[str, Any]:
    """Return the causes; none: any words are one."""
    request.query(Asked)
    return settling.causes().model_dump(mode="json")


def put(request: Request) -> dict[str, Any]:
    """Put causes in place of those that `If-Match` names. One that was there is retired, not left out."""
    request.everywhere()
    asked = request.body(Tree)
    holding = settling.causes()
    request.match(holding)
    causes.check(asked.causes, holding.causes)
    return settling.put(Causes(causes=asked.causes, rev=holding.rev)).model_dump(mode="json")
