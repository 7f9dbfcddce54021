"""One instance for all end-to-end tests: its own folder and ports, the demo company, and gone at the end."""

import os
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from playwright.sync_api import Browser, Playwright

from infra.local import stack
from infra.local.place import HOST, ROOT, Place
from tests.conftest import forget
from tests.e2e.album import Album
from tests.e2e.house import House
from tests.e2e.tools import program
from tests.e2e.visitor import Visitor, launch, visitor
from tests.e2e.waiting import eventually

HERE = Path(__file__).parent
SAMPLE = ROOT / "docs" / "samples" / "clientes.csv"
LAST = ("test_restart.py", "test_in_the_end.py")
FEW = 600  # answers of the demo company's past: all pages have enough of them, and it is there sooner
WRITTEN_TO = (
    "+5521998761234",
    "compras@souzafilhos.example.com",
    "conceicao.araujo@example.com",
    "emily.oconnor@example.com",
    "joao.munoz@example.com",
    "lucia.fernandez@example.com",
    "nadia.formula@example.com",
)

LetsIn: TypeAlias = Callable[..., Visitor]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, and let those be last that look back on all others."""
    ours = [item for item in items if item.path.parent == HERE]
    for item in ours:
        item.add_marker(pytest.mark.e2e)
    items.sort(key=lambda item: LAST.index(item.path.name) + 1 if item in ours and item.path.name in LAST else 0)


def free_place(folder: Path) -> Place:
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(3)]
        for probe in probes:
            probe.bind((HOST, 0))
        port, sftp_port, outbox_port = (probe.getsockname()[1] for probe in probes)
    return Place(folder=folder, port=port, sftp_port=sftp_port, outbox_port=outbox_port)


def _seed(say: stack.Say, site: str) -> Mapping[str, str]:
    from infra.local import history, seed  # noqa: PLC0415 - as `make up` does

    forget()
    answers = history.RESPONSES if os.environ.get("ESCUTA_SCREENSHOTS") else FEW
    return asdict(seed.seed(say, site, answers=answers))


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Start an instance with the demo company. Its logs outlive it, for those who look for the cause of a failure."""
    for needed in (("chromium", "chromium-browser", "google-chrome"), ("sftp",)):
        program(*needed)
    place = free_place(tmp_path_factory.mktemp("escuta") / "house")
    try:
        running = stack.up(place, _seed)
        assert running.broken == {}
        yield House(running, tmp_path_factory.mktemp("desk"))
    finally:
        stack.down(place)
        logs = tmp_path_factory.mktemp("logs")
        for log in place.folder.glob("*.log"):
            shutil.copy(log, logs)
        stack.clean(place)


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Start the browser; every visitor gets a profile of their own."""
    started = launch(playwright)
    yield started
    started.close()


@pytest.fixture(scope="session")
def album() -> Album:
    """Return where pictures are kept; the environment is read before the tests hide what begins with ESCUTA_."""
    asked = os.environ.get("ESCUTA_SCREENSHOTS")
    if not asked:
        return Album(None)
    folder = Path(asked).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return Album(folder)


@pytest.fixture
def person(browser: Browser) -> Iterator[LetsIn]:
    """Let people in with `person(language=..., javascript=..., screen=...)`; their pages must not complain."""
    with ExitStack() as visits:
        yield lambda **how: visits.enter_context(visitor(browser, **how))


@pytest.fixture(scope="session")
def mail(house: House) -> dict[str, dict[str, Any]]:
    """Drop the sample file, once, and return the message that each of its people got."""
    house.sftp(f'put "{SAMPLE}" contacts/')

    def sent() -> dict[str, dict[str, Any]]:
        found = {message["to"]: message for message in house.messages()}
        return {to: found[to] for to in WRITTEN_TO} if found.keys() >= set(WRITTEN_TO) else {}

    return eventually("a message to everybody accepted", sent)
