"""A chunk of a registered file becomes people; the last chunk has the file closed."""

import gc
from collections.abc import Sequence
from functools import cache
from typing import Any

from escuta import queues
from escuta.config import settings
from escuta.directory import closing, drops, loading
from escuta.directory.model import DropFile
from escuta.directory.people import Route
from escuta.directory.rows import Person
from escuta.directory.scan import Chunk
from escuta.observe import entry
from escuta.outreach import closings, optouts, rules, rulesets


@entry
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Load the chunks that the messages name."""
    answer = queues.each(event, _load, _give_up)
    _settle()
    return answer


@cache
def _settle() -> None:
    """Leave what is loaded by now out of every later search for garbage: it stays, and to search it costs a tenth."""
    gc.collect()
    gc.freeze()


def _load(message: dict[str, Any]) -> None:
    hooks = loading.Hooks(closed=optouts.closed, route=_route, suppress=closings.take_in)
    file = loading.load(Chunk.model_validate(message), hooks)
    if drops.is_loaded(file):
        queues.send(settings().close_queue, [{"file": file.id}])


def _give_up(message: dict[str, Any], error: Exception) -> None:
    closing.give_up(message["file"], error)


def _route(file: DropFile) -> Route:
    """Return what the rules of a file say of a row: those that held when the file was registered."""
    version = rulesets.version(file.rules, file.rules_version) if file.rules else None

    def route(person: Person, path: Sequence[str], group: str) -> tuple[str, str]:
        return rules.route(version, rules.facts(person.said, person.visit, path, group)) if version else ("", "")

    return route
