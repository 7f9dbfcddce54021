"""Planning: who is asked, one decision per person, and a start that may be repeated."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from escuta import clock, table
from escuta.directory import drops
from escuta.directory.model import Contact, DropFile, FileState, RowOutcome, RowResult
from escuta.errors import NotFoundError, UnavailableError
from escuta.outreach import deployments, finishing, invitations, planning, suppression
from escuta.outreach.model import (
    AudienceKind,
    Channel,
    Deployment,
    DeploymentState,
    InvitationState,
    LastAsked,
    Strategy,
)
from tests.conftest import NOON
from tests.functions.senders import PHONE, Line, invited, open_shop, send, sending, states
from tests.kit import factories, outbox
from tests.kit.faults import failing, recording
from tests.kit.queue import Queue

pytestmark = pytest.mark.usefixtures("aws", "noon")

ANA = factories.contact("Ana")
BRUNO = factories.contact("Bruno", email="", phone=PHONE)
CARLA = factories.contact("Carla", email="")
QUEUED, SENT = InvitationState.QUEUED, InvitationState.SENT


def addresses() -> list[str]:
    return sorted(mail["To"].addresses[0].addr_spec for mail in outbox.mails())


def _unreachable(_parameters: object) -> Exception:
    return EndpointConnectionError(endpoint_url="https://sqs.us-east-1.amazonaws.com")


def test_each_person_is_asked_once_and_the_deployment_is_finished() -> None:
    open_shop(ANA, BRUNO)

    done = send(ANA, BRUNO)

    assert addresses() == ["ana@example.com"]
    assert [number for number, _ in outbox.texts()] == [PHONE]
    assert done.state is DeploymentState.RUNNING
    assert deployments.progress("first") == {SENT: 2}
    assert deployments.is_finished(done, deployments.progress("first"))


def test_starting_twice_sends_nothing_twice() -> None:
    open_shop(ANA)
    send(ANA)

    again = send(ANA, name="Another name")

    assert again.name == "Visitas de março"
    assert len(outbox.mails()) == 1


def test_every_message_may_be_delivered_many_times() -> None:
    open_shop(ANA, BRUNO)
    deployments.start(sending(ANA, BRUNO))

    Line(again=0.6, seed=7).run(steps=80)

    assert (len(outbox.mails()), len(outbox.texts())) == (1, 1)


def test_a_redelivered_plan_queues_again_only_what_still_waits() -> None:
    open_shop(ANA, BRUNO)
    deployments.start(sending(ANA, BRUNO))
    line = Line()
    line.plan.run()
    ana = invitations.find(invitations.link_key(invitations.identity("first", ANA.id, Channel.EMAIL)))
    assert ana is not None
    table.save(ana.changed(state=SENT))
    assert len(line.deliver.waiting()) == 2

    planning.plan("first", 0, "")

    assert len(line.deliver.waiting()) == 3
    assert [one.state for one in invited()] == [QUEUED, SENT]


def test_who_is_not_asked_is_listed_with_the_reason() -> None:
    open_shop(ANA, CARLA, BRUNO)
    suppression.add(Channel.EMAIL, "ANA@example.com", "unsubscribe")

    send(ANA, CARLA, strategy=Strategy.EMAIL)

    assert states() == {
        "": (InvitationState.SUPPRESSED, "no_address"),
        "ana@example.com": (InvitationState.SUPPRESSED, "unsubscribe"),
    }
    assert outbox.mails() == []


def test_who_said_no_to_one_survey_is_not_asked_for_it_and_is_asked_for_others() -> None:
    open_shop(ANA)
    suppression.add(Channel.EMAIL, "ana@example.com", "unsubscribe", scope="party")
    suppression.add(Channel.EMAIL, "bia@example.com", "unsubscribe", scope=factories.SURVEY)
    bia = factories.contact("Bia")
    table.put(bia)

    send(ANA, bia)

    assert states() == {
        "ana@example.com": (SENT, ""),
        "bia@example.com": (InvitationState.SUPPRESSED, "unsubscribe_survey"),
    }


def test_of_several_reasons_the_report_of_the_mail_service_is_named() -> None:
    open_shop(ANA)
    suppression.add(Channel.EMAIL, "ana@example.com", "unsubscribe")
    suppression.add(Channel.EMAIL, "ana@example.com", "bounce")

    send(ANA)

    assert states() == {"ana@example.com": (InvitationState.SUPPRESSED, "bounce")}


def test_a_page_of_people_who_may_not_be_asked_does_not_stop_the_rest() -> None:  # E19
    people = [factories.contact(f"P{number}", email="") for number in range(100)]
    open_shop(ANA, *people)

    send(*people, ANA)

    assert addresses() == ["ana@example.com"]
    assert deployments.progress("first") == {SENT: 1, InvitationState.SUPPRESSED: 100}


def test_who_was_asked_a_short_while_ago_is_left_out_with_the_evidence() -> None:
    open_shop(ANA)
    send(ANA)

    with clock.at(NOON + timedelta(days=29)):
        send(ANA, id="second")
        left_out = next(invited("second"))

    assert (left_out.state, left_out.reason) == (InvitationState.SUPPRESSED, "resting")
    assert left_out.details["rule"] == "30 dias"
    assert left_out.details["until"].startswith("2026-04-09T15:00")
    assert len(outbox.mails()) == 1


def test_after_the_rest_the_person_is_asked_again() -> None:
    open_shop(ANA)
    send(ANA)

    deployments.start(sending(ANA, id="second"))
    Line().run(start=NOON + timedelta(days=31))

    assert len(outbox.mails()) == 2


def test_one_address_in_two_contacts_is_written_to_once() -> None:  # E18
    twin = factories.contact("Ana Souza", email="ANA@Example.com")
    open_shop(ANA, twin)

    send(ANA, twin)

    assert len(outbox.mails()) == 1
    assert sorted(one.state for one in invited()) == [SENT, InvitationState.SUPPRESSED]


def test_two_deployments_that_plan_one_person_at_once_send_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    open_shop(ANA)
    deployments.start(sending(ANA))
    deployments.start(sending(ANA, id="second"))
    decide = planning.decide

    def overtaken(deployment: Deployment, *facts: object) -> object:
        """Let the second deployment plan the person after the first one read, and before it writes."""
        monkeypatch.setattr(planning, "decide", decide)
        planning.plan("second", 0, "")
        return decide(deployment, *facts)  # type: ignore[arg-type] # passed on as they came

    monkeypatch.setattr(planning, "decide", overtaken)
    planning.plan("first", 0, "")
    Line().run()

    assert [one.state for one in invited("second")] == [SENT]
    assert [(one.state, one.reason) for one in invited("first")] == [(InvitationState.SUPPRESSED, "resting")]
    assert len(outbox.mails()) == 1


def test_both_channels_are_one_decision_and_one_rest() -> None:
    both = ANA.changed(phone=PHONE)
    open_shop(both)

    send(both, strategy=Strategy.BOTH)

    assert states() == {PHONE: (SENT, ""), "ana@example.com": (SENT, "")}


def test_the_people_of_a_file_are_its_audience() -> None:
    open_shop(ANA, BRUNO, CARLA)
    file = DropFile(
        id="file-1", bucket="escuta-drop", object_key="crm/march.csv", state=FileState.DONE, chunks=2, received_at=NOON
    )
    table.create(file)
    accepted = RowResult(row=1, line=2, outcome=RowOutcome.ACCEPTED, contact=ANA.id)
    rejected = RowResult(row=2, line=3, outcome=RowOutcome.REJECTED, contact=CARLA.id)
    drops.write_results("file-1", 0, [accepted, rejected, accepted.changed(row=3, outcome=RowOutcome.DUPLICATE)])
    drops.write_results("file-1", 1, [RowResult(row=4, line=5, outcome=RowOutcome.UPDATED, contact=BRUNO.id)])

    done = send(audience=AudienceKind.FILE, file="file-1")

    assert (done.parts, done.planned) == (2, True)
    assert set(states()) == {"ana@example.com", PHONE}


def test_a_segment_is_its_subtree_and_all_is_everybody() -> None:
    elsewhere = factories.contact("Davi", segment="curitiba")
    table.put_many([factories.segment("aurora", "sul"), factories.segment("aurora", "sul", "curitiba")])
    people = [factories.contact(f"P{number}") for number in range(30)]
    open_shop(ANA, elsewhere, *people)

    send(audience=AudienceKind.SEGMENTS, segments=("sudeste",))
    send(audience=AudienceKind.ALL, id="second")

    assert len(states()) == 31
    assert "davi@example.com" not in states()
    assert states("second")["davi@example.com"] == (SENT, "")
    assert len(states("second")) == 32


def test_a_large_segment_goes_on_in_further_messages() -> None:
    people = [factories.contact(f"P{number}") for number in range(130)]
    open_shop(*people)
    deployments.start(sending(audience=AudienceKind.SEGMENTS, segments=("paulista",)))

    Line(batch=1).plan.run()

    assert deployments.progress("first") == {QUEUED: 130}
    assert deployments.get("first").state is DeploymentState.RUNNING


def test_many_invitations_are_counted_by_state_also_those_of_before_that_was_kept() -> None:
    people = [factories.contact(f"P{number}") for number in range(20)]
    open_shop(CARLA, *people)

    send(CARLA, *people)

    assert deployments.progress("first") == {SENT: 20, InvitationState.SUPPRESSED: 1}
    table.put(deployments.get("first").changed(counted=False))
    assert deployments.progress("first") == {SENT: 20, InvitationState.SUPPRESSED: 1}


def test_how_far_a_deployment_is_costs_the_same_however_many_it_asks() -> None:
    people = [factories.contact(f"P{number}") for number in range(130)]
    open_shop(*people)
    asked = []
    for name, some in (("few", people[:2]), ("many", people)):
        send(*some, id=name)
        with recording() as calls:
            deployments.progress(name)
            deployments.reminded(name)
        asked.append([call.operation for call in calls])

    assert asked[0] == asked[1]


def held(*people: Contact, **fields: Any) -> Line:
    """Start a deployment, pause it, and let its messages come up."""
    open_shop(*people)
    deployments.start(sending(*people, **fields))
    line = Line()
    line.plan.run()
    deployments.pause("first", by="Carla")
    line.deliver.run()
    return line


def test_nothing_circles_in_a_queue_while_a_deployment_is_paused_and_all_goes_out_afterwards() -> None:
    line = held(ANA, BRUNO)
    assert (line.plan.waiting(), line.deliver.waiting(), outbox.mails()) == ([], [], [])
    assert deployments.progress("first") == {QUEUED: 2}

    deployments.resume("first")
    assert line.plan.waiting() == [{"job": "release", "deployment": "first"}]
    line.run()

    assert deployments.progress("first") == {SENT: 2}


def test_what_was_let_go_of_during_a_pause_ends_when_the_deployment_is_cancelled() -> None:
    line = held(ANA, BRUNO)

    deployments.cancel("first")
    line.run()

    assert deployments.progress("first") == {InvitationState.CANCELLED: 2}
    assert outbox.mails() == []


def test_whoever_pauses_again_before_the_messages_are_back_loses_none_of_them() -> None:
    line = held(ANA, BRUNO)
    deployments.resume("first")
    deployments.pause("first")
    line.run()
    assert (line.plan.waiting(), outbox.mails()) == ([], [])

    deployments.resume("first")
    deployments.resume("first")
    line.run()

    assert deployments.progress("first") == {SENT: 2}


def test_an_audience_of_nobody_is_finished_at_once() -> None:
    open_shop()

    done = send()

    assert done.state is DeploymentState.RUNNING
    assert deployments.is_finished(done, deployments.progress("first"))


def test_a_deployment_that_is_still_planned_is_not_finished() -> None:
    open_shop(ANA)
    started = deployments.start(sending(ANA))

    assert not deployments.is_finished(started, deployments.progress("first"))


def test_what_is_paused_stays_queued_and_goes_on_where_it_was() -> None:  # E17
    open_shop(ANA, BRUNO)
    deployments.start(sending(ANA, BRUNO))
    line = Line()
    line.plan.run()
    for _ in range(20):
        deployments.pause("first")
        deployments.resume("first")
    deployments.pause("first")
    line.deliver.step()
    assert deployments.progress("first") == {QUEUED: 2}

    deployments.resume("first")
    line.run()

    assert deployments.progress("first") == {SENT: 2}
    assert (len(outbox.mails()), len(outbox.texts())) == (1, 1)


def test_a_deployment_paused_before_it_was_planned_goes_on_planning() -> None:
    open_shop(ANA)
    deployments.start(sending(ANA))
    deployments.pause("first")
    assert deployments.resume("first").state is DeploymentState.PLANNING

    deployments.pause("first")
    Queue("plan", Line().plan.handler).run()

    assert deployments.resume("first").state is DeploymentState.RUNNING


def test_who_lets_a_deployment_go_on_whose_planning_got_lost_plans_what_is_missing() -> None:
    open_shop(ANA, BRUNO)
    deployments.start(sending(ANA, BRUNO))
    assert Line().plan.waiting() == [{"deployment": "first", "part": 0}]  # taken, and given up

    deployments.resume("first")
    Line().run()

    assert deployments.progress("first") == {InvitationState.SENT: 2}
    assert deployments.resume("first").state is DeploymentState.RUNNING


def test_a_planning_that_got_lost_is_queued_again_by_itself_once_in_a_while() -> None:
    open_shop(ANA, BRUNO)
    with failing("SendMessageBatch", _unreachable), pytest.raises(UnavailableError):
        deployments.start(sending(ANA, BRUNO))
    line = Line()

    for minutes, queued in ((29, 0), (30, 1), (35, 1), (61, 2)):
        with clock.at(NOON + timedelta(minutes=minutes)):
            finishing.notice()
        assert len(line.plan.waiting()) == queued, minutes
    line.run(start=NOON + timedelta(hours=1))

    assert deployments.get("first").state is DeploymentState.RUNNING
    assert deployments.progress("first") == {InvitationState.SENT: 2}


def test_a_queue_that_takes_no_planning_stops_no_other_look() -> None:
    open_shop(ANA)
    deployments.start(sending(ANA))
    assert len(Line().plan.waiting()) == 1
    over = deployments.start(sending(id="over"))
    with clock.at(NOON + timedelta(hours=1)), failing("SendMessageBatch", _unreachable):
        finishing.notice()

    assert deployments.get("first").requeued_at is None
    assert deployments.get(over.id).quiet_since is not None


def test_what_is_cancelled_is_not_sent_and_the_people_do_not_rest() -> None:
    open_shop(ANA, BRUNO)
    deployments.start(sending(ANA, BRUNO))
    line = Line()
    line.plan.run()
    deployments.cancel("first")

    line.run()
    send(ANA, BRUNO, id="second")

    assert {state for state, _ in states("first").values()} == {InvitationState.CANCELLED}
    assert {state for state, _ in states("second").values()} == {SENT}


def test_a_cancelled_deployment_stays_cancelled() -> None:
    open_shop(ANA)
    deployments.start(sending(ANA))
    deployments.cancel("first")

    assert deployments.resume("first").state is DeploymentState.CANCELLED
    assert deployments.pause("first").state is DeploymentState.CANCELLED


def test_the_rest_stays_when_one_of_two_channels_was_used() -> None:
    both = ANA.changed(phone=PHONE)
    open_shop(both)
    deployments.start(sending(both, strategy=Strategy.BOTH))
    line = Line()
    line.plan.run()
    suppression.add(Channel.SMS, PHONE, "stop")
    line.run()

    assert states() == {PHONE: (InvitationState.SUPPRESSED, "stop"), "ana@example.com": (SENT, "")}
    assert [one.channels for one in table.load(LastAsked, LastAsked.at(ANA.id)).askings] == [(Channel.EMAIL,)]


def test_the_newest_deployment_is_listed_first() -> None:
    open_shop(ANA)
    deployments.start(sending(ANA))
    deployments.start(sending(ANA, id="second", created_at=NOON + timedelta(hours=1)))

    assert [deployment.id for deployment in deployments.listing().items] == ["second", "first"]


def test_an_unknown_deployment_is_named() -> None:
    with pytest.raises(NotFoundError, match="deployment_not_found"):
        deployments.pause("nothing")
