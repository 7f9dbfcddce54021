"""Serve a house to look at: `python -m tests.browser.house --port 8801`, then http://127.0.0.1:8801/__as/helena."""

import argparse
import io
import json
import logging
import os
import signal
import socket
import sys
import time
from pathlib import Path
from threading import Thread

from escuta import observe
from tests.browser.house import past
from tests.browser.house.asking import working
from tests.browser.house.filling import filled
from tests.browser.house.serving import House, listening
from tests.browser.house.standing import standing

_LOOK = 0.5  # seconds
_CONSOLE = Path(__file__).parents[3] / "functions" / "console"


def main() -> None:
    """Make the house, and serve it until it is stopped."""
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("--port", type=int, default=8801, help="0: any that is free")
    said.add_argument("--empty", action="store_true", help="a company in which only the admin exists")
    said.add_argument("--times", type=int, default=1, help="so many times as many contacts and responses")
    said.add_argument("--contacts", type=int, default=0, help="grow to so many, all of them invited once")
    said.add_argument("--responses", type=int, default=0, help="grow to about so many, with --contacts")
    said.add_argument("--swept", action="store_true", help="fold the days that are over, as the hourly sweep does")
    said.add_argument("--reload", action="store_true", help="begin the console anew when its modules change")
    said.add_argument(
        "--copies", action="store_true", help="serve one as it was made for each line read, until the next"
    )
    asked = said.parse_args()
    asked.port = asked.port or _free()
    begun = time.monotonic()
    with standing(f"http://127.0.0.1:{asked.port}") as store, working(store) as works:
        house = House(
            store, works, filled(empty=asked.empty, times=asked.times, contacts=asked.contacts, answers=asked.responses)
        )
        if asked.swept:
            past.swept()
        _say(f"made in {time.monotonic() - begun:.1f} s")
        if asked.copies:
            _copying(house, asked.port)
        elif asked.reload:
            _reloading(house, asked.port)
        else:
            _serve(house, asked.port)


class _Plain(io.StringIO):
    """Where the log of the functions goes: a failure is told with its traceback, as people read it."""

    def write(self, line: str) -> int:
        if line.strip():
            said = json.loads(line)
            _say(f"{said['level']} {said['message']}\n{said.get('exception', line)}")
        return len(line)


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found: int = taken.getsockname()[1]
        return found


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _serve(house: House, port: int) -> None:
    handler = observe.logger().registered_handler
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(_Plain())
    server = listening(house, port)
    _say(f"http://127.0.0.1:{server.server_port}/__as/helena")
    server.serve_forever()


def _reloading(house: House, port: int) -> None:
    """Serve in a child, which is replaced when the console changes: the house itself is made once."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    while True:
        stamp, child = _stamp(), os.fork()
        if not child:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            Thread(target=_ending, args=(os.getppid(),), daemon=True).start()
            _serve(house, port)
            sys.exit()
        try:
            while _stamp() == stamp:
                time.sleep(_LOOK)
        finally:
            os.kill(child, signal.SIGTERM)
            os.waitpid(child, 0)


def _ending(parent: int) -> None:
    """End with the process that began this one, however that ended."""
    while os.getppid() == parent:
        time.sleep(_LOOK)
    os._exit(0)


def _copying(house: House, port: int) -> None:
    """Serve in a child, which is replaced by another as the house was made whenever a line is read: it is made once."""
    _say("made")
    child = 0
    for _ in sys.stdin:
        _ended(child)
        child = os.fork()
        if not child:
            Thread(target=_ending, args=(os.getppid(),), daemon=True).start()
            _serve(house, port)
            sys.exit()
    _ended(child)


def _ended(child: int) -> None:
    if child:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)


def _stamp() -> float:
    """Return when the console changed last; templates are read anew anyway."""
    return max(path.stat().st_mtime for path in _CONSOLE.rglob("*") if path.suffix in {".py", ".json", ".css", ".js"})


if __name__ == "__main__":
    main()
