"""How a house is filled: through the API, as whoever integrates does, and by the functions that work off what waits."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any
from unittest.mock import patch

from distribute import deliver, plan
from escuta import clock
from escuta.directory import access
from escuta.directory.model import Scope
from escuta.outreach.webhooks import calling
from escuta.outreach.webhooks.calling import Reply
from export import app as export
from importer import close, load, register
from privacy import erase
from publish import app as publish
from publish import deliver as call
from tests.browser.house.streams import Streams
from tests.conftest import moto
from tests.kit import gateway
from tests.kit.queue import Queue
from tests.kit.store import Store
from ticketing import alert

_FINE = 300
_REPLIES = (  # what the customers' servers say, one after the other
    Reply(status=200, milliseconds=84, answer="ok"),
    Reply(status=202, milliseconds=131),
    Reply(status=500, error="status", milliseconds=402, answer="<h1>Internal Server Error</h1>"),
    Reply(status=200, milliseconds=77, answer="ok"),
    Reply(error="timeout", milliseconds=15_000),
)


class Api:
    """The management API with a key that may do everything."""

    def __init__(self) -> None:
        """Make the key."""
        self.key, _ = access.issue("Integração da loja virtual", tuple(Scope))

    def get(self, path: str, **query: str) -> Any:
        """Return what a path says."""
        return self._ask("GET", path, None, {name: [value] for name, value in query.items()})

    def post(self, path: str, body: Any) -> Any:
        """Make something."""
        return self._ask("POST", path, body)

    def put(self, path: str, body: Any) -> Any:
        """Replace something."""
        return self._ask("PUT", path, body)

    def patch(self, path: str, body: Any) -> Any:
        """Change something."""
        return self._ask("PATCH", path, body)

    def delete(self, path: str, body: Any = None) -> Any:
        """Take something away."""
        return self._ask("DELETE", path, body)

    def _ask(self, method: str, path: str, body: Any, query: dict[str, list[str]] | None = None) -> Any:
        said = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json", "Accept-Language": "pt-BR"}
        text = None if body is None else json.dumps(body)
        status, _, told = gateway.call(method, f"/v1/{path}", query or {}, said, text)
        assert status < _FINE, (method, path, status, told.decode())
        return json.loads(told) if told else None


class Works:
    """The functions that nobody asks: they read the stream, and work off the queues."""

    def __init__(self, streams: Streams) -> None:
        """`streams` is what they read."""
        self.streams = streams
        self._queues = {name: Queue(name, handler) for name, handler in _HANDLERS.items()}
        self._busy = set[str]()
        self._replies = cycle(_REPLIES)

    def step(self) -> bool:
        """Let each do a little; tell whether anything was done."""
        with patch.object(calling, "post", lambda *_: next(self._replies)):
            self._busy = {name for name, queue in self._queues.items() if self._waits(name) and queue.step()}
            return self.streams.read() or bool(self._busy)

    def _waits(self, name: str) -> bool:
        """Tell whether a queue may hold something: to ask each of them costs most."""
        queue = moto("sqs").queues[name]
        return name in self._busy or bool(
            queue.approximate_number_of_messages or queue.approximate_number_of_messages_delayed
        )

    def run(self) -> None:
        """Work until nothing waits."""
        while self.step():
            pass


_works: ContextVar[Works] = ContextVar("works")


@contextmanager
def working(store: Store) -> Iterator[Works]:
    """Let the functions stand ready for what is done in the block."""
    streams = Streams(store)
    with streams.watched():
        works = Works(streams)
        token = _works.set(works)
        yield works
        _works.reset(token)


def work() -> None:
    """Let the functions do all that waits."""
    _works.get().run()


def forget() -> None:
    """Let nobody hear of what was written so far: it is a past that everybody has heard of."""
    _works.get().streams.waiting.clear()


@contextmanager
def ago(**span: float) -> Iterator[datetime]:
    """Do something so long ago."""
    moment = clock.now() - timedelta(**span)
    with clock.at(moment):
        yield moment


_HANDLERS: dict[str, Callable[[dict[str, Any], Any], Any]] = {
    "drop": register.handler,
    "load": load.handler,
    "close": close.handler,
    "plan": plan.handler,
    "deliver": deliver.handler,
    "export": export.handler,
    "event": publish.handler,
    "webhook": call.handler,
    "alert": alert.handler,
    "erase": erase.handler,
}
