"""Saying no, taking it back and asking for one's data under every fault at every AWS call."""

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from chalice.test import Client

from escuta import ids, table
from escuta.feedback import surveys
from escuta.outreach import suppression
from escuta.outreach.model import UNSUBSCRIBE, Channel, Suppression
from respond.app import app
from tests.functions.respondents import invite, open_survey, unsubscribe_token
from tests.kit import faults, outbox

pytestmark = pytest.mark.usefixtures("aws", "noon")
FORM = "application/x-www-form-urlencoded"
ADDRESS = "ana@mail.example"


class UnpromisedError(Exception):
    """The page did not say that it is done: a person would press again."""


class Ana:
    """She presses a button until the page says that it is done."""

    def __init__(self, action: str, body: bytes, *, before: tuple[str, ...] = ()) -> None:
        """`before` is what stands against her address already: scopes."""
        self.action, self.body, self.before = action, body, before
        self.token = ""
        self.told = False

    def open(self) -> None:
        """Start the world over, cold."""
        self.told = False
        surveys.version.cache_clear()
        open_survey()
        self.token = unsubscribe_token(invite("Ana")[1])
        for scope in self.before:
            suppression.add(Channel.EMAIL, ADDRESS, UNSUBSCRIBE, "visit", scope=scope)
        suppression.add(Channel.EMAIL, ADDRESS, "bounce")

    def press(self) -> None:
        """Press once; a page that says nothing good is an answer to press again on."""
        for _ in range(3):
            path = f"/u/{self.token}{self.action}"
            if Client(app).http.post(path, headers={"Content-Type": FORM}, body=self.body).status_code == 200:
                self.told = True
                return
        raise UnpromisedError

    def go_on(self) -> None:
        """Press again only when nobody said that it is done."""
        if not self.told:
            self.press()


@pytest.mark.parametrize(
    "ana",
    [
        Ana("", b"List-Unsubscribe=One-Click"),
        Ana("", b"scope=survey"),
        Ana("/undo", b"language=en", before=("", "visit", "party")),
        Ana("/privacy", b"wants=erase"),
    ],
    ids=["one-click", "survey", "undo", "privacy"],
)
def test_any_fault_leaves_it_done_once(ana: Ana) -> None:
    assert faults.survey_of_faults(ana.open, ana.press, recover=ana.go_on) == []
    assert outbox.mails() == []


def _promised(channel: Channel, address: str, reason: str, survey: str = "", **more: Any) -> None:
    """Say that it is done, whatever the store said: the wrong way."""
    with contextlib.suppress(Exception):
        add(channel, address, reason, survey, **more)


def _half(channel: Channel, address: str, survey: str) -> None:
    """Take the second no back only when the first still stands: the wrong way, after an interruption."""
    everything = table.find(Suppression, Suppression.at(suppression.address_hash(channel, address)))
    if everything and UNSUBSCRIBE in everything.reasons:
        take_back(channel, address, survey)


add, take_back = suppression.add, suppression.take_back
BROKEN: list[tuple[str, Callable[..., None], Ana]] = [
    ("add", _promised, Ana("", b"scope=survey")),
    ("take_back", _half, Ana("/undo", b"", before=("", "visit"))),
]


@pytest.mark.parametrize(("verb", "wrong", "ana"), BROKEN, ids=["promised too early", "undone by half"])
def test_the_survey_finds_what_is_wrong(
    verb: str, wrong: Callable[..., None], ana: Ana, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suppression, verb, wrong)

    assert faults.survey_of_faults(ana.open, ana.press, recover=ana.go_on) != []


def test_the_ids_of_two_people_and_of_two_kinds_are_apart() -> None:
    assert len({ids.derive("privacy", person, kind, "2026-03-10") for person in "ab" for kind in ("see", "erase")}) == 4
