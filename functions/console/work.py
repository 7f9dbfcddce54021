"""What wants somebody's attention: open tickets, the files that came, what is being sent."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from console.figures import Import, OpenTicket, Place, Sending, Tickets
from escuta import clock, table
from escuta.directory import drops
from escuta.directory.model import Caller, DropFile, Manager, Scope, Segment
from escuta.feedback import revealing, tickets
from escuta.feedback.model import FAR, Ticket, TicketState
from escuta.feedback.tickets import counts
from escuta.outreach import deployments
from escuta.outreach.model import Deployment, DeploymentState, InvitationState

TICKETS_SHOWN = 6
TICKETS_READ = 500
FILES_SHOWN = 5
SENDING_SHOWN = 2
_EXCERPT = 180
_OPEN = (TicketState.NEW, TicketState.OPEN, TicketState.WAITING, TicketState.REOPENED)
_S = InvitationState
_GROUPS = {
    "reached": (_S.EXPORTED, _S.SENT, _S.DELIVERED, _S.COMPLETED, _S.COMPLAINED),
    "answered": (_S.COMPLETED,),
    "waiting": (_S.QUEUED, _S.DEFERRED, _S.CLAIMED),
    "held": (_S.SUPPRESSED, _S.CANCELLED, _S.EXPIRED),
    "failed": (_S.BOUNCED, _S.REJECTED),
    "unknown": (_S.UNKNOWN,),
}


def open_tickets(caller: Caller, place: Place, everything: Sequence[Segment]) -> Tickets:
    """Return the tickets that wait for somebody in a place and all below it, the soonest due first.

    They are counted by counters. Where more wait than are read, none is shown: which are the most urgent ones is told
    of a smaller place. As in every list, what customers wrote is masked, and without the scope for personal data their
    names are, too.
    """
    by_code = {segment.code: segment for segment in everything}
    paths = [by_code[code].path for code in place.segments]
    counted = sum((numbers for path in paths for numbers in counts.standing(path).values()), Counter[str]())
    waiting = [ticket for ticket in _few(paths) if ticket.state in _OPEN]
    waiting.sort(key=lambda ticket: (_due(ticket) or FAR, ticket.id))
    return Tickets(
        open=sum(counted[f"state.{state}"] for state in _OPEN),
        overdue=counted["overdue"],
        shown=shown(caller, waiting[:TICKETS_SHOWN], by_code),
    )


def shown(caller: Caller, some: Iterable[Ticket], by_code: Mapping[str, Segment]) -> tuple[OpenTicket, ...]:
    """Return tickets as a page shows them to somebody: masked as far as they may not see who and what."""
    named = Scope.RESPONSES_PERSONAL in caller.scopes
    now = clock.now()
    seen = [revealing.masked_ticket(ticket, caller.language, named=named) for ticket in some]
    owners = table.find_many(Manager, (Manager.at(ticket.owner) for ticket in seen if ticket.owner))
    names = {owner.id: owner.name for owner in owners.values()}
    return tuple(_open_ticket(ticket, by_code, names, now) for ticket in seen)


def _few(paths: Iterable[tuple[str, ...]]) -> list[Ticket]:
    """Return what is not closed; nothing where that is more than a page may read."""
    found: list[Ticket] = []
    for path in paths:
        found += tickets.open_upto(path, TICKETS_READ - len(found))
        if len(found) > TICKETS_READ:
            return []
    return found


def _due(ticket: Ticket) -> datetime | None:
    """Return what is due next of a ticket; None while its clock stands, and where nothing was promised."""
    silent = ticket.first_response_at is None and ticket.respond_due_at
    soonest = min(ticket.due_at, ticket.respond_due_at) if silent and ticket.respond_due_at else ticket.due_at
    return soonest if ticket.left is None and soonest < FAR else None


def imports(caller: Caller) -> tuple[Import, ...] | None:
    """Return the latest files; None for somebody who may not see what the whole organisation loads."""
    if Scope.FILES_READ not in caller.scopes or caller.segments:
        return None
    return tuple(_import(file) for file in drops.listing(limit=FILES_SHOWN).items)


def sending(caller: Caller) -> tuple[Sending, ...] | None:
    """Return the latest deployments with their progress; None for somebody who may not see them."""
    if Scope.DEPLOYMENTS_READ not in caller.scopes or caller.segments:
        return None
    return tuple(_sending(deployment) for deployment in deployments.listing(limit=SENDING_SHOWN).items)


def excerpt(text: str) -> str:
    """Return the beginning of a comment on one line, cut between words."""
    line = " ".join(text.split())
    if len(line) <= _EXCERPT:
        return line
    return (line[:_EXCERPT].rpartition(" ")[0] or line[:_EXCERPT]) + "\N{HORIZONTAL ELLIPSIS}"


def _open_ticket(
    ticket: Ticket, by_code: Mapping[str, Segment], owners: Mapping[str, str], now: datetime
) -> OpenTicket:
    store, due = by_code.get(ticket.segment), _due(ticket)
    return OpenTicket(
        id=ticket.id,
        state=ticket.state,
        segment=ticket.segment,
        store=store.name if store else ticket.segment,
        score=ticket.score,
        customer=ticket.contact_name,
        comment=excerpt(ticket.comment),
        owner=owners.get(ticket.owner, ""),
        due_at=due,
        overdue=ticket.overdue or (due is not None and due <= now),
    )


def _import(file: DropFile) -> Import:
    return Import(
        id=file.id,
        name=file.object_key.removeprefix(f"{file.folder}/"),
        folder=file.folder,
        received_at=file.received_at,
        state=file.state,
        reason=file.reason,
        details=file.details,
        rows=file.rows,
        totals=file.totals,
    )


def _sending(deployment: Deployment) -> Sending:
    states = deployments.progress(deployment.id)
    groups = {name: sum(states.get(state, 0) for state in group) for name, group in _GROUPS.items()}
    finished = deployment.state is DeploymentState.RUNNING and deployments.is_finished(deployment, states)
    return Sending(
        id=deployment.id,
        name=deployment.name,
        state="finished" if finished else str(deployment.state),
        created_at=deployment.created_at,
        total=sum(states.values()),
        **groups,
    )
