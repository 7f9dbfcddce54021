"""Deployments: their invitations, resends and funnel, and trying one out."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from escuta.outreach.model import Channel, Deployment, DeploymentDraft, Invitation, InvitationState, Resend
from manage import deployments, dryruns, funnels, invitations
from manage.asking import Asked, Listing
from manage.described.operation import Operation, Operations, Shown, Sparse, also, page, shape

_HIDDEN = {"parts", "planned", "counted", "spread", "apart", "drafted", "requeued_at", "quiet_since", "finished_at"}
_PERSONAL = {"address", "first_name", "name", "custom"}
_BESIDE = {"link_key", "claim", "lease_until", "tallied", *_PERSONAL}

DeploymentShown: Any = shape(Deployment, without=_HIDDEN)
ResendShown = shape(Resend, more={"queued": int, "finished": bool})


class CanaryShown(Sparse):
    """Who is asked first, and when the others follow; while they wait also how many there are of both."""

    percent: int
    hours: int
    follows_at: datetime
    first: int = 0
    waiting: int = 0


class HeldChannel(Shown):
    """Why nothing goes out now over a channel, whatever the deployment does itself."""

    channel: Channel
    reason: str
    detail: str


DeploymentCounted = also(
    DeploymentShown,
    "DeploymentCounted",
    "A deployment with how far it is, counted at this moment. A state that nobody is in is not there.",
    more={
        "progress": dict[InvitationState, int],
        "reminders": dict[InvitationState, int],
        "canary": CanaryShown | None,
        "held": list[HeldChannel],
        "finished": bool,
    },
)

InvitationShown = also(
    shape(Invitation, "InvitationBase", without=_BESIDE, more={"ambiguous": bool}),
    "Invitation",
    "An invitation. `ambiguous`: whether its message left is not known, so that nobody sends it again blindly. Who is "
    "behind it (`address`, `first_name`, `name`, `custom`) is there for who may read contacts alone.",
    maybe={"address": str, "first_name": str, "name": str, "custom": dict[str, str]},
)


class FunnelSteps(Shown):
    """How many invitations ever came to each step: whoever came to one came through those before it."""

    queued: int
    sent: int
    delivered: int
    started: int
    completed: int


Listed = also(
    shape(Deployment, "ListedDeploymentBase", without={*_HIDDEN, "contacts"}),
    "ListedDeployment",
    "A deployment of a list. `funnel` and `finished` only where they were asked for.",
    maybe={"funnel": FunnelSteps, "finished": bool},
)


class FunnelDay(Sparse):
    """The steps of the invitations that were made on a day of their segment; one that nobody came to is not there."""

    day: date
    queued: int = 0
    sent: int = 0
    delivered: int = 0
    started: int = 0
    completed: int = 0


class Funnel(Sparse):
    """How far the invitations came. `drift`, only where it was asked for: day and step -> counters above the rows."""

    total: FunnelSteps
    days: list[FunnelDay]
    drift: dict[str, dict[str, int]] = Field(default_factory=dict)


_Draft: Any = shape(DeploymentDraft, "DraftShown")
_ListedDraft: Any = shape(DeploymentDraft, "ListedDraft", without={"contacts"})


class ListedDryRun(Shown):
    """How far a dry run is. It is forgotten at `expires_at`, seven days after its beginning."""

    id: str
    draft: _ListedDraft
    created_at: datetime
    created_by: str
    expires_at: datetime
    parts: int
    done_parts: int
    finished: bool


class DryRunGoing(ListedDryRun):
    """A dry run that counts: ask again until it is `finished`."""

    draft: _Draft
    finished: Literal[False]


class ReasonCounted(Shown):
    """How many people a reason concerns, and its words."""

    people: int
    detail: str


class Cost(Shown):
    """An estimate of what messages cost. `unpriced_parts` of SMS are not in it: nobody told their price."""

    amount: str
    currency: Literal["USD"]
    unpriced_parts: int


class CanaryCounted(Shown):
    """How many people would be asked first, and how many would wait for them."""

    first: int
    waiting: int


class LetterShown(Sparse):
    """A message as one of the first people would get it; a text message has no subject."""

    channel: str
    subject: str = ""
    text: str


class DryRunExample(Sparse):
    """One of the first people of a group. Who that is and what they would get is for who may read contacts alone."""

    contact: str
    at: datetime | None
    name: str = ""
    email: str = ""
    phone: str = ""
    messages: list[LetterShown] = Field(default_factory=list)


class DryRunGroup(Shown):
    """Everybody of one outcome and reason."""

    outcome: Literal["send", "defer", "skip"]
    reason: str
    people: int
    first: list[DryRunExample]


class Outcomes(Shown):
    """How many people are written to, put off and left out."""

    send: int
    defer: int
    skip: int


class DryRunDone(ListedDryRun):
    """What would become of everybody. `messages` by `channels`; `first_at` and `last_at`: when they would go out."""

    draft: _Draft
    finished: Literal[True]
    people: int
    outcomes: Outcomes
    reasons: dict[str, ReasonCounted]
    channels: dict[Channel, int]
    messages: int
    sms_parts: int
    cost: Cost
    canary: CanaryCounted
    first_at: datetime | None
    last_at: datetime | None
    groups: list[DryRunGroup]


OPERATIONS: Operations = {
    invitations.get: Operation(name="get_invitation", query=Asked, answer=InvitationShown),
    invitations.of_contact: Operation(name="list_contact_invitations", query=Listing, answer=page(InvitationShown)),
    deployments.listing: Operation(name="list_deployments", query=deployments.DeploymentListing, answer=page(Listed)),
    deployments.create: Operation(
        name="create_deployment", body=DeploymentDraft, answer=DeploymentShown, statuses=(201,)
    ),
    deployments.get: Operation(name="get_deployment", query=Asked, answer=DeploymentCounted),
    deployments.change: Operation(
        name="change_deployment", body=deployments.DeploymentPatch, answer=DeploymentShown, matched=True
    ),
    deployments.resend: Operation(
        name="resend_deployment", body=deployments.Resending, answer=ResendShown, statuses=(201,), matched=True
    ),
    deployments.resends: Operation(name="list_resends", answer=page(ResendShown)),
    deployments.resent: Operation(name="get_resend", answer=ResendShown),
    deployments.invitations: Operation(
        name="list_invitations", query=deployments.InvitationListing, answer=page(InvitationShown)
    ),
    funnels.of_deployment: Operation(name="get_deployment_funnel", query=funnels.FunnelAsked, answer=Funnel),
    dryruns.listing: Operation(name="list_dry_runs", query=Listing, answer=page(ListedDryRun)),
    dryruns.create: Operation(name="create_dry_run", body=DeploymentDraft, answer=DryRunGoing, statuses=(201,)),
    dryruns.get: Operation(name="get_dry_run", answer=DryRunGoing | DryRunDone),
}
