"""A server on this machine that webhooks call: it notes what it was sent, and answers as badly as it is told to."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

_LONGEST = 10  # seconds that anything here waits: only a failing test does


@dataclass(frozen=True)
class Received:
    """A request as it came."""

    line: str
    headers: dict[str, str]
    body: str

    @property
    def id(self) -> str:
        """Return which event it tells of."""
        return self.headers["webhook-id"]


Answer = Callable[[socket.socket, Event], None]


def answering(status: int = 200, body: str = "", **headers: str) -> Answer:
    """Answer properly; `retry_after` is the header Retry-After."""
    named = "".join(f"{name.replace('_', '-').title()}: {value}\r\n" for name, value in headers.items())
    sent = f"HTTP/1.1 {status} Said\r\n{named}Content-Length: {len(body.encode())}\r\n\r\n{body}".encode()
    return lambda connection, _over: connection.sendall(sent)


def saying(raw: bytes) -> Answer:
    """Answer with these bytes and close."""
    return lambda connection, _over: connection.sendall(raw)


def hanging(_connection: socket.socket, over: Event) -> None:
    """Say nothing until the end."""
    over.wait(_LONGEST)


def dripping(before: bytes) -> Answer:
    """Say this, and then a byte now and then."""

    def drip(connection: socket.socket, over: Event) -> None:
        connection.sendall(before)
        while not over.wait(0.01):
            connection.sendall(b"x")

    return drip


def flooding(connection: socket.socket, over: Event) -> None:
    """Answer with a gigabyte, as far as anybody listens."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
    block = b"a" * 65_536
    while not over.is_set():
        connection.sendall(block)


@dataclass
class Receiver:
    """What stands behind `url`. `answers` are used up one by one, the last one for all that come after it."""

    url: str
    port: int
    answers: list[Answer]
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    at_once: int = 0
    most_at_once: int = 0
    over: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)

    @property
    def place(self) -> str:
        """Return host and port, as the setting that allows it has them."""
        return f"127.0.0.1:{self.port}"

    def serve(self, connection: socket.socket, context: ssl.SSLContext | None) -> None:
        """Read a request, note it, and answer it."""
        with suppress(OSError), connection:
            connection.settimeout(_LONGEST)
            talking = context.wrap_socket(connection, server_side=True) if context else connection
            with talking:
                found = _read(talking)
                with self.lock:
                    self.received.append(found)
                    self.at_once += 1
                    self.most_at_once = max(self.most_at_once, self.at_once)
                    answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                try:
                    answer(talking, self.over)
                finally:
                    with self.lock:
                        self.at_once -= 1


@contextmanager
def listening(*answers: Answer, context: ssl.SSLContext | None = None, host: str = "") -> Iterator[Receiver]:
    """Yield a server that runs inside the block; with a context it speaks TLS. `host`: its name in the URL."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        scheme = "https" if context else "http"
        receiver = Receiver(f"{scheme}://{host or '127.0.0.1'}:{port}/hook", port, list(answers) or [answering()])
        threads: list[Thread] = []

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    receiver.connections += 1
                    threads.append(Thread(target=receiver.serve, args=(connection, context), daemon=True))
                    threads[-1].start()

        accepting = Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield receiver
        finally:
            receiver.over.set()
            server.shutdown(socket.SHUT_RDWR)  # wakes who accepts
            for thread in (accepting, *threads):
                thread.join(_LONGEST)


def _read(connection: socket.socket) -> Received:
    with connection.makefile("rb") as stream:
        line = stream.readline().decode(errors="replace").strip()
        headers: dict[str, str] = {}
        while text := stream.readline().decode(errors="replace").strip():
            name, _, value = text.partition(":")
            headers[name.lower()] = value.strip()
        return Received(line, headers, stream.read(int(headers.get("content-length", 0))).decode())
