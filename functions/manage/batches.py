"""Many things in one call, each taken in or refused for itself; what is wrong with one stops none of the others."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from pydantic import Field, ValidationError
from pydantic_core import to_json

from escuta import ids
from escuta.directory import contacts as known_people
from escuta.directory import replies, taking
from escuta.directory.model import Contact
from escuta.directory.taking import Call, Taken, Told
from escuta.errors import EscutaError, InvalidError, UnavailableError
from manage import managers as manager_views
from manage import people, problems
from manage import products as product_views
from manage import segments as segment_views
from manage import tokens as token_views
from manage.asking import Asked, Created, Request, language_of
from manage.problems import FaultyError

MOST = 100
MOST_CONTACTS = 1000

Item = dict[str, Any]
T = TypeVar("T")


class Batch(Asked):
    """Things to be made, each as its own `POST` takes it."""

    items: list[Item] = Field(min_length=1, max_length=MOST)


class ContactBatch(Asked):
    """People to be taken in, each as `POST /v1/contacts` takes them."""

    items: list[Item] = Field(min_length=1, max_length=MOST_CONTACTS)


def products(request: Request) -> dict[str, Any]:
    """Make up to 100 products, in their order, and say of each what became of it.

    An item is as of `POST /v1/products`. What is wrong with one is said in its `problem`, and stops none of the others.
    """
    return _made(request, "product", product_views.create)


def segments(request: Request) -> dict[str, Any]:
    """Put up to 100 segments under their parents, in their order, and say of each what became of it.

    An item is as of `POST /v1/segments`; its parent may be an item before it. What is wrong with one is said in its
    `problem`, and stops none of the others.
    """
    return _made(request, "segment", segment_views.create)


def tokens(request: Request) -> dict[str, Any]:
    """Make up to 100 links, in their order, and say of each what became of it.

    An item is as of `POST /v1/tokens`. What is wrong with one is said in its `problem`, and stops none of the others.
    """
    return _made(request, "token", token_views.create)


def managers(request: Request) -> dict[str, Any]:
    """Make up to 100 accounts, in their order, and say of each what became of it.

    An item is as of `POST /v1/managers`. What is wrong with one is said in its `problem`, and stops none of the others.
    """
    return _made(request, "manager", manager_views.create)


def contacts(request: Request) -> dict[str, Any]:
    """Take in up to 1,000 people, and say of each what became of them: `created`, `updated`, `unchanged` or `refused`.

    An item is as of `POST /v1/contacts`; of two about one person the later holds. What is wrong with one is said in its
    `problem`, and stops none of the others.
    """
    asked = request.body(ContactBatch)
    read = [_tried(partial(_told, item)) for item in asked.items]
    said = [one for one in read if isinstance(one, Told)]
    request.people.update(one.who for one in said)
    if len(said) < len(read):
        request.people.add(replies.SOMEBODY)
    known = known_people.many((one.who for one in said if one.who), consistent=True)
    read = [_tried(partial(_placed, request, one, known)) if isinstance(one, Told) else one for one in read]
    said = [one for one in read if isinstance(one, Told)]
    where = taking.places({one.said.get("segment", "") for one in said} - {""})
    call = Call(request.caller.id, request.call or ids.new(), request.began)
    came = iter(taking.take_in(call, said, where))
    became = [next(came) if isinstance(one, Told) else one for one in read]
    stored = known_people.many((one.contact for one in became if isinstance(one, Taken)), consistent=True)
    return {"items": [_taken(request, number, one, stored) for number, one in enumerate(became)]}


def _made(request: Request, noun: str, create: Callable[[Request], Created]) -> dict[str, Any]:
    items = request.body(Batch).items
    became = [_tried(partial(create, _alone(request, number, item))) for number, item in enumerate(items)]
    return {
        "items": [
            _shown(request, number, noun, "refused", None, one)
            if isinstance(one, EscutaError)
            else _shown(request, number, noun, "created", one.body)
            for number, one in enumerate(became)
        ]
    }


def _alone(request: Request, number: int, item: Item) -> Request:
    """Return the request that one item is by itself. Its call follows from that of all, and from its place."""
    event = {**request.event, "body": to_json(item).decode(), "isBase64Encoded": False}
    return replace(request, event=event, call=ids.derive("item", request.call, number) if request.call else "")


def _tried(step: Callable[[], T]) -> T | EscutaError:
    """Do the next step with one item. A store that does not answer ends the whole call, which may come again."""
    try:
        return step()
    except UnavailableError:
        raise
    except EscutaError as error:
        return error


def _told(item: Item) -> Told:
    try:
        asked = people.NewPerson.model_validate_json(to_json(item), strict=True)
    except ValidationError as error:
        raise FaultyError(error, people.NewPerson) from error
    told = Told(people.told(asked), {})
    if not told.who:
        raise InvalidError("no_identity", field="external_id")
    return told


def _placed(request: Request, told: Told, known: Mapping[str, Contact]) -> Told:
    """Return what was said with where the person was, if the caller may say it of them."""
    found, said = known.get(told.who), told.said
    if found is not None:
        people.check_inside(request, found)
        if not said.get("segment"):
            return told._replace(said={**said, "segment": found.segment})
    if said.get("segment") and request.caller.segments:
        request.segment(str(said["segment"]))
    return told


def _taken(request: Request, number: int, came: Taken | EscutaError, stored: Mapping[str, Contact]) -> dict[str, Any]:
    if isinstance(came, EscutaError):
        return _shown(request, number, "contact", "refused", None, came)
    found = stored.get(came.contact)
    shown = people.shown(found) if found else None
    return _shown(request, number, "contact", people.OUTCOMES[came.outcome], shown)


def _shown(
    request: Request, number: int, noun: str, outcome: str, thing: Item | None, error: EscutaError | None = None
) -> dict[str, Any]:
    told = None
    if error is not None:
        language = language_of(request.event, request.caller)
        told = problems.problem(error, language, request.event["requestContext"].get("requestId", "")).body
    return {"item": number, "outcome": outcome, noun: thing, "problem": told}
