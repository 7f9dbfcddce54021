"""What of an answer is shown to whom: personal data is masked, unless somebody may and has to see it."""

from collections.abc import Iterator, Mapping

from escuta.errors import NotFoundError
from escuta.feedback import comments, surveys
from escuta.feedback.model import Answer, QuestionKind, Response, Ticket

HIDDEN = "•••"  # in place of a name, a number or an address


def texts(response: Response) -> Iterator[str]:
    """Yield what somebody wrote: the comment and every other answer in words."""
    chosen = _chosen(response)
    yield from (said for name, said in response.answers.items() if isinstance(said, str) and name not in chosen)


def masked(response: Response, language: str = "") -> Response:
    """Return a response that does not say who somebody is; marks within words are in this language."""
    chosen = _chosen(response)
    call = response.call.model_copy(update={"phone": HIDDEN}) if response.call else None
    return response.model_copy(
        update={
            "contact_name": HIDDEN if response.contact_name else "",
            "comment": comments.masked(response.comment, language),
            "answers": _masked(response.answers, chosen, language),
            "unreached": _masked(response.unreached, chosen, language),
            "hidden": {name: comments.masked(value, language) for name, value in response.hidden.items()},
            "facets": {name: comments.masked(value, language) for name, value in response.facets.items()},
            "call": call,
        }
    )


def masked_ticket(ticket: Ticket, language: str = "", *, named: bool = False) -> Ticket:
    """Return a ticket with its customer's words masked and, unless `named`, without their name.

    What staff wrote into its log stays as they wrote it.
    """
    name = HIDDEN if ticket.contact_name and not named else ticket.contact_name
    return ticket.model_copy(update={"contact_name": name, "comment": comments.masked(ticket.comment, language)})


def _masked(answers: Mapping[str, Answer], chosen: frozenset[str], language: str) -> dict[str, Answer]:
    return {name: said if name in chosen else _masked_answer(said, language) for name, said in answers.items()}


def _masked_answer(said: Answer, language: str) -> Answer:
    match said:
        case str():
            return comments.masked(said, language)
        case dict():
            return dict.fromkeys(said, HIDDEN)
        case _:
            return said


def _chosen(response: Response) -> frozenset[str]:
    """Return the questions whose answers are ids of options, which say nothing of anybody."""
    if not any(isinstance(said, str) for said in (*response.answers.values(), *response.unreached.values())):
        return frozenset()
    try:
        questions = surveys.version(response.survey, response.version).questions
    except NotFoundError:
        return frozenset()
    return frozenset(question.id for question in questions if question.kind is QuestionKind.CHOICE)
