"""Tallies of a dry run: what becomes of the people of a page, and of all pages, as if planned one after another."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from escuta.outreach import audience, canary, letters, planning, prices, sms
from escuta.outreach.audience import Sought
from escuta.outreach.letters import Asked
from escuta.outreach.merge import BlankError
from escuta.outreach.messages import Email
from escuta.outreach.model import (
    NOT_ASKED,
    Channel,
    Counted,
    Deployment,
    DryRun,
    DryRunPage,
    Fate,
    Invitation,
    InvitationState,
    LastAsked,
    Met,
    Shown,
)
from escuta.outreach.planning import Facts, Subject
from escuta.outreach.templates import TooLongError, UnusableError

SHOWN = 5  # people of each outcome and reason that are shown
_HASH = 14  # letters of a hash that tell people apart: 70 bits
_ADDRESS = "address#"  # what the rest of an address is called by
_RESTING = "resting"  # what the reasons of rests begin with: the quota is asked about before them
_OUTCOMES = {InvitationState.SUPPRESSED: "skip", InvitationState.DEFERRED: "defer"}
ASKED = frozenset({InvitationState.QUEUED, InvitationState.EXPORTED})


class Tally:
    """What becomes of the people of one page, batch by batch."""

    def __init__(self, deployment: Deployment, asked: Asked, rests: dict[str, LastAsked]) -> None:
        """`rests` are those that would have begun with this page so far; it grows."""
        self._deployment, self._asked, self._rests = deployment, asked, rests
        self._fates: dict[Fate, int] = {}
        self._moments: dict[int, list[datetime]] = {}
        self._met: list[Met] = []
        self._shown: dict[int, list[Shown]] = {}

    def add(self, sought: Sequence[Sought]) -> None:
        """Decide on these people, each after the one before, as planning does. The quota counts in the sum alone."""
        about = audience.keeping(self._deployment, planning.subjects(sought, self._deployment))
        facts = planning.facts_of(self._deployment, about)._replace(quota=None)
        for subject in about:
            rested = facts._replace(last_asked={**facts.last_asked, **self._rests})
            self._count(subject, rested)

    def _count(self, subject: Subject, facts: Facts) -> None:
        made, rests = planning.would(self._deployment, subject, facts)
        fate, moment = self._fate(subject, made), made[0].send_at or made[0].created_at
        otherwise = fate
        if rests:
            shared = _shared(rests, subject.contact.id)
            later = facts._replace(last_asked={**facts.last_asked, **shared})
            otherwise = self._fate(subject, planning.would(self._deployment, subject, later)[0])
            self._rests |= rests
        number, person = self._number(fate), subject.contact.id
        addresses = (name.removeprefix(_ADDRESS)[:_HASH] for name in rests if name.startswith(_ADDRESS))
        other = self._number(otherwise) if rests else NOT_ASKED
        self._met.append(Met(person[:_HASH], tuple(addresses), number, other))
        self._moments.setdefault(number, []).append(moment)
        visit = subject.visit.id if subject.visit else ""
        self._shown.setdefault(number, []).append(Shown(contact=person, transaction=visit, at=moment, fate=number))

    def _number(self, fate: Fate) -> int:
        return self._fates.setdefault(fate, len(self._fates))

    def _fate(self, subject: Subject, made: Sequence[Invitation]) -> Fate:
        """Return what becomes of somebody: what cannot be written to them is not sent."""
        ahead = canary.first(self._deployment, subject.contact.id)
        sent = [one for one in made if one.state in ASKED]
        if not sent:
            return Fate(outcome=_OUTCOMES[made[0].state], reason=made[0].reason, first=ahead)
        tried = [(one, written(one, self._deployment, self._asked)) for one in sent]
        told = [(one, letter) for one, letter in tried if not isinstance(letter, Unwritten)]
        if not told:
            reason = next(letter.reason for _, letter in tried if isinstance(letter, Unwritten))
            return Fate(outcome="skip", reason=reason, first=ahead)
        texts = [(one.address, sms.measure(letter).parts) for one, letter in told if isinstance(letter, str)]
        mails = sum(isinstance(letter, Email) for _, letter in told)
        costs = [*(prices.cost(*text) for text in texts), prices.EMAIL * mails]
        return Fate(
            outcome="send",
            channels=tuple(one.channel for one, _ in told),
            first=ahead,
            parts=sum(parts for _, parts in texts),
            cost=None if None in costs else sum((cost for cost in costs if cost is not None), Decimal()),
        )

    def page(self, run: DryRun, part: int, number: int, batch: int) -> DryRunPage:
        """Return the row of this batch."""
        counts = Counter(met.fate for met in self._met)
        return DryRunPage(
            run=run.id,
            part=part,
            number=number,
            batch=batch,
            fates=tuple(
                _counted(fate, counts[place], self._moments.get(place, ())) for fate, place in self._fates.items()
            ),
            met=tuple(self._met),
            shown=tuple(one for shown in self._shown.values() for one in shown[:SHOWN]),
            expires=run.expires,
        )


class Unwritten(NamedTuple):
    """Why a letter cannot be written to somebody."""

    reason: str


def written(invitation: Invitation, deployment: Deployment, asked: Asked) -> Email | str | Unwritten | None:
    """Return the letter to one person, or why there is none; None for a link that is handed out."""
    if invitation.channel is Channel.LINK:
        return None
    try:
        return letters.letter(invitation, deployment, asked)
    except BlankError:
        return Unwritten("field_blank")
    except TooLongError:
        return Unwritten("sms_too_long")
    except UnusableError:
        return Unwritten("template_invalid")


def _shared(rests: Mapping[str, LastAsked], contact: str) -> dict[str, LastAsked]:
    """Return the rests of the addresses alone, as if the message went to somebody else who shares them."""
    return {
        name: row.changed(askings=tuple(one.changed(owner="") for one in row.askings))
        for name, row in rests.items()
        if name != contact
    }


def _counted(fate: Fate, people: int, moments: Sequence[datetime] = ()) -> Counted:
    if fate.outcome != "send":
        return Counted(fate=fate, people=people)
    return Counted(fate=fate, people=people, first_at=min(moments, default=None), last_at=max(moments, default=None))


class Total:
    """The pages of a dry run as if they were planned one after the other."""

    def __init__(self, most: int) -> None:
        """`most` people are asked; 0: all."""
        self._most, self._asked = most, 0
        self._people: set[str] = set()
        self._addresses: set[str] = set()
        self.counts: dict[Fate, Counted] = {}
        self.shown: list[Shown] = []

    def add(self, page: DryRunPage) -> None:
        """Add the people of a page."""
        became: dict[str, Fate] = {}
        for met in page.met:
            if met.contact not in self._people:
                self._people.add(met.contact)
                became[met.contact] = self._became(met, [counted.fate for counted in page.fates])
        people = Counter(became.values())
        for counted in page.fates:
            self._widen(counted, people.pop(counted.fate, 0))
        for fate, number in people.items():
            self._widen(Counted(fate=fate), number)
        self._show(page, became)

    def _became(self, met: Met, fates: Sequence[Fate]) -> Fate:
        fate = fates[met.fate]
        if (
            self._most
            and self._asked >= self._most
            and (met.otherwise != NOT_ASKED or fate.reason.startswith(_RESTING))
        ):
            return Fate(outcome="skip", reason="quota_reached", first=fate.first)
        if met.otherwise == NOT_ASKED:
            return fate
        if not self._addresses.isdisjoint(met.addresses):
            return fates[met.otherwise]
        self._asked += 1
        self._addresses.update(met.addresses)
        return fate

    def _widen(self, counted: Counted, people: int) -> None:
        if not people:
            return
        before = self.counts.get(counted.fate, Counted(fate=counted.fate))
        moments = [one for one in (before.first_at, counted.first_at, before.last_at, counted.last_at) if one]
        self.counts[counted.fate] = _counted(counted.fate, before.people + people, moments)

    def _show(self, page: DryRunPage, became: Mapping[str, Fate]) -> None:
        """Keep the first people of each outcome and reason."""
        numbers = {fate: number for number, fate in enumerate(self.counts)}
        groups = list(self.counts)
        held = Counter((groups[one.fate].outcome, groups[one.fate].reason) for one in self.shown)
        for one in page.shown:
            fate = became.get(one.contact[:_HASH])
            if fate and held[fate.outcome, fate.reason] < SHOWN:
                held[fate.outcome, fate.reason] += 1
                self.shown.append(one.changed(fate=numbers[fate]))
