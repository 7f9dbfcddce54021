"""Planning by the rules of the organisation: who is put off, decided anew, left out, and never one too many."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from distribute import due
from escuta import clock, table
from escuta.directory.model import Contact, Transaction
from escuta.outreach import deployments, planning, sending_rules, suppression
from escuta.outreach.audience import Sought
from escuta.outreach.model import (
    SLACK,
    Asking,
    AudienceKind,
    Channel,
    Condition,
    Due,
    Exclude,
    InvitationState,
    LastAsked,
    Op,
    Quota,
    Reply,
    RestAfter,
    RestRule,
    RestScope,
    RestThen,
    SendingDraft,
    SendTime,
    SendWhen,
    Strategy,
)
from tests.conftest import NOON
from tests.functions.senders import PHONE, Line, invited, open_shop, send, sending, states
from tests.kit import factories, outbox
from tests.kit.faults import failing, recording

pytestmark = pytest.mark.usefixtures("aws", "noon")

DAY = timedelta(days=1)
ANA = factories.contact("Ana")
BRUNO = factories.contact("Bruno")
WEEK = RestRule(name="semana", days=7, then=RestThen.DEFER)
SENT, QUEUED, DEFERRED = InvitationState.SENT, InvitationState.QUEUED, InvitationState.DEFERRED
SUPPRESSED, CANCELLED, EXPIRED = InvitationState.SUPPRESSED, InvitationState.CANCELLED, InvitationState.EXPIRED


def hold(*rules: RestRule, **fields: Any) -> None:
    sending_rules.save(SendingDraft(rest=rules, **fields), rev=0, who="tests")


def asked(person: Contact, *days_ago: float) -> None:
    askings = tuple(Asking(at=NOON - days * DAY, survey="other", owner=str(days)) for days in days_ago)
    table.put(LastAsked(contact=person.id, askings=askings))


def work(at: datetime) -> None:
    """Ring the alarms of this hour, and deliver what they name."""
    with clock.at(at):
        due.handler({}, None)
    Line().run(start=at)


def history(person: Contact) -> list[tuple[datetime, tuple[Channel, ...]]]:
    row = table.find(LastAsked, LastAsked.at(person.id), consistent=True)
    return [(one.at, one.channels) for one in row.askings] if row else []


def is_finished() -> bool:
    return deployments.is_finished(deployments.get("first"), deployments.progress("first"))


def put_off(**fields: Any) -> None:
    """Let Ana be put off for three days and an hour."""
    open_shop(ANA.changed(phone=PHONE))
    hold(WEEK)
    asked(ANA, 4 - 1 / 24)
    send(ANA, **fields)


def test_who_rests_waits_and_is_asked_once_the_rest_is_over() -> None:
    put_off()
    (waiting,) = invited()
    assert (waiting.state, waiting.reason, waiting.details["rule"]) == (DEFERRED, "resting", "semana")
    assert waiting.send_at == NOON + 3 * DAY + timedelta(hours=1)
    assert len(history(ANA)) == 1
    assert not is_finished()

    work(NOON + 3 * DAY)
    assert states() == {"ana@example.com": (DEFERRED, "resting")}
    work(NOON + 3 * DAY + timedelta(hours=2))

    assert states() == {"ana@example.com": (SENT, "")}
    assert len(outbox.mails()) == 1
    assert is_finished()
    assert [at.day for at, _ in history(ANA)] == [6, 13]
    assert next(invited()).expires_at > waiting.expires_at  # time to answer begins when the message goes out


def test_who_was_asked_by_somebody_else_meanwhile_is_put_off_once_more() -> None:
    put_off()
    send(ANA, id="second", survey="visit", strategy=Strategy.SMS)
    asked(ANA, 4 - 1 / 24, -2)
    work(NOON + 3 * DAY + timedelta(hours=2))

    (waiting,) = invited()
    assert (waiting.state, waiting.send_at) == (DEFERRED, NOON + 9 * DAY)


def test_who_would_be_put_off_for_longer_than_the_invitation_lives_is_left_out() -> None:
    put_off(expires_after_days=2)

    assert states() == {"ana@example.com": (SUPPRESSED, "resting")}


def test_an_invitation_that_waits_in_vain_expires() -> None:
    put_off(expires_after_days=4)
    work(NOON + 3 * DAY)
    work(NOON + 5 * DAY)  # nothing rang the alarm in time

    assert states() == {"ana@example.com": (EXPIRED, "expired")}
    assert outbox.mails() == []


def test_who_is_put_off_gets_nothing_of_a_deployment_that_is_cancelled() -> None:
    put_off()
    deployments.cancel("first")
    assert is_finished()
    work(NOON + 4 * DAY)

    assert states() == {"ana@example.com": (CANCELLED, "deployment_cancelled")}


def test_nobody_begins_to_rest_for_a_deployment_that_is_paused() -> None:
    put_off()
    deployments.pause("first")
    work(NOON + 4 * DAY)
    assert states() == {"ana@example.com": (DEFERRED, "resting")}
    assert len(history(ANA)) == 1

    deployments.resume("first")
    Line().run(start=NOON + 4 * DAY + timedelta(minutes=5))
    assert states() == {"ana@example.com": (SENT, "")}


def test_nothing_is_decided_on_who_was_erased_while_waiting() -> None:
    put_off()
    table.delete(Contact, ANA.key())
    work(NOON + 4 * DAY)

    assert states() == {"ana@example.com": (CANCELLED, "erased")}
    assert len(history(ANA)) == 1


def test_whose_address_was_closed_while_waiting_is_asked_over_the_other_channel() -> None:
    put_off()
    suppression.add(Channel.EMAIL, ANA.email, "bounce")
    work(NOON + 4 * DAY)

    assert states() == {"ana@example.com": (CANCELLED, "other_channel"), PHONE: (SENT, "")}


def test_the_other_channel_is_not_forgotten_when_a_worker_dies_that_has_just_chosen_it() -> None:
    put_off()
    suppression.add(Channel.EMAIL, ANA.email, "bounce")
    (waiting,) = invited()
    died = failing("SendMessageBatch", lambda _: RuntimeError("died"))
    with clock.at(NOON + 4 * DAY), died, pytest.raises(RuntimeError):
        planning.again(waiting, deployments.get("first"))
    work(NOON + 4 * DAY + timedelta(minutes=1))

    assert states() == {"ana@example.com": (CANCELLED, "other_channel"), PHONE: (SENT, "")}


def test_deciding_anew_twice_asks_once() -> None:
    put_off()
    (waiting,) = invited()
    found = deployments.get("first")
    with clock.at(NOON + 4 * DAY):
        assert planning.again(waiting, found)
        assert not planning.again(waiting, found)  # it moved: the copy at hand is old
        assert planning.again(next(invited()), found)  # and what has moved needs no deciding
    Line().run(start=NOON + 4 * DAY)

    assert len(outbox.mails()) == 1
    assert len(history(ANA)) == 2


def test_planning_that_is_repeated_sets_the_alarm_of_who_waits_again() -> None:
    put_off()
    alarms = [row.key() for one in invited() for row in [Due(link_key=one.link_key, due_at=one.send_at or NOON)]]
    table.delete_many(Due, alarms)
    planning.plan("first", 0, "")

    assert [table.find(Due, key) is not None for key in alarms] == [True]


def test_after_an_answer_a_person_rests_whatever_the_channel() -> None:
    open_shop(ANA)
    hold(RestRule(name="resposta", days=60, after=RestAfter.RESPONSE))
    table.put(LastAsked(contact=ANA.id, replies=(Reply(at=NOON - 10 * DAY, survey="visit"),)))
    send(ANA)

    assert states() == {"ana@example.com": (SUPPRESSED, "resting_answered")}


def test_a_rule_of_the_survey_lets_another_survey_ask_a_day_later_and_not_before() -> None:
    open_shop(ANA)
    hold(RestRule(name="pesquisa", days=90, scope=RestScope.SURVEY, then=RestThen.DEFER))
    asked(ANA, 0.5)
    send(ANA)

    (waiting,) = invited()
    assert (waiting.state, waiting.reason) == (DEFERRED, "resting_floor")
    assert waiting.send_at == NOON + 0.5 * DAY + SLACK


def test_whom_the_organisation_leaves_out_is_in_the_list_with_the_rule() -> None:
    open_shop(ANA, BRUNO.changed(custom={"tipo": "funcionário"}))
    staff = Exclude(name="equipe", when=(Condition(field="custom.tipo", op=Op.IS, value="funcionário"),))
    hold(exclude=(staff,))
    send(ANA, BRUNO)

    assert states()["bruno@example.com"] == (SUPPRESSED, "excluded")
    assert [one.details for one in invited()] == [{}, {"rule": "equipe"}]


def test_people_who_share_an_address_are_decided_on_one_after_the_other() -> None:  # E18
    family = [factories.contact(name, email="casa@example.com") for name in ("Ana", "Bia", "Caio")]
    open_shop(*family)
    send(*family)

    assert sorted(state for state, _ in ((one.state, one.reason) for one in invited())) == [
        SENT,
        SUPPRESSED,
        SUPPRESSED,
    ]
    assert len(outbox.mails()) == 1


def test_a_link_is_handed_out_at_once_without_a_message_and_the_person_rests_as_after_any_other() -> None:
    person = ANA.changed(phone=PHONE)
    open_shop(person)
    send(person, strategy=Strategy.LINK)
    send(person, id="second")

    (link,) = invited()
    assert (link.state, link.channel, link.address, link.send_at) == (InvitationState.EXPORTED, Channel.LINK, "", None)
    assert states("second") == {"ana@example.com": (SUPPRESSED, "resting")}
    assert (outbox.mails(), outbox.texts()) == ([], [])


def test_what_is_known_of_the_visit_goes_with_the_invitation() -> None:
    open_shop(ANA)
    said = {"reference": "NF 12", "amount": "129.90", "currency": "BRL", "occurred_at": NOON - timedelta(hours=13)}
    place = {"segment": factories.PATH[-1], "segment_path": factories.PATH, "created_at": NOON, "updated_at": NOON}
    table.put(Transaction.model_validate({"id": "t1", "contact": ANA.id, **said, **place}))
    told = deployments.start(sending(audience=AudienceKind.TOLD))
    (made,) = planning.ask(told, [Sought(ANA.id, "t1")])

    assert made.visit == {"reference": "NF 12", "date": "2026-03-09", "amount": "129.90", "currency": "BRL"}
    assert (made.apart, made.transaction) == (True, "t1")


def test_who_lives_in_a_zone_that_nobody_knows_is_written_to_by_the_clock_of_the_place() -> None:  # E20
    person = ANA.changed(timezone="Lua/Mar da Tranquilidade")
    open_shop(person)
    deployments.start(sending(person, send=SendTime(when=SendWhen.LOCAL, hour="10:00")))
    planning.plan("first", 0, "")

    assert next(invited()).send_at == NOON + timedelta(hours=22)  # ten in São Paulo


PEOPLE = [factories.contact(f"P{number:02}") for number in range(30)]


def counted(deployment: str = "first") -> dict[tuple[InvitationState, str], int]:
    found: dict[tuple[InvitationState, str], int] = {}
    for one in invited(deployment):
        found[one.state, one.reason] = found.get((one.state, one.reason), 0) + 1
    return found


def test_no_more_people_are_asked_than_a_deployment_may_ask() -> None:
    open_shop(*PEOPLE)
    deployments.start(sending(*PEOPLE, most=20))
    planning.plan("first", 0, "")
    planning.plan("first", 0, "")

    assert counted() == {(QUEUED, ""): 20, (SUPPRESSED, "quota_reached"): 10}
    assert table.load(Quota, Quota.at("first")).taken == 20


def test_the_quota_is_exact_when_two_parts_are_planned_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    open_shop(*PEOPLE)
    found = deployments.start(sending(*PEOPLE, most=20))
    sought = [Sought(person.id) for person in PEOPLE]
    decide = planning.decide

    def overtaken(*known: Any, **more: Any) -> Any:
        """Let the other half be planned after the first one read the quota, and before it writes."""
        monkeypatch.setattr(planning, "decide", decide)
        planning.ask(found, sought[15:])
        return decide(*known, **more)

    monkeypatch.setattr(planning, "decide", overtaken)
    planning.ask(found, sought[:15])

    assert counted() == {(QUEUED, ""): 20, (SUPPRESSED, "quota_reached"): 10}


def test_people_are_stored_together_and_each_of_them_once() -> None:
    open_shop(*PEOPLE)
    deployments.start(sending(*PEOPLE))
    with recording() as calls:
        planning.plan("first", 0, "")

    stored = [call.actions for call in calls if call.operation == "TransactWriteItems"]
    assert stored == [87, 15]
    assert counted() == {(QUEUED, ""): 30}


def test_where_somebody_asked_one_of_them_meanwhile_the_others_are_stored_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_shop(*PEOPLE[:5])
    deployments.start(sending(*PEOPLE[:5]))
    deployments.start(sending(PEOPLE[2], id="second"))
    decide = planning.decide

    def overtaken(*known: Any, **more: Any) -> Any:
        monkeypatch.setattr(planning, "decide", decide)
        planning.plan("second", 0, "")
        return decide(*known, **more)

    monkeypatch.setattr(planning, "decide", overtaken)
    planning.plan("first", 0, "")

    assert counted("second") == {(QUEUED, ""): 1}
    assert counted() == {(QUEUED, ""): 4, (SUPPRESSED, "resting"): 1}
