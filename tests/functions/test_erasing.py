"""Erasing one person everywhere: nothing is left of them, and no figure changes."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from chalice.test import Client

from escuta import files, ids, secrets, table
from escuta.directory import drops, forgotten
from escuta.directory.model import ChunkGroup, Erasure, ErasureState, FileState, RowOutcome, RowResult
from escuta.entity import Table
from escuta.errors import NotFoundError
from escuta.feedback import erasing, metrics, surveys, tickets
from escuta.feedback.belongings import Belongings
from escuta.feedback.model import Response, TicketActivity
from escuta.feedback.tickets import linking, making
from escuta.outreach import ledger
from escuta.outreach.model import Invitation, InvitationState, Reminder
from privacy import erase
from respond.app import app
from tests.conftest import NOON
from tests.functions import forgetting
from tests.functions.forgetting import ANA
from tests.kit import faults, world
from tests.kit.queue import Queue

pytestmark = pytest.mark.usefixtures("aws", "noon")


def erased(*, keep_out: bool = True) -> Erasure:
    begun = erasing.start(ANA, "Carla", keep_out=keep_out)
    forgetting.worked()
    return erasing.get(begun.id)


def test_nothing_of_an_erased_person_is_left_in_any_table_or_bucket() -> None:
    forgetting.settle()
    forgetting.everywhere()
    assert len(forgetting.traces()) > 60

    receipt = erased()

    assert forgetting.traces() == []
    assert (receipt.state, receipt.contact, receipt.hint) == (ErasureState.DONE, "", "q•••@•••")
    assert receipt.reached == {
        "clicks": 1,
        "contacts": 2,
        "deployments": 2,
        "drafts": 1,
        "files": 2,
        "invitations": 2,
        "lifted": 0,
        "messages": 1,
        "parked": 2,
        "provisionals": 1,
        "reminders": 1,
        "replies": 1,
        "requests": 1,
        "responses": 2,
        "rests": 3,
        "rows": 2,
        "tickets": 2,
        "transactions": 2,
    }


def test_the_figures_stay_as_they_were() -> None:
    forgetting.settle()
    forgetting.everywhere()
    metrics.sweep("visit", "2026-03-10")
    before = {"n": 2, "detractor": 1, "promoter": 1}

    erased()

    metrics.sweep("visit", "2026-03-10")
    drift = metrics.reconcile("visit", "2026-03-10", thorough=True)
    assert (drift.total, drift.uncounted, drift.wrong) == (0, (), ())
    counted = table.numbers(Table.FEEDBACK, "counter#visit#segment#sp-01")
    sums: Counter[str] = Counter()
    for _, numbers in counted:
        sums.update(numbers)
    assert {name: sums[name] for name in before} == before


def test_what_was_counted_of_an_answer_stays_and_nothing_else() -> None:
    forgetting.settle()
    planted = forgetting.everywhere()

    erased()

    left = table.load(Response, planted["response"].key())
    assert left.answers == {"nps": 2, "reasons": ("price",)}
    assert (left.score, left.score_class, left.segment, left.emptied) == (2, "detractor", "sp-01", "erased")
    assert (left.comment, left.contact, left.contact_name, left.call, left.hidden) == ("", "", "", None, {})


def test_queued_mail_and_reminders_are_cancelled_and_old_links_open_nothing() -> None:
    forgetting.settle()
    planted = forgetting.everywhere()
    erased()

    queued = table.load(Invitation, planted["queued"].key())
    reminder = table.load(Reminder, Reminder.at(queued.link_key, 1))
    assert (queued.state, queued.reason, reminder.state) == ("cancelled", "erased", "cancelled")
    for invitation in (planted["sent"], planted["queued"]):
        token = ids.link_token(secrets.link_secret(), "answer", invitation.id)
        assert Client(app).http.get(f"/s/{token}").status_code == 410
        farewell = invitation.id + ids.link_token(secrets.link_secret(), "unsubscribe", invitation.id)
        assert Client(app).http.get(f"/u/{farewell}").status_code == 410


def test_a_mail_that_a_sender_has_claimed_may_arrive_and_says_so_but_its_link_opens_nothing() -> None:
    forgetting.settle()
    forgetting.known()
    claimed = forgetting.invited("first", InvitationState.CLAIMED, claim="worker", lease_until=NOON)

    erased()
    ledger.mark([ledger.Mark(claimed, InvitationState.SENT, message_id="m-1")])

    left = table.load(Invitation, claimed.key())
    assert (left.state, left.address, left.contact) == ("sent", "", "")
    assert left.revoked_at is not None


def test_open_tickets_are_closed_as_erased_and_open_no_more() -> None:
    forgetting.settle()
    planted = forgetting.everywhere()
    opened = tickets.identity(planted["response"].id, tickets.DETRACTOR.id)

    erased()

    left = tickets.get(opened)
    assert (left.state, left.action, left.contact_name, left.comment, left.closed_at) == (
        "closed",
        "erased",
        "",
        "",
        None,
    )
    assert [line.what for line in tickets.whole_log(opened)] == ["opened", "noted", "erased"]
    assert tickets.follow_up(table.load(Response, planted["response"].key())) == ()
    assert tickets.get(opened) == left


def test_every_line_of_a_long_log_loses_its_words_and_keeps_where_the_ticket_went() -> None:
    forgetting.settle()
    forgetting.known()
    response = forgetting.answered("r" * 22)
    ticket = tickets.follow_up(response)[0].ticket
    moved = {"state": "open", "state_was": "new", "action": "Quitéria"}
    own: dict[str, Any] = {"ticket": ticket.id, "happened_at": NOON, "what": "noted", "text": "kanarie"}
    table.put_many(TicketActivity(number=number, details=moved, **own) for number in range(2, 502))
    table.put(ticket.changed(rev=500))

    erased()

    assert forgetting.traces() == []
    lines = list(tickets.whole_log(ticket.id))
    assert [line.number for line in lines] == list(range(1, 503))
    assert lines[1].details == {"state": "open", "state_was": "new"}
    assert lines[-1].what == "erased"


def test_a_ticket_that_somebody_opened_about_the_person_is_found_and_emptied_too() -> None:
    forgetting.settle()
    forgetting.known()
    about = making.ByHand(contact=ANA, subject="Quitéria reclamou", tags=("kanarie",), comment="Ligar")
    opened = making.open_by_hand("by-hand", about, who=tickets.Actor(id="user:b", name="Bruno"))
    tickets.store(opened, opened, tickets.Line("received", "kanarie"), tickets.CUSTOMER)

    receipt = erased()

    assert forgetting.traces() == []
    assert receipt.reached["tickets"] == 1
    assert tickets.edges_of_contact(ANA) == ()
    left = tickets.get("by-hand")
    assert (left.state, left.emptied, left.subject, left.tags) == ("closed", "erased", "", ())


def test_what_the_person_wrote_into_the_ticket_that_theirs_goes_on_in_is_emptied_too() -> None:
    forgetting.settle()
    forgetting.known()
    bruno = tickets.Actor(id="user:b", name="Bruno")
    about = making.ByHand(contact=ANA, subject="Quitéria reclamou")
    own = making.open_by_hand("own", about, who=bruno)
    making.open_by_hand("place", making.ByHand(segment=own.segment, subject="Ar quebrado"), who=bruno)
    linking.merge("own", "place", who=bruno, rev=1)
    joined = tickets.get("place")
    causes = {"root_causes": ("kanarie",), "caused_again": ("kanarie",)}
    tickets.store(joined, joined.changed(**causes), tickets.Line("received", "kanarie"), tickets.CUSTOMER)

    erased()

    assert forgetting.traces() == []
    assert [tickets.get(name).emptied for name in ("own", "place")] == ["erased", "erased"]


def test_the_rows_of_others_and_the_sums_of_a_file_stay() -> None:
    forgetting.settle()
    planted = forgetting.everywhere()
    erased()

    file = drops.get(planted["file"].id)
    rows = list(drops.results(file.id, 0))
    assert [row.outcome for row in rows] == ["accepted", "rejected", "accepted"]
    assert rows[2].original == ("B-1", "bruno@mail.example")
    assert files.etag("escuta-drop", file.object_key) == ""
    assert b"bruno@mail.example" in files.read("escuta-reports", file.report_key)


def test_a_newer_file_at_the_same_place_is_left_alone() -> None:
    forgetting.settle()
    forgetting.known()
    file = forgetting.dropped()
    files.write("escuta-drop", file.object_key, b"id;email\nB-1;bruno@mail.example\n", "text/csv")

    erased()

    assert files.read("escuta-drop", file.object_key) == b"id;email\nB-1;bruno@mail.example\n"


def test_a_file_that_is_not_loaded_yet_is_waited_for() -> None:
    forgetting.settle()
    forgetting.known()
    file = forgetting.dropped(state=FileState.LOADING)
    begun = erasing.start(ANA, "Carla")

    for _ in range(2):
        erasing.run(begun.id, lambda: True)
    waited = erasing.get(begun.id)
    assert (waited.state, waited.waiting) == ("running", (file.id,))
    nobody = RowResult(row=1, line=2, outcome=RowOutcome.SKIPPED, code="erased", original=("", "", ""))
    drops.write_results(file.id, 0, [nobody])
    table.save(drops.get(file.id, consistent=True).changed(state=FileState.DONE, rows=1))
    forgetting.worked()

    assert erasing.get(begun.id).state is ErasureState.DONE
    assert forgetting.traces() == []


def test_an_answer_that_came_while_everything_was_emptied_is_found_the_second_time() -> None:
    forgetting.settle()
    forgetting.known()
    begun = erasing.start(ANA, "Carla")
    erasing.run(begun.id, lambda: True)
    forgetting.answered("l" * 22)

    assert erasing.get(begun.id).round == 1
    forgetting.worked()

    assert forgetting.traces() == []
    assert erasing.get(begun.id).reached["responses"] == 1


def test_who_is_kept_out_is_known_before_anything_is_removed_and_others_are_not() -> None:
    forgetting.settle()
    forgetting.known()
    begun = erasing.start(ANA, "Carla")

    with pytest.raises(faults.Crash), faults.injected(4, faults.Fault.CRASH_BEFORE):
        erasing.run(begun.id, lambda: True)

    assert forgotten.is_forgotten(email=forgetting.EMAIL)
    assert not forgotten.is_forgotten(email="bruno@mail.example")


def test_who_may_come_back_is_not_kept_out() -> None:
    forgetting.settle()
    forgetting.known()

    erased(keep_out=False)

    assert forgetting.traces() == []
    assert not forgotten.is_forgotten(email=forgetting.EMAIL)


def test_who_is_to_stay_out_after_all_is_kept_out_though_the_erasure_has_begun() -> None:
    forgetting.settle()
    forgetting.known()
    erasing.start(ANA, "Carla", keep_out=False)

    assert erased(keep_out=True).keep_out
    assert forgotten.is_forgotten(email=forgetting.EMAIL)


def test_starting_twice_is_starting_once_and_a_message_that_comes_again_changes_nothing() -> None:
    forgetting.settle()
    forgetting.known()
    first, second = erasing.start(ANA, "Carla"), erasing.start(ANA, "Bruno")
    forgetting.worked()
    before = world.snapshot()

    assert first.id == second.id
    Queue("erase", erase.handler).send({"erasure": first.id})
    forgetting.worked()
    assert world.snapshot() == before


def test_nobody_is_erased_who_is_not_known() -> None:
    with pytest.raises(NotFoundError, match="contact_not_found"):
        erasing.start("nobody", "Carla")


def planted() -> None:
    """Put there the smallest person that every call of an erasure is made for, cold."""
    surveys.version.cache_clear()
    forgetting.settle()
    forgetting.known()
    forgetting.invited("first", InvitationState.QUEUED)
    tickets.follow_up(forgetting.answered("r" * 22))
    erasing.start(ANA, "Carla")


def test_any_fault_at_any_call_leaves_nothing_of_the_person() -> None:
    at = first_look()
    assert faults.survey_of_faults(planted, worked, view=view, faults=(faults.Fault.CRASH_AFTER,), at=at) == []


def test_the_sweep_finds_who_empties_without_noting_first(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(now: Erasure, _found: Belongings) -> Erasure:
        return now

    monkeypatch.setattr(erasing, "_noted", forgetful)

    assert faults.survey_of_faults(planted, worked, view=view, faults=(faults.Fault.CRASH_AFTER,), at=removals) != []


def first_look() -> Callable[[faults.Call], bool]:
    """Return what tells, of calls in their order, whether one changes anything the first time everything is emptied.

    A crash between two reads is one after the write before them. The second look, which begins with the message that
    the first one leaves, does the same steps again, and finds nothing to empty.
    """
    sent: list[faults.Call] = []

    def at(call: faults.Call) -> bool:
        if sent or call.operation.startswith(("Get", "Query", "BatchGet", "List", "Head", "Receive")):
            return False
        sent.extend([call] if call.operation == "SendMessageBatch" else [])
        return True

    return at


def removals(call: faults.Call) -> bool:
    """Tell whether a call removes a row."""
    return call.operation == "DeleteItem"


def worked() -> None:
    """Go on with the erasure until it is done, as its messages do."""
    (receipt,) = erasing.listing().items
    while erasing.run(receipt.id, lambda: True).state is ErasureState.RUNNING:
        pass


def view() -> world.Snapshot:
    """Return what is left, and what of it names the person."""
    with faults.untouched():
        return world.snapshot() | {("left", "", str(forgetting.traces())): {}}


def test_a_loaded_file_that_could_not_be_closed_has_reports_which_are_emptied_too() -> None:
    forgetting.settle()
    forgetting.known()
    file = forgetting.dropped()
    table.put(ChunkGroup(file=file.id, group=0, done=(0,)))
    table.save(drops.get(file.id).changed(state=FileState.FAILED, reason="not_processed"))

    erased()

    assert forgetting.traces() == []
    assert drops.get(file.id).state is FileState.FAILED


def test_who_was_written_to_at_another_address_before_is_kept_out_under_that_one_too() -> None:
    forgetting.settle()
    forgetting.known()
    forgetting.invited("first", address="q@former.example")

    erased()

    assert forgotten.is_forgotten(email="q@former.example")
    assert forgotten.known().shared == {
        forgotten.mark("email", "q@former.example"),
        forgotten.mark("email", forgetting.EMAIL),
        forgotten.mark("phone", forgetting.PHONE),
    }


def test_while_a_file_is_waited_for_nothing_else_is_looked_at_again() -> None:
    forgetting.settle()
    forgetting.known()
    forgetting.dropped("held.csv", state=FileState.HELD, chunks=0)
    begun = erasing.start(ANA, "Carla")
    for _ in range(2):
        erasing.run(begun.id, lambda: True)

    with faults.recording() as calls:
        erasing.run(begun.id, lambda: True)

    assert [call.operation for call in calls] == ["GetItem", "GetItem", "PutItem", "SendMessageBatch"]
