"""From the stream record of an unhappy answer to the manager's inbox, whatever breaks on the way."""

import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from email import message_from_string
from typing import Any

import boto3
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from escuta import clock, ids, table
from escuta.directory import managers
from escuta.entity import Table
from escuta.errors import ConflictError
from escuta.feedback import alerts, tickets
from escuta.feedback.model import (
    Alert,
    AlertState,
    Call,
    Origin,
    Parked,
    Response,
    ResponseState,
    ScoreClass,
    Ticket,
)
from escuta.outreach import messages
from escuta.outreach.messages import Email
from tests.conftest import NOON, forget
from tests.kit import faults, world
from tests.kit.factories import PATH, response, segment, ticket, version
from tests.kit.faults import READS, Fault, failing, survey_of_faults, throttled
from tests.kit.queue import Queue
from tests.kit.stream import Context, Stream, event, image, record
from ticketing import alert, app, sweep

pytestmark = pytest.mark.usefixtures("aws", "noon")
Handler = Callable[[dict[str, Any], Any], Any]
ANGRY = response("angry", score=2, comment="Ninguém atendeu.", contact="ana", contact_name="Ana Souza")


def hierarchy() -> None:
    for depth in range(1, len(PATH) + 1):
        table.create(segment(*PATH[:depth]))
    table.create(version())
    managers.create("Bruno", "bruno@aurora.example", language="pt-BR", segments=["paulista"])


def stored(answer: Response = ANGRY) -> Response:
    return table.create(answer)


def mails() -> list[Any]:
    return list(ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].sent_messages)


def everything(cls: type[Any]) -> list[Any]:
    rows = [item for item in world.scan(Table.FEEDBACK) if item.get("kind", {}).get("S") == cls.kind]
    return [table.from_image(row) for row in rows]


def run(handler: Handler, *answers: Response) -> Stream:
    stream = Stream(handler)
    stream.write(*answers)
    stream.run()
    return stream


def test_a_detractor_opens_one_ticket_and_the_manager_gets_one_mail() -> None:
    hierarchy()

    run(app.handler, stored())
    Queue("alert", alert.handler).run()

    assert [(each.response, each.owner != "", each.state) for each in everything(Ticket)] == [("angry", True, "new")]
    assert [each.state for each in everything(Alert)] == [AlertState.SENT]
    assert [message_from_string(mail.raw_data)["To"] for mail in mails()] == ["Bruno <bruno@aurora.example>"]


def test_a_promoter_who_asks_to_be_called_afterwards_opens_a_ticket_and_the_manager_gets_the_number() -> None:
    hierarchy()
    happy = stored(response("happy", score=10, contact_name="Ana Souza"))
    asking = table.save(happy.changed(call=Call(at=NOON, phone="+5511987654321")))

    run(app.handler, happy, asking, asking)
    Queue("alert", alert.handler).run()

    assert [(each.response, each.rule) for each in everything(Ticket)] == [("happy", "call_me@1")]
    assert ["+5511987654321" in mail.raw_data for mail in mails()] == [True]


@pytest.mark.parametrize("score", [7, 9])
def test_a_passive_or_a_promoter_opens_none(score: int) -> None:
    hierarchy()

    run(app.handler, stored(response("calm", score=score)))

    assert everything(Ticket) == []


def test_an_answer_without_a_score_opens_none() -> None:
    hierarchy()

    run(app.handler, stored(response("silent", score=None)))

    assert everything(Ticket) == []


def test_the_same_record_many_times_in_other_batches_opens_one_ticket_and_sends_one_mail() -> None:
    hierarchy()
    stream = Stream(app.handler, ragged=True, again=0.5, batch=3, seed=7)
    stream.write(*(stored(response(f"angry {number}", score=number)) for number in range(6)))
    stream.run()
    Queue("alert", alert.handler, again=0.5, seed=7).run()

    assert stream.invocations > 3
    assert sorted(each.response for each in everything(Ticket)) == [f"angry {number}" for number in range(6)]
    assert len(mails()) == 6


def test_a_correction_opens_nothing_twice() -> None:
    hierarchy()
    first = stored()
    run(app.handler, first)

    run(app.handler, table.save(first.changed(score=0)))

    assert [each.score for each in everything(Ticket)] == [2]


def test_a_correction_downwards_opens_the_first_ticket() -> None:
    hierarchy()
    happy = stored(response("first", score=9))
    run(app.handler, happy)

    run(app.handler, table.save(happy.changed(score=1, score_class=ScoreClass.DETRACTOR)))

    assert [each.score for each in everything(Ticket)] == [1]


def tapped_then_sent(score: int, **sent: object) -> tuple[Response, Response]:
    """Return the two that Ana tapped in a message, as it was before it was replaced, and what she sent in its place."""
    tap = stored(response("tap", score=2, origin=Origin.TAPPED, invitation="ana"))
    run(app.handler, tap)
    table.save(tap.changed(state=ResponseState.DELETED))
    return tap, stored(response("sent", score=score, invitation="ana", replaces="tap", **sent))


@pytest.mark.parametrize(("score", "priority"), [(0, "high"), (5, "normal"), (9, "normal")])
def test_what_replaces_a_tap_takes_over_its_ticket_and_alerts_nobody_again(score: int, priority: str) -> None:
    hierarchy()
    tap, sent = tapped_then_sent(score, comment="Fila longa")

    for _ in range(2):
        run(app.handler, tap, sent)
    Queue("alert", alert.handler).run()

    (ticket,) = everything(Ticket)
    assert (ticket.response, ticket.score, ticket.comment) == ("sent", score, "Fila longa")
    assert (ticket.state, ticket.priority) == ("new", priority)
    log = [(line.what, line.text) for line in tickets.log(ticket.id).items]
    assert log == [("replaced", f"2 > {score}"), ("opened", "detractor@1")]
    assert len(everything(Alert)) == len(mails()) == 1


def test_a_ticket_that_was_taken_over_and_closed_is_not_opened_twice() -> None:
    hierarchy()
    _, sent = tapped_then_sent(3)
    run(app.handler, sent)
    (ticket,) = everything(Ticket)
    tickets.close(ticket.id, ("Fila",), "Ligamos", who=tickets.Actor(name="Bruno"), rev=ticket.rev)

    run(app.handler, sent)

    assert [(each.response, each.state) for each in everything(Ticket)] == [("sent", "closed")]


def test_what_replaces_a_tap_takes_over_tickets_that_no_rule_opened_for_it() -> None:
    hierarchy()
    tap = stored(response("tap", score=2, origin=Origin.TAPPED, invitation="ana"))
    by_hand = tickets.store(None, ticket("by hand", response="tap", rule="manual", score=2), tickets.Line("opened"))
    table.save(tap.changed(state=ResponseState.DELETED))
    sent = stored(response("sent", score=5, invitation="ana", replaces="tap", comment="Fila longa"))

    for _ in range(2):
        run(app.handler, sent)

    now = tickets.get(by_hand.id)
    assert (now.response, now.score, now.comment, now.rev) == ("sent", 5, "Fila longa", 2)
    assert sorted(each.rule for each in tickets.about(["sent"])) == ["detractor@1", "manual"]


def test_what_replaces_a_tap_whose_ticket_is_done_with_opens_its_own() -> None:
    hierarchy()
    tap = stored(response("tap", score=2, origin=Origin.TAPPED))
    run(app.handler, tap)
    (ticket,) = everything(Ticket)
    tickets.close(ticket.id, ("Fila",), "Ligamos", who=tickets.Actor(name="Bruno"), rev=ticket.rev)
    table.save(tap.changed(state=ResponseState.DELETED))

    run(app.handler, stored(response("sent", score=1, replaces="tap")))

    assert {(each.response, str(each.state)) for each in everything(Ticket)} == {("tap", "closed"), ("sent", "new")}


@pytest.mark.parametrize(
    "later",
    [{"state": ResponseState.DELETED}, {"score": 9, "score_class": ScoreClass.PROMOTER}],
    ids=["deleted", "corrected upwards"],
)
def test_an_old_image_that_comes_after_its_successor_opens_nothing(later: dict[str, Any]) -> None:
    hierarchy()
    old = stored()
    new = table.save(old.changed(**later))

    run(app.handler, new, old)

    assert everything(Ticket) == []


def test_a_place_where_nobody_answers_still_gets_its_ticket() -> None:
    table.create(segment())

    run(app.handler, stored())

    assert [each.owner for each in everything(Ticket)] == [""]
    assert everything(Alert) == []


def test_a_redelivered_record_queues_the_alert_that_is_still_pending() -> None:
    hierarchy()
    run(app.handler, stored())
    lost = Queue("alert", alert.handler).waiting()

    run(app.handler, ANGRY)

    assert len(lost) == 1
    assert Queue("alert", alert.handler).waiting() == lost


def test_a_redelivered_record_queues_nothing_that_was_sent() -> None:
    hierarchy()
    run(app.handler, stored())
    Queue("alert", alert.handler).run()

    run(app.handler, ANGRY)

    assert Queue("alert", alert.handler).waiting() == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda row: {**row, "kind": {"S": "surprise"}},
        lambda row: {**row, "data": {"S": "{}"}},
        lambda row: {**row, "data": {"S": "[1]"}},
        lambda row: {**row, "data": {"N": "1"}},
        lambda row: {name: value for name, value in row.items() if name != "rev"},
    ],
    ids=["unknown kind", "missing fields", "not an object", "not text", "no revision"],
)
def test_d7_a_record_that_nobody_can_read_is_parked_once_and_the_batch_goes_on(spoil: Callable[[Any], Any]) -> None:
    hierarchy()
    poison = record(spoil(image(response("poison", score=0))), number=41)
    batch = event([poison, record(stored(), number=42)])

    answers = [app.handler(batch, Context()) for _ in range(2)]

    assert answers == [{"batchItemFailures": []}] * 2
    assert [(each.reason, each.submission) for each in everything(Parked)] == [("unreadable", "poison")]
    assert [each.response for each in everything(Ticket)] == ["angry"]


def test_a_removal_is_nobodys_business() -> None:
    assert app.handler(event([record(None, ANGRY)]), Context()) == {"batchItemFailures": []}


def test_a_failure_names_the_first_record_that_was_not_applied() -> None:
    hierarchy()
    answers = [stored(response(name, score=1)) for name in ("one", "two", "three")]
    batch = event(record(each, number=number) for number, each in enumerate(answers, 100))
    tries: list[int] = []

    def second(_parameters: dict[str, Any]) -> Exception | None:
        tries.append(1)
        return throttled("dynamodb", "TransactWriteItems") if len(tries) == 2 else None

    with failing("TransactWriteItems", second):
        answer = app.handler(batch, Context())

    assert answer == {"batchItemFailures": [{"itemIdentifier": "101"}]}
    assert [each.response for each in everything(Ticket)] == ["one"]


def test_a_record_that_fails_however_often_it_comes_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    hierarchy()
    answers = [stored(response(name, score=1)) for name in ("one", "two", "three")]
    batch = event(record(each, number=number) for number, each in enumerate(answers, 100))
    usual = tickets.follow_up

    def odd(answer: Response) -> Any:
        if answer.id == "two":
            raise ValueError("a fault of ours")
        return usual(answer)

    monkeypatch.setattr(tickets, "follow_up", odd)

    assert [app.handler(batch, Context()) for _ in range(2)] == [{"batchItemFailures": []}] * 2
    assert [(each.reason, each.submission) for each in everything(Parked)] == [("unprocessable", "two")]
    assert sorted(each.response for each in everything(Ticket)) == ["one", "three"]


def test_a_response_that_changes_at_that_moment_is_decided_again() -> None:
    hierarchy()
    first = stored()

    def deleted_meanwhile(_parameters: dict[str, Any]) -> None:
        if table.load(Response, first.key(), consistent=True).state is ResponseState.FINAL:
            table.save(first.changed(state=ResponseState.DELETED))

    with failing("TransactWriteItems", deleted_meanwhile):
        run(app.handler, first)

    assert everything(Ticket) == []


def test_a_forgotten_alert_is_found_by_the_sweep() -> None:
    hierarchy()
    run(app.handler, stored())
    boto3.client("sqs").purge_queue(QueueUrl="https://sqs.us-east-1.amazonaws.com/123456789012/alert")
    queue = Queue("alert", alert.handler)

    sweep.handler({}, Context())
    assert queue.waiting() == []  # a moment ago: it may still be on its way

    with clock.at(NOON + timedelta(minutes=5)):
        sweep.handler({}, Context())
        queue.run()
    assert [each.state for each in everything(Alert)] == [AlertState.SENT]


def test_the_sweep_of_a_quiet_house_queues_nothing() -> None:
    hierarchy()
    run(app.handler, stored())
    queue = Queue("alert", alert.handler)
    queue.run()

    with clock.at(NOON + timedelta(hours=1)):  # before anything is due
        sweep.handler({}, Context())

    assert queue.waiting() == []


def told() -> int:
    return len(mails())


def faults_of(handler: Handler, view: Callable[[], world.Snapshot], some: Iterable[Fault] = Fault) -> list[str]:
    """Break every AWS call on the way from the record to the mail, in each of these ways, and let life go on."""

    def prepare() -> None:
        forget()
        hierarchy()
        stored()

    def act() -> None:
        run(handler, ANGRY)
        Queue("alert", alert.handler).run()

    def recover() -> None:
        with clock.at(NOON + timedelta(minutes=20)):
            sweep.handler({}, Context())
            Queue("alert", alert.handler).run()

    return survey_of_faults(prepare, act, recover=recover, view=view, faults=tuple(some), at=is_telling)


def is_telling(call: faults.Call) -> bool:
    """Tell whether a call changes something; of the reads, any of which may say no, the first one stands for all."""
    return call.number == 0 or not call.operation.startswith(READS)


def whole() -> world.Snapshot:
    rows = world.snapshot(ignore=("message_id", "resent"))
    for row in rows.values():
        if row.get("kind") == "alert":
            del row["rev"]  # how often it was claimed
    return rows | {("mail", "", ""): {"told": told()}}


def outcome() -> world.Snapshot:
    return {
        ("", "", ""): {"tickets": len(everything(Ticket)), "alerts": len(everything(Alert)), "told": min(told(), 2)}
    }


def test_whatever_breaks_there_is_one_ticket_and_only_an_unknown_outcome_tells_the_manager_twice() -> None:
    twice = ": mail//: expected {'told': 1}, found {'told': 2}"

    problems = faults_of(app.handler, whole)

    assert [problem for problem in problems if not problem.endswith(twice)] == []
    assert [re.sub(r"call \d+ ", "", problem.removesuffix(twice)) for problem in problems] == [
        "crash after at sesv2.SendEmail",
        "lost reply at sesv2.SendEmail",
        "connection closed at sesv2.SendEmail",
        "repeated at sesv2.SendEmail",
        "crash before at dynamodb.PutItem",  # the mail left and nobody wrote it down
        "throttle at dynamodb.PutItem",
    ]


def follow_up_by(store: Callable[[Response, Alert], None], name: Callable[[], str]) -> Handler:
    """Return a handler that stores a ticket in its own way."""

    def handle(batch: dict[str, Any], _context: Any) -> None:
        for each in batch["Records"]:
            answer = table.from_image(each["dynamodb"]["NewImage"])
            assert isinstance(answer, Response)
            identity = name()
            notice = Alert(
                id=identity,
                ticket=identity,
                manager="bruno",
                channel="email",
                address="bruno@aurora.example",
                language="pt-BR",
                created_at=NOON,
            )
            store(answer, notice)
            alerts.queue([notice])

    return handle


def at_once(answer: Response, notice: Alert) -> None:
    table.transact(table.Create(ticket(notice.ticket, response=answer.id)), table.Create(notice))


def one_after_the_other(answer: Response, notice: Alert) -> None:
    try:
        table.create(ticket(notice.ticket, response=answer.id))
    except ConflictError:
        return  # "it is there already"
    table.create(notice)


def mail_first(answer: Response, notice: Alert) -> None:
    messages.send_email(Email(to=notice.address, subject="Nota 2", text="Nota 2", html="Nota 2"))
    table.create(ticket(notice.ticket, response=answer.id))


@pytest.mark.parametrize(
    ("store", "name", "caught"),
    [
        (at_once, ids.new, "crash after at call 0 dynamodb.TransactWriteItems: //: expected {'tickets': 1"),
        (one_after_the_other, lambda: "first", "crash after at call 0 dynamodb.PutItem"),
        (mail_first, lambda: "first", "crash before at call 1 dynamodb.PutItem"),
    ],
    ids=["random id", "alert stored after the ticket", "mail before the ticket"],
)
def test_the_search_for_faults_catches_a_careless_follow_up(
    store: Callable[[Response, Alert], None], name: Callable[[], str], caught: str
) -> None:
    problems = faults_of(follow_up_by(store, name), outcome, (Fault.CRASH_BEFORE, Fault.CRASH_AFTER))

    assert [problem for problem in problems if problem.startswith(caught)] != []
