"""Invitations that somebody opened or began and did not answer: one ticket, so many hours later, and never after."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta import clock, table
from escuta.entity import Table
from escuta.feedback import tickets
from escuta.feedback.model import (
    Condition,
    Response,
    RuleKind,
    RuleProgress,
    Standing,
    Ticket,
    TicketRule,
    TicketRulesDraft,
    TicketState,
)
from escuta.feedback.tickets import rulebook, unanswered
from escuta.outreach import lookouts, progress
from escuta.outreach.model import Invitation, InvitationState, Lookout, Step
from tests.conftest import NOON, forget
from tests.functions.callers import found_company
from tests.kit import world
from tests.kit.factories import invitation, response, ticket
from tests.kit.faults import Fault, survey_of_faults
from tests.kit.stream import Context, Stream
from ticketing import app, sweep

pytestmark = pytest.mark.usefixtures("aws", "noon")
PATH = ("aurora", "sul", "poa")
SILENT = TicketRule(id="silent", name="Abriu e não respondeu", kind=RuleKind.OPENED_UNANSWERED, hours=24)
OPENED = NOON + timedelta(minutes=5)
DUE = OPENED + timedelta(hours=24, minutes=5)


def rules(*some: TicketRule) -> None:
    rulebook.save(TicketRulesDraft(rules=(*tickets.RULES, *some)), rev=rulebook.load().rev, who="admin")
    forget()


def invited(name: str = "Ana", **fields: Any) -> Invitation:
    return table.create(invitation(name=name, segment="poa", segment_path=PATH, **fields))


def opened(asked: Invitation, at: datetime = OPENED) -> None:
    with clock.at(at):
        progress.opened(asked.link_key, at)


def swept(at: datetime = DUE) -> None:
    with clock.at(at):
        sweep.handler({}, Context())


def the_tickets() -> list[Ticket]:
    rows = [row for row in world.scan(Table.FEEDBACK) if row.get("kind", {}).get("S") == "ticket"]
    return [entity for row in rows if isinstance(entity := table.from_image(row), Ticket)]


def noted() -> int:
    return sum(row.get("kind", {}).get("S") == Lookout.kind for row in world.scan(Table.OUTREACH))


def answer(asked: Invitation, score: int = 9, **fields: Any) -> Response:
    done = {"state": InvitationState.COMPLETED, "response": "sent", "reached": Step.COMPLETED}
    table.change(asked, lambda now: now.changed(**done))
    sent = response(
        "sent", score, segment_path=PATH, invitation=asked.id, link_key=asked.link_key, received_at=DUE, **fields
    )
    stored = table.create(sent.changed(rev=0))
    stream = Stream(app.handler)
    stream.write(stored)
    stream.run()
    return stored


def test_nothing_is_noted_while_nobody_wants_to_know() -> None:
    opened(invited())
    assert noted() == 0


def test_a_message_that_was_opened_and_not_answered_opens_one_ticket_once_it_is_time() -> None:
    found_company()
    rules(SILENT)
    asked = invited(custom={"tier": "vip"}, product="tv")
    opened(asked)
    opened(asked, OPENED + timedelta(hours=1))  # once more: the first time counts

    swept(OPENED + timedelta(hours=23))
    assert the_tickets() == []
    for later in (DUE, DUE, DUE + timedelta(days=3)):
        swept(later)

    (found,) = the_tickets()
    assert (found.rule, found.rule_name, found.response) == ("silent@2", "Abriu e não respondeu", "")
    assert (found.segment, found.contact, found.contact_name, found.product) == ("poa", asked.contact, "Ana", "tv")
    assert (found.score, found.state) == (None, "new")
    assert [(line.what, line.text) for line in tickets.log(found.id).items][-1:] == [("opened", "silent@2")]


@pytest.mark.parametrize(
    "change",
    [
        {"state": InvitationState.COMPLETED},
        {"response": "sent"},
        {"reached": Step.COMPLETED},
        {"state": InvitationState.CANCELLED},
        {"state": InvitationState.COMPLAINED},
        {"contact": ""},
        {"revoked_at": NOON},
    ],
    ids=["completed", "answered", "tapped", "cancelled", "complained", "erased", "revoked"],
)
def test_who_answered_or_is_not_to_be_bothered_has_none(change: dict[str, Any]) -> None:
    found_company()
    rules(SILENT)
    asked = invited()
    opened(asked)
    table.change(asked, lambda now: now.changed(**change))

    swept()

    assert the_tickets() == []


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        (SILENT.changed(begun=True), ["Bruno"]),
        (SILENT.changed(surveys=("other",)), []),
        (SILENT.changed(when=Condition(field="contact.tier", value="vip")), ["Ana"]),
        (SILENT.changed(when=Condition(field="segment", value="sul")), ["Ana", "Bruno"]),
        (SILENT.changed(hours=25), []),
    ],
    ids=["begun", "survey", "contact", "segment", "hours"],
)
def test_a_rule_says_whom_it_is_about(rule: TicketRule, names: list[str]) -> None:
    found_company()
    rules(rule)
    opened(invited("Ana", custom={"tier": "vip"}, reached=Step.DELIVERED))
    opened(invited("Bruno", reached=Step.STARTED))

    swept(OPENED + timedelta(hours=24, minutes=10))

    assert sorted(ticket.contact_name for ticket in the_tickets()) == names


def test_who_began_is_waited_for_from_the_beginning_and_not_from_the_opening() -> None:
    found_company()
    rules(SILENT.changed(begun=True))
    asked = invited(reached=Step.DELIVERED)
    opened(asked)
    with clock.at(OPENED + timedelta(hours=23)):
        lookouts.note(asked.link_key, begun=True)
        table.change(asked, lambda now: now.changed(reached=Step.STARTED))

    swept()
    assert the_tickets() == []
    swept(DUE + timedelta(hours=23))
    assert [ticket.contact_name for ticket in the_tickets()] == ["Ana"]


def test_what_was_opened_before_the_rule_was_there_or_while_it_was_off_is_left_alone() -> None:
    found_company()
    opened(invited("Ana"))
    with clock.at(NOON + timedelta(minutes=10)):
        rules(SILENT)
    with clock.at(NOON + timedelta(minutes=20)):
        rules(SILENT.changed(active=False), SILENT.changed(id="other", when=Condition(field="segment", value="norte")))
    opened(invited("Bruno"), NOON + timedelta(minutes=30))
    with clock.at(NOON + timedelta(minutes=40)):
        rules(SILENT)
    opened(invited("Carla"), NOON + timedelta(minutes=50))

    forget()
    swept(NOON + timedelta(hours=30))

    assert [ticket.contact_name for ticket in the_tickets()] == ["Carla"]


@pytest.mark.parametrize(("taken_up", "state", "said"), [(False, "closed", "answered"), (True, "open", "answer_came")])
def test_the_answer_that_comes_after_all_closes_what_nobody_has_taken_up(
    taken_up: bool,  # noqa: FBT001 - a table of cases
    state: str,
    said: str,
) -> None:
    found_company()
    rules(SILENT)
    asked = invited()
    opened(asked)
    swept()
    (found,) = the_tickets()
    with clock.at(DUE + timedelta(hours=1)):
        if taken_up:
            tickets.move(found.id, TicketState.OPEN, who=tickets.Actor(name="Bruno", id="bruno"), rev=found.rev)
        sent = answer(asked)
        unanswered.answered(sent)  # told twice

    (found,) = the_tickets()
    assert (found.state, found.response, found.score) == (state, "sent", 9)
    assert [line.what for line in tickets.log(found.id).items][:1] == [said]
    assert [each.id for each in tickets.about(["sent"])] == [found.id]


def test_an_answer_out_of_the_figures_calls_nobody_off_until_it_counts() -> None:
    found_company()
    rules(SILENT)
    asked = invited()
    opened(asked)
    swept()
    with clock.at(DUE + timedelta(hours=1)):
        sent = answer(asked, standing=Standing.SUSPECT)
        assert [(each.state, each.response) for each in the_tickets()] == [("new", "")]
        unanswered.answered(table.save(sent.changed(standing=Standing.COUNTED)))

    assert [(each.state, each.response) for each in the_tickets()] == [("closed", "sent")]


def test_an_unhappy_answer_that_comes_after_all_has_a_ticket_of_its_own() -> None:
    found_company()
    rules(SILENT)
    asked = invited()
    opened(asked)
    swept()
    with clock.at(DUE + timedelta(hours=1)):
        answer(asked, score=2)

    assert sorted((each.rule, str(each.state)) for each in the_tickets()) == [
        ("detractor@2", "new"),
        ("silent@2", "closed"),
    ]


def test_of_many_that_were_opened_in_one_hour_each_is_looked_at() -> None:
    rules(SILENT)
    names = {f"link {number}" for number in range(30)}
    for number, name in enumerate(sorted(names)):
        with clock.at(OPENED + timedelta(seconds=number // 3)):
            lookouts.note(name)

    seen, position, until = list[str](), OPENED, OPENED + timedelta(hours=2)
    with clock.at(DUE):
        while position < until:
            some = lookouts.told(position, until, most=2)
            seen += some.link_keys
            position = some.position

    assert set(seen) == names


def test_a_mailing_that_nobody_answered_is_taken_in_parts_and_holds_up_no_other_rule() -> None:
    found_company()
    rules(SILENT, SILENT.changed(id="vips", when=Condition(field="contact.tier", value="vip")))
    for name in ("Ana", "Bruno", "Carla", "Davi", "Eva"):
        opened(invited(name, custom={"tier": "vip"} if name == "Eva" else {}))

    counted = []
    with clock.at(DUE):
        for _ in range(4):
            list(unanswered.sweep(most=4))
            found = the_tickets()
            counted.append((len(found), sum(each.rule == "vips@2" for each in found)))

    assert counted == [(3, 1), (5, 1), (6, 1), (6, 1)]


def test_whatever_breaks_there_is_one_ticket_and_every_hour_is_looked_at() -> None:
    def prepare() -> None:
        forget()
        found_company()
        rules(SILENT)
        opened(invited())

    def act() -> None:
        forget()
        with clock.at(DUE):
            list(unanswered.sweep())

    def view() -> world.Snapshot:
        return {key: row for key, row in world.snapshot().items() if row.get("kind") != RuleProgress.kind}

    faults = (Fault.CRASH_BEFORE, Fault.CRASH_AFTER)
    assert survey_of_faults(prepare, act, view=view, faults=faults) == []


def test_the_search_for_faults_catches_a_sweep_that_goes_on_before_it_is_done() -> None:
    def prepare() -> None:
        forget()
        found_company()
        rules(SILENT)
        opened(invited())

    def act() -> None:
        forget()
        with clock.at(DUE):
            known = table.find(RuleProgress, RuleProgress.at("silent"))
            some = lookouts.told(known.position if known else OPENED, OPENED + timedelta(minutes=1))
            table.put(RuleProgress(rule="silent", position=some.position))
            for each in some.link_keys:
                table.create(ticket(each))

    def view() -> world.Snapshot:
        return {("", "", ""): {"tickets": len(the_tickets())}}

    problems = survey_of_faults(prepare, act, view=view, faults=(Fault.CRASH_BEFORE,))
    assert any(problem.endswith("expected {'tickets': 1}, found {'tickets': 0}") for problem in problems)
