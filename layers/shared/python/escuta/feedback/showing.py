"""Links that show a survey as its people would see it, and take no answer: for who writes its messages.

Nothing is stored for them. The link says which survey and until when, and is signed for that purpose alone.
"""

import re
from datetime import datetime, timedelta
from hmac import compare_digest

from escuta import clock, ids, secrets
from escuta.config import settings
from escuta.directory import segments
from escuta.errors import GoneError, NotFoundError
from escuta.feedback import surveys
from escuta.feedback.links import Opened
from escuta.outreach.model import Channel, Invitation, InvitationState

LASTS = timedelta(days=7)
_TOKEN = re.compile(r"([A-Za-z0-9_-]{23})([0-9]{10})([A-Za-z0-9_-]{1,40})")


def link(survey: str) -> str:
    """Return the address under which a survey is shown for a week."""
    until = int((clock.now() + LASTS).timestamp())
    return f"{settings().public_url}/p/{_mac(survey, until)}{until:010d}{survey}"


def opened(token: str) -> Opened:
    """Return what the link shows now. NotFoundError `link_unknown`, GoneError `link_expired` or `survey_closed`."""
    found = _TOKEN.fullmatch(token)
    if found is None or not compare_digest(found.group(1), _mac(found.group(3), int(found.group(2)))):
        raise NotFoundError("link_unknown")
    if int(found.group(2)) <= clock.epoch():
        raise GoneError("link_expired")
    head = surveys.get(found.group(3))
    if head.version == 0:
        raise GoneError("survey_closed")
    return Opened(version=surveys.version(head.id, head.version), language="", source=_nobody(head.id))


def _mac(survey: str, until: int) -> str:
    return ids.link_token(secrets.link_secret(), "preview", f"{survey}:{until}")


def _nobody(survey: str) -> Invitation:
    """Return an invitation that is not there, in some place: texts may speak of one."""
    place = next(iter(reversed(segments.all())), None)
    now: datetime = clock.now()
    return Invitation(
        id="preview",
        link_key="preview",
        deployment="",
        survey=survey,
        contact="preview",
        segment=place.code if place else "",
        segment_path=place.path if place else (),
        timezone=place.timezone if place else settings().timezone,
        channel=Channel.LINK,
        address="",
        language="",
        state=InvitationState.EXPORTED,
        created_at=now,
        expires_at=now + LASTS,
    )
