"""Webhooks: who is told of what, signed, until it is taken; and who is called no more."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from standardwebhooks import Webhook as Verifier

from escuta import clock, events, table
from escuta.errors import ConflictError
from escuta.events import DomainEvent, EventType
from escuta.outreach import webhooks
from escuta.outreach.model import DeliveryState, SigningKey, Webhook, WebhookHealth, WebhookLane, WebhookState
from escuta.outreach.webhooks import delivering, hooks, replaying, signing
from publish import deliver
from tests.conftest import NOON
from tests.functions.callers import found_company
from tests.functions.hooked import allowed, hooked, opted_out, published, run, told
from tests.kit.queue import Queue
from tests.kit.receiver import answering, saying

OK, ERROR, GONE = answering(), answering(500, "sorry"), answering(410)


pytestmark = pytest.mark.usefixtures("aws")


def test_a_server_is_told_with_a_signature_that_others_can_check() -> None:
    with allowed() as receiver:
        hook, secret = webhooks.create("CRM", receiver.url, who="key:erp")
        event = published()
        webhooks.fan_out([event])
        Queue("webhook", deliver.handler, batch=1).run()

    (found,) = receiver.received
    said = Verifier(secret).verify(found.body, found.headers)
    assert said == events.envelope(event)
    assert (found.id, found.headers["content-type"]) == (event.id, "application/json")
    (delivery,) = told(hook)
    assert (delivery.state, delivery.tries, [each.status for each in delivery.attempts]) == ("delivered", 1, [200])


def test_a_signature_is_the_one_of_the_standard() -> None:
    key = SigningKey(salt="salt", created_at=NOON)
    hook = Webhook(
        id="crm", name="CRM", url="", signing_keys=(key,), created_at=NOON, created_by="key:erp", updated_at=NOON
    )  # fmt: skip

    assert signing.secret("crm", key) == "whsec_0kGmSRJlenURaZb7sJy/GbRlq67pPXulumi7SLVHNFQ="
    assert signing.headers(hook, "evt", '{"a":1}', NOON) == {
        "webhook-id": "evt",
        "webhook-timestamp": "1773154800",
        "webhook-signature": "v1,XluwAEPftLWjBBYn88I18KBgZyYe94UdEnocuMqU0lA=",
    }


def test_h5_during_a_rotation_both_secrets_sign_and_afterwards_the_new_one() -> None:
    with allowed() as receiver:
        hook, old = webhooks.create("CRM", receiver.url, who="key:erp")
        _, new = webhooks.rotate(hook, timedelta(hours=24))
        webhooks.fan_out([published()])
        Queue("webhook", deliver.handler, batch=1).run()
        with clock.at(clock.now() + timedelta(hours=24, seconds=1)):
            webhooks.fan_out([published("later")])
            Queue("webhook", deliver.handler, batch=1).run()

    first, second = receiver.received
    assert old != new
    assert [signature[:3] for signature in first.headers["webhook-signature"].split(" ")] == ["v1,", "v1,"]
    for secret in (old, new):
        Verifier(secret).verify(first.body, first.headers)
    assert len(second.headers["webhook-signature"].split(" ")) == 1


def test_h5_a_secret_that_is_known_to_others_signs_nothing_from_then_on() -> None:
    with allowed() as receiver:
        changed, _ = webhooks.rotate(hooked(receiver), timedelta(0))

    assert [key.expires_at for key in changed.signing_keys] == [None]


@pytest.mark.usefixtures("noon")
def test_h4_whoever_is_told_twice_is_told_once() -> None:
    with allowed() as receiver:
        hook, event = hooked(receiver), published()
        for _ in range(2):
            webhooks.fan_out([event, event])
        webhooks.fan_out([event, published("other")])
        run()

    assert sorted(found.id for found in receiver.received) == sorted([event.id, published("other").id])
    assert len(told(hook)) == 2


@pytest.mark.usefixtures("noon")
def test_a_webhook_is_told_of_its_types_and_of_its_part_of_the_hierarchy() -> None:
    found_company()
    with allowed() as receiver:
        hooks = {
            "all": hooked(receiver),
            "type": hooked(receiver, types=["contact.opted_out"]),
            "noun": hooked(receiver, types=["survey.*"]),
            "south": hooked(receiver, segment="sul"),
            "store": hooked(receiver, segment="manaus", types=["contact.*", "ticket.opened"]),
        }
        webhooks.fan_out([published("a"), published("b", ""), opted_out("ana"), opted_out("bia", "manaus")])

    heard = {
        name: sorted(table.load(DomainEvent, DomainEvent.key_of(each.event)).subject for each in told(hook))
        for name, hook in hooks.items()
    }
    assert heard == {
        "all": ["contact/ana", "contact/bia", "survey/a", "survey/b"],
        "type": ["contact/ana", "contact/bia"],
        "noun": ["survey/a", "survey/b"],
        "south": ["contact/ana", "survey/a"],
        "store": ["contact/bia"],
    }


@pytest.mark.usefixtures("noon")
def test_h3_what_is_not_taken_is_sent_again_with_the_same_id_until_it_is() -> None:
    with allowed(ERROR, saying(b""), OK) as receiver:
        hook = hooked(receiver)
        webhooks.fan_out([published()])
        run()
        run(seconds=4)
        assert len(receiver.received) == 1
        run(seconds=30)
        run(minutes=4)
        run(minutes=7)
        run(hours=1)

    assert len({(found.id, found.body) for found in receiver.received}) == 1
    (delivery,) = told(hook)
    assert delivery.state is DeliveryState.DELIVERED
    assert [(each.status, each.error, each.answer) for each in delivery.attempts] == [
        (500, "status", "sorry"),
        (0, "answer_broken", ""),
        (200, "", ""),
    ]
    assert webhooks.health(hook.id).failures == 0


@pytest.mark.usefixtures("noon")
def test_h3_after_three_days_a_delivery_is_parked_until_a_person_sends_it_again() -> None:
    with allowed(*[ERROR] * 10, OK) as receiver:
        hook = hooked(receiver)
        webhooks.fan_out([published()])
        for hour in (0, 0.01, 0.2, 1, 4, 10, 22, 40, 65, 95):
            run(hours=hour)
        (parked,) = told(hook)
        run(hours=200)
        assert len(receiver.received) == 10

        with clock.at(NOON + timedelta(days=9)):
            replaying.replay(hook, parked)
        run(days=9)

    assert (parked.state, parked.tries, parked.reason) == ("parked", 10, "tries_over")
    (delivery,) = told(hook)
    assert (delivery.state, delivery.tries) == ("delivered", 1)
    assert len({found.id for found in receiver.received}) == 1


@pytest.mark.usefixtures("noon")
def test_h3_everything_that_failed_since_a_moment_is_sent_again_at_once() -> None:
    with allowed(*[GONE] * 2, OK) as receiver:
        hook = hooked(receiver)
        webhooks.fan_out([published("early")])
        run()
        with clock.at(NOON + timedelta(hours=1)):
            hook = webhooks.change(webhooks.get(hook.id), {"state": WebhookState.ACTIVE})
            webhooks.fan_out([published("late")])
        run(hours=1)
        with clock.at(NOON + timedelta(hours=2)):
            hook = webhooks.change(webhooks.get(hook.id), {"state": WebhookState.ACTIVE})
            for _ in range(2):
                replaying.order(hook, (NOON + timedelta(minutes=30)).astimezone(ZoneInfo("Asia/Tokyo")))
        run(hours=2)

    assert [(each.state, each.tries) for each in told(hook)] == [("failed", 1), ("delivered", 1)]
    assert len(receiver.received) == 3


def noted(kind: EventType) -> list[DomainEvent]:
    pages = [table.query(DomainEvent, shard, index="g1") for shard in DomainEvent.shards("2026-03-10")]
    return [event for page in pages for event in page.items if event.type is kind]


@pytest.mark.usefixtures("noon")
def test_h3_a_server_that_is_gone_is_called_no_more_and_somebody_is_told() -> None:
    found_company()
    with allowed(GONE) as receiver:
        hook = hooked(receiver, segment="poa")
        webhooks.fan_out([published("a"), published("b")])
        run()
        webhooks.fan_out([published("c")])
        run(hours=1)

    assert len(receiver.received) == 1
    disabled = webhooks.get(hook.id)
    assert (disabled.state, disabled.reason) == (WebhookState.DISABLED, "gone")
    assert sorted(each.state for each in told(hook)) == ["failed", "pending"]
    (event,) = noted(EventType.WEBHOOK_DISABLED)
    assert event.data == {"webhook": hook.id, "name": "CRM", "reason": "gone"}
    assert event.segment_path == ("aurora", "sul", "poa")


@pytest.mark.parametrize(("days", "failures", "state"), [(5, 12, "disabled"), (4, 12, "active"), (9, 3, "active")])
@pytest.mark.usefixtures("noon")
def test_a_server_that_has_taken_nothing_for_five_days_is_called_no_more(days: int, failures: int, state: str) -> None:
    with allowed(ERROR) as receiver:
        hook = hooked(receiver)
        since = NOON - timedelta(days=days)
        table.create(WebhookHealth(webhook=hook.id, failures=failures, failing_since=since))
        webhooks.fan_out([published()])
        run()

    assert webhooks.get(hook.id).state == state


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.usefixtures("noon")
def test_h3_a_server_that_says_when_is_left_alone_until_then_with_everything(status: int) -> None:
    with allowed(answering(status, "", retry_after="120"), OK) as receiver:
        hook = hooked(receiver)
        webhooks.fan_out([published("a"), published("b")])
        run()
        run(seconds=119)
        assert len(receiver.received) == 1
        run(seconds=140)

    assert [each.state for each in told(hook)] == ["delivered", "delivered"]
    assert len(receiver.received) == 3


@pytest.mark.usefixtures("noon")
def test_a_server_that_failed_five_times_in_a_row_is_left_alone_and_the_rest_waits_unspent() -> None:
    with allowed(*[ERROR] * 5, OK) as receiver:
        hook = hooked(receiver)
        webhooks.fan_out([published(f"survey {number}") for number in range(8)])
        run()
        assert len(receiver.received) == 5
        assert sorted(each.tries for each in told(hook)) == [0, 0, 0, 1, 1, 1, 1, 1]
        run(seconds=3)
        assert len(receiver.received) == 5
        run(seconds=30)

    assert {each.state for each in told(hook)} == {DeliveryState.DELIVERED}
    assert len(receiver.received) == 13


@pytest.mark.usefixtures("noon")
def test_while_a_webhook_is_paused_what_it_is_told_waits() -> None:
    with allowed() as receiver:
        hook = hooked(receiver)
        paused = webhooks.change(hook, {"state": WebhookState.PAUSED})
        webhooks.fan_out([published()])
        run(hours=1)
        assert receiver.received == []
        webhooks.change(paused, {"state": WebhookState.ACTIVE})
        run(hours=2)

    assert [each.state for each in told(hook)] == [DeliveryState.DELIVERED]


@pytest.mark.usefixtures("noon")
def test_a_test_goes_out_whatever_the_state_and_once() -> None:
    with allowed(ERROR) as receiver:
        hook = webhooks.change(hooked(receiver), {"state": WebhookState.PAUSED})
        webhooks.test(hook, "try-1")
        run()
        run(hours=1)

    (found,) = receiver.received
    assert json.loads(found.body)["type"] == "webhook.test"
    assert json.loads(found.body)["data"] == {"webhook": hook.id}
    (delivery,) = told(hook)
    assert (delivery.state, delivery.reason, delivery.attempts[0].status) == ("failed", "test", 500)
    assert webhooks.health(hook.id).failures == 0


@pytest.mark.usefixtures("noon")
def test_what_is_no_longer_kept_is_not_sent() -> None:
    with allowed() as receiver:
        hook, event = hooked(receiver), published()
        webhooks.fan_out([event])
        table.delete(DomainEvent, event.key())
        run()

    assert receiver.received == []
    assert [(each.state, each.reason) for each in told(hook)] == [("failed", "event_gone")]


@pytest.mark.usefixtures("noon")
def test_whatever_was_stored_and_not_queued_is_found_within_a_minute() -> None:
    with allowed() as receiver:
        hook = hooked(receiver)
        webhooks.fan_out([published()])
        Queue("webhook", lambda *_: {"batchItemFailures": []}, batch=1).run()  # the messages are lost
        run(minutes=1)

    assert [each.state for each in told(hook)] == [DeliveryState.DELIVERED]


def lanes(hook: Webhook, *numbers: int) -> None:
    for number in numbers:
        table.create(WebhookLane(webhook=hook.id, number=number, until=clock.now() + timedelta(minutes=3)))


@pytest.mark.usefixtures("noon")
def test_a_server_takes_up_no_more_calls_at_once_than_it_has_lanes() -> None:
    with allowed() as receiver, allowed() as other:
        hook = hooked(receiver)
        hooked(other)
        lanes(hook, 0, 1, 2)
        webhooks.fan_out([published()])
        run(minutes=1)
        assert (len(receiver.received), len(other.received)) == (0, 1)
        run(minutes=3)  # whoever had the lanes is dead

    assert [each.state for each in told(hook)] == [DeliveryState.DELIVERED]
    assert [table.find(WebhookLane, WebhookLane.at(hook.id, number)) is None for number in range(3)] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    "slow", [{"failures": 1}, {"slow_until": NOON + timedelta(minutes=5)}], ids=["failing", "slow"]
)
@pytest.mark.usefixtures("noon")
def test_a_server_that_fails_or_is_slow_takes_up_one_call_at_a_time(slow: dict[str, datetime | int]) -> None:
    with allowed() as receiver:
        hook = hooked(receiver)
        table.create(WebhookHealth.model_validate({"webhook": hook.id, **slow}))
        lanes(hook, 2)
        webhooks.fan_out([published()])
        run()

    assert receiver.received == []


def test_two_who_call_at_once_send_each_event_once() -> None:
    names = [f"survey {number}" for number in range(6)]
    with allowed() as receiver:
        hook = hooked(receiver)
        proper = receiver.answers[0]

        def beside(*some: object) -> None:
            receiver.answers[:] = [proper]
            webhooks.work(hook.id)  # while the first call is not answered yet
            proper(*some)  # type: ignore[arg-type] # the connection, and the end

        receiver.answers[:] = [beside, proper]
        events_of = [published(name) for name in names]
        webhooks.fan_out(events_of)
        webhooks.work(hook.id)

    assert sorted(found.id for found in receiver.received) == sorted(event.id for event in events_of)
    assert receiver.most_at_once == 2
    assert {each.tries for each in told(hook)} == {1}


@pytest.mark.usefixtures("noon")
def test_whoever_calls_leaves_the_rest_to_the_next_one_when_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "BUDGET", timedelta(0))
    with allowed() as receiver:
        hook = hooked(receiver)
        webhooks.fan_out([published()])
        queue = Queue("webhook", deliver.handler, batch=1)
        queue.step()

    assert (receiver.received, queue.waiting()) == ([], [{"webhook": hook.id, "deliveries": []}])
    assert table.find(WebhookLane, WebhookLane.at(hook.id, 0)) is None


@pytest.mark.usefixtures("noon")
def test_what_is_still_tried_needs_no_replay() -> None:
    with allowed() as receiver:
        hook = hooked(receiver)
        webhooks.fan_out([published()])
        with pytest.raises(ConflictError, match="webhook_delivery_pending"):
            replaying.replay(hook, told(hook)[0])


@pytest.mark.usefixtures("noon")
def test_a_replay_of_events_reaches_one_webhook_once_more() -> None:
    with allowed() as receiver, allowed() as other:
        hook, _ = hooked(receiver), hooked(other)
        event = published()
        webhooks.fan_out([event])
        for _ in range(2):
            webhooks.fan_out([event], only=hook.id, again="replay")
        run()

    assert ([found.id for found in receiver.received], len(other.received)) == ([event.id, event.id], 1)


@pytest.mark.usefixtures("noon")
def test_a_replay_of_events_reaches_a_webhook_that_was_made_a_moment_ago() -> None:
    with allowed() as receiver:
        event = published()
        webhooks.fan_out([event])  # whoever tells knows the webhooks of this moment for half a minute
        made = hooked(receiver).id
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(hooks, "all", tuple)
            webhooks.fan_out([event], only=made, again="replay")
        run()

    assert [found.id for found in receiver.received] == [event.id]
