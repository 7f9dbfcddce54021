"""The two small servers beside the embedded AWS: SFTP and the outbox."""

import os
import socket
import sys
from collections.abc import Mapping
from functools import partial

from infra.local import processes
from infra.local.place import HOST, ROOT, Place

_NAMES = ("sftp", "outbox")


def start(place: Place, functions: Mapping[str, str]) -> None:
    """Start both unless they run. They learn the place from the environment, and the rest as the functions do."""
    environment = {
        **os.environ,
        **functions,
        **place.keys,
        "PYTHONUNBUFFERED": "1",
        "ESCUTA_FOLDER": str(place.folder),
        "ESCUTA_PORT": str(place.port),
        "ESCUTA_SFTP_PORT": str(place.sftp_port),
        "ESCUTA_OUTBOX_PORT": str(place.outbox_port),
        "PYTHONPATH": str(ROOT),
    }
    for name, port in (("sftp", place.sftp_port), ("outbox", place.outbox_port)):
        if not processes.running(place.folder, name):
            processes.require_free(port, f"ESCUTA_{name.upper()}_PORT")
            command = (sys.executable, "-m", f"infra.local.{name}")
            process = processes.start(place.folder, name, command, environment)
            processes.wait(process, place.log(name), partial(_open, port))


def stop(place: Place) -> bool:
    """Stop both; return whether one ran."""
    stopped = [processes.stop(place.folder, name) for name in _NAMES]
    return any(stopped)


def _open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
