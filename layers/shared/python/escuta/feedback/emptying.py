"""Emptying what was found of a person, a thing at a time. Each may be done again, and changes nothing then."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TypeVar

from escuta import clock, files, table
from escuta.config import settings
from escuta.directory import drops, mentions, replies, reports
from escuta.directory.mentions import Person
from escuta.directory.model import DropFile, FileState, PrivacyKind, PrivacyRequest
from escuta.entity import Entity
from escuta.errors import ConflictError, NotFoundError, UnavailableError
from escuta.feedback import belongings, blanking, tickets
from escuta.feedback.belongings import Belongings
from escuta.feedback.model import Emptied, Parked, Response, Ticket, TicketEdge
from escuta.feedback.tickets import attaching
from escuta.outreach import funnels, pieces
from escuta.outreach.model import CaseMessage, Deployment, DeploymentPiece, Invitation, InvitationState, Reminder
from escuta.outreach.standings import Message

_TRIES = 8
_TITLES = frozenset({"column", "columns"})
_NOT_SENT = frozenset({InvitationState.QUEUED, InvitationState.DEFERRED})
E = TypeVar("E", bound=Entity)


def everything(found: Belongings) -> None:
    """Empty or remove what is in the tables, the links first: nothing more may come of them.

    An invitation forgets whom it asked only after everything that is found through it.
    """
    for invited in found.invitations:
        _changed(Invitation, invited, blanking.closed, _counted)
    for reminder in found.reminders:
        _changed(Reminder, reminder, _ended, _counted)
    _removed((*found.contacts, *found.transactions, *found.rests, *belongings.alarms(found)))
    answers(found, Emptied.ERASED)
    for lifted in found.lifted:
        _changed(type(lifted), lifted, lambda each: each.changed(why=""))
    for invited in found.invitations:
        _changed(Invitation, invited, blanking.invitation, _counted)


def _counted(before: Message, after: Message) -> tuple[table.Action, ...]:
    return funnels.adds([(before, after)])


def answers(found: Belongings, why: Emptied) -> None:
    """Empty answers with their tickets, and remove what stands around them; the answers last: they lead to the rest."""
    _removed((*found.edges, *found.drafts, *found.provisionals, *found.clicks))
    for event in found.events:
        _changed(type(event), event, lambda each: each.unnamed())
    for ticket in found.tickets:
        _ticket(ticket, why)
    for message in found.messages:
        _changed(CaseMessage, message, blanking.message)
    for edge in found.ticket_edges:
        _changed(TicketEdge, edge, _unnamed)
    for response in found.responses:
        _changed(Response, response, lambda each: each if each.emptied else blanking.response(each, why))


def _ticket(ticket: Ticket, why: Emptied) -> None:
    """Empty a ticket as its life changes it, so that counters and clocks follow, and then what its log says.

    In this order: an emptied ticket takes no further line, so that none comes behind the one that was read last.
    """
    for _ in range(_TRIES):
        current = tickets.get(ticket.id)  # attachments go first: the emptied ticket does not know them any more
        if current.emptied:
            break
        attaching.forget(current)
        with suppress(ConflictError):
            tickets.store(current, blanking.ticket(current, why), tickets.Line(str(why)))
    else:
        raise UnavailableError("store_unavailable", retry_after=2)
    for line in tickets.whole_log(ticket.id):
        blanked = blanking.line(line)
        if blanked != line:
            table.put(blanked)


def _unnamed(edge: TicketEdge) -> TicketEdge:
    """Return an edge by which a ticket is found from its answer, and from nobody."""
    return edge.changed(contact="")


def _ended(reminder: Reminder) -> Reminder:
    ended = {"state": InvitationState.CANCELLED, "reason": "erased"} if reminder.state in _NOT_SENT else {}
    return reminder.changed(details={}, message_id="", **ended)


def place(person: Person, where: str, who: str) -> None:
    """Empty one thing that a walk noted. What is no longer there is done."""
    what, _, name = where.partition(":")
    try:
        match what:
            case "parked":
                table.delete(Parked, Parked.at(name))
            case "request":
                asked = table.load(PrivacyRequest, PrivacyRequest.at(name), consistent=True)
                _changed(PrivacyRequest, asked, lambda each: _answered(each, who))
            case "reply":
                replies.drop(name)
            case "deployment":
                sent = table.load(Deployment, Deployment.at(name), consistent=True)
                _changed(Deployment, sent, lambda each: _without(each, person))
                for piece in pieces.people(sent):
                    _changed(DeploymentPiece, piece, lambda each: each.changed(items=_blanked(each.items, person)))
            case "rows":
                file, _, chunk = name.partition(":")
                _rows(person, drops.get(file, consistent=True), int(chunk))
            case "file":
                _file(drops.get(name, consistent=True))
    except NotFoundError:
        return


def _answered(asked: PrivacyRequest, who: str) -> PrivacyRequest:
    """Return a request that names nobody; the one to be erased is met with this."""
    done = {} if asked.done_at or asked.wants is not PrivacyKind.ERASE else {"done_at": clock.now(), "done_by": who}
    return asked.changed(contact="", hint="", **done)


def _without(sent: Deployment, person: Person) -> Deployment:
    """Return a deployment without the person; their place stays, so that no part of the audience moves."""
    return sent.changed(contacts=_blanked(sent.contacts, person))


def _blanked(listed: tuple[str, ...], person: Person) -> tuple[str, ...]:
    return tuple("" if each in person.ids else each for each in listed)


def _rows(person: Person, file: DropFile, chunk: int) -> None:
    results = list(drops.results(file.id, chunk))
    emptied = [mentions.blank(row) if person.in_row(file, row) else row for row in results]
    if emptied != results:
        drops.write_results(file.id, chunk, emptied)


def _file(file: DropFile) -> None:
    """Write the reports anew without the person, and remove the object that was dropped and its plain copy."""
    if files.etag(file.bucket, file.object_key) == file.etag:  # else another file has come to the same place
        files.delete(file.bucket, file.object_key)
    if file.staged_key:
        files.delete(settings().reports_bucket, file.staged_key)
    file = drops.change(file.id, _unsampled)
    if file.chunks and file.state is not FileState.DONE and not drops.is_loaded(file):
        return  # there are no reports yet, and the rows they will be of are emptied
    if file.chunks or file.report_key:
        reported = reports.write(file)
        drops.change(file.id, lambda now: None if now.reasons == reported.reasons else _as_told(now, reported))
        reports.write_summary(reported)


def _as_told(now: DropFile, reported: DropFile) -> DropFile | None:
    """Return a loaded file with the reasons that its report has now; None for one that is still to be closed."""
    return now.changed(reasons=reported.reasons) if now.state is FileState.DONE else None


def _unsampled(file: DropFile) -> DropFile | None:
    """Return the file without what was taken out of its content, None when there is nothing: an example, and titles.

    What a file was refused for may be that it has no titles: then they are its first row.
    """
    kept = {name: text for name, text in file.details.items() if name != "sample"}
    kept |= dict.fromkeys(_TITLES & kept.keys(), "…")
    return None if kept == file.details else file.changed(details=kept)


def _nothing(_before: Entity, _after: Entity) -> tuple[table.Action, ...]:
    return ()


def _changed(
    cls: type[E],
    found: E,
    change: Callable[[E], E],
    beside: Callable[[E, E], tuple[table.Action, ...]] = _nothing,
) -> None:
    """Store a change of what is there now; somebody else may be faster, and it may be gone."""
    current: E | None = found
    for _ in range(_TRIES):
        if current is None:
            return
        wanted = change(current)
        if wanted == current:
            return
        try:
            table.transact(table.Save(wanted), *beside(current, wanted))
        except ConflictError:
            current = table.find(cls, found.key(), consistent=True)
        else:
            return
    raise UnavailableError("store_unavailable", retry_after=2)


def _removed(some: Iterable[Entity]) -> None:
    for each in some:
        table.delete(type(each), each.key())
