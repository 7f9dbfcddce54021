"""What each thing around an answer tells of its journey: moments with a code and facts. Pure; words come later."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from escuta.directory.model import Contact, Transaction
from escuta.entity import Value
from escuta.feedback.model import (
    Alert,
    AlertState,
    Click,
    Draft,
    Origin,
    Provisional,
    ProvisionalState,
    Response,
    Ticket,
    TicketActivity,
)
from escuta.outreach.model import (
    TRAP,
    Channel,
    Invitation,
    InvitationState,
    Reminder,
    Resend,
    Suppression,
    SuppressionLifted,
)

_S = InvitationState
_NEVER_LEFT = {_S.SUPPRESSED: "not_invited", _S.DEFERRED: "postponed", _S.EXPORTED: "link_handed_out"}
_TOLD = {_S.DELIVERED: "message_delivered", _S.BOUNCED: "message_returned", _S.COMPLAINED: "complained"}
_FAILED = {
    _S.REJECTED: "message_refused",
    _S.UNKNOWN: "message_unknown",
    _S.EXPIRED: "message_expired",
    _S.CANCELLED: "message_cancelled",
}


class Waypoint(Value):
    """Something that happened. `at` None: nobody noted when; it then stands `after` what it followed."""

    at: datetime | None
    what: str
    details: dict[str, Any]
    after: datetime

    @property
    def order(self) -> tuple[datetime, bool]:
        """Return what a journey is sorted by."""
        return (self.at or self.after, self.at is None)


def _point(at: datetime, what: str, **details: Any) -> Waypoint:
    return Waypoint(at=at, what=what, details={name: value for name, value in details.items() if value}, after=at)


def _untimed(after: datetime, what: str, **details: Any) -> Waypoint:
    return _point(after, what, **details).model_copy(update={"at": None})


def of_contact(contact: Contact) -> Iterator[Waypoint]:
    """Yield when a customer became known."""
    yield _point(contact.created_at, "contact_known", contact=contact.id)


def of_visit(visit: Transaction) -> Iterator[Waypoint]:
    """Yield the visit that an invitation asked about."""
    told = {name: getattr(visit, name) for name in ("reference", "product", "amount", "currency", "segment")}
    yield _point(visit.occurred_at, "visited", **told)


def of_invitation(asked: Invitation) -> Iterator[Waypoint]:
    """Yield what became of an invitation, up to the answer."""
    about = {"channel": asked.channel, "deployment": asked.deployment}
    what = _NEVER_LEFT.get(asked.state, "invited")
    why = asked.reason if what != "invited" else ""
    yield _point(asked.created_at, what, **about, rules=asked.rules, reason=why, send_at=asked.send_at)
    yield from _of_message(asked, asked.created_at, **about)
    if asked.opened_at:
        yield _point(asked.opened_at, "message_opened", **about)
    if asked.revoked_at:
        yield _point(asked.revoked_at, "link_revoked", **about)


def of_reminder(reminder: Reminder) -> Iterator[Waypoint]:
    """Yield what became of a reminder; one that is still to come says so."""
    about = {"channel": reminder.channel, "deployment": reminder.deployment, "reminder": reminder.number}
    if reminder.state is _S.QUEUED:
        yield _point(reminder.due_at, "reminder_due", **about)
    yield from _of_message(reminder, reminder.due_at, **about)


def _of_message(message: Invitation | Reminder, due: datetime, **about: Any) -> Iterator[Waypoint]:
    if message.sent_at:
        kind = "reminder_sent" if isinstance(message, Reminder) else "message_sent"
        yield _point(message.sent_at, kind, **about, attempts=message.attempts)
    left = message.sent_at or message.claimed_at or due
    told = {_TOLD[message.state]} if message.state in _TOLD else set()
    told |= {{"bounce": "message_returned", "complaint": "complained"}.get(each, "") for each in message.heard} - {""}
    for what in sorted(told, key=("message_delivered", "message_returned", "complained").index):
        yield _untimed(left, what, **about, reason=message.reason if _TOLD.get(message.state) == what else "")
    if message.state in _FAILED:
        yield _untimed(left, _FAILED[message.state], **about, reason=message.reason)


def of_resend(resend: Resend) -> Iterator[Waypoint]:
    """Yield that somebody had the message sent once more."""
    yield _point(resend.created_at, "resend_asked", who=resend.created_by, deployment=resend.deployment)


def of_click(click: Click) -> Iterator[Waypoint]:
    """Yield the first opening of a link with one score."""
    told = {"agent": click.agent, "network": click.network, "after_seconds": click.after_seconds}
    if click.score == TRAP:
        yield _point(click.at_time, "hidden_link_opened", **told)
    else:
        yield _point(click.at_time, "link_opened", score=click.score, **told)


def of_provisional(tap: Provisional) -> Iterator[Waypoint]:
    """Yield a score that was tapped in a message, the sign of a person, and that nothing is settled yet."""
    told = {"question": tap.question, "score": str(tap.score), "flags": list(tap.flags)}
    yield _point(tap.at_time, "score_tapped", **told)
    if tap.human:
        yield _point(tap.human.at, "person_seen", input=tap.human.input, after_ms=tap.human.after_ms)
    if tap.state is ProvisionalState.PENDING:
        yield _point(tap.due_at, "score_due")


def of_draft(draft: Draft) -> Iterator[Waypoint]:
    """Yield when somebody began to fill in the survey, and when they last went on."""
    yield _point(draft.started_at, "draft_started", version=draft.version, language=draft.language)
    if draft.saved_at > draft.started_at:
        yield _point(draft.saved_at, "draft_saved", fields=len(draft.fields))


def of_response(response: Response) -> Iterator[Waypoint]:
    """Yield the answer itself, and all that was done with it since."""
    tapped = response.origin is Origin.TAPPED
    yield _point(
        response.moment,
        "tapped" if tapped else "answered",
        **{name: getattr(response, name) for name in ("channel", "device", "version", "language", "score_class")},
        score=None if response.score is None else str(response.score),
        evidence=list(response.evidence),
        replaces=response.replaces,
    )
    if response.answered_at and response.received_at > response.answered_at:
        yield _point(response.received_at, "tap_settled" if tapped else "received", standing=response.standing)
    for line in response.switches:
        yield _point(line.at, "standing_changed", who=line.who, was=line.was, now=line.now, why=line.reason)
    if response.call:
        yield _point(response.call.at, "call_asked", phone=response.call.phone)
    if response.emptied:
        yield _untimed(response.received_at, "emptied", why=response.emptied)


def of_replaced(tap: Response) -> Iterator[Waypoint]:
    """Yield the tap whose place the answer took."""
    yield _point(tap.received_at, "tap_replaced", response=tap.id, score=None if tap.score is None else str(tap.score))


def of_ticket(ticket: Ticket, log: Iterable[TicketActivity]) -> Iterator[Waypoint]:
    """Yield every line of a ticket's log."""
    for line in log:
        told = {**line.details, "ticket": ticket.id, "rule": ticket.rule, "who": line.who, "text": line.text}
        yield _point(line.happened_at, f"ticket_{line.what}", **told)


def of_follow_up(ticket: Ticket, asked: Invitation) -> Iterator[Waypoint]:
    """Yield when the customer was asked after the last closing of a ticket, and what became of the message."""
    about = {"channel": asked.channel, "ticket": ticket.id}
    if asked.sent_at:
        yield _point(asked.sent_at, "ticket_asked", **about)
    elif asked.state in _FAILED:
        yield _untimed(asked.created_at, _FAILED[asked.state], **about, reason=asked.reason)


def of_ticket_ends(ticket: Ticket) -> Iterator[Waypoint]:
    """Yield when a ticket was opened, and when it ended; its own log says what lies between."""
    told = {"ticket": ticket.id, "rule": ticket.rule, "segment": ticket.segment, "subject": ticket.subject}
    yield _point(ticket.opened_at, "ticket_opened", **told, response=ticket.response, priority=ticket.priority)
    if ticket.closed_at and not ticket.merged_into:
        yield _point(ticket.closed_at, "ticket_ended", **told)


def of_consent(contact: Contact) -> Iterator[Waypoint]:
    """Yield what the person said last about being asked, and who told us so."""
    if contact.consent:
        told = {"consent": contact.consent, "source": contact.consent_source}
        yield _point(contact.consent_at or contact.created_at, "consent_said", **told)


def of_closed(closed: Suppression) -> Iterator[Waypoint]:
    """Yield since when an address is not written to, for each reason."""
    for name, because in closed.reasons.items():
        told = {"channel": closed.channel, "closing": name, "survey": closed.scope}
        yield _point(
            because.since,
            "address_closed",
            **told,
            source=because.source,
            reason=closed.changed(reasons={name: because}).cause,
        )


def of_lifted(lifted: SuppressionLifted, channel: Channel) -> Iterator[Waypoint]:
    """Yield when an address was closed that somebody opened again, and when they did."""
    told = {"channel": channel, "closing": lifted.reason, "survey": lifted.scope}
    yield _point(lifted.closed_at, "address_closed", **told)
    yield _point(lifted.lifted_at, "address_opened", **told, who=lifted.lifted_by, why=lifted.why)


def of_alert(alert: Alert, name: str) -> Iterator[Waypoint]:
    """Yield what became of telling a manager."""
    told = {"ticket": alert.ticket, "manager": alert.manager, "name": name, "channel": alert.channel}
    waiting = alert.state in {AlertState.PENDING, AlertState.CLAIMED}
    when = alert.sent_at or alert.claimed_at or alert.created_at
    yield _point(when, "alert_waiting" if waiting else f"alert_{alert.state}", **told, reason=alert.reason)


def of_others(others: Iterable[Response]) -> Iterator[Waypoint]:
    """Yield what else the same person answered."""
    for each in others:
        told = {"response": each.id, "survey": each.survey, "day": each.day, "segment": each.segment}
        score = None if each.score is None else str(each.score)
        yield _point(each.moment, "other_answer", **told, score=score, score_class=each.score_class)
