"""What is left of a thing once nothing of a person may be in it: what was counted, and the marks of when and where."""

from escuta import clock, ids, secrets
from escuta.feedback import facets, hearing, surveys
from escuta.feedback.model import Answer, Emptied, Question, QuestionKind, Response, Ticket, TicketActivity, TicketState
from escuta.outreach.model import CaseMessage, Invitation, InvitationState

_WAITING = frozenset({InvitationState.QUEUED, InvitationState.DEFERRED})
_FACTS = frozenset(f"{name}{was}" for name in ("state", "priority", "owner", "segment") for was in ("", "_was"))


def response(found: Response, why: Emptied) -> Response:
    """Return a response without who answered and without their words: what the counters know of it stays the same."""
    questions = {question.id: question for question in surveys.version(found.survey, found.version).questions}
    return found.changed(
        contact="",
        contact_name="",
        invitation="",
        link_key="",
        answers={name: answer for name, answer in found.answers.items() if _counted(answer, questions.get(name))},
        unreached={},
        hidden={},
        facets=facets.kept(found),
        comment="",
        heard=hearing.of(found),
        call=None,
        switches=tuple(line.changed(reason="" if line.who else line.reason) for line in found.switches),
        device="",
        body_hash="",
        emptied=found.emptied or why,
    )


def _counted(answer: Answer, question: Question | None) -> bool:
    """Tell whether an answer is a number or options: words and addresses say who somebody is."""
    if isinstance(answer, int | tuple):
        return True
    return isinstance(answer, str) and question is not None and question.kind is QuestionKind.CHOICE


def ticket(found: Ticket, why: Emptied) -> Ticket:
    """Return a ticket that is closed and names no customer. What staff wrote into it goes too: it may name them.

    Root causes stay as far as they are ids of the tree: where there is none they are anybody's words.
    """
    from escuta.feedback.tickets import life, settling  # noqa: PLC0415 - who takes an answer needs nothing of tickets

    known = {cause.id for cause in settling.causes().causes}
    ended = found if found.state is TicketState.CLOSED else life.moved(found, TicketState.CLOSED)
    return ended.changed(
        contact="",
        contact_name="",
        comment="",
        subject="",
        tags=(),
        root_causes=tuple(cause for cause in found.root_causes if cause in known),
        caused_again=tuple(cause for cause in found.caused_again if cause in known),
        action=str(why),
        attachments=(),
        emptied=why,
    )


def line(found: TicketActivity) -> TicketActivity:
    """Return a line of a ticket's log without what people wrote: where it went and who had it stays."""
    return found.changed(text="", details={name: said for name, said in found.details.items() if name in _FACTS})


def closed(found: Invitation) -> Invitation:
    """Return an invitation whose link opens nothing any more, and that nobody sends."""
    ended = {"state": InvitationState.CANCELLED, "reason": "erased"} if found.state in _WAITING else {}
    return found.changed(revoked_at=found.revoked_at or clock.now(), **ended)


def invitation(found: Invitation) -> Invitation:
    """Return a closed invitation that says nothing of whom it asked: the figures of its deployment stay.

    Its id follows from the person, so that it gives way to a keyed hash of it.
    """
    if not found.contact:
        return found
    return closed(found).changed(
        id=ids.keyed_hash(secrets.link_secret(), f"erased:{found.id}")[:26],
        contact="",
        address="",
        first_name="",
        name="",
        custom={},
        details={},
        transaction="",
        response="",
        tapped="",
        message_id="",
    )


def message(found: CaseMessage) -> CaseMessage:
    """Return a message about a ticket that says neither to whom nor what; one that has not left stays here."""
    ended = {"state": InvitationState.CANCELLED, "reason": "erased"} if found.state in _WAITING else {}
    return found.changed(address="", name="", signed="", message_id="", details={}, **ended)
