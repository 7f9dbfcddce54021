"""Alerts: telling a manager about a ticket, by e-mail or SMS, from the outbox that the ticket was stored with."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from escuta import i18n, queues, table
from escuta.config import settings
from escuta.directory.model import AlertChannel, Manager, Segment
from escuta.errors import ConflictError
from escuta.feedback import leaving, mails, tickets
from escuta.feedback.model import Alert, AlertState, Priority, Response, SurveyVersion, Ticket, TicketState
from escuta.outreach import messages
from escuta.outreach import sms as short_message
from escuta.outreach.messages import Email

LONGEST_COMMENT = 1_500  # characters shown in a mail; the console has the rest

# Line ends that are not \n, controls, and what reorders text beyond its end: shown, they could pose as our own words.
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_UNFIT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def queue(alerts: Iterable[Alert]) -> None:
    """Ask for the sending of these. Asking twice is harmless: the one who claims an alert sends it."""
    queues.send(settings().alert_queue, ({"alert": alert.id} for alert in alerts))


def forgotten() -> Iterator[Alert]:
    """Yield the alerts that nobody is about to send: pending for a while, or claimed by a sender that died."""
    cursor: str | None = None
    while True:
        page = table.query(Alert, "alerts", index="g1", limit=200, cursor=cursor)
        yield from leaving.forgotten(page.items)
        cursor = page.next
        if cursor is None:
            return


def deliver(alert: str) -> Alert:
    """Send an alert if it waits, and return what became of it; what is left pending, the sweep comes back to."""
    found = table.load(Alert, Alert.at(alert), consistent=True)
    wanted = leaving.wanted(found)
    if wanted is None:
        return found
    ticket = tickets.get(found.ticket)
    if ticket.state is TicketState.CLOSED:
        return table.save(found.changed(state=AlertState.REJECTED, reason="ticket_closed"))
    if wanted.state is AlertState.UNKNOWN:
        return table.save(wanted)
    facts = _facts(wanted, ticket)
    try:
        claimed = table.save(wanted)
    except ConflictError:
        return found  # somebody else claimed it first
    return table.save(leaving.sent(claimed, lambda: _send(claimed, facts)))


def _send(alert: Alert, facts: dict[str, Any]) -> str:
    if alert.channel == AlertChannel.SMS:
        return messages.send_sms(alert.address, sms(alert.language, facts))
    return messages.send_email(email(alert, facts))


def email(alert: Alert, facts: dict[str, Any]) -> Email:
    """Return the mail that tells a manager about a ticket, in the manager's language."""
    mail = mails.render("ticket", alert.language, **facts)
    return Email(
        to=alert.address,
        to_name=facts["manager"],
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        sender_name=facts["organisation"],
        headers={"Auto-Submitted": "auto-generated"},
        tags={"alert": alert.id},
    )


def sms(language: str, facts: dict[str, Any]) -> str:
    """Return the same as a text message of at most two parts: accents give way first, then the comment, then names."""
    comment = " ".join(facts["comment"].replace('"', "'").split())  # it stands in quotes that it must not close
    for room in range(min(len(comment), 200), -1, -1):
        text = short_message.fitted(mails.render_sms("ticket", language, **{**facts, "comment": cut(comment, room)}))
        if short_message.measure(text).parts <= short_message.MOST_PARTS:
            return text
    short = {**facts, "comment": "", "customer": "", "store": cut(facts["store"], 20)}
    return short_message.fitted(mails.render_sms("ticket", language, **short))


def _facts(alert: Alert, ticket: Ticket) -> dict[str, Any]:
    """Return what the message says. Only the ticket must be there: a missing name shortens the mail, never stops it."""
    segment = table.find(Segment, Segment.at(ticket.segment))
    manager = table.find(Manager, Manager.at(alert.manager))
    response = table.find(Response, Response.at(ticket.response))
    zone = segment.timezone if segment else settings().timezone
    comment = inert(ticket.comment)
    return {
        "organisation": settings().organisation,
        "manager": manager.name if manager else "",
        "store": line(segment.name if segment else ticket.segment),
        "known": bool(ticket.contact),
        "customer": cut(line(ticket.contact_name), 60),
        "score": ticket.score,
        "top": _top(response) if response else None,
        "score_class": response.score_class if response else None,
        "comment": cut(comment, LONGEST_COMMENT),
        "urgent": ticket.priority.rank >= Priority.HIGH.rank,
        "call": ticket.rule.partition("@")[0] == tickets.CALL_ME.id,
        "phone": response.call.phone if response and response.call else "",
        "received": i18n.moment(response.received_at if response else ticket.opened_at, alert.language, zone),
        "due": i18n.moment(ticket.due_at, alert.language, zone),
        "link": f"{settings().public_url}/console/",
    }


def _top(response: Response) -> int | None:
    """Return the upper end of the scale that the score is on."""
    version = table.find(SurveyVersion, SurveyVersion.at(response.survey, response.version))
    scale = version.benchmark.scale if version and version.benchmark else None
    return scale[1] if scale else None


def inert(text: str) -> str:
    """Return a customer's words without controls and without what changes the direction of the text around them."""
    return _UNFIT.sub("", _LINE_ENDS.sub("\n", text)).strip()


def line(text: str) -> str:
    """Return words on one line, inert."""
    return " ".join(inert(text).split())


def cut(text: str, most: int) -> str:
    """Return a text of at most so many characters; what is longer ends in an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…" if most else ""
