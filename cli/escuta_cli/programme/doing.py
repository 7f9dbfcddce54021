"""Making it so, one step after the other: each guarded by what was read, each safe to be done again."""

from collections.abc import Iterator
from typing import Any

from escuta_cli.api import Api, RefusedError, Reply
from escuta_cli.exits import StoppedError
from escuta_cli.programme.kinds import Thing
from escuta_cli.programme.planning import Act, Plan, Step, standing

_OVERTAKEN = frozenset({404, 409, 412})


def make(api: Api, plan: Plan) -> Iterator[tuple[Step, Any]]:
    """Yield each step once it is done, with what the API answered; at the end what had to wait is finished."""
    hindered = next((step for step in plan.steps if step.hindered), None)
    if hindered:
        places = ", ".join(hindered.hindered)
        raise StoppedError("programme_fixed", kind=hindered.kind.name, name=hindered.name, places=places)
    kept = [step for step in plan.steps if step.act is not Act.DELETE]
    for step in kept:
        reply = _done(api, step)
        yield step, reply.told if reply else None
    for step in reversed(kept):
        if step.wanted:
            step.kind.finish(api, step.wanted)
    for step in plan.steps:
        if step.act is Act.DELETE:
            reply = _done(api, step)
            yield step, reply.told if reply else None


def _done(api: Api, step: Step) -> Reply | None:
    """Do a step. Where the API says that somebody was faster, that may have been we, with a reply that was lost."""
    try:
        if step.current is None and step.wanted is not None:
            return step.kind.create(api, step.wanted)
        if step.wanted is None and step.current is not None:
            return step.kind.delete(api, step.current)
        if step.wanted is not None and step.current is not None:
            return step.kind.change(api, step.current, step.wanted)
    except RefusedError as refused:
        if refused.status not in _OVERTAKEN or not _is_so(_found(api, step), step):
            raise
    return None


def _found(api: Api, step: Step) -> Thing | None:
    return standing(api, (step.kind,))[step.kind].get(step.name)


def _is_so(found: Thing | None, step: Step) -> bool:
    if found is None or step.wanted is None:
        return found is None and step.wanted is None
    return found.value == step.wanted.value
