"""What an answer does to its invitation, and to the tap in the message that came before it."""

from escuta import table
from escuta.feedback.model import Origin, Provisional, ProvisionalState, Response, ResponseState, Standing
from escuta.feedback.sources import Source
from escuta.outreach import funnels, invitations
from escuta.outreach.model import Invitation, InvitationState, Step


def before(source: Source, response: Response) -> Response | None:
    """Return the response that a tap in the message had become, when this answer takes its place."""
    if not isinstance(source, Invitation) or not source.tapped or response.origin is Origin.TAPPED:
        return None
    tap = table.find(Response, Response.at(source.tapped), consistent=True)
    return tap if tap is not None and tap.state is not ResponseState.DELETED else None


def closing(source: Invitation, response: Response) -> list[table.Action]:
    """Return what an answer does to its invitation."""
    tapped = {"tapped": response.id} if response.origin is Origin.TAPPED else {}
    if tapped and response.standing is not Standing.COUNTED:
        return [table.Save(source.changed(**tapped))]
    done = {"state": InvitationState.COMPLETED, "response": response.id, "answered_at": response.received_at}
    return [table.Save(funnels.later(source, source.changed(**tapped, **done).risen()))]


def admitted(response: Response) -> list[table.Action]:
    """Return what it does to the invitation that a person takes the tap in its message for an answer.

    It counts as answered from then on. Its link stays open: what the person sends takes the place of the tap.
    """
    if response.origin is not Origin.TAPPED or response.standing is not Standing.COUNTED:
        return []
    source = invitations.find(response.link_key)
    risen = source.risen(Step.COMPLETED) if source else None
    if source is None or risen is None or risen is source:
        return []
    return [table.Save(funnels.later(source, risen))]


def settling(tap: Response, response: Response) -> list[table.Action]:
    """Return what an answer does to the response of a tap, and to the score that it was."""
    actions: list[table.Action] = [table.Save(tap.changed(state=ResponseState.DELETED))]
    score = table.find(Provisional, Provisional.at(tap.link_key), consistent=True)
    if score is not None and score.state is not ProvisionalState.PENDING:
        answered = score.changed(state=ProvisionalState.ANSWERED, response=response.id)
        actions.append(table.Save(answered))
    return actions
