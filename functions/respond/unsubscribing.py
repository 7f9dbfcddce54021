"""What the link at the end of a message opens: what its address receives, saying no, taking it back, and one's data.

The token carries the invitation's id and proves that we made it. It acts on the address of that invitation alone.
"""

import hmac
from datetime import datetime
from typing import Any

from chalice.app import Response

from escuta import i18n, ids, secrets
from escuta.directory import privacy
from escuta.directory.model import PrivacyKind
from escuta.errors import GoneError, NotFoundError
from escuta.feedback import surveys
from escuta.outreach import invitations, suppression
from escuta.outreach.model import UNSUBSCRIBE, Invitation
from respond import pages
from respond.visits import MalformedError, Visit

_ID_LENGTH = 26
_ONE_SURVEY = "survey"


def ask(visit: Visit) -> Response:
    """Show what the address receives, and ask for the one press that a scanner does not make. Writes nothing."""
    return _page(visit, invitation(visit.token))


def stop(visit: Visit) -> Response:
    """Stop writing to the address: from the page, or by one click in the mail client (RFC 8058).

    Everything, unless the page says that only this survey is meant: a click in a mail client means the sender, and
    nobody who says no should be misunderstood.
    """
    invited = invitation(visit.token)
    scope = invited.survey if visit.typed.get("scope") == _ONE_SURVEY else ""
    whom = suppression.Whom(invited.contact, invited.segment_path)
    suppression.add(invited.channel, invited.address, UNSUBSCRIBE, invited.survey, scope=scope, whom=whom)
    if b"One-Click" in visit.body:
        return Response("OK", {"Content-Type": "text/plain; charset=utf-8"})
    return _page(visit, invited, "stopped_survey" if scope else "stopped")


def undo(visit: Visit) -> Response:
    """Write to the address again. What a mail service told of it stays."""
    invited = invitation(visit.token)
    suppression.take_back(invited.channel, invited.address, invited.survey)
    return _page(visit, invited, "resumed")


def ask_privacy(visit: Visit) -> Response:
    """Take the request to see or to erase what is kept of the invited person."""
    invited = invitation(visit.token)
    wants = visit.typed.get("wants", "")
    if wants not in set(PrivacyKind):
        raise MalformedError("malformed_fields", fields="wants", language=invited.language)
    language = visit.language(invited.language)
    asked = privacy.ask(PrivacyKind(wants), invited.contact, hint=masked(invited), language=language)
    return _page(visit, invited, f"asked_{asked.wants}", due_at=asked.due_at)


def invitation(token: str) -> Invitation:
    """Return the invitation that a token unsubscribes from, even when it is over. NotFoundError as for every link."""
    identity, proof = token[:_ID_LENGTH], token[_ID_LENGTH:]
    if not ids.is_whole(proof):
        raise NotFoundError("link_cut")
    if not hmac.compare_digest(ids.link_token(secrets.link_secret(), "unsubscribe", identity), proof):
        raise NotFoundError("link_unknown")
    found = invitations.find(invitations.link_key(identity))
    if found is None:
        raise NotFoundError("link_unknown")
    if not found.contact:
        raise GoneError("link_revoked", language=found.language)  # erased: nobody is behind it any more
    return found


def masked(invitation: Invitation) -> str:
    """Return enough of the address for its owner to know it, and for nobody else."""
    return privacy.masked(invitation.address)


def _page(visit: Visit, invited: Invitation, done: str = "", *, due_at: datetime | None = None) -> Response:
    """Show how it stands now, after what was just done."""
    language = visit.language(invited.language)
    standing = suppression.standing(invited.channel, invited.address, invited.survey)
    told = next((reason for found in standing for reason in found.told if reason != UNSUBSCRIBE), "")
    own = {found.scope for found in standing if UNSUBSCRIBE in found.reasons}
    context: dict[str, Any] = {
        "address": masked(invited),
        "survey": _title(invited.survey, language),
        "told": told,
        "closed": not told and "" in own,  # to everything, by the person
        "closed_survey": not told and bool(own),
        "done": done,
        "due": i18n.day(due_at, language, invited.timezone) if due_at else "",
    }
    return pages.page("unsubscribe", language, visit=visit, languages=i18n.LANGUAGES, **context)


def _title(survey: str, language: str) -> str:
    """Return what the survey is called for the people it asks; "" when it is no longer there."""
    try:
        version = surveys.version(survey, surveys.get(survey).version)
    except NotFoundError:
        return ""
    return pages.title(version, language if language in version.languages else version.languages[0])
