"""Links that show a survey as its people would see it: for who writes its messages, and for who writes it.

Nothing is stored for one that shows what is published. A draft is stored for an hour as it is looked at; one that is
tried out stays for as long as its answers. The link says which and until when, and is signed for that purpose alone.
"""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import NamedTuple

from escuta import clock, ids, secrets, table
from escuta.config import settings
from escuta.directory import segments
from escuta.entity import Value
from escuta.errors import GoneError, NotFoundError
from escuta.feedback import mending, surveys
from escuta.feedback.links import Opened
from escuta.feedback.model import Survey, SurveyDraft, SurveyPreview, SurveyVersion
from escuta.outreach.model import Channel, Invitation, InvitationState

LASTS = timedelta(days=7)
LOOKED_AT = timedelta(hours=1)
KEPT = timedelta(days=30)  # what is answered to try a survey
_TOKEN = re.compile(r"([A-Za-z0-9_-]{23})([0-9]{10})([A-Za-z0-9_-]{1,40})")
_PUBLISHED, _DRAFT = "preview", "survey preview"  # what a link is signed for


class Link(NamedTuple):
    """An address, and until when it opens."""

    url: str
    expires_at: datetime


class Shown(Value):
    """What such a link shows. Without `preview` it is what is published, and takes no answer."""

    opened: Opened
    preview: SurveyPreview | None = None


def link(survey: str) -> str:
    """Return the address under which a survey is shown for a week."""
    return _link(_PUBLISHED, survey, clock.now() + LASTS).url


def preview(head: Survey, draft: SurveyDraft) -> Link:
    """Return the address under which a draft can be looked at for an hour. InvalidError: no page can be made of it."""
    until = clock.now() + LOOKED_AT
    return _link(_DRAFT, _stored(head, draft, until, keeps=False).id, until)


def trial(head: Survey, draft: SurveyDraft) -> Link:
    """Return the address under which a draft is tried out for a week; what is answered there is kept for a month."""
    until = clock.now() + LASTS
    return _link(_DRAFT, _stored(head, draft, until + KEPT, keeps=True).id, until)


def opened(token: str) -> Shown:
    """Return what the link shows now. NotFoundError `link_unknown`, GoneError `link_expired` or `survey_closed`."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise NotFoundError("link_unknown")
    mac, until, name = found.group(1), int(found.group(2)), found.group(3)
    is_draft = compare_digest(mac, _mac(_DRAFT, name, until))
    if not is_draft and not compare_digest(mac, _mac(_PUBLISHED, name, until)):
        raise NotFoundError("link_unknown")
    if until <= clock.epoch():
        raise GoneError("link_expired")
    return _of_draft(name) if is_draft else _of_published(name)


def version_of(found: SurveyPreview) -> SurveyVersion:
    """Return what is shown, as a version without a number. Nobody is called back who only tries a survey."""
    fields = {**dict(found.definition), "call": False}
    return SurveyVersion(survey=found.survey, version=0, published_at=found.created_at, **fields)


def _of_published(survey: str) -> Shown:
    head = surveys.get(survey)
    if head.version == 0:
        raise GoneError("survey_closed")
    version = surveys.version(head.id, head.version)
    return Shown(opened=Opened(version=version, language="", source=_nobody(head.id)))


def _of_draft(name: str) -> Shown:
    found = table.find(SurveyPreview, SurveyPreview.at(name), consistent=True)
    if found is None:
        raise GoneError("link_expired")
    return Shown(opened=Opened(version=version_of(found), language="", source=_nobody(found.survey)), preview=found)


def _stored(head: Survey, draft: SurveyDraft, until: datetime, *, keeps: bool) -> SurveyPreview:
    """Store a draft to be shown. The same one is the same row, which then stays longer."""
    whole = mending.mended(draft)
    told = hashlib.sha256(whole.model_dump_json().encode()).hexdigest()
    found = SurveyPreview(
        id=ids.derive("survey preview", head.id, told, int(keeps)),
        survey=head.id,
        definition=whole,
        keeps=keeps,
        created_at=clock.now(),
        expires=int(until.timestamp()),
    )
    table.put(found)
    return found


def _link(purpose: str, name: str, until: datetime) -> Link:
    moment = int(until.timestamp())
    url = f"{settings().public_url}/p/{_mac(purpose, name, moment)}{moment:010d}{name}"
    return Link(url, datetime.fromtimestamp(moment, UTC))


def _mac(purpose: str, name: str, until: int) -> str:
    return ids.link_token(secrets.link_secret(), purpose, f"{name}:{until}")


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
