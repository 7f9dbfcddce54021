"""Taking in what a customer replies: a line of the ticket's log, and somebody who is told.

Who had waited for the customer goes on. A ticket that was resolved, or closed less than a month ago, is taken up
again, even where somebody only says thanks: to close it once more costs a moment, a complaint nobody sees a customer.
"""

from collections.abc import Sequence
from datetime import timedelta

from escuta import clock, ids, table
from escuta.directory import managers
from escuta.directory.model import Manager
from escuta.errors import ConflictError, UnavailableError
from escuta.feedback import telling
from escuta.feedback.model import Alert, ReceivedMail, Ticket, TicketState
from escuta.feedback.tickets import alerting, keeping, life, mailed, writing
from escuta.feedback.tickets.keeping import CUSTOMER, Line
from escuta.feedback.tickets.mailed import Mailed
from escuta.observe import logger
from escuta.outreach.model import Channel

OPEN_AGAIN = timedelta(days=30)
TOLD, TAKEN = 5, 50  # mails about a ticket within an hour of which people are alerted; within a day that are taken in
_TRIES = 5


def receive(raw: bytes) -> tuple[Alert, ...]:
    """Attach a mail to the ticket that its address names; return the alerts that were stored with it.

    What answers no ticket of ours, or no person wrote, is left alone. The same mail twice is one line.
    """
    mail = mailed.read(raw, ids.derive("mail", raw.decode("latin-1")))
    if not mail.ticket or mail.machine:
        logger().info("mail left alone", extra={"ticket": mail.ticket, "why": mail.machine or "no_ticket"})
        return ()
    for _ in range(_TRIES):
        ticket = keeping.going_on(mail.ticket)
        seen = ReceivedMail(ticket=mail.ticket, mail=ids.derive("mail", mail.name), received_at=clock.now())
        if ticket is None or table.find(ReceivedMail, seen.key(), consistent=True) is not None:
            return ()
        hour, day = _received(ticket)
        if day >= TAKEN:  # no person writes so much: whatever does shall not fill the ticket, nor cost for every mail
            logger().warning("mail left alone", extra={"ticket": ticket.id, "why": "too_many"})
            return ()
        try:
            return _stored(ticket, mail, seen, _people(ticket) if hour < TOLD else ())
        except ConflictError:  # somebody changed the ticket meanwhile, or took in the same mail
            continue
    raise UnavailableError("ticket_contended", retry_after=2)


def _received(ticket: Ticket) -> tuple[int, int]:
    """Return how many mails were taken in within the last hour, and within the last day."""
    now = clock.now()
    ages = [now - line.happened_at for line in keeping.log(ticket.id).items if line.what == "received"]
    return sum(age < timedelta(hours=1) for age in ages), sum(age < timedelta(days=1) for age in ages)


def _stored(ticket: Ticket, mail: Mailed, seen: ReceivedMail, people: Sequence[Manager]) -> tuple[Alert, ...]:
    after = _answered(ticket)
    details = {"channel": str(Channel.EMAIL)}
    known = writing.reach(ticket)[Channel.EMAIL].address
    if mail.sender.casefold() != known.casefold():
        details["sender"] = "other"  # whoever has the address may write to it; people should know
    if after.state is not ticket.state:
        details |= {"state": str(after.state), "state_was": str(ticket.state)}
    line = Line("received", _said(mail), details)
    told = alerting.wanted(after, people, "answered", seen.mail)
    beside = (table.Create(seen), *(table.Create(alert) for alert in told))
    keeping.store(ticket, after, line, CUSTOMER, *beside)
    return tuple(alert.changed(rev=1) for alert in told)


def _answered(ticket: Ticket) -> Ticket:
    """Return a ticket as it is once the customer has written."""
    if ticket.state is TicketState.WAITING:
        return life.moved(ticket, TicketState.OPEN)
    lately = ticket.closed_at is None or clock.now() - ticket.closed_at < OPEN_AGAIN
    if ticket.state is TicketState.RESOLVED or (ticket.state is TicketState.CLOSED and lately):
        return life.taken_up(ticket)
    return ticket


def _said(mail: Mailed) -> str:
    """Return the words, and the names of what was attached, which nobody keeps."""
    files = ", ".join(telling.line(name) for name in mail.files)
    return "\n\n".join(filter(None, (telling.inert(mail.words), f"[{files}]" if files else "")))


def _people(ticket: Ticket) -> Sequence[Manager]:
    """Return who is told: the owner, else those who answer for the place."""
    owner = table.find(Manager, Manager.at(ticket.owner)) if ticket.owner else None
    return (owner,) if owner and owner.retired_at is None else managers.answering_for(ticket.segment_path)
