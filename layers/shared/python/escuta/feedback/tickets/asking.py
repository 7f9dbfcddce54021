"""After the closing of a ticket: the one question to the customer whether all is well again.

The invitation is stored in the transaction of the closing, put off until its time, with the alarm that brings it back;
then it is decided anew as any other that was put off. No rest holds it back; whatever else keeps somebody from being
asked does. Taking the ticket up again, or going on in another one, calls off what has not left.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from escuta import clock, i18n, table
from escuta.config import settings
from escuta.directory.model import Contact
from escuta.errors import ConflictError
from escuta.feedback import surveys
from escuta.feedback.model import (
    FollowUp,
    Question,
    QuestionKind,
    Response,
    Survey,
    SurveyDraft,
    SurveyStatus,
    Ticket,
    TicketState,
)
from escuta.feedback.tickets import finding, settling
from escuta.feedback.tickets.history import FOLLOW_UP
from escuta.outreach import deployments, funnels, invitations, inviting, planning, subjects
from escuta.outreach.eligibility import Send
from escuta.outreach.model import (
    AudienceKind,
    Channel,
    Deployment,
    DeploymentState,
    Due,
    Invitation,
    InvitationState,
    Step,
    Strategy,
)
from escuta.outreach.subjects import Occasion, Subject

SURVEY = DEPLOYMENT = FOLLOW_UP
QUESTION = "good"
WAITS, CALLED_OFF = "follow_up", "ticket_reopened"  # why an invitation is put off, and why it is cancelled
_PACKAGE = "escuta.feedback"
_COLOR = "#0b5c5e"
_NOT_LEFT = frozenset({InvitationState.QUEUED, InvitationState.DEFERRED})


def is_follow_up(response: Response) -> bool:
    """Tell whether an answer says how a ticket went: it opens none, and is no repetition of anything."""
    return response.survey == SURVEY


def occasion(ticket: Ticket) -> str:
    """Return what the invitation after this closing of a ticket is about: another one after each."""
    return f"{ticket.id}#{ticket.reopened}"


def meant(invitation: Invitation) -> tuple[str, int] | None:
    """Return the ticket that an invitation asks about, and how often it had been taken up again by its closing."""
    ticket, mark, number = invitation.occasion.partition("#")
    return (ticket, int(number)) if mark and number.isdecimal() else None


def beside(before: Ticket | None, after: Ticket, *, by_people: bool) -> tuple[Ticket, tuple[table.Action, ...]]:
    """Return a ticket as it is to be stored, and what is stored with it: an invitation, or the end of one.

    What the product closes by itself (`by_people` false), or goes on in another ticket, asks nobody.
    """
    was_closed = before is not None and before.state is TicketState.CLOSED
    is_closed = after.state is TicketState.CLOSED
    goes_on_elsewhere = before is not None and bool(after.merged_into) and not before.merged_into
    if before is None or (was_closed == is_closed and not (is_closed and goes_on_elsewhere)):
        return after, ()
    if was_closed:
        return after, tuple(_called_off(after))
    fresh = after.changed(follow_up="", recovered=None)
    if not by_people or after.emptied or after.merged_into or not after.contact:
        return fresh, ()
    others = tuple(each for each in finding.about([after.response]) if each.id != after.id) if after.response else ()
    made = None if _is_asked(others) else _made(fresh)
    if made is None:
        return fresh, ()
    alarm = Due(link_key=made.link_key, due_at=made.send_at or clock.now())
    counted = funnels.adds([(None, made)])
    alone = map(table.Unchanged, others)  # of two that are closed at one moment, the second looks again
    return fresh.changed(follow_up=made.link_key), (table.Create(made), *counted, table.Create(alarm), *alone)


def asked(ticket: Ticket) -> Invitation | None:
    """Return the invitation that asks, or asked, after the last closing of a ticket; None: nobody was asked."""
    found = invitations.find(ticket.follow_up) if ticket.follow_up else None
    if found and found.state is InvitationState.CANCELLED and found.reason == "other_channel":
        return invitations.sibling(found) or found
    return found


def ready() -> bool:
    """Make the survey where there is none yet. Tell whether it takes answers: a closed or paused one asks nobody."""
    head = surveys.head(SURVEY) or _created()
    if head.version == 0:
        try:
            surveys.publish(SURVEY, draft())
        except ConflictError:  # somebody else was faster, or closed it
            head = surveys.get(SURVEY)
            return head.version > 0 and head.status is SurveyStatus.LIVE
        return True
    return head.status is SurveyStatus.LIVE


def draft() -> SurveyDraft:
    """Return the survey as it is first made; whoever publishes another version of it is followed."""
    ends = {name: _texts(f"follow_up.{name}") for name in ("no", "yes")}
    good = Question(
        id=QUESTION,
        kind=QuestionKind.THUMBS,
        text=_texts("follow_up.question"),
        low=ends["no"],
        high=ends["yes"],
        required=True,
        benchmark=True,
    )
    more = Question(id="more", kind=QuestionKind.TEXT, text=_texts("follow_up.comment"), voice=True)
    return SurveyDraft(
        languages=i18n.LANGUAGES,
        title=_texts("follow_up.title"),
        thanks={name: _texts(f"follow_up.thanks.{name}") for name in ("detractor", "promoter")},
        questions=(good, more),
        detractor_max=0,
        passive_max=0,
        color=_COLOR,
        share=False,
    )


def _created() -> Survey:
    name = i18n.say(_PACKAGE, settings().language, "follow_up.title")
    try:
        return surveys.create(name, survey=SURVEY)
    except ConflictError:  # somebody else was faster
        return surveys.get(SURVEY)


def _texts(code: str) -> dict[str, str]:
    return {language: i18n.say(_PACKAGE, language, code) for language in i18n.LANGUAGES}


def _standing(terms: FollowUp) -> Deployment:
    """Return the sending that all of these belong to; it never ends, and is paused or cancelled as any other."""
    wanted = Deployment(
        id=DEPLOYMENT,
        name=i18n.say(_PACKAGE, settings().language, "follow_up.title"),
        survey=SURVEY,
        strategy=Strategy.PREFER_EMAIL,
        audience=AudienceKind.TOLD,
        expires_after_days=terms.expires_after_days,
        restless=True,
        created_at=clock.now(),
    )
    found = deployments.start(wanted)
    if found.expires_after_days == terms.expires_after_days:
        return found
    return table.change(found, lambda now: now.changed(expires_after_days=terms.expires_after_days))


def _made(ticket: Ticket) -> Invitation | None:
    """Return the invitation of a customer whose ticket is closed; None: this one is not asked."""
    terms = settling.settings().follow_up
    if not terms.on or not ready():
        return None
    contact = table.find(Contact, Contact.at(ticket.contact), consistent=True)
    if contact is None:
        return None
    deployment = _standing(terms)
    if deployment.state is DeploymentState.CANCELLED:
        return None
    about = Occasion(occasion(ticket), ticket.segment, ticket.product)
    subject = Subject(contact, language=ticket.language, after=timedelta(hours=terms.after_hours), occasion=about)
    over = deployment.changed(strategy=_strategy(ticket))
    at = subject.when(over)
    decision = planning.decide(over, subject, subjects.facts_of(over, [subject]), at)
    if not isinstance(decision, Send):
        return None
    (made,) = inviting.made(over, subject, decision, at)
    return made.changed(state=InvitationState.DEFERRED, reason=WAITS, reached=Step.MADE, send_at=at)


def _strategy(ticket: Ticket) -> Strategy:
    """Return the channel over which the customer was asked first, else e-mail before SMS."""
    answer = table.find(Response, Response.at(ticket.response)) if ticket.response else None
    return Strategy.PREFER_SMS if answer and answer.channel == Channel.SMS else Strategy.PREFER_EMAIL


def _is_asked(others: Iterable[Ticket]) -> bool:
    """Tell whether the customer is to be asked already, about another ticket that the same answer opened."""
    closed = (other for other in others if other.follow_up and other.state is TicketState.CLOSED)
    keys = [Invitation.at(other.follow_up) for other in closed]
    return any(one.state in _NOT_LEFT for one in table.find_many(Invitation, keys, consistent=True).values())


def _called_off(ticket: Ticket) -> Iterator[table.Action]:
    """Yield the end of what has not left yet. What a sender has claimed in this moment makes this be tried again."""
    waiting = asked(ticket)
    if waiting and waiting.state in _NOT_LEFT:
        now = clock.now()
        ended = {"state": InvitationState.CANCELLED, "reason": CALLED_OFF, "send_at": None, "revoked_at": now}
        over = waiting.changed(**ended)
        yield table.Save(over)
        yield from funnels.adds([(waiting, over)])
