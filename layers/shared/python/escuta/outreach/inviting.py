"""What a decision on a person becomes: the invitations, as they are stored."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from escuta import clock
from escuta.config import settings
from escuta.directory.model import Transaction
from escuta.outreach import eligibility, invitations, times
from escuta.outreach.eligibility import Decision, Defer, Send
from escuta.outreach.model import Channel, Deployment, Invitation, InvitationState, Step
from escuta.outreach.subjects import Subject


def made(deployment: Deployment, subject: Subject, decision: Decision, at: datetime) -> Iterator[Invitation]:
    """Yield the invitations that say what was decided on a person whose message goes out at `at`.

    One that is put off waits for `send_at` to be decided anew, until it expires. A link is handed out at once.
    """
    if isinstance(decision, Send):
        for channel in decision.channels:
            new = _invitation(deployment, subject, channel, at)
            out = {"state": InvitationState.EXPORTED, "send_at": None} if channel is Channel.LINK else {}
            yield new.changed(**out).risen()
        return
    put_off = isinstance(decision, Defer)
    yield _invitation(deployment, subject, decision.channel, at).changed(
        state=InvitationState.DEFERRED if put_off else InvitationState.SUPPRESSED,
        send_at=decision.until if isinstance(decision, Defer) else None,
        reason=decision.reason,
        details=decision.evidence,
    )


def _invitation(deployment: Deployment, subject: Subject, channel: Channel, at: datetime) -> Invitation:
    contact, visit, segment = subject.contact, subject.visit, subject.segment
    identity = invitations.identity(deployment.id, contact.id, channel, subject.about)
    now = clock.now()
    return Invitation(
        id=identity,
        link_key=invitations.link_key(identity),
        deployment=deployment.id,
        survey=deployment.survey,
        contact=contact.id,
        segment=segment.code,
        segment_path=segment.path,
        timezone=segment.timezone,
        zone=contact.timezone if contact.timezone != segment.timezone else "",
        product=subject.product,
        transaction=visit.id if visit else "",
        visit=_told(visit, segment.timezone) if visit else {},
        apart=subject.apart,
        occasion=subject.occasion.id if subject.occasion else "",
        rules=f"{deployment.rules}#{deployment.route}" if deployment.rules else "",
        channel=channel,
        address=eligibility.addresses(contact).get(channel, ""),
        language=subject.language or contact.language or settings().language,
        first_name=first_name(contact.name),
        name=contact.name,
        custom={**contact.custom, **(visit.custom if visit else {})},
        state=InvitationState.QUEUED,
        reached=Step.MADE,
        created_at=min(at, now),
        send_at=at if at > now else None,
        expires_at=at + timedelta(days=deployment.expires_after_days),
    )


def _told(visit: Transaction, zone: str) -> dict[str, str]:
    """Return what a message may say of a visit, as text; the day is that of the place."""
    day = visit.occurred_at.astimezone(times.clock_of(zone)).date().isoformat()
    said = {"reference": visit.reference, "date": day, "amount": visit.amount, "currency": visit.currency}
    return {name: value for name, value in said.items() if value}


def first_name(name: str) -> str:
    """Return what to call a person: the first word, written as a name when it was typed without care."""
    first = next(iter(name.split()), "").rstrip(",;:.")
    return first.capitalize() if first.isupper() or first.islower() else first
