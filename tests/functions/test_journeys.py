"""The journey of an answer: all that led to it and all that followed, in order, as far as somebody may see it."""

import inspect
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from escuta import clock, i18n, table
from escuta.directory import managers
from escuta.directory.model import Scope, Transaction
from escuta.feedback import edges, evidence, tickets, waypoints
from escuta.feedback.model import (
    AlertState,
    Call,
    Click,
    Draft,
    Emptied,
    Human,
    Origin,
    Provisional,
    ProvisionalState,
    Response,
    Standing,
    TicketActivity,
    TicketState,
)
from escuta.outreach import invitations
from escuta.outreach.model import TRAP, Channel, Invitation, InvitationState, Reminder, Resend
from tests.conftest import NOON
from tests.functions.callers import PLACES, answered, ask, found_company, key, open_survey
from tests.kit import factories

ANA = factories.contact().id
POA: dict[str, Any] = {"segment": "poa", "segment_path": PLACES["poa"]}
LATER = NOON + timedelta(days=30)


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()


def ago(**passed: float) -> datetime:
    return NOON - timedelta(**passed)


def invited(deployment: str = "first", channel: Channel = Channel.EMAIL, **fields: Any) -> Invitation:
    """Invite Ana at Porto Alegre, nine days ago."""
    identity = invitations.identity(deployment, ANA, channel)
    own: dict[str, Any] = {
        "deployment": deployment,
        "channel": channel,
        "segment": "poa",
        "segment_path": PLACES["poa"],
    }
    when: dict[str, Any] = {"created_at": ago(days=9), "sent_at": ago(days=9, hours=-1)}
    return table.create(
        factories.invitation(id=identity, link_key=invitations.link_key(identity), **{**own, **when, **fields})
    )


def answered_by(invitation: Invitation, name: str = "first", score: int = 2, **fields: Any) -> Response:
    """Let Ana answer an invitation."""
    through = {"invitation": invitation.id, "link_key": invitation.link_key, "contact": ANA, "contact_name": "Ana"}
    return answered("poa", name, score, **{**through, "device": "d1", **fields})


def journey(name: str = "first", text: str = "", language: str = "en") -> dict[str, Any]:
    answer = ask("GET", f"/v1/responses/{name}/journey", text or key(), headers={"Accept-Language": language})
    assert answer.status == 200, answer.body
    told: dict[str, Any] = answer.json
    return told


def steps(told: dict[str, Any]) -> list[str]:
    return [event["what"] for event in told["events"]]


def told_of(told: dict[str, Any], what: str) -> dict[str, Any]:
    (event,) = (event for event in told["events"] if event["what"] == what)
    found: dict[str, Any] = event
    return found


def around(invitation: Invitation) -> None:
    """Put there a click, a tapped score, a sign of a person, and something half filled in."""
    common: dict[str, Any] = {"link_key": invitation.link_key, "survey": "visit", "segment": "poa", "day": "2026-03-10"}
    seen: dict[str, Any] = {
        "method": "GET",
        "agent": "browser",
        "network": "other",
        "domain": "example.com",
        "after_seconds": 5,
    }
    table.create(Click(**common, **seen, score="2", at_time=ago(minutes=20)))
    table.create(Click(**common, **seen, score=TRAP, at_time=ago(minutes=21)))
    human = Human(input="touch", after_ms=900, at=ago(minutes=18))
    scored: dict[str, Any] = {"version": 1, "question": "nps", "score": 2, "language": "pt-BR", "human": human}
    state: dict[str, Any] = {"state": ProvisionalState.ANSWERED, "at_time": ago(minutes=19), "due_at": NOON}
    table.create(Provisional(**common, **scored, **state))
    half: dict[str, Any] = {
        "submission": "s" * 22,
        "survey": "visit",
        "version": 1,
        "segment": "poa",
        "number": 2,
        "fields": {"n": "2"},
    }
    when: dict[str, Any] = {
        "started_at": ago(minutes=17),
        "saved_at": ago(minutes=16),
        "expires_at": NOON + timedelta(days=30),
    }
    table.create(Draft(place=invitation.link_key, language="pt-BR", **half, **when))


def reminded(invitation: Invitation, number: int, **fields: Any) -> None:
    own: dict[str, Any] = {"link_key": invitation.link_key, "number": number, "deployment": invitation.deployment}
    table.create(Reminder(**own, **fields))


def test_a_journey_tells_everything_from_the_visit_to_the_closing_in_the_order_of_time() -> None:
    bruno = managers.create("Bruno Lima", "bruno@aurora.example", language="pt-BR", segments=("poa",))
    table.create(factories.contact(segment="poa", created_at=ago(days=20)))
    place: dict[str, Any] = {
        "segment": "poa",
        "segment_path": PLACES["poa"],
        "created_at": ago(days=9),
        "updated_at": ago(days=9),
    }
    table.create(Transaction(id="v1", contact=ANA, reference="NF-77", occurred_at=ago(days=10), **place))
    asked = invited(
        state=InvitationState.COMPLETED,
        transaction="v1",
        opened_at=ago(days=1),
        answered_at=NOON,
        heard=("bounce",),
        resent="again",
    )
    table.create(Resend(id="again", deployment="first", states=(), created_at=ago(days=8), created_by="Carla"))
    invited(channel=Channel.SMS, state=InvitationState.SUPPRESSED, sent_at=None, reason="stop")
    reminded(asked, 1, state=InvitationState.SENT, due_at=ago(days=3), sent_at=ago(days=3))
    reminded(asked, 2, state=InvitationState.CANCELLED, due_at=NOON + timedelta(days=1), reason="answered")
    around(asked)
    given = answered_by(asked)
    lima = tickets.Actor(id="user:lima", name="Bruno Lima")
    with clock.at(NOON + timedelta(minutes=5)):
        ((ticket, (alert,)),) = tickets.follow_up(given)
        table.save(alert.changed(state=AlertState.SENT, sent_at=clock.now()))
    with clock.at(NOON + timedelta(hours=1)):
        tickets.move(ticket.id, TicketState.OPEN, who=lima, rev=1)
    with clock.at(NOON + timedelta(hours=2)):
        tickets.close(ticket.id, ("Fila",), "Mais um caixa", who=lima, rev=2)
    with clock.at(NOON + timedelta(hours=3)):
        evidence.switch(given, Standing.EXCLUDED, "Carla", "Era um teste")

    told = journey()

    assert steps(told) == [
        "contact_known",
        "visited",
        "invited",
        "not_invited",
        "message_sent",
        "message_returned",
        "resend_asked",
        "reminder_sent",
        "message_opened",
        "hidden_link_opened",
        "link_opened",
        "score_tapped",
        "person_seen",
        "draft_started",
        "draft_saved",
        "answered",
        "ticket_opened",
        "alert_sent",
        "ticket_moved",
        "ticket_closed",
        "standing_changed",
        "message_cancelled",
    ]
    texts = {event["what"]: event["text"] for event in told["events"]}
    assert texts["visited"] == "Visit or purchase NF-77."
    assert texts["not_invited"] == "Not invited by SMS. The number opted out of messages."
    assert texts["answered"] == "Answered through e-mail, with the score 2."
    assert texts["alert_sent"] == "Bruno Lima was alerted by e-mail."
    assert texts["ticket_moved"] == "Bruno Lima moved the ticket to “open”."
    assert texts["standing_changed"] == "Carla changed the answer from counted to left out."
    assert told_of(told, "alert_sent")["details"]["manager"] == bruno.id
    assert told_of(told, "ticket_closed")["details"]["text"] == "Mais um caixa"
    assert told_of(told, "message_returned")["at"] is None
    assert told_of(told, "answered")["details"] == {
        "channel": "email",
        "device": "d1",
        "version": 1,
        "language": "pt-BR",
        "score_class": "detractor",
        "score": "2",
    }
    assert told["left_out"] == []


def test_a_journey_tells_all_of_a_long_life() -> None:
    managers.create("Bruno Lima", "bruno@aurora.example", language="pt-BR", segments=("poa",))
    ((ticket, _),) = tickets.follow_up(answered("poa", "first", 2))
    lines = (
        TicketActivity(ticket=ticket.id, number=number, happened_at=NOON, what="noted") for number in range(2, 302)
    )
    table.put_many(lines)

    assert steps(journey()).count("ticket_noted") == 300


def test_a_journey_is_told_in_the_language_of_whoever_asks() -> None:
    answered_by(invited())

    assert told_of(journey(language="pt-BR"), "answered")["text"] == "Respondeu via e-mail, com nota 2."
    assert told_of(journey(language="es"), "answered")["text"] == "Respondió por correo electrónico, con la nota 2."


def test_an_answer_from_nowhere_has_a_short_journey() -> None:
    answered("poa", "first", score=None, channel="store", link_key="counter")

    told = journey()

    assert [(event["what"], event["text"]) for event in told["events"]] == [
        ("answered", "Answered through the link on site.")
    ]
    assert told["left_out"] == []


def test_a_score_that_was_tapped_and_then_replaced_says_both() -> None:
    asked = invited()
    tap = answered_by(asked, "tap", 9, origin=Origin.TAPPED, answered_at=ago(minutes=40), received_at=ago(minutes=10))
    assert steps(journey("tap")) == ["invited", "message_sent", "tapped", "tap_settled"]

    answered_by(asked, "first", 3, replaces=tap.id)

    assert steps(journey()) == ["invited", "message_sent", "tap_replaced", "answered"]


def test_what_waited_on_a_device_says_when_it_arrived() -> None:
    answered("poa", "first", 9, answered_at=ago(days=2), day="2026-03-08")

    assert [(event["what"], event["at"]) for event in journey()["events"]] == [
        ("answered", "2026-03-08T15:00:00Z"),
        ("received", "2026-03-10T15:00:00Z"),
    ]


def test_what_else_the_same_person_answered_is_told_where_the_caller_may_look() -> None:
    march = answered_by(
        invited("march", created_at=ago(days=40), response="march"), "march", 9, received_at=ago(days=30)
    )
    answered_by(invited(), "first", 2, received_at=ago(minutes=1))
    table.create(march.changed(id="north", rev=0, segment="manaus", segment_path=PLACES["manaus"], invitation=""))
    table.create(edges.of(table.load(Response, Response.at("north")))[0])

    told = journey()
    south = journey(text=key(segment="sul"))

    others = [event["details"] for event in told["events"] if event["what"] == "other_answer"]
    assert sorted((each["response"], each["score"]) for each in others) == [("march", "9"), ("north", "9")]
    assert told_of(south, "other_answer")["details"]["response"] == "march"
    assert south["left_out"] == [
        {
            "what": "other_answer",
            "why": "elsewhere",
            "needs": "",
            "count": None,
            "text": "Belongs to a part of the hierarchy that you do not see.",
        }
    ]


def test_what_a_caller_may_not_see_is_left_out_and_named() -> None:
    table.create(factories.contact(segment="poa"))
    given = answered_by(invited(), call=Call(at=NOON, phone="+5511987654321"))
    ((ticket, _), _) = tickets.follow_up(given)
    tickets.transfer(ticket.id, "manaus", who=tickets.Actor(name="Carla"), rev=1)

    few = journey(text=key(Scope.RESPONSES_READ))
    south = journey(text=key(segment="sul"))

    assert {(each["what"], each["why"], each["needs"], each["count"]) for each in few["left_out"]} == {
        ("contact", "scope_missing", "contacts:read", 1),
        ("ticket", "scope_missing", "tickets:read", 2),
    }
    assert not [what for what in steps(few) if what.startswith(("ticket", "contact"))]
    assert told_of(few, "call_asked")["details"] == {"phone": "•••"}
    assert told_of(south, "call_asked")["details"] == {"phone": "+5511987654321"}
    assert [(each["what"], each["why"], each["count"]) for each in south["left_out"]] == [("ticket", "elsewhere", None)]
    assert steps(south).count("ticket_opened") == 1


def test_a_customer_who_stands_elsewhere_by_now_is_left_out() -> None:
    table.create(factories.contact(segment="manaus"))
    answered_by(invited())

    told = journey(text=key(segment="sul"))

    assert "contact_known" not in steps(told)
    assert [(each["what"], each["why"]) for each in told["left_out"]] == [("contact", "elsewhere")]


def test_the_journey_of_an_emptied_answer_says_that_it_was() -> None:
    answered("poa", "first", 2, emptied=Emptied.ERASED, body_hash="")

    assert steps(journey()) == ["answered", "emptied"]


def test_there_is_no_journey_of_what_the_caller_may_not_see() -> None:
    answered("manaus", "first")

    assert ask("GET", "/v1/responses/first/journey", key(segment="sul")).status == 404
    assert ask("GET", "/v1/responses/nothing/journey", key()).status == 404


@pytest.mark.parametrize(
    ("state", "what"),
    [
        (AlertState.PENDING, "alert_waiting"),
        (AlertState.CLAIMED, "alert_waiting"),
        (AlertState.SENT, "alert_sent"),
        (AlertState.UNKNOWN, "alert_unknown"),
        (AlertState.REJECTED, "alert_rejected"),
    ],
)
def test_an_alert_says_what_became_of_it(state: AlertState, what: str) -> None:
    managers.create("Bruno Lima", "bruno@aurora.example", language="pt-BR", segments=("poa",))
    ((_, (alert,)),) = tickets.follow_up(answered("poa", "first", 2))
    table.save(alert.changed(state=state))

    assert told_of(journey(), what)["details"]["name"] == "Bruno Lima"


@pytest.mark.parametrize(
    ("state", "events"),
    [
        (InvitationState.DEFERRED, ["postponed"]),
        (InvitationState.EXPORTED, ["link_handed_out"]),
        (InvitationState.QUEUED, ["invited"]),
        (InvitationState.REJECTED, ["invited", "message_refused"]),
        (InvitationState.UNKNOWN, ["invited", "message_unknown"]),
        (InvitationState.DELIVERED, ["invited", "message_delivered"]),
        (InvitationState.COMPLAINED, ["invited", "complained"]),
    ],
)
def test_a_message_says_what_became_of_it(state: InvitationState, events: list[str]) -> None:
    answered_by(invited(state=state, sent_at=None))

    assert steps(journey()) == [*events, "answered"]


WHATS = (  # of lines that a ticket's log may have, where the code does not name them in one place
    *("opened", "replaced", "noted", "changed", "assigned", "transferred", "moved", "reopened", "closed"),
    *("written", "received", "asked", "recovered", "reminded", "overdue", "unanswered", "escalated"),
    *("attached", "detached", "erased", "expired"),
)


def test_everything_that_can_happen_has_words() -> None:
    told = {*waypoints._NEVER_LEFT.values(), *waypoints._TOLD.values(), *waypoints._FAILED.values()}  # noqa: SLF001 - all of them
    told |= set(re.findall(r'_(?:point|untimed)\([\w.]+,\s*"([a-z_]+)"', inspect.getsource(waypoints)))
    told |= {f"ticket_{what}" for what in WHATS}
    for module in Path(tickets.__file__).parent.glob("*.py"):
        told |= {f"ticket_{what}" for what in re.findall(r'Line\(\s*"([a-z_]+)"', module.read_text(encoding="utf-8"))}
    told |= {"answered", "tapped", "tap_settled", "received"}

    assert {"visited", "link_opened", "other_answer", "not_invited", "complained"} < told
    for language in i18n.LANGUAGES:
        assert {f"journey.{what}" for what in told} <= i18n.catalog("escuta.feedback", language).keys()
