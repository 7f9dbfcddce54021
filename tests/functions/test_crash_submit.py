"""Submitting an answer under every fault at every AWS call, with the page trying again as it does in life."""

import pytest

from escuta.errors import UnavailableError
from escuta.feedback import responses, surveys
from escuta.feedback.links import Door
from escuta.feedback.model import StoreToken
from escuta.feedback.responses import Receipt
from escuta.outreach.model import Invitation
from tests.functions.respondents import SUBMISSION_ID, invite, open_survey, stand, submission
from tests.kit import faults, world
from tests.kit.faults import Fault

pytestmark = pytest.mark.usefixtures("aws", "noon")


class Page:
    """Ana's browser: it sends, and sends the same again until it has a receipt."""

    def __init__(self, door: Door) -> None:
        """`door` is what kind of link she opened."""
        self.door = door
        self.token = ""
        self.link: Invitation | StoreToken | None = None
        self.receipts: list[Receipt] = []

    def open(self) -> None:
        """Start the world over, cold: the survey, and her link."""
        surveys.version.cache_clear()
        open_survey()
        self.token, self.link = invite("Ana") if self.door is Door.INVITATION else stand()

    def send(self) -> None:
        """Press the button."""
        self.receipts.append(responses.submit(self.door, self.token, submission(nps=3, reasons=["price"])))


def seen() -> world.Snapshot:
    """Return what is stored, but for the random token of the store link."""
    stored = world.snapshot(ignore=("link_key", "body_hash"))
    return {key: row for key, row in stored.items() if not key[1].startswith("token#")}


@pytest.mark.parametrize("door", list(Door))
def test_any_fault_leaves_one_answer_and_the_same_receipt(door: Door) -> None:
    """R1, R2, R16, R17, D16: the response and the invitation are as after the clean run, whatever failed."""
    page = Page(door)

    found = faults.survey_of_faults(page.open, page.send, view=seen)

    assert found == []
    assert {receipt.id for receipt in page.receipts} == {SUBMISSION_ID}
    assert {receipt.score_class for receipt in page.receipts} == {"detractor"}


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
