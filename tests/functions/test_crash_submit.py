"""Taking an answer while AWS is at its worst: one fault at one call, for every call, and then the page tries again."""

from typing import Any
from unittest.mock import patch

import pytest

from escuta import ids, table
from escuta.directory.segments import hierarchy
from escuta.errors import UnavailableError
from escuta.feedback import partials, responses, surveys
from escuta.feedback.links import Door
from escuta.feedback.model import Intercept, StoreToken, TokenKind
from escuta.feedback.partials import Partial
from escuta.feedback.responses import Receipt
from escuta.outreach import lookouts
from tests.conftest import NOON
from tests.functions.respondents import SUBMISSION_ID, invite, open_survey, submission, tap
from tests.kit import faults, funnel, guard, world
from tests.kit.faults import Fault, survey_of_faults

pytestmark = pytest.mark.usefixtures("aws", "noon")

TOKEN = ids.with_check("CaixaCaixaCaixaCaixa12")
COUNTER = StoreToken(id="counter", token_key=ids.token_key(TOKEN), survey="visit", segment="sp-01", created_at=NOON)
SHOP = Intercept(id=TOKEN, name="Shop", survey="visit", segment="sp-01", origins=(), created_at=NOON)
ASKED = {"name": "Ana", "email": "ana@mail.example"}


class Page:
    """Somebody's browser: it sends, and sends the same again until it has a receipt."""

    def __init__(self, door: Door, *links: StoreToken | Intercept, **more: Any) -> None:
        """`links` is what stands in the store; `more` is what the page sends beside its answers."""
        self.door = door
        self.links = links
        self.more = more
        self.token = TOKEN
        self.receipts: list[Receipt] = []

    def open(self) -> None:
        """Start the world over, cold but for the clients, which cost most: the survey, and the link."""
        surveys.version.cache_clear()
        hierarchy._listed.cache_clear()  # noqa: SLF001 - so that each run makes the same calls
        lookouts._is_on.cache_clear()  # noqa: SLF001 - the same
        open_survey()
        if self.door is Door.INVITATION:
            self.token = invite("Ana")[0]
        for link in self.links:
            table.put(link)

    def send(self) -> None:
        """Press the button."""
        sent = submission(SUBMISSION_ID, nps=3, reasons=["price"]).changed(**self.more)
        self.receipts.append(responses.submit(self.door, self.token, sent))


PAGES = {
    "an invitation": Page(Door.INVITATION),
    "a store": Page(Door.STORE, COUNTER.changed(quota=5, type=TokenKind.TRANSACTIONAL, asks=tuple(ASKED)), asked=ASKED),
    "a website": Page(Door.INTERCEPT, SHOP),
}


def _writes(call: faults.Call) -> bool:
    """Keep to the calls that change something: the reads before them are the same for all links."""
    return call.operation in {"TransactWriteItems", "PutItem"}


@pytest.mark.parametrize("name", list(PAGES))
def test_any_fault_leaves_one_answer_and_the_same_receipt(name: str) -> None:
    """R1, R2, R16, R17, D16: what is stored is as after the clean run, whatever failed."""
    page = PAGES[name]

    found = survey_of_faults(page.open, page.send, at=_writes if page.links else lambda _call: True)

    assert found == []
    assert funnel.problems() == []
    assert {receipt.id for receipt in page.receipts} == {SUBMISSION_ID}
    assert {receipt.score_class for receipt in page.receipts} == {"detractor"}


def test_any_fault_leaves_one_answer_in_place_of_atap() -> None:
    """T9: the tap becomes a tombstone with the answer, or neither happens."""
    page = Page(Door.INVITATION)

    def tapped() -> None:
        page.open()
        tap(page.token)

    assert survey_of_faults(tapped, page.send, at=_writes) == []


def test_any_fault_leaves_one_response_of_atap() -> None:
    page = Page(Door.INVITATION)

    assert survey_of_faults(page.open, lambda: tap(page.token), at=_writes) == []


def test_any_fault_leaves_the_newest_saving_of_a_draft() -> None:
    page = Page(Door.INVITATION)

    def save(number: int, score: str) -> None:
        sent = Partial(submission_id=SUBMISSION_ID, version=1, number=number, fields={"n.nps": score})
        partials.keep(Door.INVITATION, page.token, sent)

    def late() -> None:
        save(2, "9")
        save(1, "2")

    assert survey_of_faults(page.open, lambda: save(2, "9"), recover=late, at=_writes) == []
    assert funnel.problems() == []
    assert funnel.counted()["visit#segment#sp-01", "2026-03-10"] == dict.fromkeys(funnel.STEPS[:4], 1)


def test_a_lost_reply_gives_the_receipt_of_the_first_try() -> None:
    """R2."""
    page = Page(Door.INVITATION)
    page.open()
    with faults.recording() as calls:
        page.send()
    write = next(call.number for call in calls if call.operation == "TransactWriteItems")
    world.fresh()
    page.open()

    with faults.injected(write, Fault.LOST_REPLY), pytest.raises(UnavailableError):
        page.send()
    page.send()
    page.send()

    assert [receipt.replayed for receipt in page.receipts[1:]] == [True, True]
    assert page.receipts[1] == page.receipts[2]


def _send_in_parts(page: Page) -> None:
    """Press the button of a product that writes one after the other what belongs together."""
    whole = table.transact

    def one_by_one(*actions: table.Action) -> None:
        for action in actions:
            whole(action)

    with patch.object(table, "transact", one_by_one), guard.down():
        page.send()


@pytest.mark.parametrize("name", ["an invitation", "a store"])
def test_the_survey_of_faults_finds_a_page_that_writes_its_parts_one_by_one(name: str) -> None:
    page = PAGES[name]

    found = survey_of_faults(page.open, lambda: _send_in_parts(page), faults=(Fault.CRASH_AFTER,), at=_writes)

    assert [line for line in found if "TransactWriteItems" in line] != []


def test_the_survey_of_faults_finds_a_tap_that_is_replaced_in_parts() -> None:
    page = Page(Door.INVITATION)

    def tapped() -> None:
        page.open()
        tap(page.token)

    found = survey_of_faults(tapped, lambda: _send_in_parts(page), faults=(Fault.CRASH_AFTER,), at=_writes)

    assert [line for line in found if "TransactWriteItems" in line] != []
