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
    """Return the tree of root causes; where there are none, any words are one."""
    request.query(Asked)
    return settling.causes().model_dump(mode="json")


def put(request: Request) -> dict[str, Any]:
    """Replace the tree of root causes.

    In place of the one that `If-Match` names, with up to 500 causes. One that was there is retired (`retired`), not
    left out: its name stays in the past.
    """
    request.everywhere()
    asked = request.body(Tree)
    holding = settling.causes()
    request.match(holding)
    causes.check(asked.causes, holding.causes)
    return settling.put(Causes(causes=asked.causes, rev=holding.rev)).model_dump(mode="json")
