"""The walk of the README, with its own commands as pasted; only addresses, ports and the people in the file differ."""

import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from infra.local.place import ROOT
from tests.e2e.conftest import SAMPLE
from tests.e2e.house import House
from tests.e2e.waiting import PATIENCE, eventually

SECTION = re.compile(r"^## The loop, by hand$(.*?)^## ", re.DOTALL | re.MULTILINE)
BLOCK = re.compile(r"^```sh$(.*?)^```$", re.DOTALL | re.MULTILINE)
END = "--- the block is done ---"
JOAO = "joao.munoz@readme.example"
COMMENT = "Esperei quarenta minutos no caixa."


class Shell:
    """A shell that a person pastes blocks into; what one block sets, the next one has."""

    def __init__(self, folder: Path) -> None:
        """Open it in a folder."""
        self._process = subprocess.Popen(
            ["/bin/sh", "-e"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def paste(self, block: str) -> str:
        """Run a block and return what it printed; AssertionError when a command of it failed or does not end."""
        stdin = self._process.stdin
        assert stdin is not None
        stdin.write(f"{block}\nprintf '\\n%s\\n' '{END}'\n")
        stdin.flush()
        with _patience(self._process):
            return self._printed(block)

    def _printed(self, block: str) -> str:
        stdout, printed = self._process.stdout, list[str]()
        assert stdout is not None
        for line in stdout:
            if line.strip() == END:
                return "".join(printed)
            printed.append(line)
        raise AssertionError(f"the shell ended in:\n{block}\n{''.join(printed)}")

    def close(self) -> None:
        """Leave it."""
        self._process.communicate("exit\n", timeout=30)


@contextmanager
def _patience(process: subprocess.Popen[str]) -> Iterator[None]:
    timer = threading.Timer(PATIENCE, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """Open a shell where the sample file stands, with other people in it, who were not asked yet."""
    sample = tmp_path / SAMPLE.relative_to(ROOT)
    sample.parent.mkdir(parents=True)
    people = SAMPLE.read_bytes().replace(b"@example.com", b"@readme.example").replace(b"C-2", b"R-2")
    sample.write_bytes(people.replace(b"99876-1234", b"99876-4321"))
    opened = Shell(tmp_path)
    yield opened
    opened.close()


def _here(block: str, house: House) -> str:
    """Return a block with the addresses of this instance in place of those that `make up` takes by default."""
    place = house.running.place
    ports = f"ESCUTA_PORT={place.port} ESCUTA_SFTP_PORT={place.sftp_port} ESCUTA_OUTBOX_PORT={place.outbox_port}"
    for written, meant in (
        ("-P 2222", f"-P {place.sftp_port}"),
        (".escuta/", f"{place.folder}/"),
        ("localhost:4566", f"localhost:{place.port}"),
        ("localhost:4580", f"localhost:{place.outbox_port}"),
        ("make -s show", f"ESCUTA_FOLDER={place.folder} {ports} {sys.executable} -m infra.local show"),
    ):
        block = block.replace(written, meant)
    return block


def _ticket(house: House, state: str) -> list[dict[str, Any]]:
    found = house.read("tickets", segment="rio-01", state=state, limit="100")["items"]
    return [ticket for ticket in found if ticket["comment"] == COMMENT]


def test_the_commands_of_the_readme_work_as_pasted(house: House, mail: dict[str, Any], shell: Shell) -> None:
    assert mail  # the sample came before, so that its reports can be told apart by time
    section = SECTION.search((ROOT / "README.md").read_text())
    assert section is not None
    drop, report, answer, look, close, ask = (_here(block, house) for block in BLOCK.findall(section[1]))
    counted = house.counted("rio-01")["rio-01"]

    def seen(what: str, there: Callable[[], object]) -> None:
        eventually(what, there)

    shell.paste(drop)
    seen("the second report", lambda: house.report("clientes", 1))
    assert "7;aceita" in shell.paste(report)
    seen("João's mail", lambda: house.messages(JOAO))
    assert shell.paste(answer).strip() == "200"
    seen("the ticket", lambda: _ticket(house, "new"))
    house.counts({"rio-01": counted + 1})
    assert COMMENT in shell.paste(look)
    assert '"state":"closed"' in shell.paste(close)
    assert [ticket["root_causes"] for ticket in _ticket(house, "closed")] == [["queue"]]
    told = shell.paste(ask)
    assert told.count('"problem":null') >= 8  # widgets of the dashboard
    assert COMMENT in told
    assert "A ticket was opened." in told
