"""What a program asked, read strictly: nothing that we do not know passes in silence."""

import base64
import hmac
import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, ValidationError
from pydantic_core import CoreSchema

from escuta import clock, i18n, ids, table
from escuta.config import settings
from escuta.directory import access, segments
from escuta.directory.model import Caller, Segment
from escuta.entity import Entity
from escuta.errors import ForbiddenError, NotFoundError
from escuta.secrets import link_secret
from manage import conditions, cursors, sparse
from manage.problems import FaultyError, RequestError

BODY_LIMIT = 256 * 1024
_OF_A_PAGE = frozenset({"cursor", "limit", sparse.FIELDS})

Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))]

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


class Asked(BaseModel):
    """What may stand in a query or a body. A name that is not here is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ToldAs:
    """What the document says of an item that is read for itself, later: it is as of this model."""

    def __init__(self, model: type[BaseModel]) -> None:
        """Keep the model, which nothing is held against here."""
        self._model = model

    def __get_pydantic_json_schema__(self, _: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return the schema of the model in place of that of any object."""
        return handler(self._model.__pydantic_core_schema__)


class Listing(Asked):
    """The part of a query that every list has."""

    limit: int = Field(default=25, ge=1, le=100)
    cursor: str = Field(default="", max_length=4000)


class Created(NamedTuple):
    """The answer to a creation: the thing, and where it stands from now on, relative to where it was asked for."""

    body: dict[str, Any]
    location: str


class Document(NamedTuple):
    """An answer that is no JSON: a picture, or a page to print."""

    kind: str
    body: str | bytes
    headers: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Request:
    """One request of a known caller.

    `call` is the id that it has under its `Idempotency-Key`, the same when it comes again; "": it has none. `began` is
    when it came first. `people` is for what serves it to say of whom the answer speaks, where it knows.
    """

    event: dict[str, Any]
    caller: Caller
    call: str = ""
    began: datetime = field(default_factory=clock.now)
    people: set[str] = field(default_factory=set)

    def identity(self, noun: str) -> str:
        """Return the id of a thing that this request makes: the same when the same call comes again."""
        return ids.derive(noun, self.call) if self.call else ids.new()

    def secret(self, noun: str) -> str:
        """Return 256 bits that nobody can guess, for a thing that this request makes: the same for the same call."""
        if not self.call:
            return secrets.token_urlsafe(32)
        parts = "".join(f"{len(part)}:{part}" for part in ("made secret", noun, self.call))
        return base64.urlsafe_b64encode(hmac.digest(link_secret(), parts.encode(), "sha256")).decode().rstrip("=")

    def making(self, item: str = "") -> AbstractContextManager[None]:
        """Take what this very call made before for made, where the caller names the thing; `item` of a batch."""
        return table.made_by(ids.derive("made", self.call, item) if self.call else "")

    @cached_property
    def headers(self) -> dict[str, str]:
        """Return the headers by their names in lower case."""
        return {name.lower(): value for name, value in (self.event.get("headers") or {}).items()}

    def query(self, model: type[M]) -> M:
        """Return the query parameters; unknown, repeated or wrong ones are refused with what is allowed.

        `fields` of a GET is read for all of them where they are served.
        """
        sent = self.event.get("multiValueQueryStringParameters") or {}
        repeated = next((name for name, values in sent.items() if len(values) > 1), None)
        if repeated:
            raise RequestError(422, "parameter_repeated", field=repeated[:64])
        own = (sparse.FIELDS,) if self.event.get("httpMethod") == "GET" else ()
        try:
            return model.model_validate_strings({name: values[0] for name, values in sent.items() if name not in own})
        except ValidationError as error:
            raise FaultyError(error, model) from error

    def body(self, model: type[M]) -> M:
        """Return the JSON body; unknown, missing or wrong fields are refused, all at once."""
        try:
            return model.model_validate_json(self._json(), strict=True, extra="forbid")
        except ValidationError as error:
            raise FaultyError(error, model) from error

    @property
    def kind(self) -> str:
        """Return the kind of the body as its sender names it; "" for one that is packed, which nobody unpacks here."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return "" if self.headers.get("content-encoding") else kind

    @property
    def content(self) -> bytes:
        """Return the body as it was sent."""
        text = self.event.get("body") or ""
        return base64.b64decode(text) if self.event.get("isBase64Encoded") else text.encode(errors="surrogatepass")

    def _json(self) -> bytes:
        if self.kind != "application/json":
            raise RequestError(415, "content_not_json")
        return self.content

    def cursor(self, listing: Listing) -> str | None:
        """Return the store's own cursor out of the one that was sent."""
        return cursors.unseal(listing.cursor, self._binding) if listing.cursor else None

    def page(self, page: table.Page[T], shown: Callable[[T], Any]) -> dict[str, Any]:
        """Return a page as it is answered, with the cursor of the next one signed."""
        following = cursors.seal(page.next, self._binding) if page.next else None
        return {"items": [shown(item) for item in page.items], "next": following}

    @property
    def _binding(self) -> str:
        sent = self.event.get("multiValueQueryStringParameters") or {}
        filters = sorted((name, value) for name, value in sent.items() if name not in _OF_A_PAGE)
        return repr((self.caller.id, self.caller.segments, self.event["path"], filters))

    @property
    def is_exact(self) -> bool:
        """Tell whether `If-Match` names revisions: without it, or with `*`, any will do."""
        said = self.headers.get("if-match")
        return said is not None and conditions.named(said) is not None

    def match(self, current: Entity | None) -> None:
        """Refuse a change of anything else than `If-Match` and `If-None-Match` allow; without them any will do.

        None: nothing is there. What holds by default, until somebody decides otherwise, is there as revision 0. Where
        `If-Match` names a revision, no other is written from now on (`table.hold`): who is overtaken between this
        check and the change is refused, too.
        """
        conditions.check(self.headers, current.rev if current else None)
        if current is not None and self.is_exact:
            table.hold(current)

    def segment(self, code: str) -> Segment:
        """Return a segment that the caller may see; for any other there is none."""
        found = segments.get(code)
        self.inside(found.path, "segment_not_found")
        return found

    def inside(self, segment_path: tuple[str, ...], otherwise: str) -> None:
        """Deny that a thing outside the caller's segments exists: NotFoundError with the code `otherwise`."""
        if not access.may_see(self.caller, segment_path):
            raise NotFoundError(otherwise)

    def everywhere(self) -> None:
        """Refuse a caller bound to a part of the hierarchy what concerns all of it."""
        if self.caller.segments:
            raise ForbiddenError("whole_hierarchy_only")


def part(items: Iterable[T], place: Callable[[T], str], limit: int, after: str | None) -> table.Page[T]:
    """Return the page of a list held in memory that follows `after`; `place` is what the list is sorted by."""
    following = [item for item in items if place(item) > (after or "")]
    page = tuple(following[:limit])
    return table.Page(page, place(page[-1]) if len(following) > limit else None)


def language_of(event: dict[str, Any], caller: Caller | None) -> str:
    """Return the language to answer in: of the request, else of the caller, else of the organisation."""
    sent = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    own = i18n.match(caller.language if caller else "") or settings().language
    return i18n.negotiate("", sent.get("accept-language", ""), tuple(dict.fromkeys((own, *i18n.LANGUAGES))))
