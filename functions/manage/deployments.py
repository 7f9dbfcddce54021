"""Deployments: starting one, holding it back, and what became of each invitation."""

from typing import Annotated, Any, Literal

from pydantic import Field

from escuta import clock, ids
from escuta.config import settings
from escuta.directory import access, segments
from escuta.directory.model import Scope
from escuta.errors import InvalidError, NotFoundError
from escuta.feedback import surveys
from escuta.outreach import amending, canary, deployments, ledger, resending, sending_rules
from escuta.outreach import invitations as sent
from escuta.outreach.model import (
    AudienceKind,
    Deployment,
    DeploymentDraft,
    Invitation,
    InvitationState,
    Resend,
    Strategy,
)
from manage import drafting
from manage.asking import Asked, Created, Listing, Request

_INTERNAL = {"parts", "done_parts", "spread", "drafted"}
_INTERNAL_TO_INVITATION = {"link_key", "claim", "lease_until"}
_PERSONAL = {"address", "first_name", "name", "custom"}
_VERBS = {"paused": deployments.pause, "running": deployments.resume, "cancelled": deployments.cancel}


class DeploymentPatch(DeploymentDraft):
    """What can be done to a deployment under way, and what can be changed of it; `null` ends a canary."""

    name: str = ""
    survey: str = ""
    strategy: Strategy | None = None  # type: ignore[assignment] # named only to be refused by name
    audience: AudienceKind | None = None  # type: ignore[assignment] # likewise
    state: Literal["paused", "running", "cancelled"] | None = None


class Resending(Asked):
    """To whom to write once more. `unknown` may have arrived: it is sent again only where it is named."""

    states: Annotated[tuple[Literal["rejected", "bounced", "suppressed", "unknown"], ...], Field(min_length=1)]


class InvitationListing(Listing):
    """A deployment's invitations, all or those in one state."""

    state: InvitationState | None = None


def _shown(deployment: Deployment) -> dict[str, Any]:
    return deployment.model_dump(mode="json", exclude=_INTERNAL)


def listing(request: Request) -> dict[str, Any]:
    """Return deployments, the newest first; a page may be shorter than `limit` although there is a next one."""
    asked = request.query(Listing)
    page = request.page(deployments.listing(limit=asked.limit, cursor=request.cursor(asked)), lambda found: found)
    return {**page, "items": [_shown(found) for found in page["items"] if is_visible(request, found)]}


def create(request: Request) -> Created:
    """Start a sending. With the same `Idempotency-Key` again it returns what the first call started."""
    draft = request.body(DeploymentDraft)
    drafting.check(request, draft)
    key = request.headers.get("idempotency-key", "")
    identity = ids.derive("deployment", request.caller.id, key) if key else ids.new()
    wanted = Deployment(id=identity, created_at=clock.now(), created_by=request.caller.id, **dict(draft))
    started = deployments.start(wanted.changed(drafted=ids.derive(draft.model_dump_json())))
    if started.drafted != ids.derive(draft.model_dump_json()):
        raise InvalidError("idempotency_key_reused", field="Idempotency-Key")
    return Created(_shown(started), f"deployments/{started.id}")


def get(request: Request, deployment: str) -> dict[str, Any]:
    """Return a deployment with how many invitations, and apart how many reminders, are in each state, counted now."""
    request.query(Asked)
    found = visible(request, deployment)
    counted = deployments.progress(found.id)
    told = {"progress": counted, "reminders": deployments.reminded(found.id)}
    ahead = _canary(found, counted.get(InvitationState.QUEUED, 0), sum(counted.values()))
    return {**_shown(found), **told, "canary": ahead, "finished": deployments.is_finished(found, counted)}


def _canary(found: Deployment, queued: int, people: int) -> dict[str, Any] | None:
    """Return how many were asked first and how many wait for them, as long as they do, and until when."""
    if found.canary is None:
        return None
    follows = canary.follows(found, settings().timezone, sending_rules.calendar_of(found))
    counts = {"first": people - queued, "waiting": queued} if clock.now() < follows else {}
    return {**found.canary.model_dump(), **counts, "follows_at": follows}


def change(request: Request, deployment: str) -> dict[str, Any]:
    """Change a deployment under way, then pause, resume or cancel it if that is asked for, too."""
    asked = request.body(DeploymentPatch)
    found = visible(request, deployment)
    request.match(found)
    fields = {name: getattr(asked, name) for name in asked.model_fields_set - {"state"}}
    drafting.check_changes(fields)
    if fields:
        found = amending.amend(found, fields)
    return _shown(_VERBS[asked.state](found.id) if asked.state else found)


def invitations(request: Request, deployment: str) -> dict[str, Any]:
    """Return a deployment's invitations; who is behind one only to somebody who may read contacts."""
    asked = request.query(InvitationListing)
    found = visible(request, deployment)
    may_read = Scope.CONTACTS_READ in request.caller.scopes
    hidden = _INTERNAL_TO_INVITATION | (set() if may_read else _PERSONAL)

    def shown(invitation: Invitation) -> dict[str, Any]:
        told = invitation.model_dump(mode="json", exclude=hidden)
        return {**told, "ambiguous": ledger.is_ambiguous(invitation)}

    page = sent.listing(found.id, asked.state, limit=asked.limit, cursor=request.cursor(asked))
    return request.page(page, shown)


def visible(request: Request, deployment: str) -> Deployment:
    """Return a deployment that the caller may see; for any other there is none."""
    found = deployments.get(deployment)
    if not is_visible(request, found):
        raise NotFoundError("deployment_not_found")
    return found


def is_visible(request: Request, found: Deployment) -> bool:
    """Tell whether a caller bound to segments may see a deployment: when it went to nobody outside of them."""
    if not request.caller.segments:
        return True
    if found.audience not in {AudienceKind.SEGMENTS, AudienceKind.PRODUCTS} or not found.segments:
        return False
    return all(access.may_see(request.caller, segments.get(code).path) for code in found.segments)


def resend(request: Request, deployment: str) -> Created:
    """Write once more to those in these states, with the same link; whoever asks for it is kept."""
    asked = request.body(Resending)
    found = visible(request, deployment)
    request.match(found)
    surveys.live(found.survey)
    made = resending.start(found, [InvitationState(state) for state in asked.states], by=request.caller.id)
    return Created(_resent(made), f"resends/{made.id}")


def resends(request: Request, deployment: str, resend: str) -> dict[str, Any]:
    """Return a resend with how many people it has queued by now."""
    request.query(Asked)
    return _resent(resending.get(visible(request, deployment).id, resend))


def _resent(found: Resend) -> dict[str, Any]:
    shown = found.model_dump(mode="json")
    return {**shown, "queued": resending.queued(found), "finished": found.finished_at is not None}
