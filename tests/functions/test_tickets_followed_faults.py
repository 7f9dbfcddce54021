"""Asking after a closing, deciding by the answer and writing to the customer, with a fault at every network call."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from distribute import deliver, due
from escuta import clock, secrets, table
from escuta.directory import managers
from escuta.feedback import responses, tickets
from escuta.feedback.links import Door
from escuta.feedback.model import Alert, Response, Ticket, TicketState
from escuta.feedback.submissions import Submission
from escuta.feedback.tickets import Actor, asking, keeping, life, recovering, writing
from escuta.feedback.tickets.keeping import CUSTOMER, Line
from escuta.outreach import cases, invitations
from escuta.outreach.model import Invitation, InvitationState
from tests.conftest import NOON
from tests.functions.senders import cool, open_shop
from tests.kit import faults, outbox
from tests.kit.factories import contact, response
from tests.kit.faults import Call, Fault
from tests.kit.queue import Queue

pytestmark = pytest.mark.usefixtures("aws")
ANA = contact("Ana")
BRUNO = Actor(name="Bruno Lima", id="bruno", manager="bruno")
LATER = NOON + timedelta(days=1, minutes=5)
TICKET = tickets.identity("angry", "detractor")
Act = Callable[[], object]


def prepare() -> None:
    cool()
    with clock.at(NOON):
        open_shop(ANA)
        managers.create("Bruno", "bruno@aurora.example", language="pt-BR", segments=["paulista"])
        tickets.follow_up(table.create(response("angry", score=2, contact=ANA.id)))
        asking.ready()
        secrets.link_secret()  # which a warm function keeps


def close() -> None:
    """Close it, as a person does who was told that it failed and looks again."""
    with clock.at(NOON + timedelta(hours=1)):
        current = keeping.get(TICKET)
        if current.state is not TicketState.CLOSED:
            tickets.close(TICKET, ("fila",), "Ligamos", who=BRUNO, rev=current.rev)


def closed() -> None:
    prepare()
    close()


def invited() -> list[Invitation]:
    shards = Invitation.shards("follow-up")
    return [one for shard in shards for one in table.query(Invitation, shard, index="g1").items]


def of_closing() -> Any:
    ticket = keeping.get(TICKET)
    asked = [(one.state, one.occasion, one.link_key == ticket.follow_up) for one in invited()]
    return {"asked": asked, "log": [line.what for line in tickets.whole_log(TICKET)], "state": ticket.state}


def how_often() -> Any:
    return {"asked": len(invited())}


def writes(call: Call) -> bool:
    """Leave out most reads: what fails at one of them fails before anything is written."""
    return not call.operation.startswith(faults.READS) or call.number == 0


def test_a_closing_asks_once_whatever_fails() -> None:
    assert faults.survey_of_faults(prepare, close, view=of_closing, at=writes) == []
    assert of_closing()["asked"] == [(InvitationState.DEFERRED, f"{TICKET}#0", True)]


def test_an_invitation_that_is_stored_apart_and_named_anew_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = asking.beside

    def apart(before: Ticket | None, after: Ticket, *, by_people: bool) -> tuple[Ticket, tuple[table.Action, ...]]:
        changed, actions = whole(before, after, by_people=by_people)
        for action in actions:
            if isinstance(action, table.Create):
                table.put(action.entity)
        return changed, ()

    times = itertools.count()
    monkeypatch.setattr(asking, "occasion", lambda ticket: f"{ticket.id}#{next(times)}")
    monkeypatch.setattr(asking, "beside", apart)

    assert faults.survey_of_faults(prepare, close, view=how_often, at=writes) != []


def answered() -> None:
    """Ana answers that it is not good; nobody has looked at it yet."""
    closed()
    invitation = asking.asked(keeping.get(TICKET))
    assert invitation is not None
    token = invitations.link(invitation).rpartition("/")[2]
    said = Submission(submission_id="a" * 22, version=1, language="pt-BR", answers={"good": 0, "more": "Não"})
    with clock.at(LATER):
        responses.submit(Door.INVITATION, token, said)


def decide() -> None:
    with clock.at(LATER):
        recovering.answered(table.load(Response, Response.at("a" * 22), consistent=True))


def of_answer() -> Any:
    ticket = keeping.get(TICKET)
    told = [alert.why for alert in table.query(Alert, Alert.about(TICKET), index="g2").items]
    log = [(line.what, line.text) for line in tickets.whole_log(TICKET)]
    return {"ticket": (ticket.state, ticket.recovered, ticket.reopened, ticket.priority), "told": told, "log": log}


def test_an_answer_reopens_once_and_alerts_once_whatever_fails() -> None:
    assert faults.survey_of_faults(answered, decide, view=of_answer, at=writes) == []
    assert of_answer() == {
        "ticket": ("reopened", False, 1, "urgent"),
        "told": ["opened", "reopened"],
        "log": [("opened", "detractor@1"), ("closed", "Ligamos"), ("reopened", "Não")],
    }


def test_a_reopening_that_says_why_in_a_second_write_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def in_two(ticket: Ticket, line: Line) -> tuple[Alert, ...]:
        first = keeping.store(ticket, life.taken_up(ticket), line, CUSTOMER)
        keeping.store(first, first.changed(recovered=False), Line("noted"), CUSTOMER)
        return ()

    monkeypatch.setattr(recovering, "_taken_up", in_two)

    assert faults.survey_of_faults(answered, decide, view=of_answer, at=writes) != []


def write() -> None:
    """Write, as a person does who sees in the log whether it is there, and have it sent."""
    with clock.at(NOON + timedelta(hours=1)):
        if "written" not in [line.what for line in tickets.whole_log(TICKET)]:
            writing.write(TICKET, "Desculpe.", who=BRUNO, rev=keeping.get(TICKET).rev)
        Queue("deliver", deliver.handler).step()


def later() -> None:
    """Let the clock ring the alarm, and the lease of a sender that died end."""
    write()
    for minutes in (66, 69):
        with clock.at(NOON + timedelta(minutes=minutes)):
            due.handler({}, None)
            Queue("deliver", deliver.handler).run()


def of_message() -> Any:
    found = writing.states(TICKET).values()
    mails = [mail for mail in outbox.mails() if mail["To"] == "Ana <ana@example.com>"]
    done = {InvitationState.SENT, InvitationState.UNKNOWN}
    sent = {InvitationState.SENT: 1}
    right = [len(mails) <= 1 and one.state in done and len(mails) >= sent.get(one.state, 0) for one in found]
    return {"right": right, "log": [line.what for line in tickets.whole_log(TICKET)]}


def test_a_message_is_written_once_and_sent_at_most_once_whatever_fails() -> None:
    some = (
        Fault.CRASH_AFTER,
        Fault.THROTTLE,
        Fault.LOST_REPLY,
    )  # what an SDK that sends again would do is proved apart
    found = faults.survey_of_faults(prepare, write, recover=later, view=of_message, faults=some, at=writes)

    assert found == []
    assert of_message() == {"right": [True], "log": ["opened", "written"]}


def test_a_message_without_an_alarm_is_found_to_be_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "beside", lambda message: (table.Create(message),))

    some = (Fault.CRASH_AFTER,)
    assert faults.survey_of_faults(prepare, write, recover=later, view=of_message, faults=some, at=writes) != []
