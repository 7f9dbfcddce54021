"""After a closing: the customer is asked once whether all is well again, and the answer decides."""

from datetime import datetime, timedelta

import pytest

from distribute import due
from escuta import clock, table
from escuta.directory import managers
from escuta.directory.model import Consent, Contact
from escuta.feedback import responses, surveys, tickets
from escuta.feedback.links import Door
from escuta.feedback.model import (
    Alert,
    Response,
    ScoreClass,
    Standing,
    SurveyStatus,
    Ticket,
    TicketSettings,
    TicketState,
)
from escuta.feedback.model.ticket_settings import FollowUp
from escuta.feedback.submissions import Submission
from escuta.feedback.tickets import Actor, asking, bulk, keeping, linking, making, recovering, settling
from escuta.outreach import deployments, invitations, suppression
from escuta.outreach.model import Channel, Invitation, InvitationState, LastAsked
from tests.conftest import NOON
from tests.functions.senders import Line as Sending
from tests.functions.senders import open_shop
from tests.kit import outbox
from tests.kit.factories import contact, response

pytestmark = pytest.mark.usefixtures("aws", "noon", "shop")
ANA = contact("Ana", phone="+5511987654321")
BRUNO = Actor(name="Bruno", id="bruno")
LATER = NOON + timedelta(hours=24, minutes=1)
FIRST = "a" * 22


@pytest.fixture
def shop(aws: None) -> None:  # noqa: ARG001 - the tables come first
    open_shop(ANA)


def opened(name: str = "angry", **fields: object) -> Ticket:
    answer = response(name, score=2, contact=ANA.id, contact_name="Ana Souza", **fields)
    return tickets.follow_up(table.create(answer))[0].ticket


def closed(ticket: Ticket) -> Ticket:
    return tickets.close(ticket.id, ("fila",), "Ligamos", who=BRUNO, rev=keeping.get(ticket.id).rev)


def invited(ticket: Ticket) -> Invitation:
    found = asking.asked(ticket)
    assert found is not None
    return found


def deliver(at: datetime = LATER) -> None:
    with clock.at(at):
        due.handler({}, None)
    Sending().run(start=at)


def say(ticket: Ticket, *, good: int, submission: str = FIRST, more: str = "", at: datetime = LATER) -> Response:
    """Answer the question after a closing as a person does, and follow the answer up."""
    token = invitations.link(invited(ticket)).rpartition("/")[2]
    answers = {"good": good, **({"more": more} if more else {})}
    sent = Submission(submission_id=submission, version=1, language="pt-BR", answers=answers)
    with clock.at(at):
        receipt = responses.submit(Door.INVITATION, token, sent)
        found = responses.get(receipt.id)
        recovering.answered(found)
    return found


def test_closing_asks_the_customer_a_day_later_by_the_channel_of_the_first_answer() -> None:
    ticket = closed(opened())

    waiting = invited(ticket)
    assert (waiting.state, waiting.reason) == (InvitationState.DEFERRED, "follow_up")
    assert waiting.send_at is not None
    assert abs(waiting.send_at - waiting.created_at - timedelta(hours=24)) < timedelta(seconds=5)
    assert (waiting.survey, waiting.deployment, waiting.contact) == ("follow-up", "follow-up", ANA.id)
    assert waiting.occasion == f"{ticket.id}#0"
    assert outbox.mails() == []

    deliver(LATER - timedelta(minutes=2))
    assert outbox.mails() == []
    deliver()

    (mail,) = outbox.mails()
    assert (mail["To"], mail["Subject"]) == ("Ana <ana@example.com>", "Ana, ficou tudo bem agora?")
    assert invited(ticket).state is InvitationState.SENT


def test_the_mail_offers_two_thumbs_that_only_preselect() -> None:
    ticket = closed(opened())
    deliver()

    html = outbox.mails()[0].get_body(("html",))
    assert html is not None
    page = html.get_content()
    link = invitations.link(invited(ticket))
    assert f"{link}?r=1" in page
    assert f"{link}?r=0" in page
    assert "👍&nbsp; Sim, ficou" in page
    assert "👎&nbsp; Ainda não" in page


def test_who_was_asked_by_sms_is_asked_by_sms() -> None:
    ticket = closed(opened(channel="sms"))

    assert invited(ticket).channel is Channel.SMS


def test_no_rest_holds_it_back_and_none_begins() -> None:
    asked = closed(opened())
    before = table.find(LastAsked, LastAsked.at(ANA.id))
    deliver()

    assert invited(asked).state is InvitationState.SENT
    assert table.find(LastAsked, LastAsked.at(ANA.id)) == before


@pytest.mark.parametrize("why", ["no consent", "complained", "survey paused", "switched off", "nobody known"])
def test_nobody_is_asked(why: str) -> None:
    ticket = opened()
    match why:
        case "no consent":
            table.save(table.load(Contact, Contact.at(ANA.id)).changed(consent=Consent.DENIED))
        case "complained":
            suppression.add(Channel.EMAIL, ANA.email, "complaint")
            suppression.add(Channel.SMS, ANA.phone, "stop")
        case "survey paused":
            asking.ready()
            surveys.move("follow-up", SurveyStatus.PAUSED)
        case "switched off":
            settling.put(TicketSettings(follow_up=FollowUp(on=False)))
        case "nobody known":
            table.delete(Contact, Contact.at(ANA.id))

    ticket = closed(ticket)

    assert (ticket.state, ticket.follow_up) == (TicketState.CLOSED, "")
    assert asking.asked(ticket) is None


def test_what_the_product_closes_by_itself_asks_nobody() -> None:
    ticket = opened()
    after = ticket.changed(state=TicketState.CLOSED, closed_at=NOON)

    assert keeping.store(ticket, after, keeping.Line("closed")).follow_up == ""


def test_one_answer_with_two_tickets_is_asked_about_once() -> None:
    answer = response("angry", score=2, contact=ANA.id, call={"at": NOON, "phone": ANA.phone})
    first, second = (found.ticket for found in tickets.follow_up(table.create(answer)))

    assert closed(first).follow_up
    assert closed(second).follow_up == ""


def test_taking_a_ticket_up_again_calls_off_what_has_not_left() -> None:
    ticket = closed(opened())

    again = tickets.move(ticket.id, TicketState.REOPENED, who=BRUNO, rev=ticket.rev)
    deliver()

    assert (invited(again).state, invited(again).reason) == (InvitationState.CANCELLED, "ticket_reopened")
    assert outbox.mails() == []


def test_a_second_closing_asks_again_once() -> None:
    ticket = closed(opened())
    deliver()
    again = tickets.move(ticket.id, TicketState.REOPENED, who=BRUNO, rev=ticket.rev)
    second = closed(again)

    assert second.follow_up != ticket.follow_up
    assert invited(second).occasion == f"{ticket.id}#1"
    deliver()
    deliver(LATER + timedelta(days=2))
    assert len(outbox.mails()) == 2


def test_a_thumb_up_means_recovered_and_is_told_once() -> None:
    ticket = closed(opened())
    deliver()

    said = say(ticket, good=1, more="Obrigada!")
    recovering.answered(said)

    found = keeping.get(ticket.id)
    assert (found.state, found.recovered, found.rev) == (TicketState.CLOSED, True, ticket.rev + 1)
    assert [(line.what, line.by, line.text) for line in tickets.log(ticket.id).items][:1] == [
        ("recovered", "customer", "Obrigada!")
    ]


def test_a_thumb_down_reopens_with_a_higher_priority_and_alerts_the_owner() -> None:
    bruno = managers.create("Bruno", "bruno@aurora.example", language="pt-BR", segments=["paulista"])
    ticket = closed(opened())
    deliver()

    said = say(ticket, good=0, more="Ninguém ligou")
    recovering.answered(said)

    found = keeping.get(ticket.id)
    assert (found.state, found.recovered, found.reopened) == (TicketState.REOPENED, False, 1)
    assert (ticket.priority, found.priority) == ("high", "urgent")
    assert found.root_causes == ()
    told = table.query(Alert, Alert.about(ticket.id), index="g2").items
    assert [(alert.manager, alert.why) for alert in told if alert.why != "opened"] == [(bruno.id, "reopened")]


def test_a_ticket_without_an_owner_alerts_those_who_answer_for_the_place() -> None:
    ticket = closed(opened())
    managers.create("Bruno", "bruno@aurora.example", language="pt-BR", segments=["sudeste"])
    deliver()

    say(ticket, good=0)

    told = table.query(Alert, Alert.about(ticket.id), index="g2").items
    assert [(alert.address, alert.why) for alert in told] == [("bruno@aurora.example", "reopened")]


def test_who_corrects_the_answer_decides_anew_and_alerts_nobody_again() -> None:
    ticket = closed(opened())
    deliver()
    said = say(ticket, good=0)
    up = table.save(said.changed(score=1, score_class=ScoreClass.PROMOTER))
    recovering.answered(said)

    found = keeping.get(ticket.id)
    assert (found.state, found.recovered, found.reopened) == (TicketState.REOPENED, True, 1)

    table.save(up.changed(score=0, score_class=ScoreClass.DETRACTOR))
    recovering.answered(said)
    assert (keeping.get(ticket.id).recovered, keeping.get(ticket.id).reopened) == (False, 1)


def test_an_answer_to_an_earlier_closing_decides_nothing_about_a_later_one() -> None:
    ticket = closed(opened())
    deliver()
    again = closed(tickets.move(ticket.id, TicketState.REOPENED, who=BRUNO, rev=ticket.rev))

    say(ticket, good=0)

    assert keeping.get(ticket.id) == again


def test_an_answer_that_is_not_in_the_figures_decides_nothing_until_a_person_lets_it() -> None:
    ticket = closed(opened())
    deliver()
    said = say(ticket, good=1)
    doubtful = table.save(said.changed(standing=Standing.SUSPECT))
    recovering.answered(said)
    assert keeping.get(ticket.id).recovered is None

    recovering.answered(table.save(doubtful.changed(standing=Standing.COUNTED)))
    assert keeping.get(ticket.id).recovered is True


def test_an_organisation_may_ask_in_its_own_words_on_its_own_scale() -> None:
    own = asking.draft().questions[0].changed(kind="csat")
    asking.ready()
    surveys.publish("follow-up", asking.draft().changed(questions=(own,), detractor_max=2, passive_max=3))
    asking.ready()

    assert surveys.get("follow-up").version == 2


def test_the_survey_is_made_once_in_three_languages() -> None:
    assert asking.ready()
    assert asking.ready()

    version = surveys.version("follow-up", 1)
    assert version.languages == ("pt-BR", "en", "es")
    assert surveys.get("follow-up").version == 1
    assert [question.kind for question in version.questions] == ["thumbs", "text"]


def test_a_cancelled_sending_asks_nobody() -> None:
    first = closed(opened())
    deployments.cancel("follow-up")

    assert closed(opened("again", received_at=NOON)).follow_up == ""
    deliver()
    assert (invited(first).state, invited(first).reason) == (InvitationState.CANCELLED, "deployment_cancelled")


def test_a_person_whose_address_changed_is_asked_there() -> None:
    ticket = closed(opened())
    found = table.load(Contact, Contact.at(ANA.id), consistent=True)
    table.save(found.changed(email="ana.souza@example.com"))

    deliver()

    assert [mail["To"] for mail in outbox.mails()] == ["Ana <ana.souza@example.com>"]
    assert invited(ticket).segment == "paulista"


def test_a_closed_ticket_that_goes_on_in_another_one_asks_nobody_any_more() -> None:
    ticket, other = closed(opened()), opened("other")

    linking.merge(ticket.id, other.id, who=BRUNO, rev=ticket.rev)
    deliver()

    assert (invited(ticket).state, invited(ticket).reason) == (InvitationState.CANCELLED, "ticket_reopened")
    assert outbox.mails() == []


def lines(ticket: Ticket) -> list[tuple[str, str, str]]:
    return [(line.what, line.by, line.text) for line in tickets.whole_log(ticket.id)]


def test_a_thumb_down_about_a_ticket_that_was_merged_is_read_where_it_goes_on_and_once() -> None:
    ticket, other = closed(opened()), opened("other")
    deliver()
    merged = linking.merge(ticket.id, other.id, who=BRUNO, rev=ticket.rev)

    recovering.answered(say(ticket, good=0, more="Ninguém ligou"))

    assert keeping.get(ticket.id) == merged
    assert keeping.get(other.id).state is TicketState.NEW
    assert lines(other)[1:] == [("joined", "bruno", ""), ("not_recovered", "customer", "Ninguém ligou")]


def test_a_thumb_down_takes_up_the_closed_ticket_that_another_one_went_on_in() -> None:
    ticket, other = closed(opened()), opened("other")
    deliver()
    linking.merge(ticket.id, other.id, who=BRUNO, rev=ticket.rev)
    closed(other)

    recovering.answered(say(ticket, good=0))

    assert keeping.get(ticket.id).state is TicketState.CLOSED
    assert (keeping.get(other.id).state, keeping.get(other.id).reopened) == (TicketState.REOPENED, 1)


def test_what_a_customer_says_of_a_ticket_that_people_took_up_before_is_read_there_once() -> None:
    ticket = closed(opened())
    deliver()
    again = tickets.move(ticket.id, TicketState.REOPENED, who=BRUNO, rev=ticket.rev)

    recovering.answered(say(ticket, good=0, more="Ninguém ligou"))

    assert keeping.get(ticket.id).changed(rev=0) == again.changed(rev=0, updated_at=keeping.get(ticket.id).updated_at)
    assert lines(ticket)[-1] == ("not_recovered", "customer", "Ninguém ligou")
    assert len(lines(ticket)) == again.rev + 1


def test_of_two_tickets_of_one_answer_that_are_closed_together_one_asks() -> None:
    first = opened()
    second = making.open_by_hand("second", making.ByHand(response=first.response), who=BRUNO)
    causes = tickets.Patch(root_causes=("fila",), action="Ligamos")
    items = [bulk.Item(id=tickets.change(each.id, causes, who=BRUNO, rev=each.rev).id) for each in (first, second)]

    became = bulk.change(items, bulk.Wanted(state=TicketState.CLOSED), who=BRUNO, may_see=lambda _: True)

    assert [bool(each.ticket and each.ticket.follow_up) for each in became] == [True, False]


def test_of_two_closings_at_one_moment_the_second_is_refused_and_asks_nobody_when_it_is_tried_again() -> None:
    first = opened()
    second = making.open_by_hand("second", making.ByHand(response=first.response), who=BRUNO)
    ended = tickets.moved(first, TicketState.CLOSED)
    asked, beside = asking.beside(first, ended, by_people=True)
    assert asked.follow_up
    closed(second)

    with pytest.raises(table.CancelledError):
        table.transact(table.Save(asked), *beside)
    assert closed(first).follow_up == ""
