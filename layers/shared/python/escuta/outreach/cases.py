"""Messages about tickets: each sent as an invitation is, claimed first and with one attempt, never blindly again.

What a person asked for stays open to them: who wants no surveys may still be answered. Addresses that do not exist,
complaints and whoever stopped all messages close the way here, too.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from escuta import clock, ids, queues, table
from escuta.config import settings
from escuta.entity import Key
from escuta.observe import logger
from escuta.outreach import (
    alarms,
    budgets,
    ceilings,
    ledger,
    messages,
    receipts,
    sending_rules,
    sms,
    suppression,
    times,
)
from escuta.outreach.ledger import LEASE, Claim, Mark
from escuta.outreach.messages import Email, Lost, Refused
from escuta.outreach.model import UNSUBSCRIBE, CaseMessage, Channel, Due, InvitationState, Suppression
from escuta.outreach.waiting import Desk, Spot, spot_of

LIFE = timedelta(days=3)  # what could not leave by then says nothing any more that the customer waits for
_SOON = timedelta(minutes=2)
_TRIES = 5
LetterOf = Callable[[CaseMessage], Email | str | None]


class _Way(NamedTuple):
    """What keeps an address from being written to, and what must stay as it was read."""

    cause: str
    closing: tuple[Key, ...]
    unchanged: tuple[Suppression, ...]


def beside(message: CaseMessage) -> tuple[table.Action, ...]:
    """Return what is stored with the line that says so: the message, and the alarm by which it cannot be forgotten."""
    return table.Create(message), table.Create(alarm(message))


def alarm(message: CaseMessage) -> Due:
    """Return the alarm that is set with a message."""
    return Due(link_key=message.link_key, reminder=message.number, due_at=message.created_at + _SOON)


def queue(message: CaseMessage) -> None:
    """Have a stored message sent at once. A queue that takes nothing now delays it until its alarm."""
    try:
        queues.send(settings().deliver_queue, [alarms.message(message.link_key, message.number)])
    except Exception:  # noqa: BLE001 - it is stored, and its alarm sends it: whoever wrote it is not to write it again
        logger().warning("message about a ticket waits for its alarm", extra={"ticket": message.ticket})


def of_ticket(ticket: str) -> tuple[CaseMessage, ...]:
    """Return the messages about a ticket, the oldest first."""
    return table.query(CaseMessage, CaseMessage.of(ticket), prefix="message#", consistent=True).items


def closed(channel: Channel, address: str) -> str:
    """Return why an address is not written to about a ticket; "" where it may be."""
    return _way(channel, address).cause


def deliver(spots: Sequence[Spot], letter_of: LetterOf) -> list[Spot]:
    """Deliver these messages; return those that failed. One that came twice finds nothing left to do."""
    failed: list[Spot] = []
    left = list(dict.fromkeys(spots))
    for _ in range(_TRIES):
        desk = Desk()
        desk.each(left, partial(_deliver, desk=desk, letter_of=letter_of), lambda spot: spot)
        desk.clear()
        failed += desk.failed
        left = list(dict.fromkeys(desk.again))
        if not left:
            break
    return list(dict.fromkeys([*failed, *left]))


def _deliver(spot: Spot, desk: Desk, letter_of: LetterOf) -> None:
    message = table.find(CaseMessage, CaseMessage.at(*spot), consistent=True)
    if message is None:
        return
    if message.state is InvitationState.CLAIMED:
        desk.lapse(message)
    elif message.state is InvitationState.QUEUED and _is_time(message, desk):
        letter = letter_of(message)
        way = _way(message.channel, message.address)
        if letter is None:
            desk.settle(message, InvitationState.CANCELLED, "erased")
        elif way.cause:
            desk.settle(message, InvitationState.SUPPRESSED, way.cause)
        elif _is_granted(message, letter, desk):
            _send(message, letter, way, desk)


def _is_time(message: CaseMessage, desk: Desk) -> bool:
    """Tell whether it may leave now: no telephone rings in the hours that are quiet for everybody."""
    now = clock.now()
    if message.created_at + LIFE <= now:
        desk.settle(message, InvitationState.EXPIRED, "expired")
        return False
    if message.channel is not Channel.SMS:
        return True
    allowed = times.allowed(now, message.timezone, sending_rules.current().calendar)
    if allowed > now:
        desk.wait(Due(link_key=message.link_key, reminder=message.number, due_at=allowed))
    return allowed <= now


def _way(channel: Channel, address: str) -> _Way:
    """Return what stands in the way to an address. A no to surveys does not: nobody is asked anything here."""
    key = Suppression.at(suppression.address_hash(channel, address))
    found = table.find(Suppression, key, consistent=True)
    if found is None:
        return _Way("", (key,), ())
    grave = [reason for reason in found.reasons if reason != UNSUBSCRIBE]
    return _Way(grave[0] if grave else "", (), (found,))


def _is_granted(message: CaseMessage, letter: Email | str, desk: Desk) -> bool:
    """Tell whether the account may send it now, and what SMS may cost allows it; else it waits, or ends."""
    grant = budgets.take(message.channel, 1)
    if not grant.granted:
        desk.later(spot_of(message), grant.wait)
        return False
    reason = ceilings.take(message.address, sms.measure(letter).parts) if isinstance(letter, str) else ""
    if not reason:
        return True
    if reason in ceilings.FINAL:
        desk.settle(message, InvitationState.SUPPRESSED, reason)
    else:
        desk.later(spot_of(message), int((ceilings.until(reason) - clock.now()).total_seconds()) + 1)
    return False


def _send(message: CaseMessage, letter: Email | str, way: _Way, desk: Desk) -> None:
    """Claim it, send it once, and mark what became of it."""
    now = clock.now()
    wanted = message.changed(
        state=InvitationState.CLAIMED,
        claim=ids.new(),
        reason="",
        attempts=message.attempts + 1,
        claimed_at=now,
        lease_until=now + LEASE,
    )
    (claimed,) = ledger.claim([Claim(wanted, message.channel, way.closing, way.unchanged)])
    if not isinstance(claimed, CaseMessage):
        desk.again.append(spot_of(message))  # it moved, or its address was closed meanwhile: it is looked at anew
        return
    try:
        mark = _sent(claimed, letter)
    except Refused as refused:
        state = InvitationState.QUEUED if refused.retry else InvitationState.REJECTED
        ledger.mark([Mark(claimed, state, refused.code)])
        _heed(message, refused)
        if refused.retry:
            desk.later(spot_of(message), 5 * 2 ** min(claimed.attempts, 7))
        return
    except Lost:
        mark = Mark(claimed, InvitationState.UNKNOWN, "answer_lost")
    ledger.mark([mark])


def _sent(claimed: CaseMessage, letter: Email | str) -> Mark:
    if isinstance(letter, Email):
        tags = {"case": claimed.ticket, "line": str(claimed.number), "attempt": str(claimed.attempts)}
        name = messages.send_email(letter.model_copy(update={"tags": tags}))
        return Mark(claimed, InvitationState.SENT, "", name)
    name = messages.send_sms(claimed.address, letter)
    pointer = receipts.pointer(Channel.SMS, name, claimed.link_key, claimed.number)
    return Mark(claimed, InvitationState.SENT, "", name, (pointer,))


def _heed(message: CaseMessage, refused: Refused) -> None:
    """Do what a refusal asks for beyond the message: close the address, slow down, wait for the quota."""
    match refused.code:
        case "opted_out":
            suppression.add(message.channel, message.address, "stop")
        case "throttled":
            budgets.throttled(message.channel)
        case "quota":
            budgets.used_up(message.channel)
        case _ if refused.stops_the_run:
            logger().error("message about a ticket refused", extra={"ticket": message.ticket, "reason": refused.code})
