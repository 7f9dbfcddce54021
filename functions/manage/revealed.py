"""A response as a caller may see it: with names of what it names, its tickets, and masked where it has to be."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from escuta.directory import access, products, segments
from escuta.directory.model import Product, Scope
from escuta.feedback import hearing, revealing, tickets
from escuta.feedback.model import Response, Ticket
from manage.asking import Request, language_of

_INTERNAL = {"link_key", "body_hash"}
_OF_TICKET = {"id", "rule", "state", "priority", "segment", "owner", "due_at", "closed_at"}


def may_see(request: Request, response: Response) -> bool:
    """Tell whether the caller may see a response: by where its segment stood then, or by where it stands now."""
    now = segments.as_is(response.segment)
    return access.may_see(request.caller, response.segment_path) or access.may_see(request.caller, now)


def is_whole(request: Request) -> bool:
    """Tell whether the caller may see who answered, and every word as it was written."""
    return Scope.RESPONSES_PERSONAL in request.caller.scopes


def one(request: Request, response: Response) -> dict[str, Any]:
    """Return a response whole to who may see personal data, and masked to everybody else."""
    return shower(request, [response], whole=is_whole(request))(response)


def shower(request: Request, some: Iterable[Response], *, whole: bool = False) -> Callable[[Response], dict[str, Any]]:
    """Return what shows each of some responses; what they name is read for all of them at once."""
    found = tuple(some)
    language = language_of(request.event, request.caller)
    named = products.resolve(each.product for each in found if each.product)
    opened = _tickets(request, found)

    def show(response: Response) -> dict[str, Any]:
        seen = response if whole else revealing.masked(response, language)
        return {
            **seen.model_dump(mode="json", exclude=_INTERNAL),
            "masked": not whole,
            "at": response.moment,
            **_names(response, named),
            "comment_says": _says(response),
            "tickets": [each.model_dump(mode="json", include=_OF_TICKET) for each in opened.get(response.id, ())],
        }

    return show


def _names(response: Response, named: Mapping[str, Product]) -> dict[str, Any]:
    """Return the names of what a response names; `segment_path_now` is where its segment stands now."""
    place, product = segments.by_code().get(response.segment), named.get(response.product)
    return {
        "segment_path_now": place.path if place else (),
        "segment_name": place.name if place else response.segment,
        "product_name": product.name if product else response.product,
    }


def _says(response: Response) -> dict[str, Any] | None:
    """Return what a comment says: language, sentiment from -1 to 1, tone and topics."""
    if not response.comment:
        return None
    return hearing.comment(response).model_dump(mode="json")


def _tickets(request: Request, some: Iterable[Response]) -> dict[str, list[Ticket]]:
    """Return the tickets of responses, whatever opened them, as far as the caller may see them."""
    if Scope.TICKETS_READ not in request.caller.scopes:
        return {}
    found = tickets.by_answer(each.id for each in some)
    return {
        name: [each for each in several if access.may_see(request.caller, each.segment_path)]
        for name, several in found.items()
    }
