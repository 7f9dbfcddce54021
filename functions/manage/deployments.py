"""Deployments: starting one, holding it back, and what became of each invitation."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from escuta import clock, i18n, ids, table
from escuta.config import settings
from escuta.directory import access, segments
from escuta.directory.model import Scope
from escuta.errors import ConflictError, InvalidError, NotFoundError
from escuta.feedback import surveys
from escuta.outreach import amending, budgets, canary, deployments, funnels, ledger, pieces, resending, sending_rules
from escuta.outreach import invitations as sent
from escuta.outreach.model import (
    MESSAGES,
    AudienceKind,
    Channel,
    Deployment,
    DeploymentDraft,
    DeploymentState,
    Invitation,
    InvitationState,
    Resend,
    Strategy,
)
from manage import drafting
from manage.asking import Asked, Created, Listing, Request, language_of

_INTERNAL = {"parts", "planned", "counted", "spread", "apart", "drafted", "requeued_at", "quiet_since", "finished_at"}
_INTERNAL_TO_INVITATION = {"link_key", "claim", "lease_until", "tallied"}
_PERSONAL = {"address", "first_name", "name", "custom"}
AT_LENGTH = frozenset({"contacts"})  # thousands of ids: one deployment tells them, a list of deployments does not
_WRITES: Mapping[Strategy, tuple[Channel, ...]] = {
    Strategy.EMAIL: (Channel.EMAIL,),
    Strategy.SMS: (Channel.SMS,),
    Strategy.LINK: (),
}  # the others write over all
_NOT_ASKED = frozenset(
    {InvitationState.SUPPRESSED, InvitationState.DEFERRED, InvitationState.CANCELLED, InvitationState.EXPIRED}
)


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


class DeploymentListing(Listing):
    """All deployments, or those of one survey, or in one state; with how far the invitations of each came."""

    survey: str = ""
    state: DeploymentState | None = None
    funnel: bool = False


class InvitationListing(Listing):
    """A deployment's invitations, all or those in one state."""

    state: InvitationState | None = None


def _shown(deployment: Deployment) -> dict[str, Any]:
    return {**deployment.model_dump(mode="json", exclude=_INTERNAL), "contacts": pieces.everybody(deployment)}


def listing(request: Request) -> dict[str, Any]:
    """Return deployments, the newest first, without their lists of contacts.

    A caller bound to segments sees those that went to nobody outside of them. A page may be shorter than `limit`
    although there is a next one. With `funnel` each says how many of its invitations ever came to each step, and
    whether it was finished when that was last looked at.
    """
    asked = request.query(DeploymentListing)
    page = request.page(deployments.listing(limit=asked.limit, cursor=request.cursor(asked)), lambda found: found)
    items = [
        found
        for found in page["items"]
        if asked.survey in {"", found.survey} and asked.state in {None, found.state} and is_visible(request, found)
    ]
    came = funnels.totals(items) if asked.funnel else {}
    return {**page, "items": [dict(_listed(found, came.get(found.id))) for found in items]}


def _listed(found: Deployment, came: Mapping[str, int] | None) -> Iterator[tuple[str, Any]]:
    yield from found.model_dump(mode="json", exclude=_INTERNAL | AT_LENGTH).items()
    if came is not None:
        yield "funnel", {step: came[step] for step in funnels.STEPS}
        yield "finished", found.finished_at is not None


def create(request: Request) -> Created:
    """Start a sending of a survey to an audience.

    Whom each `audience` addresses is named by `segments`, `products` or `groups`, `contacts`, or `file`; `where`
    narrows it. Try it out first as a dry run. Who may not be written to (no consent, rested, suppressed) is left out
    and told in the invitations, with the reason.

    409 for a survey that is not live, a segment that is retired, a file that is not loaded; 422 with the field for an
    audience that names nobody or somebody else's fields, and for what there is not; 403 `audience_outside` to a caller
    bound to segments for anything but segments of theirs.
    """
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
    """Return a deployment with how many invitations, and apart how many reminders, are in each state.

    They are counted at this moment. `held` says why nothing goes out now over a channel, whatever the deployment does
    itself: a brake, a used up quota.
    """
    request.query(Asked)
    found = visible(request, deployment)
    counted = deployments.progress(found.id)
    told = {"progress": counted, "reminders": deployments.reminded(found.id)}
    finished = deployments.is_finished(found, counted)
    held = [] if finished else list(_held(found, language_of(request.event, request.caller)))
    return {**_shown(found), **told, "canary": _canary(found, counted), "held": held, "finished": finished}


def _held(found: Deployment, language: str) -> Iterator[dict[str, str]]:
    """Yield why nothing goes out now over a channel of this deployment, whatever it does itself."""
    for channel in _WRITES.get(found.strategy, MESSAGES):
        if reason := budgets.of(channel).held(clock.now()):
            detail = i18n.say("escuta.outreach", language, f"reason.{reason}")
            yield {"channel": channel, "reason": reason, "detail": detail}


def _canary(found: Deployment, counted: Mapping[InvitationState, int]) -> dict[str, Any] | None:
    """Return how many were asked first and how many wait for them, as long as they do, and until when."""
    if found.canary is None:
        return None
    follows = canary.follows(found, settings().timezone, sending_rules.calendar_of(found))
    queued = counted.get(InvitationState.QUEUED, 0)
    asked = sum(number for state, number in counted.items() if state not in _NOT_ASKED)
    counts = {"first": asked - queued, "waiting": queued} if clock.now() < follows else {}
    return {**found.canary.model_dump(), **counts, "follows_at": follows}


def change(request: Request, deployment: str) -> dict[str, Any]:
    """Change a deployment under way, then pause, resume or cancel it if that is asked for, too.

    What was decided for everybody already (survey, strategy, audience, and the like) is refused by name with 422
    `deployment_fixed`; `expires_after_days` may only grow; `canary` may only end, by `null`. 409 for one that was
    cancelled. Cancelling is for good: what was sent stays, its links end.
    """
    asked = request.body(DeploymentPatch)
    found = visible(request, deployment)
    request.match(found)
    fields = {name: getattr(asked, name) for name in asked.model_fields_set - {"state"}}
    drafting.check_changes(fields)
    if fields:
        found = _amended(request, found, fields)
    return _shown(_moved(found, asked.state, request.caller.id))


def _amended(request: Request, found: Deployment, fields: Mapping[str, Any]) -> Deployment:
    """Change these fields; of the revision that `If-Match` names, or of none, also when somebody is faster just now."""
    try:
        return amending.amend(found, fields, exact=request.is_exact)
    except ConflictError as error:
        if error.code == "stale":
            request.match(deployments.get(found.id))
        raise


def _moved(found: Deployment, state: str | None, by: str) -> Deployment:
    match state:
        case "paused":
            return deployments.pause(found.id, by=by)
        case "running":
            return deployments.resume(found.id)
        case "cancelled":
            return deployments.cancel(found.id)
        case _:
            return found


def invitations(request: Request, deployment: str) -> dict[str, Any]:
    """Return the invitations of a deployment, all or those in one state.

    Each says in `reason` why it was put off, left out or lost. Who is behind one (`address`, `name`...) is told to
    somebody who may read contacts alone.
    """
    asked = request.query(InvitationListing)
    found = visible(request, deployment)
    page = sent.listing(found.id, asked.state, limit=asked.limit, cursor=request.cursor(asked))
    return request.page(page, lambda invitation: told(request, invitation))


def told(request: Request, invitation: Invitation) -> dict[str, Any]:
    """Return what a caller may know of an invitation: who is behind it only where contacts may be read."""
    may_read = Scope.CONTACTS_READ in request.caller.scopes
    hidden = _INTERNAL_TO_INVITATION | (set() if may_read else _PERSONAL)
    return {**invitation.model_dump(mode="json", exclude=hidden), "ambiguous": ledger.is_ambiguous(invitation)}


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
    known = segments.by_code()  # a page of deployments names thousands of segments
    return all(access.may_see(request.caller, (known.get(code) or segments.get(code)).path) for code in found.segments)


def resend(request: Request, deployment: str) -> Created:
    """Write once more to those of a deployment to whom no message arrived, with the same link.

    `states` says to whom: `rejected`, `bounced`, `suppressed`, `unknown`. Of `unknown` nobody knows whether it arrived,
    so that it is sent again only where it is named. Whoever may not be written to still is not. 409 for a survey that
    is not live.
    """
    asked = request.body(Resending)
    found = visible(request, deployment)
    request.match(found)
    surveys.live(found.survey)
    states = [InvitationState(state) for state in asked.states]
    with request.making():
        made = resending.start(found, states, by=request.caller.id, name=request.identity("resend"))
    return Created(_resent(made), f"resends/{made.id}")


def resends(request: Request, deployment: str) -> dict[str, Any]:
    """Return the resends of a deployment, the newest first, each with how many people it has queued by now."""
    request.query(Asked)
    found = visible(request, deployment)
    return request.page(table.Page(resending.listing(found.id)), _resent)


def resent(request: Request, deployment: str, resend: str) -> dict[str, Any]:
    """Return a resend with how many people it has queued by now."""
    request.query(Asked)
    return _resent(resending.get(visible(request, deployment).id, resend))


def _resent(found: Resend) -> dict[str, Any]:
    shown = found.model_dump(mode="json")
    return {**shown, "queued": resending.queued(found), "finished": found.finished_at is not None}
