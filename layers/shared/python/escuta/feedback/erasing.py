"""Erasing one person everywhere: a job of steps that may each be done again, and a receipt that says what was reached.

Who is to be kept out is marked first, so that a file that loads meanwhile cannot make the person anew. Then everything
is looked for and emptied, twice: what was under way the first time (a plan that had read the contact, an answer that
was being sent) is there the second time. A message that a sender has claimed at this very moment may still arrive; its
link opens nothing. Scores stay and say nothing of anybody, so that no figure changes.
"""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from escuta import clock, events, ids, queues, secrets, table
from escuta.config import settings
from escuta.directory import contacts, drops, finding, forgotten, privacy
from escuta.directory.mentions import Person
from escuta.directory.model import Contact, Erasure, ErasureState, FileState
from escuta.errors import ConflictError, NotFoundError
from escuta.events import ErasedContactData, EventType
from escuta.feedback import belongings, dossier, emptying, exports, walks
from escuta.feedback.belongings import Belongings
from escuta.feedback.walks import Position
from escuta.outreach.model import Channel

PATIENCE = 300  # seconds until everything is looked for again: longer than anything that had read the person may take
LATER = 900  # seconds; how long a file that is not loaded yet is waited for at a time
_ROUNDS = 2
_MOST_PLACES = 4_000  # in one row of the store; more are emptied before the walk goes on


class Progress(NamedTuple):
    """The receipt after a step, and whether it goes on at once (0) or after so many seconds."""

    erasure: Erasure
    delay: int = 0


def start(contact: str, who: str, *, keep_out: bool = True, request: str = "") -> Erasure:
    """Begin to erase a person and return the receipt; beginning twice is beginning once. NotFoundError when unknown."""
    person = dossier.person_of(contact)
    made = contacts.many([contact], consistent=True).get(contact)
    since = made.created_at.isoformat() if made else ""
    erasure = Erasure(
        id=ids.keyed_hash(secrets.link_secret(), f"erasure:{contact}:{since}"),
        contact=contact,
        hint=privacy.masked(person.email or person.phone),
        keep_out=keep_out,
        request=request,
        person=person.model_dump(exclude={"contact"}),
        step="tables",
        started_at=clock.now(),
        started_by=who,
    )
    try:
        erasure = table.create(erasure)
    except ConflictError:
        erasure = get(erasure.id)
        if keep_out and not erasure.keep_out and erasure.state is ErasureState.RUNNING:
            erasure = table.save(erasure.changed(keep_out=True))  # the second look at the tables writes the marks
            forgotten.remember(erasure.started_at, person.external_id, person.email, person.phone)
    if erasure.state is ErasureState.RUNNING:
        queues.send(settings().erase_queue, [{"erasure": erasure.id}])
    return erasure


def get(erasure: str) -> Erasure:
    """Return a receipt as it is now; NotFoundError `erasure_not_found`."""
    return table.load(Erasure, Erasure.at(erasure), consistent=True)


def listing(*, limit: int = 50, cursor: str | None = None) -> table.Page[Erasure]:
    """Return receipts, the newest first."""
    return table.query(Erasure, "erasures", index="g1", limit=limit, newest_first=True, cursor=cursor)


def run(erasure: str, in_time: Callable[[], bool]) -> Erasure:
    """Go on with an erasure as long as there is time; what is left is queued. A message that came twice is harmless."""
    current = get(erasure)
    while current.state is ErasureState.RUNNING:
        done = _step(current)
        current = _kept(current, done.erasure)
        if current.state is ErasureState.RUNNING and (done.delay or not in_time()):
            queues.send(settings().erase_queue, [{"erasure": current.id}], delay=done.delay)
            break
    return current


def _kept(before: Erasure, after: Erasure) -> Erasure:
    """Store how far an erasure is; its end together with the event, which names the person for the last time."""
    if after.state is ErasureState.RUNNING:
        return table.save(after)
    data = ErasedContactData(contact=before.contact, erasure=after.id)
    told = events.made(EventType.CONTACT_ERASED, data, after.id, subject=f"contact/{before.contact}")
    table.transact(table.Save(after), events.action(told))
    return after.changed(rev=after.rev + 1)


def _step(now: Erasure) -> Progress:
    person = Person(contact=now.contact, **now.person)
    match now.step:
        case "tables":
            return _tables(now, person)
        case "places":
            return _places(now, person)
        case _:
            return _walked(now, person)


def _tables(now: Erasure, person: Person) -> Progress:
    """Note what there is, and only then empty it: a crash in between finds the same by what was noted."""
    if now.keep_out:
        forgotten.remember(now.started_at, person.external_id, person.email, person.phone)
    found = belongings.of(person, now.links, now.responses)
    if now.keep_out:
        _remember_former(now, person, found)
    noted = _noted(now, found)
    if noted != now:
        return Progress(noted)
    finding.note((each, None) for each in (*found.contacts, _as_noted(now, person)))
    emptying.everything(found)
    exports.expire_all()
    return Progress(now.changed(step=walks.STEPS[0], cursor=""))


def _as_noted(now: Erasure, person: Person) -> Contact:
    """Return the person as they were when the erasure began: the second time there is no contact to tell the name."""
    told = person.model_dump(include={"name", "email", "phone"})
    return Contact(id=person.contact, segment="", created_at=now.started_at, updated_at=now.started_at, **told)


def _remember_former(now: Erasure, person: Person, found: Belongings) -> None:
    """Keep the person out under every address that they were ever written to: an old list may come again."""
    for channel, address in {(each.channel, each.address) for each in found.invitations}:
        if address and address not in {person.email, person.phone}:
            mail, phone = (address, "") if channel is Channel.EMAIL else ("", address)
            forgotten.remember(now.started_at, person.external_id, mail, phone)


def _noted(now: Erasure, found: Belongings) -> Erasure:
    """Return the receipt with what is found, counted once: of what was noted before, nothing is counted again."""
    links = tuple(sorted({*now.links, *(each.link_key for each in found.invitations)}))
    responses = tuple(sorted({*now.responses, *(each.id for each in found.responses)}))
    if (links, responses) == (now.links, now.responses) and now.reached:
        return now
    news = {name: max(count, now.reached.get(name, 0)) for name, count in found.counts().items()}
    return now.changed(links=links, responses=responses, reached={**now.reached, **news})


def _walked(now: Erasure, person: Person) -> Progress:
    """Note what a walk finds; when it is over, or has found much, it is emptied."""
    position = Position.model_validate_json(now.cursor) if now.cursor else Position(step=now.step)
    found, following = walks.step(person, frozenset(now.links), position, _since(now))
    places = tuple(dict.fromkeys((*now.places, *(hit.place() for hit in found if hit.what != "waiting"))))
    waiting = tuple(dict.fromkeys((*now.waiting, *(hit.id for hit in found if hit.what == "waiting"))))
    reached = dict(now.reached)
    for hit in found:
        if hit.what != "waiting" and hit.place() not in now.places:
            reached[_NAMES[hit.what]] = reached.get(_NAMES[hit.what], 0) + max(1, len(hit.rows))
    over = following is None or len(places) > _MOST_PLACES
    return Progress(
        now.changed(
            places=places,
            waiting=waiting,
            reached=reached,
            step="places" if over else following.step if following else "",
            cursor=following.model_dump_json() if following else "",
        )
    )


_NAMES = {
    "parked": "parked",
    "request": "requests",
    "reply": "replies",
    "deployment": "deployments",
    "rows": "rows",
    "file": "files",
}


def _since(now: Erasure) -> datetime:
    """Return how far back files are looked at: a year, and the second time those that came meanwhile."""
    return now.started_at if now.round else now.started_at - walks.KEPT


def _places(now: Erasure, person: Person) -> Progress:
    """Empty what the walks noted, then go on with the walk, look again, wait for a file, or be done."""
    for place in sorted(now.places, key=lambda place: place.startswith("file:")):  # reports follow from the rows
        emptying.place(person, place, now.started_by)
    if now.cursor:
        position = Position.model_validate_json(now.cursor)
        return Progress(now.changed(places=(), step=position.step))
    waiting = tuple(file for file in now.waiting if _is_open(file))
    for file in now.waiting:
        if file not in waiting:  # what was loaded meanwhile has left the person out: only the object names them
            emptying.place(person, f"file:{file}", now.started_by)
    if waiting:  # perhaps for weeks, until somebody decides: nothing else is looked at again before
        return Progress(now.changed(places=(), waiting=waiting), LATER)
    # whatever such a file brought was before it was waited for, too: everything is looked at anew, a year back
    again = now.changed(places=(), waiting=(), step="tables", round=0 if now.waiting else now.round + 1)
    if now.waiting or again.round < _ROUNDS:
        return Progress(again, PATIENCE)
    hint = now.hint.partition("@")  # a domain may be a person's own name
    blank = {
        "hint": f"{hint[0]}{hint[1]}•••" if hint[1] else now.hint,
        "contact": "",
        "person": {},
        "links": (),
        "responses": (),
        "step": "",
    }
    return Progress(again.changed(state=ErasureState.DONE, finished_at=clock.now(), **blank))


def _is_open(file: str) -> bool:
    try:
        return drops.get(file, consistent=True).state in {FileState.REGISTERED, FileState.HELD, FileState.LOADING}
    except NotFoundError:
        return False


__all__ = ["LATER", "PATIENCE", "get", "listing", "run", "start"]
