"""Who may be written to at once: under the rate of the account, and what SMS may cost. The others wait."""

from collections.abc import Sequence

from escuta import clock
from escuta.outreach import budgets, ceilings, sms
from escuta.outreach.drafting import Draft, Job
from escuta.outreach.model import MESSAGES, InvitationState
from escuta.outreach.waiting import Desk


def granted(jobs: Sequence[Job], desk: Desk) -> list[Job]:
    """Return what may go out now. Whoever gets no share waits: never dropped, never a failed try."""
    allowed: list[Job] = []
    for channel in MESSAGES:
        mine = [job for job in jobs if job.invitation.channel is channel]
        if not mine:
            continue
        grant = budgets.take(channel, len(mine))
        allowed += mine[: grant.granted]
        for job in mine[grant.granted :]:
            desk.later(job.spot, grant.wait)
    return allowed


def below_ceilings(drafts: Sequence[Draft], desk: Desk) -> list[Draft]:
    """Return what SMS may still cost, and every mail."""
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
            left = ceilings.until(reason) - clock.now()
            desk.later(draft.job.spot, int(left.total_seconds()) + 1)
    return allowed
