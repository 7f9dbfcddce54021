"""Who may be written to at once: under the rate of the account, and what SMS may cost. The others wait."""

from collections.abc import Sequence

from escuta.outreach import budgets, ceilings, sms
from escuta.outreach.drafting import Draft
from escuta.outreach.model import MESSAGES, InvitationState
from escuta.outreach.waiting import Desk

_CEILING_SECONDS = 3600  # the shortest window that a ceiling counts in


def granted(drafts: Sequence[Draft], desk: Desk) -> list[Draft]:
    """Return what may go out now. Whoever gets no share waits: never dropped, never a failed try."""
    allowed: list[Draft] = []
    for channel in MESSAGES:
        mine = [draft for draft in drafts if draft.job.invitation.channel is channel]
        if not mine:
            continue
        grant = budgets.take(channel, len(mine))
        allowed += mine[: grant.granted]
        for draft in mine[grant.granted :]:
            desk.later(draft.job.spot, grant.wait)
    return _below_ceilings(allowed, desk)


def _below_ceilings(drafts: Sequence[Draft], desk: Desk) -> list[Draft]:
    wanted = {
        number: (draft.job.invitation.address, sms.measure(draft.letter).parts)
        for number, draft in enumerate(drafts)
        if isinstance(draft.letter, str)
    }
    against = dict(zip(wanted, ceilings.take_all(list(wanted.values())), strict=True)) if wanted else {}
    allowed = []
    for number, draft in enumerate(drafts):
        reason = against.get(number, "")
        if not reason:
            allowed.append(draft)
        elif reason in ceilings.FINAL:
            desk.settle(draft.job.message, InvitationState.SUPPRESSED, reason)
        else:
            desk.later(draft.job.spot, _CEILING_SECONDS)
    return allowed
