"""What a customer said before a ticket, and which tickets there were: as far as the reader answers for the place."""

from itertools import islice

from escuta import table
from escuta.directory import segments
from escuta.directory.model import Manager
from escuta.entity import Value
from escuta.feedback import edges, keeping
from escuta.feedback.model import Response, ResponseState, Ticket
from escuta.feedback.tickets import asking, finding
from escuta.outreach import invitations

MOST = 20  # invitations, answers and tickets of a person that are looked at


class Past(Value):
    """Answers and tickets of the same customer, the newest first. `more`: there are older ones."""

    answers: tuple[Response, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    more: bool = False


def of(ticket: Ticket, reader: Manager) -> Past:
    """Return what is known of a ticket's customer beside the ticket; what lies elsewhere is not told, nor counted."""
    if not ticket.contact:
        return Past()
    invited = invitations.of_contact(ticket.contact, limit=MOST)
    edged = list(islice(edges.answered(ticket.contact), MOST + 1))
    opened = finding.of_contact(ticket.contact, limit=MOST + 1)
    names = {name for each in invited.items for name in (each.response, each.tapped)}
    names |= {edge.response for edge in edged[:MOST]}
    answers = table.find_many(Response, map(Response.at, sorted(names - {"", ticket.response}))).values()
    others = [edge.ticket for edge in opened.items if edge.ticket != ticket.id][:MOST]
    tickets = table.find_many(Ticket, map(Ticket.at, others)).values()
    return Past(
        answers=tuple(
            sorted((each for each in answers if _is_told(each, reader)), key=lambda each: each.moment, reverse=True)
        ),
        tickets=tuple(
            sorted(
                (each for each in tickets if _reaches(reader, each.segment, each.segment_path)),
                key=lambda each: each.opened_at,
                reverse=True,
            )
        ),
        more=bool(invited.next or opened.next or len(edged) > MOST),
    )


def _is_told(response: Response, reader: Manager) -> bool:
    if asking.is_follow_up(response):  # a thumb is no score among scores: the ticket says what came of it
        return False
    there = response.state is ResponseState.FINAL and not response.emptied and not keeping.is_over(response)
    return there and _reaches(reader, response.segment, response.segment_path)


def _reaches(reader: Manager, segment: str, path: tuple[str, ...]) -> bool:
    """Tell whether a thing is where the reader answers: where its segment stands now, or stood then."""
    return not set(reader.segments).isdisjoint((*segments.as_is(segment), *path))
