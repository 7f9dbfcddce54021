"""What a customer says to the question after a closing: recovered, or the ticket goes on with a higher priority."""

from escuta import table
from escuta.directory import managers
from escuta.feedback.model import (
    Alert,
    Response,
    ResponseState,
    ScoreClass,
    Standing,
    Ticket,
    TicketState,
)
from escuta.feedback.tickets import alerting, asking, keeping, life
from escuta.feedback.tickets.keeping import CUSTOMER, Line
from escuta.outreach import invitations
from escuta.outreach.model import Invitation

LONGEST_COMMENT = 4_000


def answered(response: Response) -> tuple[Alert, ...]:
    """Let an answer decide about the ticket that it was asked about; return the alerts that were stored with it.

    What the invitation's answer is now decides, not the copy that was passed: images come late and out of order, and a
    person corrects. Told again it changes nothing. One that is not in the figures (a scanner's tap) decides nothing.
    ConflictError when the ticket changed at this very moment: the image is told again.
    """
    invitation = invitations.find(response.link_key) if response.link_key else None
    about = asking.meant(invitation) if invitation else None
    if invitation is None or about is None:
        return ()
    ticket = table.find(Ticket, Ticket.at(about[0]), consistent=True)
    if ticket is None or ticket.emptied:
        return ()
    return _decided(ticket, about[1], answer_of(invitation))


def said_of(ticket: Ticket) -> tuple[Invitation | None, Response | None]:
    """Return what the customer was asked after the last closing of a ticket, and what they said to it."""
    invitation = asking.asked(ticket)
    return invitation, answer_of(invitation) if invitation else None


def answer_of(invitation: Invitation) -> Response | None:
    """Return what was answered to an invitation, as it is now: what was sent, else the tap that became an answer."""
    keys = [Response.at(name) for name in (invitation.response, invitation.tapped) if name]
    found = table.find_many(Response, keys, consistent=True)
    return next((found[key] for key in keys if key in found and found[key].state is ResponseState.FINAL), None)


def good(said: Response | None) -> bool | None:
    """Return whether the customer is content; None where nothing that counts says so."""
    if said is None or said.standing is not Standing.COUNTED or said.score_class is None:
        return None
    return said.score_class is not ScoreClass.DETRACTOR


def _decided(ticket: Ticket, number: int, said: Response | None) -> tuple[Alert, ...]:
    """Store what follows for a ticket that had been taken up again so often when it was closed."""
    content = good(said)
    if ticket.merged_into or (ticket.reopened > number and not ticket.state.is_done and ticket.recovered is None):
        return _passed_on(ticket, said) if said and content is False else ()
    words = said.comment[:LONGEST_COMMENT] if said else ""
    details = {"response": said.id} if said else {}
    if ticket.reopened == number and ticket.state is TicketState.CLOSED:
        if content is False:
            return _taken_up(ticket, Line("reopened", words, {**details, "by": "follow_up"}))
        if content is not ticket.recovered:
            line = Line("recovered" if content else "doubted", words, details)
            keeping.store(ticket, ticket.changed(recovered=content), line, CUSTOMER)
    elif ticket.reopened == number + 1 and ticket.recovered is not None and content not in {None, ticket.recovered}:
        # this very answer had taken it up, and was corrected: people close it, nobody is alerted again
        line = Line("recovered" if content else "doubted", words, details)
        keeping.store(ticket, ticket.changed(recovered=content), line, CUSTOMER)
    return ()


def _taken_up(ticket: Ticket, line: Line) -> tuple[Alert, ...]:
    after = life.taken_up(ticket).changed(recovered=False, priority=ticket.priority.raised)
    following = [
        action.entity
        for action in alerting.following(ticket, after, line, CUSTOMER)
        if isinstance(action, table.Create) and isinstance(action.entity, Alert)
    ]
    others: tuple[Alert, ...] = ()
    if all(alert.manager != ticket.owner for alert in following):  # nobody owns it, or that one has left
        others = alerting.wanted(after, managers.answering_for(ticket.segment_path), "reopened", ticket.rev)
        known = {alert.id for alert in following}
        others = tuple(alert for alert in others if alert.id not in known)
    keeping.store(ticket, after, line, CUSTOMER, *(table.Create(alert) for alert in others))
    return tuple(alert.changed(rev=1) for alert in (*following, *others))


def _passed_on(ticket: Ticket, said: Response) -> tuple[Alert, ...]:
    """Have a complaint read where the ticket goes on: in another one, or taken up already by somebody of ours."""
    current = keeping.going_on(ticket.id)
    if current is None or any(line.details.get("response") == said.id for line in keeping.log(current.id).items):
        return ()
    words, details = said.comment[:LONGEST_COMMENT], {"response": said.id, "by": "follow_up"}
    if current.state.is_done:
        return _taken_up(current, Line("reopened", words, details))
    keeping.store(current, current, Line("not_recovered", words, details), CUSTOMER)
    return ()
