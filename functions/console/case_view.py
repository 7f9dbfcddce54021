"""What the page of a ticket shows: read for the manager who came by its link."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import islice

from escuta import clock, config, table
from escuta.directory import contacts, segments
from escuta.directory.model import Contact, Manager, Segment
from escuta.entity import Value
from escuta.feedback import tickets
from escuta.feedback.model import (
    FAR,
    Answer,
    Cause,
    Causes,
    Question,
    Response,
    SurveyVersion,
    Ticket,
    TicketActivity,
    TicketSettings,
    TicketState,
)
from escuta.feedback.tickets import life, past, settling, writing
from escuta.feedback.tickets.magic import Opened
from escuta.feedback.tickets.past import Past

LOG_SHOWN = 50
_LONG, _SHOWN = 800, 600  # characters: of a comment that is folded, and of what stands before the fold
_MOST_TARGETS = 1_000
_MANY_CAUSES = 12  # from so many on each group is opened by itself
_S = TicketState
_STEPS = (_S.OPEN, _S.WAITING, _S.REOPENED)  # what is chosen by itself; resolving and closing say why


class Said(Value):
    """A question and what was answered, in words."""

    question: str
    answer: str


class Group(Value):
    """Causes below the same name; "": they stand at the top."""

    name: str
    causes: tuple[tuple[str, str], ...]  # id, name


class Case(Value):
    """Everything on the page."""

    ticket: Ticket
    manager: Manager
    store: str
    zone: str
    owner: str
    expires_at: datetime
    read_at: datetime
    phone: str
    email: str
    call: bool  # the customer asked to be called
    top: int | None
    said: tuple[Said, ...]
    past: Past
    places: Mapping[str, str]  # code -> name, of what is named on the page
    log: tuple[TicketActivity, ...]
    older: bool
    people: Mapping[str, str]  # id -> name
    groups: tuple[Group, ...]
    names: Mapping[str, str]  # of causes
    steps: tuple[str, ...]  # take, or a state
    closes: tuple[str, ...]  # states that the form with causes and action leads to
    demands: frozenset[str]  # fields without which it is not closed
    targets: tuple[tuple[str, str], ...]  # code, name: where it may be handed to
    more_targets: bool
    messages: Mapping[int, str]  # number of a line in the log -> what became of the message to the customer
    ways: tuple[str, ...]  # by which the customer can be written to
    unwritable: str  # why there is no way to write to a customer who is known; words: `unwritable.{reason}`
    currency: str  # that a gesture is in, where nobody says another

    @property
    def promised(self) -> bool:
        """Tell whether somebody promised until when it is resolved: where nobody did, its due time is far away."""
        return self.ticket.due_at < FAR

    @property
    def many_causes(self) -> bool:
        """Tell whether there are so many causes that a telephone shows them group by group."""
        return sum(len(group.causes) for group in self.groups) > _MANY_CAUSES

    @property
    def comment(self) -> tuple[str, str]:
        """Return the comment in two parts: as much as leaves room for the rest of the page, and what follows on it."""
        words = self.ticket.comment
        if len(words) <= _LONG:
            return words, ""
        end = max(words.rfind(blank, 0, _SHOWN) for blank in " \n")
        end = end if end > _SHOWN // 2 else _SHOWN
        return words[:end], words[end:]


def read(opened: Opened, language: str) -> Case:
    """Return the page of a ticket in a language. A bounded number of reads; nothing is written."""
    ticket, manager = opened.ticket, opened.manager
    response, contact = _around(ticket)
    version = table.find(SurveyVersion, SurveyVersion.at(response.survey, response.version)) if response else None
    settings, causes = settling.settings(), settling.causes()
    log = tickets.log(ticket.id, limit=LOG_SHOWN)
    known = segments.by_code()
    store = known.get(ticket.segment)
    call = response.call if response else None
    allowed = _allowed(ticket, settings, opened)
    ways = writing.ways(ticket)
    targets = tuple(_targets(ticket, manager, known.values()))
    return Case(
        ticket=ticket,
        manager=manager,
        store=store.name if store else ticket.segment,
        zone=ticket.timezone if store is None else store.timezone,
        owner=_owner(ticket, manager),
        expires_at=opened.link.expires_at,
        read_at=clock.now(),
        phone=(call.phone if call else "") or (contact.phone if contact else ""),
        email=contact.email if contact else "",
        call=call is not None,
        top=version.benchmark.scale[1] if version and version.benchmark and version.benchmark.scale else None,
        said=tuple(_said(response, version, language)) if response and version else (),
        past=past.of(ticket, manager),
        places={code: each.name for code, each in known.items()},
        log=log.items,
        older=log.next is not None,
        people=_people(log.items),
        groups=grouped(causes, language),
        names={cause.id: _text(cause.text, language) for cause in causes.causes},
        steps=_steps(ticket, manager, allowed),
        closes=tuple(state for state in (_S.CLOSED, _S.RESOLVED) if state in allowed),
        demands=settings.demands.get(_S.CLOSED, frozenset()),
        targets=targets[:_MOST_TARGETS],
        more_targets=len(targets) > _MOST_TARGETS,
        ways=tuple(str(channel) for channel, reason in ways.items() if not reason),
        unwritable=_unwritable(ways.values()) if contact else "",
        messages={number: str(message.state) for number, message in writing.states(ticket.id).items()},
        currency="BRL" if config.settings().country == "BR" else "",
    )


def _unwritable(reasons: Collection[str]) -> str:
    """Return why nobody can write, what was decided before what is only missing; "" where there is a way."""
    return "" if "" in reasons else next((each for each in reasons if each != writing.NO_ADDRESS), writing.NO_ADDRESS)


def _around(ticket: Ticket) -> tuple[Response | None, Contact | None]:
    response = table.find(Response, Response.at(ticket.response)) if ticket.response else None
    contact = contacts.many((ticket.contact,)).get(ticket.contact) if ticket.contact else None
    return response, contact


def _owner(ticket: Ticket, reader: Manager) -> str:
    if ticket.owner in {"", reader.id}:
        return reader.name if ticket.owner else ""
    found = table.find(Manager, Manager.at(ticket.owner))
    return found.name if found else ""


def _people(log: Iterable[TicketActivity]) -> dict[str, str]:
    """Return the names of the managers that the log names by their ids."""
    named = {line.details.get(field, "") for line in log for field in ("owner", "owner_was")} - {""}
    return {each.id: each.name for each in table.find_many(Manager, map(Manager.at, sorted(named))).values()}


def _allowed(ticket: Ticket, settings: TicketSettings, opened: Opened) -> frozenset[TicketState]:
    role = opened.actor.role
    own = settings.moves.get(role) if role else None
    allowed = life.MOVES[ticket.state]
    return allowed if own is None else allowed & own.get(ticket.state, frozenset())


def _steps(ticket: Ticket, reader: Manager, allowed: frozenset[TicketState]) -> tuple[str, ...]:
    """Return what can be chosen by itself. Who takes a ticket over starts with it: starting is then no choice more."""
    take = ticket.owner != reader.id and not ticket.state.is_done
    starts = take and ticket.state is not _S.WAITING
    states = (state for state in _STEPS if state in allowed and not (starts and state is _S.OPEN))
    return (*(("take",) if take else ()), *states)


def _said(response: Response, version: SurveyVersion, language: str) -> Iterable[Said]:
    """Yield what was answered, in the order of the survey; the score and the comment stand at the top already."""
    for question in version.questions:
        found = response.answers.get(question.id)
        if found is None or question.benchmark or (question.voice and found == response.comment):
            continue
        text = _text(question.text, language, *version.languages)
        yield Said(question=text, answer=_answer(question, found, language))


def _answer(question: Question, found: Answer, language: str) -> str:
    words = {choice.id: _text(choice.text, language) for choice in question.choices}
    match found:
        case int():
            return f"{found} / {question.scale[1]}" if question.scale else str(found)
        case str():
            return words.get(found, found)
        case tuple():
            return ", ".join(words.get(each, each) for each in found)
        case _:
            return ", ".join(value for value in found.values() if value)


def grouped(causes: Causes, language: str) -> tuple[Group, ...]:
    """Return the causes that are offered, each below the path of those above it; what has others below is a heading."""
    offered = [cause for cause in causes.causes if not cause.retired]
    parents = {cause.parent for cause in offered}
    by_id = {cause.id: cause for cause in causes.causes}
    groups: dict[str, list[tuple[str, str]]] = {}
    for cause in offered:
        if cause.id not in parents:
            groups.setdefault(_path(by_id, cause.parent, language), []).append((cause.id, _text(cause.text, language)))
    return tuple(Group(name=name, causes=tuple(some)) for name, some in groups.items())


def _path(by_id: Mapping[str, Cause], cause: str, language: str) -> str:
    above: list[str] = []
    while cause in by_id and len(above) < len(by_id):
        above.insert(0, _text(by_id[cause].text, language))
        cause = by_id[cause].parent
    return " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} ".join(above)


def _text(texts: Mapping[str, str], *languages: str) -> str:
    """Return words in the first of these languages that has any, else in whichever there is."""
    return next((texts[each] for each in languages if texts.get(each)), next(iter(texts.values()), ""))


def offered(opened: Opened, segment: str) -> bool:
    """Tell whether a manager may hand a ticket to this segment."""
    target = segments.by_code().get(segment)
    return target is not None and _is_target(opened.ticket, opened.manager, target)


def _targets(ticket: Ticket, manager: Manager, everything: Iterable[Segment]) -> Iterable[tuple[str, str]]:
    """Yield where a manager may hand a ticket: what they answer for, and who stands above the ticket."""
    found = (segment for segment in everything if _is_target(ticket, manager, segment))
    for segment in islice(found, _MOST_TARGETS + 1):
        yield segment.code, "\N{EM SPACE}" * (len(segment.path) - 1) + segment.name


def _is_target(ticket: Ticket, manager: Manager, segment: Segment) -> bool:
    reached = segment.code in ticket.segment_path or not set(manager.segments).isdisjoint(segment.path)
    return reached and segment.retired_at is None and segment.code != ticket.segment
