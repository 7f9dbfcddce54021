"""What a person rests from: answers that are told by the stream, and invitations that are given back."""

from datetime import timedelta

import pytest

from escuta import table
from escuta.feedback.model import ResponseState
from escuta.outreach import invitations, rest
from escuta.outreach.model import Asking, Channel, InvitationState, LastAsked, Reply
from tests.conftest import NOON
from tests.kit import factories, world
from tests.kit.faults import failing, throttled
from tests.kit.stream import Context, Stream, event, record
from ticketing import app

pytestmark = pytest.mark.usefixtures("aws", "noon")

ANA = factories.contact("Ana")
DAY = timedelta(days=1)


def replies() -> list[Reply]:
    row = table.find(LastAsked, LastAsked.at(ANA.id), consistent=True)
    return list(row.replies) if row else []


def test_an_answer_is_remembered_once_however_often_and_in_whatever_order_it_is_told() -> None:
    table.put(ANA)
    for days in (2, 1, 2, 1):
        rest.answered(ANA.id, "visit", NOON - days * DAY)

    assert replies() == [Reply(at=NOON - 2 * DAY, survey="visit"), Reply(at=NOON - DAY, survey="visit")]


def test_nothing_is_remembered_of_whom_is_not_there() -> None:
    before = world.snapshot()
    rest.answered(ANA.id, "visit", NOON)
    rest.answered("", "visit", NOON)

    assert world.snapshot() == before


def test_an_answer_that_comes_with_an_invitation_is_not_lost_and_loses_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table.put(ANA)
    table.put(LastAsked(contact=ANA.id))
    find_together = table.find_together

    def overtaken(*wanted: object) -> object:
        """Let somebody ask the person after the row was read, and before it is written."""
        found = find_together(*wanted)  # type: ignore[arg-type] # passed on as it came
        monkeypatch.setattr(table, "find_together", find_together)
        row = table.load(LastAsked, LastAsked.at(ANA.id), consistent=True)
        table.save(row.asked(Asking(at=NOON, owner="first"), NOON))
        return found

    monkeypatch.setattr(table, "find_together", overtaken)
    rest.answered(ANA.id, "visit", NOON)

    row = table.load(LastAsked, LastAsked.at(ANA.id), consistent=True)
    assert (len(row.askings), len(row.replies)) == (1, 1)


def test_the_stream_tells_who_has_answered() -> None:
    table.put(ANA)
    stream = Stream(app.handler)
    stream.write(factories.response("kind", score=9, contact=ANA.id))
    stream.run()

    assert replies() == [Reply(at=NOON, survey="visit")]


def test_a_response_that_a_person_deleted_lets_nobody_rest() -> None:
    table.put(ANA)
    gone = factories.response("gone", score=9, contact=ANA.id, state=ResponseState.DELETED)
    app.handler(event([record(gone)]), Context())

    assert replies() == []


def test_an_answer_that_cannot_be_remembered_stops_no_batch() -> None:
    table.put(ANA)
    told = event([record(factories.response("kind", score=9, contact=ANA.id))])
    with failing("BatchGetItem", lambda _: throttled("dynamodb", "BatchGetItem")):
        rest.answered(ANA.id, "visit", NOON)
    with failing("TransactWriteItems", lambda _: throttled("dynamodb", "TransactWriteItems")):
        assert app.handler(told, Context()) == {"batchItemFailures": []}

    assert replies() == []


def test_what_was_never_sent_is_given_back_and_the_rest_before_it_stands() -> None:
    earlier = Asking(at=NOON - 60 * DAY, survey="visit", channels=(Channel.EMAIL,), owner="earlier")
    mine = Asking(at=NOON, survey="visit", channels=(Channel.EMAIL, Channel.SMS), owner=rest.asking("first", ANA.id))
    by_mail = factories.invitation()
    names = rest.names(ANA.id, {Channel.EMAIL: ANA.email})
    table.put_many(LastAsked(contact=name, askings=(earlier, mine)) for name in names)
    by_sms = by_mail.changed(
        id=invitations.identity("first", ANA.id, Channel.SMS), channel=Channel.SMS, state=InvitationState.SENT
    )

    table.transact(*rest.release(by_mail, by_sms))
    known = rest.known(names)
    assert [one.channels for one in known[ANA.id].askings] == [(Channel.EMAIL,), (Channel.SMS,)]
    assert known[names[1]].askings == (earlier,)

    table.transact(*rest.release(by_mail, None))
    assert rest.known(names)[ANA.id].askings == (earlier,)
    assert rest.release(by_mail, None) == ()


def test_each_visit_is_given_back_apart() -> None:
    owners = [rest.asking("told", ANA.id, visit) for visit in ("v1", "v2")]
    askings = tuple(Asking(at=NOON + number * DAY, owner=owner) for number, owner in enumerate(owners))
    table.put(LastAsked(contact=ANA.id, askings=askings))
    told = factories.invitation(deployment="told", transaction="v1", apart=True)

    table.transact(*rest.release(told, None))
    assert rest.known([ANA.id])[ANA.id].askings == askings[1:]


def test_of_each_survey_and_channel_as_much_is_remembered_as_a_rule_may_count() -> None:
    row = LastAsked(contact=ANA.id)
    for days in range(300, 0, -1):
        survey = "yearly" if days % 20 == 0 else "daily"
        channels = (Channel.SMS,) if days == 299 else (Channel.EMAIL,)
        row = row.asked(Asking(at=NOON - days * DAY, survey=survey, channels=channels, owner=str(days)), NOON)

    assert [one.owner for one in row.askings if one.survey == "yearly"] == [str(days) for days in range(300, 0, -20)]
    assert row.askings[1].channels == (Channel.SMS,)
    assert len(row.askings) == 15 + 1 + 60
