"""The respondents' function behind a real socket, as the gateway would call it: below a stage, one call at a time."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

from chalice.local import LambdaContext, LambdaEventConverter, RouteMatcher

from escuta import clock
from respond.app import app

STAGE = "/live"
_CALLS = Lock()  # Chalice keeps the request of the moment on the app


@dataclass(frozen=True)
class Call:
    """One request that reached the function."""

    method: str
    path: str  # below the stage
    body: bytes
    status: int


@dataclass
class Server:
    """What the tests know of the server, and how they disturb it."""

    url: str = ""  # with the stage
    calls: list[Call] = field(default_factory=list)
    unreachable: bool = False  # every connection is dropped without an answer
    moment: datetime | None = None  # when set, the clock of the product in every call
    instead: Callable[[str, str], tuple[int, dict[str, str], bytes] | None] | None = None  # answers in our place
    deaf: set[str] = field(default_factory=set)  # methods whose calls are carried out, and whose answers are lost

    def count(self, method: str, path: str) -> int:
        """Return how many calls there were."""
        return sum(call.method == method and call.path.partition("?")[0] == path for call in self.calls)


@contextmanager
def serving(handling: "type[Handling] | None" = None) -> Iterator[Server]:
    """Serve the function on a free port of this machine, on the moto that runs; or what `handling` calls."""
    server = Server()

    class Handler(handling or Handling):  # type: ignore[misc] # chosen by who asks
        told = server

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A browser that hangs up is no fault."""

    with Quiet(("127.0.0.1", 0), Handler) as listening:
        server.url = f"http://127.0.0.1:{listening.server_port}{STAGE}"
        thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.unreachable = True
            listening.shutdown()
            thread.join()
            with _CALLS:  # the last one is over
                pass


class Handling(BaseHTTPRequestHandler):
    """One connection; `call` answers in place of the gateway."""

    told: Server

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.told.unreachable:
            self.close_connection = True
            return
        path = self.path.removeprefix(STAGE)
        answer = self.told.instead(self.command, path) if self.told.instead else None
        status, headers, content = answer or self.call(path, body)
        self.told.calls.append(Call(self.command, path, body, status))
        if self.command in self.told.deaf:
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in {"content-length", "connection", "strict-transport-security"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def call(self, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Return the status, the headers and the body that the function gives."""
        try:
            event = LambdaEventConverter(RouteMatcher(list(app.routes))).create_lambda_event(
                self.command, path, dict(self.headers.items()), body
            )
        except ValueError:  # no such route: the gateway answers
            return 403, {"Content-Type": "application/json"}, b'{"message":"Missing Authentication Token"}'
        moved = clock.at(self.told.moment) if self.told.moment else contextlib.nullcontext()
        with _CALLS, moved:  # not Chalice's own test client: it exchanges the environment, under the test's feet
            found = app(event, LambdaContext("respond", 256))
        return found["statusCode"], found["headers"], found["body"].encode()

    do_GET = do_POST = do_HEAD = do_OPTIONS = _serve  # noqa: N815 - the names that http.server calls

    def log_message(self, *_: object) -> None:
        """Say nothing: the tests look at `calls`."""
