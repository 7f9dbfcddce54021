"""What a page and an answer cost the store in a warm function."""

from datetime import datetime
from urllib.parse import urlencode

import pytest
from chalice.test import Client

from escuta import clock, ids, table
from escuta.entity import Table
from escuta.outreach.model import Invitation, InvitationState
from respond.app import app
from tests.conftest import NOON
from tests.functions.respondents import invite, open_survey, stand
from tests.kit.faults import recording


@pytest.fixture
def warm(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    """Somebody else was here a moment ago."""
    open_survey()
    for path in (f"/s/{invite('Bruno')[0]}", f"/t/{stand()[0]}"):
        get(path)
        post(path)


def get(path: str) -> list[str]:
    """Open a link and return the calls that it took."""
    with clock.at(NOON), recording() as calls:
        assert Client(app).http.get(path, headers={"Accept": "text/html"}).status_code == 200
    return [call.operation for call in calls]


def post(path: str, expected: int = 200) -> list[str]:
    """Answer through a link and return the calls that it took."""
    form = urlencode({"submission_id": ids.new(), "version": 1, "n.nps": 9, "t.comment": "Bom"})
    headers = {"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"}
    with clock.at(NOON), recording() as calls:
        assert Client(app).http.post(path, headers=headers, body=form.encode()).status_code == expected
    return [call.operation for call in calls]


@pytest.mark.usefixtures("warm")
def test_an_invitation_takes_one_read_to_show_and_one_write_to_answer() -> None:
    token, _ = invite("Ana")

    assert get(f"/s/{token}") == ["BatchGetItem"]
    assert post(f"/s/{token}") == ["TransactWriteItems"]


@pytest.mark.usefixtures("warm")
def test_a_function_that_did_not_show_the_invitation_reads_it_first() -> None:
    token, _ = invite("Ana")

    assert post(f"/s/{token}") == ["GetItem", "TransactWriteItems"]


@pytest.mark.usefixtures("warm")
def test_an_invitation_that_moved_on_since_it_was_shown_is_read_where_the_write_finds_it() -> None:
    token, invitation = invite("Ana")
    get(f"/s/{token}")
    table.save(invitation.changed(rev=1, state=InvitationState.DELIVERED))

    assert post(f"/s/{token}") == ["TransactWriteItems", "TransactWriteItems"]
    stored = table.load(Invitation, invitation.key())
    assert (stored.state, stored.rev) == (InvitationState.COMPLETED, 3)


@pytest.mark.usefixtures("warm")
def test_an_invitation_that_was_taken_back_since_it_was_shown_takes_no_answer() -> None:
    token, invitation = invite("Ana")
    get(f"/s/{token}")
    table.save(invitation.changed(rev=1, revoked_at=NOON))

    assert post(f"/s/{token}", expected=410)[0] == "TransactWriteItems"
    assert table.count(Table.FEEDBACK, "responses#visit#sp-01", index="g1") == 2  # those of the warm function


@pytest.mark.usefixtures("warm")
def test_a_store_link_takes_one_read_to_show_and_one_read_and_one_write_to_answer() -> None:
    token, _ = stand()

    assert get(f"/t/{token}") == ["GetItem"]
    assert post(f"/t/{token}") == ["GetItem", "TransactWriteItems"]
