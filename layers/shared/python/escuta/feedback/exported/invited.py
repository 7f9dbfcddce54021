"""Exports of whom a deployment asked: with their links, for whoever sends them; or what became of each, for figures."""

from datetime import date, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from escuta import clock, table
from escuta.directory import contacts, segments
from escuta.directory.model import Contact
from escuta.feedback.exported import walking
from escuta.feedback.exported.columns import Column, Get, Type, plain, times
from escuta.feedback.model import Export
from escuta.outreach import deployments, eligibility, invitations, subjects
from escuta.outreach.model import Deployment, Invitation, InvitationState

_S = InvitationState
# in the order in which an invitation goes through them: one that moves on meanwhile is ahead, and is not passed over
STATES = (
    *(_S.DEFERRED, _S.QUEUED, _S.CLAIMED, _S.UNKNOWN, _S.EXPORTED, _S.SENT, _S.DELIVERED, _S.BOUNCED, _S.REJECTED),
    *(_S.COMPLAINED, _S.COMPLETED, _S.SUPPRESSED, _S.CANCELLED, _S.EXPIRED),
)
_ANSWERABLE = frozenset(
    {_S.QUEUED, _S.CLAIMED, _S.UNKNOWN, _S.EXPORTED, _S.SENT, _S.DELIVERED, _S.BOUNCED, _S.REJECTED}
)
_DAY = timedelta(days=1)


class Linked(NamedTuple):
    """Whom a deployment asked, as known now, and how."""

    contact: Contact
    invitation: Invitation
    no: str = ""  # why the person does not want to be asked, as it stands now

    @property
    def state(self) -> InvitationState:
        """Return where the invitation is, one whose time is over too."""
        return state_of(self.invitation)

    @property
    def link(self) -> str:
        """Return the link while it may be answered; "" for who is not to be asked, or was and has answered."""
        if self.no or self.invitation.revoked_at is not None or self.state not in _ANSWERABLE:
            return ""
        return invitations.link(self.invitation)

    @property
    def reason(self) -> str:
        """Return why nobody is asked: what the person said since goes before what was decided then."""
        return self.no or self.invitation.reason


class Asked(NamedTuple):
    """An invitation with what is known around it. Of who was erased there is no contact."""

    invitation: Invitation
    deployment: Deployment
    contact: Contact | None


def state_of(invitation: Invitation) -> InvitationState:
    """Return where an invitation is: one whose time is over has expired, whether or not anybody has noted it."""
    over = invitation.state in _ANSWERABLE and invitation.expires_at <= clock.now()
    return InvitationState.EXPIRED if over else invitation.state


def whose(get: Get) -> Get:
    """Return what is told of the person who was asked."""
    return lambda thing: thing.contact and get(thing.contact)


LINK = (
    Column("contact", attrgetter("contact.id")),
    *plain("external_id", "name", "email", "phone", "segment", of="contact"),
    *plain("language", "channel", of="invitation"),
    Column("reference", lambda linked: linked.invitation.visit.get("reference")),
    *plain("link", "state", "reason"),
    *times("expires_at", of="invitation"),
)
INVITATION = (
    *plain("id", "deployment", of="invitation"),
    Column("deployment_name", attrgetter("deployment.name")),
    *plain("survey", of="invitation"),
    Column("strategy", attrgetter("deployment.strategy")),
    Column("template", attrgetter("deployment.template")),
    Column("rules", attrgetter("invitation.rules")),
    *plain("segment", of="invitation"),
    Column("segment_name", lambda asked: name_of(asked.invitation.segment)),
    *plain("segment_path", kind=Type.TEXTS, of="invitation"),
    *plain("product", of="invitation"),
    Column("reference", lambda asked: asked.invitation.visit.get("reference")),
    *plain("contact", of="invitation"),
    Column("external_id", whose(attrgetter("external_id"))),
    Column("name", whose(attrgetter("name"))),
    *plain("language", "channel", of="invitation"),
    Column("state", lambda asked: state_of(asked.invitation)),
    *plain("reason", of="invitation"),
    *plain("attempts", kind=Type.INT, of="invitation"),
    *plain("heard", kind=Type.TEXTS, of="invitation"),
    Column("resent", lambda asked: bool(asked.invitation.resent), Type.BOOL),
    Column("tapped", lambda asked: bool(asked.invitation.tapped), Type.BOOL),
    Column("response", lambda asked: asked.invitation.response or asked.invitation.tapped),
    *times("created_at", "send_at", "sent_at", "opened_at", "answered_at", "expires_at", "revoked_at", of="invitation"),
)


def name_of(segment: str) -> str:
    """Return what a segment is called now; "" for a code that there is not."""
    found = segments.by_code().get(segment)
    return found.name if found else ""


def links(export: Export) -> table.Page[Linked]:
    """Return whom the deployment asked, state by state. Who was erased is nobody.

    Somebody who stands elsewhere by now belongs to whoever may see that place. Handing out a link is asking: of who has
    said no since, there is none.
    """

    def read(state: str, cursor: str | None) -> table.Page[Invitation]:
        return invitations.listing(export.deployment, InvitationState(state), limit=walking.PAGE, cursor=cursor)

    found = walking.through([str(state) for state in STATES], export, read)
    people = contacts.many({each.contact for each in found.items if each.contact})
    inside = {segment.code for segment in walking.inside(export)} if export.segments else None
    standing = subjects.refusing(tuple(people.values()), found.items[0].survey if found.items else "")
    linked = tuple(
        Linked(person, each, eligibility.refusal(standing[person.id], each.channel))
        for each in found.items
        if (person := people.get(each.contact)) and (inside is None or person.segment in inside)
    )
    return table.Page(linked, found.next)


def asked(export: Export) -> table.Page[Asked]:
    """Return what became of the invitations of a deployment, or of all deployments of a survey, the oldest first.

    The cursor is `{deployment}|{state}|{its cursor}`. One of a few invitations is read at once; a larger one state by
    state, so that who moves on meanwhile stands in it, and may stand in it twice.
    """
    if export.deployment:
        place, deployment = "", deployments.get(export.deployment)
        return _of(export, deployment, place, export.cursor.partition("|")[2], following="")
    place, _, within = export.cursor.partition("|")
    current, following = _two(export, place)
    if current is None:
        return table.Page(())
    return _of(export, current, _place(current), within, following=_place(following) if following else "")


def _place(deployment: Deployment) -> str:
    return f"{deployment.created_at.isoformat()}#{deployment.id}"


def _two(export: Export, place: str) -> tuple[Deployment | None, Deployment | None]:
    """Return the deployment of the survey at a place in their list, or behind it, and the one that follows."""
    found = [each for each in _deployments(export.survey, clock.epoch() // 60) if _place(each) >= place]
    last = export.last + _DAY if export.last else date.max
    able = [each for each in found if each.created_at.date() <= last]
    return next(iter(able), None), next(iter(able[1:]), None)


@lru_cache(maxsize=4)
def _deployments(survey: str, minute: int) -> tuple[Deployment, ...]:  # noqa: ARG001 - the minute is the age of the list
    """Return the deployments of a survey, the oldest first, without the people that they list."""
    kept: list[Deployment] = []
    cursor: str | None = None
    while True:
        page = table.query(Deployment, "deployments", index="g1", limit=100, cursor=cursor)
        kept += [each.model_copy(update={"contacts": (), "spread": ()}) for each in page.items if each.survey == survey]
        if page.next is None:
            return tuple(kept)
        cursor = page.next


def _of(export: Export, deployment: Deployment, place: str, within: str, *, following: str) -> table.Page[Asked]:
    """Return a page of one deployment, and where the next one begins."""
    found, onward = _read(deployment.id, _stored(export), within)
    fitting = [each for each in found if _fits(export, each)]
    people = contacts.many({each.contact for each in fitting if each.contact})
    items = tuple(Asked(each, deployment, people.get(each.contact)) for each in fitting)
    if onward:
        return table.Page(items, f"{place}|{onward}")
    return table.Page(items, f"{following}|" if following else None)


def _read(deployment: str, states: tuple[InvitationState, ...], within: str) -> tuple[tuple[Invitation, ...], str]:
    if not within:
        whole = invitations.listing(deployment, limit=walking.PAGE)
        if whole.next is None:
            return whole.items, ""
        return (), f"{states[0]}|"
    name, _, cursor = within.partition("|")
    found = invitations.listing(deployment, InvitationState(name), limit=walking.PAGE, cursor=cursor or None)
    if found.next:
        return found.items, f"{name}|{found.next}"
    later = states[states.index(InvitationState(name)) + 1 :]
    return found.items, f"{later[0]}|" if later else ""


def _stored(export: Export) -> tuple[InvitationState, ...]:
    """Return the states in which what is wanted may be stored, in the order of their lives."""
    if not export.states:
        return STATES
    also = _ANSWERABLE if InvitationState.EXPIRED in export.states else frozenset()
    return tuple(state for state in STATES if state in export.states or state in also)


def _fits(export: Export, invitation: Invitation) -> bool:
    day = date.fromisoformat(clock.local_day(invitation.created_at, invitation.timezone))
    return (
        (not export.states or state_of(invitation) in export.states)
        and (not export.survey or invitation.survey == export.survey)
        and (not export.segments or not set(export.segments).isdisjoint(invitation.segment_path))
        and (export.first is None or export.first <= day)
        and (export.last is None or day <= export.last)
    )
