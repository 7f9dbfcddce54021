"""One box to look for people in: whatever somebody remembers of them, within what the caller may see."""

import re
from collections.abc import Callable, Iterator, Mapping

from escuta import table
from escuta.config import settings
from escuta.directory import access, addresses, contacts, finding, segments, taking
from escuta.directory.model import Contact
from escuta.errors import InvalidError
from manage.asking import Request

_NUMBER = re.compile(r"[\d\s()+./-]{6,40}")


def search(request: Request, text: str, code: str, limit: int, cursor: str | None) -> table.Page[Contact]:
    """Return who is found by a text at a segment and below, or with "" everywhere; of people elsewhere nobody is."""
    within = request.segment(code).path if code else ()
    text = text.strip()
    known = {} if cursor else {contact.id: contact for contact in _known(text, limit)}
    sought = finding.words(text)
    page = finding.by_name(sought, _hint(request, within), limit=max(1, limit - len(known)), cursor=cursor)
    named = contacts.many(page.items)
    called = {who: named[who] for who in page.items if who in named and finding.is_meant(named[who], sought)}
    every = {**known, **called}
    return table.Page(tuple(_seen(request, every, within)), page.next)


def _seen(request: Request, every: Mapping[str, Contact], within: tuple[str, ...]) -> Iterator[Contact]:
    """Yield those who were last where the caller may look, as the hierarchy is now."""
    if not within and not request.caller.segments:
        yield from every.values()
        return
    places = taking.places({contact.segment for contact in every.values()})
    for contact in every.values():
        if (place := places.get(contact.segment)) and _is_inside(request, place.path, within):
            yield contact


def _known(text: str, limit: int) -> Iterator[Contact]:
    """Yield who is known by a text that may be an external id, an e-mail address or a telephone."""
    marks = [contacts.identity(text, "", "")] if text else []
    number = _NUMBER.fullmatch(text) and _read(lambda: addresses.phone(text, settings().country))
    mail = "@" in text and _read(lambda: addresses.email(text))
    if number:
        marks += finding.by_phone(number, limit=limit)
    for contact in contacts.many(marks).values():
        if text == contact.external_id or (number and contact.phone == number):
            yield contact
    if number or mail:
        yield from contacts.reached_at(mail or "", number or "", limit=limit).items


def _read(reader: Callable[[], str]) -> str:
    """Return an address, or "" where the text is none: then it is looked for as something else."""
    try:
        return reader()
    except InvalidError:
        return ""


def _hint(request: Request, within: tuple[str, ...]) -> Callable[[str], bool]:
    """Return what tells of a segment whether to look at its people: by the kept hierarchy, so that it costs nothing."""
    if not within and not request.caller.segments:
        return lambda _: True
    known = segments.by_code()
    return lambda code: code not in known or _is_inside(request, known[code].path, within)


def _is_inside(request: Request, path: tuple[str, ...], within: tuple[str, ...]) -> bool:
    return path[: len(within)] == within and access.may_see(request.caller, path)
