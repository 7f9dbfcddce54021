"""From a person to the answers that nobody was invited to: who said in them who they are."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from escuta import table
from escuta.directory import contacts, forgotten
from escuta.feedback.model import Answered, Response
from escuta.feedback.visitors import Visitor

_PAGE = 200


def names(response: Response) -> tuple[str, ...]:
    """Return the identities of whoever an answer names: its contact, and the addresses in its answers and its call.

    An invitation names its person itself, so that its answer needs none.
    """
    if response.invitation:
        return ()
    said = {response.contact}
    for answer in _contacts(response):
        said |= {contacts.identity("", answer.get("email", ""), ""), contacts.identity("", "", answer.get("phone", ""))}
    if response.call:
        said.add(contacts.identity("", "", response.call.phone))
    return tuple(sorted(said - {""}))


def of(response: Response) -> tuple[Answered, ...]:
    """Return the edges that lead to an answer, to be stored with it."""
    return tuple(Answered(contact=name, response=response.id) for name in names(response))


def answered(contact: str) -> Iterator[Answered]:
    """Yield the edges of a person, as they are now."""
    cursor: str | None = None
    while True:
        page = table.query(
            Answered, Answered.pk(contact), prefix="response#", limit=_PAGE, cursor=cursor, consistent=True
        )
        yield from page.items
        cursor = page.next
        if cursor is None:
            return


def is_forgotten(response: Response, visitor: Visitor | None, answered_at: datetime | None) -> bool:
    """Tell whether somebody in an answer was erased after they gave it, on a device that only now has a network.

    Whoever gives their own data after that does so anew. `answered_at` None: nobody can tell when it was.
    """
    said = [("", answer.get("email", ""), answer.get("phone", "")) for answer in _contacts(response)]
    said += [("", visitor.email, visitor.phone)] if visitor else []
    if not any(email or phone for _, email, phone in said):
        return False
    known = forgotten.known()
    since = max((moment for each in said if (moment := known.since(*each))), default=None)
    return since is not None and (answered_at is None or answered_at <= since)


def _contacts(response: Response) -> Iterator[Mapping[str, str]]:
    return (answer for answer in response.answers.values() if isinstance(answer, dict))
