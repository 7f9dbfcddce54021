"""Background processes of an instance: started once, known by a lock that they hold, stopped by their own number."""

import fcntl
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_STEP = 0.05
_started: list[subprocess.Popen[bytes]] = []  # by this process, to take their exit status when they end


class StartError(RuntimeError):
    """A process did not come up; the message names its log."""


def running(folder: Path, name: str) -> int | None:
    """Return the number of the process, or None. Its lock is what counts: a number alone may belong to a stranger."""
    try:
        with _pid_file(folder, name).open() as file:
            if _lock(file.fileno()):
                return None
            return int(file.read() or 0) or None
    except FileNotFoundError:
        return None


def start(folder: Path, name: str, command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a process that outlives this one. It inherits the lock on its pid file and keeps it to its end."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(_pid_file(folder, name), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _lock(descriptor):
            raise StartError(f"{name} is running already")
        with (folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own commands
                list(command),
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(descriptor,),
            )
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(process.pid).encode())
    finally:
        os.close(descriptor)
    _started.append(process)
    return process


def require_free(port: int, variable: str) -> None:
    """StartError when somebody listens on the port: what answers there would be taken for ours."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise StartError(f"port {port} is taken; choose another, for example: make up {variable}={port + 1000}")


def wait(process: subprocess.Popen[bytes], log: Path, ready: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until a started process is ready. StartError with the end of its log when it ends or takes too long."""
    end = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None or time.monotonic() > end:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise StartError(f"did not start; the end of {log}:\n{tail}")
        time.sleep(_STEP)


def stop(folder: Path, name: str, seconds: float = 60) -> bool:
    """Ask a process to end and wait until it has. Return whether there was one. Never forced: it is writing state."""
    number = running(folder, name)
    if number is None:
        return False
    os.kill(number, signal.SIGTERM)
    end = time.monotonic() + seconds
    while running(folder, name) is not None:
        _reap()
        if time.monotonic() > end:
            raise StartError(f"{name} (process {number}) does not stop; its log is {folder / name}.log")
        time.sleep(_STEP)
    _reap()
    return True


def _pid_file(folder: Path, name: str) -> Path:
    return folder / f"{name}.pid"


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _reap() -> None:
    """Take the exit status of our children that ended, so that no zombie stays behind in a long test run."""
    _started[:] = [process for process in _started if process.poll() is None]
