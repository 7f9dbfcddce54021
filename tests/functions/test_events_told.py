"""What is told to others: with the change itself, once, whatever breaks, and with no more than it says."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from escuta import clock, events, queues, table
from escuta.config import settings
from escuta.directory import contacts, drops
from escuta.directory.model import DropFile, FileState
from escuta.errors import ConflictError
from escuta.events import EventType
from escuta.feedback import announcing, erasing, exports, surveys, tickets
from escuta.feedback.model import Export, ExportFormat, ExportKind, ExportState, ResponseState, Standing
from escuta.feedback.tickets import Line
from escuta.outreach import brake, budgets, deployments, finishing, suppression
from escuta.outreach.model import (
    AudienceKind,
    Brake,
    Channel,
    Deployment,
    DeploymentState,
    InvitationState,
    Strategy,
)
from privacy import erase
from tests.conftest import NOON
from tests.functions.respondents import DRAFT
from tests.kit import factories, faults, telling, world
from tests.kit.factories import PATH
from tests.kit.queue import Queue
from tests.kit.stream import record

pytestmark = pytest.mark.usefixtures("aws", "noon")
WHOM = suppression.Whom("ana", PATH)
FIRST = factories.response("first", score=2, comment="Fila enorme", contact="ana", contact_name="Ana Souza")


def running(**fields: object) -> Deployment:
    known = {"id": "march", "name": "Março", "survey": "visit", "strategy": Strategy.EMAIL, "planned": True}
    state = {"audience": AudienceKind.ALL, "state": DeploymentState.RUNNING, "created_at": NOON}
    return table.create(Deployment.model_validate({**known, **state, **fields}))


def dropped() -> DropFile:
    file = DropFile(
        id="f1", bucket="escuta-drop", object_key="lojas/a.csv", state=FileState.REGISTERED, received_at=NOON
    )
    return table.create(file)


def refuse() -> None:
    drops.change("f1", lambda now: now.changed(state=FileState.REFUSED, reason="no_rows"))


def no_more() -> None:
    suppression.add(Channel.EMAIL, "ana@example.com", "unsubscribe", "visit", whom=WHOM)


def open_ticket() -> None:
    ticket = factories.ticket(contact="ana", contact_name="Ana Souza", comment="Fila enorme")
    with suppress(ConflictError):  # it is there
        tickets.store(None, ticket, Line("opened"))


def answer() -> None:
    announcing.response(FIRST, record(FIRST))


def nothing() -> None:
    """Begin with an empty store."""


def stopped() -> None:
    table.put(budgets.of(Channel.SMS).braked(Brake.STOPPED, "spend_limit", NOON))


def let_go() -> None:
    with suppress(ConflictError):  # nothing is stopped any more
        brake.resume(Channel.SMS, who="ana", why="limit raised")


Step = Callable[[], object]
SCENARIOS: dict[EventType, tuple[Step, Step]] = {
    EventType.IMPORT_FAILED: (dropped, refuse),
    EventType.DEPLOYMENT_PAUSED: (running, lambda: deployments.pause("march", "bounces")),
    EventType.DEPLOYMENT_FINISHED: (lambda: running(quiet_since=NOON - timedelta(minutes=5)), finishing.notice),
    EventType.DEPLOYMENT_RESUMED: (
        lambda: running(state=DeploymentState.PAUSED),
        lambda: deployments.resume("march"),
    ),
    EventType.DEPLOYMENT_CANCELLED: (running, lambda: deployments.cancel("march")),
    EventType.SENDING_RESUMED: (stopped, let_go),
    EventType.SENDING_STOPPED: (nothing, lambda: brake.stop(Channel.SMS, "spend_limit", NOON)),
    EventType.TICKET_OPENED: (nothing, open_ticket),
    EventType.RESPONSE_COMPLETED: (nothing, answer),
    EventType.SURVEY_PUBLISHED: (
        lambda: surveys.create("Visit", survey="visit"),
        lambda: surveys.publish("visit", DRAFT),
    ),
}


@pytest.mark.parametrize("kind", SCENARIOS)
def test_a_change_and_its_event_are_both_there_once_whatever_breaks(kind: EventType) -> None:
    prepare, act = SCENARIOS[kind]

    assert faults.survey_of_faults(lambda: _ignored(prepare()), act) == []
    assert [each.type for each in telling.events()] == [kind]


def _ignored(_: object) -> None:
    return


def test_a_person_who_says_no_is_told_of_once_whatever_breaks() -> None:
    """The event is named by the moment of the no, so that it is not the same in two runs."""

    def view() -> world.Snapshot:
        found = [(each.type, each.subject, str(number)) for number, each in enumerate(telling.events())]
        closed = {"closed": suppression.is_suppressed(Channel.EMAIL, "ana@example.com")}
        return {place: closed for place in found}  # noqa: C420 - nobody changes them

    no_more()  # the secret is read once

    assert faults.survey_of_faults(nothing, no_more, view=view) == []
    assert len(telling.events()) == 1


def test_the_sweep_finds_an_event_that_is_told_after_the_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drops, "_told", lambda _before, _after: ())

    def change_and_tell() -> None:
        if drops.get("f1", consistent=True).state is FileState.REGISTERED:
            refuse()
            data = events.SurveyData(survey="f1", survey_version=1, name="told too late")
            events.tell(events.made(EventType.SURVEY_PUBLISHED, data, "f1", subject="file/f1"))

    assert any("crash" in line for line in faults.survey_of_faults(lambda: _ignored(dropped()), change_and_tell))


def test_an_answer_is_told_as_it_stands_without_its_words() -> None:
    answer()

    (told,) = telling.events()
    assert (told.type, told.subject, told.revision, told.segment_path) == (
        EventType.RESPONSE_COMPLETED,
        "response/first",
        1,
        PATH,
    )
    assert told.data == {
        "response": "first",
        "survey": "visit",
        "survey_version": 1,
        "segment": "paulista",
        "product": "",
        "channel": "email",
        "language": "pt-BR",
        "contact": "ana",
        "deployment": "",
        "invitation": "",
        "score": 2,
        "score_class": "detractor",
        "commented": True,
        "call_wanted": False,
        "standing": "counted",
        "origin": "submitted",
        "replaces": "",
        "emptied": None,
        "answered_at": "2026-03-10T15:00:00Z",
    }


def test_the_images_of_an_answer_give_the_same_events_in_any_order_and_however_often() -> None:
    second = FIRST.changed(rev=2, standing=Standing.EXCLUDED)
    third = FIRST.changed(rev=3, state=ResponseState.DELETED)
    images = [record(FIRST), record(second, FIRST), record(third, second)]

    for number in (2, 0, 1, 1, 0, 2):
        announcing.response([FIRST, second, third][number], images[number])

    told = sorted(telling.events(), key=lambda each: each.revision)
    assert [(each.type, each.revision) for each in told] == [
        (EventType.RESPONSE_COMPLETED, 1),
        (EventType.RESPONSE_CHANGED, 2),
        (EventType.RESPONSE_DELETED, 3),
    ]
    assert [each.data.get("standing") for each in told] == ["counted", "excluded", None]


def test_of_a_revision_that_changed_nothing_for_others_nothing_is_told() -> None:
    listened = FIRST.changed(rev=2, hidden={"loja": "12"})

    announcing.response(listened, record(listened, FIRST))

    assert telling.events() == []


def test_an_answer_given_without_network_is_told_with_the_time_at_which_it_was_given() -> None:
    late = FIRST.changed(answered_at=NOON - timedelta(days=3))

    announcing.response(late, record(late))

    (told,) = telling.events()
    assert (told.occurred_at, told.at >= NOON) == (datetime.fromisoformat("2026-03-07T15:00:00Z"), True)


def test_a_person_who_says_no_again_is_told_of_once_until_they_took_it_back() -> None:
    no_more()
    no_more()
    suppression.take_back(Channel.EMAIL, "ana@example.com", "visit")
    with clock.at(NOON + timedelta(minutes=1)):
        no_more()

    assert [each.data for each in telling.events()] == [
        {"contact": "ana", "channel": "email", "survey": "", "reason": "unsubscribe"}
    ] * 2


def test_a_bounce_is_no_word_of_the_person() -> None:
    suppression.add(Channel.EMAIL, "ana@example.com", "bounce", whom=WHOM)

    assert telling.events() == []


def queued(state: InvitationState) -> None:
    table.create(factories.invitation("t1", deployment="march", state=state))


@pytest.mark.parametrize(
    ("fields", "state", "finished"),
    [
        ({}, InvitationState.QUEUED, False),
        ({}, InvitationState.CLAIMED, False),
        ({}, InvitationState.DEFERRED, False),
        ({}, InvitationState.DELIVERED, True),
        ({"state": DeploymentState.CANCELLED}, InvitationState.DEFERRED, True),
        ({"planned": False, "parts": 2, "state": DeploymentState.PLANNING}, InvitationState.DELIVERED, False),
        ({"audience": AudienceKind.TOLD}, InvitationState.DELIVERED, False),
    ],
)
def test_a_sending_is_finished_when_two_looks_find_nothing_left_to_do(
    fields: dict[str, object], state: InvitationState, *, finished: bool
) -> None:
    running(**fields)
    queued(state)

    looks = []
    for minutes in (0, 2, 5, 10):
        with clock.at(NOON + timedelta(minutes=minutes)):
            looks.append(finishing.notice())

    assert looks == [0, 0, int(finished), 0]
    assert [each.type for each in telling.events()] == [EventType.DEPLOYMENT_FINISHED] * finished


def test_a_sending_that_goes_on_between_two_looks_is_not_finished() -> None:
    running()
    finishing.notice()
    queued(InvitationState.QUEUED)

    with clock.at(NOON + timedelta(minutes=10)):
        finishing.notice()

    assert telling.events() == []
    assert deployments.get("march").quiet_since is None


def test_a_channel_that_a_person_stops_is_told_of() -> None:
    brake.halt(Channel.EMAIL, who="user:ana", why="Texto errado")

    (told,) = telling.events()
    assert (told.subject, told.data) == ("sending/email", {"channel": "email", "reason": "hand"})


def test_an_export_is_told_of_when_it_can_be_fetched_and_when_it_cannot_be_made() -> None:
    for name, state in (("e1", ExportState.RUNNING), ("e2", ExportState.QUEUED)):
        export = Export(
            id=name,
            what=ExportKind.TICKETS,
            format=ExportFormat.JSONL,
            state=state,
            language="en",
            segments=(),
            created_at=NOON,
            created_by="user:ana",
            expires_at=NOON + timedelta(days=7),
        )
        table.create(export)
    queues.send(settings().export_queue, [])

    exports.give_up("e1")
    exports.give_up("e2")

    told = telling.events()
    assert {each.subject: (each.type, each.data["reason"]) for each in told} == {
        "export/e1": (EventType.EXPORT_FAILED, "export_broken"),
        "export/e2": (EventType.EXPORT_FAILED, "export_broken"),
    }


def test_who_is_erased_is_named_by_that_event_alone() -> None:
    ana = contacts.identity("", "ana@example.com", "")
    with clock.at(NOON - timedelta(days=1)):
        table.create(factories.contact(id=ana, email="ana@example.com", phone=""))
        said = FIRST.changed(contact=ana, rev=0)
        announcing.response(said.changed(rev=1), record(said.changed(rev=1)))
    erasure = erasing.start(ana, "user:bruno")

    for minutes in (0, 10):
        with clock.at(NOON + timedelta(minutes=minutes)):
            Queue("erase", erase.handler).run()

    answered, erased = telling.events("response.completed", "contact.erased")
    assert (answered.data["contact"], answered.data["score"]) == ("", 2)
    assert (erased.data, erased.subject) == ({"contact": ana, "erasure": erasure.id}, f"contact/{ana}")
    assert erased.ttl() - int(erased.at.timestamp()) == 30 * 86_400


def test_the_free_words_of_a_root_cause_are_told_to_nobody() -> None:
    ticket = factories.ticket(root_causes=("queue", "Ana Souza esperou demais"))
    tickets.store(None, ticket, Line("opened"))

    (told,) = telling.events("ticket.opened")

    assert told.data["root_causes"] == ["queue"]
