"""How far invitations came, counted once each, on the day they were made, at every place they belong to."""

import json
from collections import Counter
from datetime import datetime, timedelta

import pytest

from distribute import feedback, plan
from escuta import clock, table
from escuta.entity import Key, Table
from escuta.errors import ConflictError, InvalidError
from escuta.feedback import blanking, evidence, partials, responses
from escuta.feedback.links import Door
from escuta.feedback.model import Standing
from escuta.feedback.partials import Partial
from escuta.outreach import (
    deployments,
    funnel_checks,
    funnels,
    ledger,
    planning,
    progress,
    resending,
    sending_rules,
    suppression,
)
from escuta.outreach.model import (
    Asking,
    Channel,
    Invitation,
    InvitationState,
    LastAsked,
    RestRule,
    RestThen,
    SendingDraft,
    Step,
    Strategy,
)
from infra.local import history, seed
from tests.conftest import NOON
from tests.functions.respondents import SUBMISSION_ID, invite, open_survey, submission, tap
from tests.functions.senders import Line, invited, open_shop, send, sending
from tests.kit import factories, funnel, guard
from tests.kit.faults import READS, failing, recording

pytestmark = pytest.mark.usefixtures("aws", "noon")

ANA, BRUNO = factories.contact("Ana"), factories.contact("Bruno")
TODAY, DAY = "2026-03-10", timedelta(days=1)
STORE, WHOLE, PAULISTA = "segment#paulista", "segment#aurora", "segment#sp-01"
Q, S, D, B, C = STEPS = funnels.STEPS


def shown(place: str = STORE, first: str = TODAY, last: str = TODAY) -> dict[str, Counter[str]]:
    """Return what is counted at a place; the funnel must be the sum of the rows, whatever came before."""
    assert funnel.problems() == []
    return dict(funnels.tally("visit", place, first, last))


def only() -> Invitation:
    (one,) = invited()
    return one


def told(state: InvitationState, reason: str = "") -> None:
    assert progress.advance(only().link_key, 0, state, reason=reason)


def test_who_is_sent_a_message_counts_at_the_place_and_all_above_it_at_the_channel_and_the_deployment() -> None:
    open_shop(ANA, BRUNO)
    send(ANA, BRUNO)

    places = (STORE, "segment#sudeste", WHOLE, "channel#email", "deployment#first")
    assert [shown(place) for place in places] == [{TODAY: {Q: 2, S: 2}}] * 5
    assert shown("segment#another") == {}


def test_several_places_are_read_together_and_over_the_months() -> None:
    open_shop(ANA, BRUNO)
    send(ANA)
    with clock.at(NOON + 30 * DAY):
        deployments.start(sending(BRUNO, id="second"))
    Line().run(start=NOON + 30 * DAY)

    read = funnels.tallies("visit", [STORE, WHOLE, "channel#sms"], "2025-12-31", "2026-04-09")

    both = {TODAY: {Q: 1, S: 1}, "2026-04-09": {Q: 1, S: 1}}
    assert read == {STORE: both, WHOLE: both, "channel#sms": {}}
    assert funnels.tallies("visit", [STORE], "2026-03-11", "2026-04-08") == {STORE: {}}
    assert shown(STORE, "2026-03-11", "2026-04-09") == {"2026-04-09": {Q: 1, S: 1}}


def test_the_day_is_that_of_the_making_by_the_clock_of_the_place_whenever_it_moves() -> None:
    open_shop(ANA)
    with clock.at(datetime.fromisoformat("2026-03-11T02:30:00+00:00")):  # half past eleven in the evening
        deployments.start(sending(ANA))
        Line().plan.run()
    with clock.at(NOON + 2 * DAY):
        told(InvitationState.DELIVERED)

    assert shown(STORE, "2026-03-01", "2026-03-31") == {TODAY: {Q: 1, S: 1, D: 1}}


def test_a_step_counts_once_however_often_and_in_whatever_order_it_is_told() -> None:
    open_shop(ANA)
    send(ANA)
    for state in (InvitationState.DELIVERED, InvitationState.SENT, InvitationState.DELIVERED):
        told(state)

    assert shown() == {TODAY: {Q: 1, S: 1, D: 1}}


def test_what_bounces_stays_sent_and_what_bounces_after_all_stays_delivered() -> None:
    open_shop(ANA)
    send(ANA)
    told(InvitationState.BOUNCED, reason="transient_bounce")
    assert shown() == {TODAY: {Q: 1, S: 1}}

    open_shop(BRUNO)
    send(BRUNO, id="second")
    (bruno,) = invited("second")
    for state in (InvitationState.DELIVERED, InvitationState.BOUNCED):
        progress.advance(bruno.link_key, 0, state)

    assert shown("deployment#second") == {TODAY: {Q: 1, S: 1, D: 1}}


def test_who_is_left_out_counts_nowhere_and_who_is_put_off_only_once_the_message_is_queued() -> None:
    open_shop(ANA, BRUNO)
    suppression.add(Channel.EMAIL, BRUNO.email, "unsubscribe")
    week = RestRule(name="semana", days=7, then=RestThen.DEFER)
    sending_rules.save(SendingDraft(rest=(week,)), rev=0, who="tests")
    table.put(LastAsked(contact=ANA.id, askings=(Asking(at=NOON - 3 * DAY, owner="other"),)))
    send(ANA, BRUNO)

    assert {one.state for one in invited()} == {InvitationState.DEFERRED, InvitationState.SUPPRESSED}
    assert shown() == {}

    with clock.at(NOON + 5 * DAY):
        for one in invited():
            planning.again(one, deployments.get("first"))

    assert shown(STORE, "2026-03-01", "2026-03-31") == {TODAY: {Q: 1}}


def test_who_moved_to_another_store_before_it_was_decided_anew_counts_there_and_no_longer_here() -> None:
    open_shop(ANA)
    table.put(factories.segment("aurora", "sudeste", "moema"))
    deployments.start(sending(ANA))
    Line().plan.run()
    assert shown() == {TODAY: {Q: 1}}

    table.put(ANA.changed(segment="moema", rev=1))
    with clock.at(NOON + timedelta(hours=1)):
        planning.caught_up([only()], deployments.get("first"))

    assert shown() == {}
    assert [shown(place) for place in ("segment#moema", "segment#sudeste", WHOLE)] == [{TODAY: {Q: 1}}] * 3


def test_what_is_sent_once_more_counts_no_step_twice() -> None:
    open_shop(ANA)
    send(ANA)
    told(InvitationState.BOUNCED, reason="transient_bounce")
    with clock.at(NOON + 2 * DAY):
        resending.start(deployments.get("first"), [InvitationState.BOUNCED], by="carla")
    Line().run(start=NOON + 2 * DAY)
    assert only().attempts == 2

    told(InvitationState.DELIVERED)

    assert shown() == {TODAY: {Q: 1, S: 1, D: 1}}


def test_a_link_that_is_handed_out_counts_as_sent() -> None:
    open_shop(ANA)
    send(ANA, strategy=Strategy.LINK)

    assert shown("channel#link") == {TODAY: {Q: 1, S: 1}}


def test_what_is_closed_before_it_is_sent_stays_queued() -> None:
    open_shop(ANA)
    deployments.start(sending(ANA))
    Line().plan.run()

    assert ledger.settle(only(), InvitationState.SUPPRESSED, "field_blank")
    assert shown() == {TODAY: {Q: 1}}


@pytest.fixture
def link() -> tuple[str, Invitation]:
    """The token of the link that Ana was sent, and her invitation."""
    open_survey()
    return invite("Ana")


def test_who_answers_has_begun_and_got_the_message_whatever_is_told_afterwards(link: tuple[str, Invitation]) -> None:
    token, invitation = link
    responses.submit(Door.INVITATION, token, submission(SUBMISSION_ID, nps=9))
    assert shown(PAULISTA) == {TODAY: dict.fromkeys(STEPS, 1)}

    assert progress.advance(invitation.link_key, 0, InvitationState.DELIVERED)

    assert shown(PAULISTA) == {TODAY: dict.fromkeys(STEPS, 1)}


def test_the_first_draft_says_that_somebody_began_and_the_next_ones_nothing(link: tuple[str, Invitation]) -> None:
    for number in (1, 2):
        sent = Partial(submission_id=SUBMISSION_ID, version=1, number=number, fields={"n.nps": str(number)})
        partials.keep(Door.INVITATION, link[0], sent)
    assert shown(PAULISTA) == {TODAY: {Q: 1, S: 1, D: 1, B: 1}}

    responses.submit(Door.INVITATION, link[0], submission(SUBMISSION_ID, nps=9))

    assert shown(PAULISTA) == {TODAY: dict.fromkeys(STEPS, 1)}


def test_a_draft_beside_another_move_of_the_invitation_is_kept_and_counted(link: tuple[str, Invitation]) -> None:
    def meanwhile(_parameters: object) -> None:
        if not moved:
            moved.append(InvitationState.DELIVERED)
            progress.advance(link[1].link_key, 0, InvitationState.DELIVERED)

    moved: list[InvitationState] = []
    with failing("PutItem", meanwhile):
        sent = Partial(submission_id=SUBMISSION_ID, version=1, number=1, fields={"n.nps": "7"})
        partials.keep(Door.INVITATION, link[0], sent)

    assert moved == [InvitationState.DELIVERED]
    assert shown(PAULISTA) == {TODAY: {Q: 1, S: 1, D: 1, B: 1}}


def test_a_score_that_was_tapped_counts_once_it_counts_as_an_answer(link: tuple[str, Invitation]) -> None:
    tap(link[0], Standing.FLAGGED)
    assert shown(PAULISTA) == {TODAY: {Q: 1, S: 1}}

    responses.submit(Door.INVITATION, link[0], submission(SUBMISSION_ID, nps=9))

    assert shown(PAULISTA) == {TODAY: dict.fromkeys(STEPS, 1)}


def test_a_score_that_was_tapped_counts_once_a_person_takes_it_for_an_answer(link: tuple[str, Invitation]) -> None:
    found = responses.get(tap(link[0], Standing.FLAGGED).id)

    def meanwhile(_parameters: object) -> None:
        if not moved:
            moved.append(link[1].link_key)
            progress.advance(moved[0], 0, InvitationState.DELIVERED)

    moved: list[str] = []
    with failing("TransactWriteItems", meanwhile):
        counted = evidence.switch(found, Standing.COUNTED, "ana", "They called")
    evidence.switch(counted, Standing.EXCLUDED, "ana", "It was a machine after all")

    assert shown(PAULISTA) == {TODAY: dict.fromkeys(STEPS, 1)}
    assert (
        table.load(Invitation, link[1].key()).state is InvitationState.DELIVERED
    )  # what the person sends still takes its place


def test_a_tap_that_changed_since_it_was_looked_at_is_not_switched(link: tuple[str, Invitation]) -> None:
    found = responses.get(tap(link[0], Standing.FLAGGED).id)
    evidence.switch(found, Standing.EXCLUDED, "bruno", "A machine")

    with pytest.raises(ConflictError):
        evidence.switch(found, Standing.COUNTED, "ana", "They called")

    assert shown(PAULISTA) == {TODAY: {Q: 1, S: 1}}


def test_who_is_erased_stays_where_they_came(link: tuple[str, Invitation]) -> None:
    table.save(blanking.invitation(link[1]))

    assert shown(PAULISTA) == {TODAY: {Q: 1, S: 1}}


@pytest.mark.parametrize("adopted", [False, True])
def test_what_was_made_before_steps_were_counted_counts_nowhere_until_it_is_taken_in(*, adopted: bool) -> None:
    open_shop(ANA, BRUNO)
    send(BRUNO)
    table.put(factories.invitation(state=InvitationState.DELIVERED))
    for _ in range(2 if adopted else 0):
        plan.handler({"Records": [{"messageId": "1", "body": '{"job": "funnel", "deployment": "first"}'}]}, None)

    key = factories.invitation().link_key
    assert progress.advance(key, 0, InvitationState.COMPLAINED, reason="complaint")

    after = {Q: 2, S: 2, D: 1} if adopted else {Q: 1, S: 1}
    assert shown() == {TODAY: after}
    assert table.load(Invitation, Invitation.at(key), consistent=True).state is InvitationState.COMPLAINED


def test_the_past_of_the_demo_company_is_counted_as_it_stands() -> None:
    ground = history.Ground("visit", "first", b"secret", {}, NOON)
    asked = [person.invitation for person in history.people(ground)][:45]

    seed.invite([asked[0].changed(state=InvitationState.COMPLETED), *asked[1:]])

    days = shown(WHOLE, "2025-11-01", TODAY).values()
    assert sum(days, Counter()) == Counter({Q: 45, S: 45, D: 45, B: 1, C: 1})


def test_a_recount_of_a_deployment_finds_what_somebody_wrote_into_its_counters() -> None:
    open_shop(ANA, BRUNO)
    send(ANA, BRUNO)
    deployment = deployments.get("first")
    assert funnel_checks.recounted(deployment) == {TODAY: {Q: 2, S: 2}}
    assert funnel_checks.drift(deployment) == {}

    with guard.down():
        table.transact(table.Add(Table.OUTREACH, Key("funnel#visit#deployment#first", "2026-03#0"), {"s10": -1}))

    assert funnel_checks.drift(deployment) == {TODAY: {S: -1}}


def test_a_recount_that_nobody_can_wait_for_is_refused() -> None:
    open_shop(ANA, BRUNO)
    send(ANA, BRUNO)

    with pytest.raises(InvalidError) as refusal:
        funnel_checks.drift(deployments.get("first"), most=1)

    assert refusal.value.code == "funnel_too_large"


def test_messages_to_people_of_many_places_are_marked_in_as_many_transactions_as_it_takes() -> None:
    some = [
        factories.invitation(
            name=f"Ana {number}",
            segment_path=("aurora", *(f"{code}-{number}" for code in ("sul", "pr", "norte", "centro"))),
            state=InvitationState.CLAIMED,
            sent_at=None,
            reached=Step.QUEUED,
        )
        for number in range(22)
    ]
    funnel.store(*some)
    with recording() as calls:
        ledger.mark([ledger.Mark(one.changed(rev=1), InvitationState.SENT) for one in some])

    assert [call.actions for call in calls if call.operation == "TransactWriteItems"] == [61, 61]
    assert shown(WHOLE) == {TODAY: {Q: 22, S: 22}}


def test_what_merely_says_that_mails_came_moves_them_together_and_once() -> None:
    people = [factories.contact(f"Ana {number}", email=f"ana.{number}@example.com") for number in range(5)]
    open_shop(*people)
    send(*people)
    mails = [{"messageId": one.message_id, "tags": {"invitation": [one.link_key]}} for one in invited()]
    bodies = [json.dumps({"eventType": "Delivery", "mail": mail, "delivery": {}}) for mail in (*mails, mails[0])]
    records = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
    with recording() as calls:
        assert feedback.handler({"Records": records}, None) == {"batchItemFailures": []}

    assert [call.actions for call in calls if not call.operation.startswith(READS)] == [11]
    assert shown() == {TODAY: {Q: 5, S: 5, D: 5}}


def test_where_one_of_them_moves_meanwhile_each_is_told_of_alone() -> None:
    open_shop(ANA, BRUNO)
    send(ANA, BRUNO)
    told = [progress.Arrived(one.link_key, InvitationState.DELIVERED, "") for one in invited()]
    moved: list[str] = []

    def meanwhile(_parameters: object) -> None:
        if not moved:
            moved.append(told[0].link_key)
            progress.advance(told[0].link_key, 0, InvitationState.BOUNCED)

    with failing("TransactWriteItems", meanwhile):
        progress.advance_together(told)
    assert shown() == {TODAY: {Q: 2, S: 2}}

    for one in told:
        progress.advance(one.link_key, 0, one.state)

    assert {one.state for one in invited()} == {InvitationState.BOUNCED, InvitationState.DELIVERED}
    assert shown() == {TODAY: {Q: 2, S: 2, D: 1}}
