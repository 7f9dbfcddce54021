"""An AWS endpoint that answers with prepared bytes, at once or after a time, so that only the caller is measured.

Run as a process of its own: `python -m benchmarks.endpoint` reads {operation: body} and {operation: seconds} as JSON
from two lines of its input, prints its port and serves on loopback until its input closes.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


async def _serve(answers: Mapping[str, str], delays: Mapping[str, float]) -> None:
    prepared = [
        (operation, needle.encode(), body.encode())
        for (operation, _, needle), body in ((name.partition("|"), body) for name, body in answers.items())
    ]

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _head(reader):
            length = int(head.get("content-length", "0"))
            if head.get("expect"):
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            asked = await reader.readexactly(length)
            operation = head.get("x-amz-target", "").rpartition(".")[2] or head["line"]
            default = b"" if operation.startswith("PUT ") else b"{}"  # S3 takes no JSON for an answer
            seconds = delays.get(operation, delays.get("", 0))
            if seconds:
                await asyncio.sleep(seconds)
            body = next((body for name, needle, body in prepared if name == operation and needle in asked), default)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
            writer.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        writer.close()

    server = await asyncio.start_server(connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - the port is this program's output
    await asyncio.to_thread(sys.stdin.read)
    server.close()


async def _head(reader: asyncio.StreamReader) -> dict[str, str]:
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionResetError):
        return {}
    line, *fields = raw.decode("latin-1").split("\r\n")
    pairs = (field.partition(":") for field in fields if field)
    return {"line": " ".join(line.split()[:2])} | {name.lower(): value.strip() for name, _, value in pairs}


@contextmanager
def answering(answers: Mapping[str, str], delays: Mapping[str, float]) -> Iterator[str]:
    """Run the endpoint in its own process; yield its URL.

    `answers`: what is asked -> body. What is asked is an operation (`GetItem`) or a request line (`PUT /drop/file`),
    and, after a `|`, a text that the request's body must contain. The first that fits is sent. `delays`: what is asked
    -> seconds until it is answered; "" for everything else.
    """
    command = [sys.executable, "-m", "benchmarks.endpoint"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdin is not None  # noqa: S101 - pipes were asked for
        assert process.stdout is not None  # noqa: S101
        process.stdin.write(json.dumps(dict(answers)) + "\n" + json.dumps(dict(delays)) + "\n")
        process.stdin.flush()
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.stdin.close()


if __name__ == "__main__":
    asyncio.run(_serve(json.loads(sys.stdin.readline()), json.loads(sys.stdin.readline())))
