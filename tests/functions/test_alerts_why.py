"""Alerts of every occasion: whom they reach, by their own choice and at which hour, what each says, and each once."""

import re
from datetime import timedelta
from typing import Any

import pytest

from escuta import ids, secrets, table
from escuta.directory import managers, segments
from escuta.directory.model import Alerting, Manager
from escuta.feedback import alerts, edges, telling, tickets
from escuta.feedback.model import Alert, AlertState, Emptied, Priority, TicketLink, TicketSettings, TicketState
from escuta.feedback.tickets import Actor, Line, alerting, settling
from escuta.outreach.sms import measure
from tests.conftest import NOON
from tests.functions import cases
from tests.kit import factories, faults, outbox, world

pytestmark = pytest.mark.usefixtures("aws", "noon")
PLACE = re.compile(r"https://fala\.aurora\.example/(c/)?[\w-]*/?")
WHYS = (
    "opened",
    "transferred",
    "assigned",
    "due_soon",
    "overdue",
    "escalated",
    "answered",
    "reopened",
    "mentioned",
    "watching",
)


def stored(why: str, *occasion: int, channel: str = "email", **fields: Any) -> Alert:
    """Store an alert to Bruno."""
    bruno = cases.bruno().changed(channels=(channel,), phone="+5511912345678")
    (alert,) = alerting.wanted(cases.ticket(), (bruno,), why, *occasion, **fields)
    return table.create(alert)


def mail(why: str, *occasion: int, **fields: Any) -> tuple[str, str]:
    """Send an alert and return the subject and the words of its mail, its link taken out."""
    assert alerts.deliver(stored(why, *occasion, **fields).id).state is AlertState.SENT
    sent = outbox.mails()[-1]
    body = sent.get_body(("plain",))
    assert body is not None
    return str(sent["Subject"]), PLACE.sub("LINK", body.get_content().replace("\r\n", "\n"))


SUBJECTS = {
    "pt-BR": [
        "Nota 2 em Aurora Paulista (Ana)",
        "Chamado passado para sua loja: nota 2 em Aurora Paulista (Ana)",
        "Chamado passado para você: nota 2 em Aurora Paulista (Ana)",
        "Prazo chegando: nota 2 em Aurora Paulista (Ana)",
        "Prazo vencido: nota 2 em Aurora Paulista (Ana)",
        "Chamado escalado: nota 2 em Aurora Paulista (Ana)",
        "O cliente respondeu: nota 2 em Aurora Paulista (Ana)",
        "Chamado reaberto: nota 2 em Aurora Paulista (Ana)",
        "Você foi mencionado: nota 2 em Aurora Paulista (Ana)",
        "Chamado que você acompanha: nota 2 em Aurora Paulista (Ana)",
    ],
    "en": [
        "Score 2 at Aurora Paulista (Ana)",
        "Ticket handed to your store: score 2 at Aurora Paulista (Ana)",
        "Ticket assigned to you: score 2 at Aurora Paulista (Ana)",
        "Due soon: score 2 at Aurora Paulista (Ana)",
        "Overdue: score 2 at Aurora Paulista (Ana)",
        "Escalated ticket: score 2 at Aurora Paulista (Ana)",
        "The customer replied: score 2 at Aurora Paulista (Ana)",
        "Ticket reopened: score 2 at Aurora Paulista (Ana)",
        "You were mentioned: score 2 at Aurora Paulista (Ana)",
        "A ticket you watch: score 2 at Aurora Paulista (Ana)",
    ],
    "es": [
        "Nota 2 en Aurora Paulista (Ana)",
        "Caso pasado a su tienda: nota 2 en Aurora Paulista (Ana)",
        "Caso asignado a usted: nota 2 en Aurora Paulista (Ana)",
        "Plazo por vencer: nota 2 en Aurora Paulista (Ana)",
        "Plazo vencido: nota 2 en Aurora Paulista (Ana)",
        "Caso escalado: nota 2 en Aurora Paulista (Ana)",
        "El cliente respondió: nota 2 en Aurora Paulista (Ana)",
        "Caso reabierto: nota 2 en Aurora Paulista (Ana)",
        "Lo mencionaron: nota 2 en Aurora Paulista (Ana)",
        "Caso que usted sigue: nota 2 en Aurora Paulista (Ana)",
    ],
}


@pytest.mark.parametrize("language", ["pt-BR", "en", "es"])
def test_the_subject_says_why_and_what_it_is_about(language: str) -> None:
    cases.found(language, contact_name="Ana")

    assert [mail(why)[0] for why in WHYS] == SUBJECTS[language]


def test_an_alert_that_is_overdue_says_what_happened_what_was_said_and_where_to_act() -> None:
    cases.found("en", origin_segment="santos")

    _, words = mail("overdue", 2)

    assert words.startswith(
        "Overdue: Ana Souza\nAurora Paulista · 10 Mar 2026 12:00\nScore 2 out of 10 · detractor\n\n"
        "The due time has passed, and the customer is still waiting.\n\n"
        f"> {cases.COMMENT}\n\n"
    )
    assert "\nOpen the ticket:\nLINK\n" in words


def test_the_rules_line_and_the_customers_past_stand_in_the_mail() -> None:
    first = cases.found("en")
    for number, score in enumerate((9, 4, 7, 3), 1):
        when = NOON - timedelta(days=10 * number)
        known = {"contact": first.contact, "contact_name": "Ana Souza", "received_at": when}
        response = table.create(factories.response(f"old{number}", score=score, **known))
        table.put_many(edges.of(response))
    old = first.changed(id="old", response="", opened_at=NOON - timedelta(days=20), state=TicketState.CLOSED, rev=0)
    tickets.store(None, old, Line("opened"))

    _, words = mail("opened", note={"en": "Call before noon."})

    assert "\nCall before noon.\n" in words
    assert "\nEarlier answers: score 9 on 28 Feb 2026, score 4 on 18 Feb 2026, score 7 on 08 Feb 2026\n" in words
    assert "\nEarlier tickets: 1, the last on 18 Feb 2026 (closed)\n" in words


def test_what_the_customer_wrote_is_what_the_alert_about_it_quotes() -> None:
    ticket = cases.found("en")
    tickets.store(ticket, ticket, Line("received", "Still waiting."), tickets.CUSTOMER)

    _, words = mail("answered", 2)

    assert "> Still waiting.\n" in words
    assert cases.COMMENT not in words


@pytest.mark.parametrize("why", WHYS)
@pytest.mark.parametrize("language", ["pt-BR", "en", "es"])
def test_a_text_message_of_any_kind_takes_two_parts_and_ends_in_the_link(language: str, why: str) -> None:
    cases.found(language, contact_name="Ana " * 40, comment="Esperei demais. " * 40)
    alert = stored(why, channel="sms")

    words = telling.sms(telling.told(alert, cases.ticket()))

    assert measure(words).parts <= 2
    assert re.search(r" https://fala\.aurora\.example/c/[\w-]{23}$", words)


def test_who_answers_for_the_place_no_more_is_led_to_the_console() -> None:
    cases.found("en", segments=("santos",))

    assert "\nSee it in the console:\n" in mail("watching")[1]
    assert table.query(TicketLink, TicketLink.about("angry"), index="g1").items == ()


def person(alerts_: Alerting) -> Manager:
    return cases.bruno().changed(alerts=alerts_)


@pytest.mark.parametrize(
    ("choice", "priority", "told"),
    [
        (Alerting.AT_ONCE, Priority.LOW, WHYS),
        (Alerting.URGENT, Priority.NORMAL, ("assigned", "escalated", "mentioned")),
        (Alerting.URGENT, Priority.HIGH, WHYS),
        (Alerting.DIGEST, Priority.URGENT, ()),
        (Alerting.NEVER, Priority.URGENT, ()),
    ],
)
def test_a_manager_chooses_what_is_told_at_once(choice: Alerting, priority: Priority, told: tuple[str, ...]) -> None:
    ticket = cases.found(priority=priority)

    assert tuple(why for why in WHYS if alerting.wanted(ticket, (person(choice),), why)) == told


def waiting() -> list[tuple[str, str]]:
    """Return who is alerted and why, as it is stored."""
    found = table.query(Alert, Alert.about("angry"), index="g2").items
    return sorted((managers.get(alert.manager).name, alert.why) for alert in found)


def hire(name: str, **fields: Any) -> str:
    made = managers.create(name, f"{name.lower()}@aurora.example", language="pt-BR", segments=("paulista",), **fields)
    return made.id


def test_watchers_hear_of_every_state_but_not_of_what_they_did_themselves() -> None:
    ticket = cases.found()
    carla, davi = hire("Carla"), hire("Davi")
    tickets.change("angry", tickets.Patch(watchers=(carla, davi)), who=Actor(id="x"), rev=ticket.rev)

    tickets.comment("angry", "Liguei", who=Actor(id="x"), rev=2)
    assert waiting() == []
    tickets.move("angry", TicketState.OPEN, who=Actor(id=carla, manager=carla, name="Carla"), rev=3)

    assert waiting() == [("Davi", "watching")]


def test_a_new_owner_is_told_and_whoever_takes_a_ticket_is_not() -> None:
    cases.found(owner="")
    carla = hire("Carla")

    tickets.assign("angry", carla, who=Actor(id=carla, manager=carla), rev=1)
    assert waiting() == []
    tickets.assign("angry", cases.bruno().id, who=Actor(id=carla, manager=carla), rev=2)

    assert waiting() == [("Bruno Lima", "assigned")]


def test_the_owner_hears_that_a_ticket_was_reopened() -> None:
    cases.found(state=TicketState.RESOLVED)

    tickets.move("angry", TicketState.REOPENED, who=Actor(id="x"), rev=1)

    assert waiting() == [("Bruno Lima", "reopened")]


NIGHT = TicketSettings(quiet_from="20:00", quiet_to="07:00")


def test_a_text_message_waits_until_the_quiet_hours_are_over_and_a_mail_does_not() -> None:
    cases.found()
    settling.put(NIGHT)
    text, letter = stored("overdue", 1, channel="sms"), stored("overdue", 1)
    with cases.later(hours=9):  # 21:00 in São Paulo
        held = alerts.deliver(text.id)
        assert alerts.deliver(letter.id).state is AlertState.SENT
        assert (held.state, held.not_before) == (AlertState.PENDING, NOON + timedelta(hours=19))
        assert alerts.deliver(text.id) == held
    with cases.later(hours=18):
        assert list(alerts.forgotten()) == []
    with cases.later(hours=19, seconds=1):
        assert [each.id for each in alerts.forgotten()] == [text.id]
        assert alerts.deliver(text.id).state is AlertState.SENT
    assert len(outbox.texts()) == 1


def test_what_is_urgent_rings_at_night() -> None:
    cases.found(priority=Priority.HIGH)
    settling.put(NIGHT)
    with cases.later(hours=9):
        assert alerts.deliver(stored("overdue", channel="sms").id).state is AlertState.SENT


@pytest.mark.parametrize(
    ("state", "why", "reason"),
    [
        (TicketState.CLOSED, "overdue", "ticket_closed"),
        (TicketState.RESOLVED, "due_soon", "ticket_resolved"),
        (TicketState.CLOSED, "watching", ""),
        (TicketState.CLOSED, "answered", ""),
    ],
)
def test_what_nobody_has_to_act_on_any_more_is_not_told(state: TicketState, why: str, reason: str) -> None:
    cases.found(state=state)

    assert alerts.deliver(stored(why).id).reason == reason
    assert len(outbox.mails()) == (reason == "")


def test_an_erased_ticket_tells_nobody_anything() -> None:
    ticket = cases.found()
    table.save(ticket.changed(emptied=Emptied.ERASED))

    assert alerts.deliver(stored("watching").id).reason == "ticket_erased"


def _prepare() -> None:
    cases.found(owner="")
    segments.by_code()  # what a warm function has read
    secrets.link_secret()


def _act() -> None:
    tickets.assign("angry", cases.bruno().id, who=Actor(id="x"), rev=1)
    (alert,) = table.query(Alert, Alert.about("angry"), index="g2").items
    alerts.queue((alert,))
    alerts.deliver(alert.id)


def _recover() -> None:
    """Do what the caller of the API does, and then what the sweeps do."""
    if cases.ticket().rev == 1:
        tickets.assign("angry", cases.bruno().id, who=Actor(id="x"), rev=1)
    for minutes in (5, 10):
        with cases.later(minutes=minutes):
            for alert in list(alerts.forgotten()):
                alerts.deliver(alert.id)


def _view() -> world.Snapshot:
    """Return what somebody was told: the alert as it ended, its link, and the links in the mails."""
    (alert,) = table.query(Alert, Alert.about("angry"), index="g2", consistent=False).items
    links = [link.token_key for link in table.query(TicketLink, TicketLink.about("angry"), index="g1").items]
    sent = [str(mail.get_body(("plain",))) for mail in outbox.mails()]
    assert len(sent) <= 2
    found = {place for words in sent for place in re.findall(r"/c/([\w-]{23})", words)}
    return {("alert", alert.why, alert.state): {"links": links, "told": sorted(found)}}


def _writes(call: faults.Call) -> bool:
    return not call.operation.startswith(faults.READS)


def test_from_the_change_to_the_mail_nothing_is_lost_and_a_repeated_mail_has_the_same_link() -> None:
    assert faults.survey_of_faults(_prepare, _act, recover=_recover, view=_view, at=_writes) == []


def test_links_made_by_chance_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "link_token", lambda *_: ids.new_token())
    lost = (faults.Fault.LOST_REPLY,)

    found = faults.survey_of_faults(
        _prepare, _act, recover=_recover, view=_view, faults=lost, at=lambda call: call.operation == "SendEmail"
    )

    assert found != []


def test_who_left_while_a_text_message_waited_for_the_morning_is_told_nothing_of_a_customer() -> None:
    cases.found()
    settling.put(NIGHT)
    text, letter = stored("overdue", 1, channel="sms"), stored("watching", 1)
    with cases.later(hours=9):
        assert alerts.deliver(text.id).state is AlertState.PENDING
    managers.update(cases.bruno().id, rev=1, retired=True)
    with cases.later(hours=20):
        assert alerts.deliver(text.id).reason == alerts.deliver(letter.id).reason == "manager_retired"
    assert (outbox.texts(), outbox.mails()) == ([], [])


def test_whoever_hands_a_ticket_to_another_place_of_their_own_is_not_alerted_of_it() -> None:
    cases.found()
    bruno = cases.bruno().id

    tickets.transfer("angry", "santos", who=Actor(id=bruno, manager=bruno), rev=1)
    assert waiting() == []
    tickets.transfer("angry", "paulista", who=Actor(id="helena"), rev=2)
    assert ("Bruno Lima", "transferred") in waiting()


def told_of(occasion: str) -> str:
    """Send the alert of this occasion that a change stored, and return the words of its mail."""
    found = table.query(Alert, Alert.about("angry"), index="g2").items
    (alert,) = (each for each in found if each.occasion == occasion)
    assert alerts.deliver(alert.id).state is AlertState.SENT
    body = outbox.mails()[-1].get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_a_ticket_that_was_handed_on_twice_says_where_it_came_from_last() -> None:
    cases.found("en")
    for rev, place in enumerate(("santos", "paulista"), 1):
        tickets.transfer("angry", place, who=Actor(id="helena"), rev=rev)

    words = told_of("transferred.2")

    assert "\nThe ticket came from Aurora Santos and is now with your store.\n" in words


def test_a_ticket_that_the_customer_reopened_says_so_in_their_words() -> None:
    ticket = cases.found("en", state=TicketState.RESOLVED)
    line = Line("reopened", "Nobody called.", {"by": "follow_up", "response": "later"})
    tickets.store(ticket, tickets.taken_up(ticket), line, tickets.CUSTOMER)

    words = told_of("reopened.1")

    assert "\nThe customer said that it is not all right yet. The ticket was reopened.\n" in words
    assert "> Nobody called.\n" in words


def test_a_thumb_after_a_closing_is_no_score_among_scores() -> None:
    first = cases.found("en")
    known = {"contact": first.contact, "received_at": NOON - timedelta(days=9)}
    thumb = table.create(factories.response("thumb", score=0, survey="follow-up", **known))
    table.put_many(edges.of(thumb))

    _, words = mail("opened")

    assert "Earlier answers" not in words
