"""Background processes are known by a lock that they hold, so that no stranger is ever stopped."""

import os
import socket
import sys
from pathlib import Path

import pytest

from infra.local import processes

SLEEP = (sys.executable, "-c", "import sys; print('up', flush=True); sys.stdin.read(); import signal; signal.pause()")
FAIL = (sys.executable, "-c", "raise SystemExit('no room on this disk')")


def test_a_process_runs_until_it_is_asked_to_end(tmp_path: Path) -> None:
    process = processes.start(tmp_path, "ana", SLEEP, os.environ)
    assert processes.running(tmp_path, "ana") == process.pid
    assert processes.stop(tmp_path, "ana") is True
    assert processes.running(tmp_path, "ana") is None
    assert processes.stop(tmp_path, "ana") is False


def test_nobody_is_started_twice(tmp_path: Path) -> None:
    processes.start(tmp_path, "ana", SLEEP, os.environ)
    try:
        with pytest.raises(processes.StartError, match="ana is running already"):
            processes.start(tmp_path, "ana", SLEEP, os.environ)
    finally:
        processes.stop(tmp_path, "ana")


def test_a_number_that_was_left_behind_is_not_taken_for_a_process(tmp_path: Path) -> None:
    (tmp_path / "ana.pid").write_text(str(os.getpid()))
    assert processes.running(tmp_path, "ana") is None
    assert processes.stop(tmp_path, "ana") is False


def test_a_process_that_fails_shows_the_end_of_its_log(tmp_path: Path) -> None:
    process = processes.start(tmp_path, "ana", FAIL, os.environ)
    process.wait()
    with pytest.raises(processes.StartError, match="no room on this disk"):
        processes.wait(process, tmp_path / "ana.log", lambda: False)


def test_a_taken_port_is_refused_with_the_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(processes.StartError, match=f"port {port} is taken.*make up ESCUTA_PORT={port + 1000}"):
            processes.require_free(port, "ESCUTA_PORT")
