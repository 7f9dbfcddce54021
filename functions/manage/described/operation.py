"""How an operation is described, and the shapes that many of them share."""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic_core import PydanticUndefined

T = TypeVar("T")

_STRICT = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)


class Shown(BaseModel):
    """What an answer holds: every field, always, and no other."""

    model_config = _STRICT


class Sparse(BaseModel):
    """What an answer holds, of which fields with a default are left out where there is nothing to say."""

    model_config = ConfigDict(extra="forbid")


class Page(Shown, Generic[T]):
    """A page of a list. `next` is the cursor of the following one, null on the last."""

    items: list[T]
    next: str | None


class Items(Shown, Generic[T]):
    """Things without pages: all of them, or one result per item of the request, in its order."""

    items: list[T]


class Problem(BaseModel):
    """A refusal (RFC 9457): a stable code, the place, and words in the caller's language."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    field: str = ""
    details: dict[str, Any] = {}
    errors: list[dict[str, Any]] = []


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation. Its words are the docstring of what serves it: the first sentence, and the whole below.

    `name` is its id in the document and in the client made from it, as in `list_products`. `answer` is what a 2xx
    holds: a model, or a union of models. `query` and `body` are the very models that the operation reads. `kinds`
    are the media types of an answer that is no JSON, `sent` those of a body beside, or in place of, JSON.
    """

    name: str
    answer: Any = None
    query: type[BaseModel] | None = None
    body: Any = None
    statuses: tuple[int, ...] = (200,)
    kinds: tuple[str, ...] = ()
    sent: tuple[str, ...] = ()
    matched: bool = False  # reads If-Match


Operations = Mapping[Callable[..., Any], Operation]


def page(item: Any) -> Any:
    """Return the shape of a page of such items."""
    return Page[item]


def items(item: Any) -> Any:
    """Return the shape of a list of such items that has no pages."""
    return Items[item]


def shape(
    entity: type[BaseModel],
    name: str = "",
    *,
    without: frozenset[str] | set[str] = frozenset(),
    more: Mapping[str, Any] = MappingProxyType({}),
) -> Any:
    """Return the shape of an answer that is an entity as it is kept, without some of its fields, and with `more`.

    `more` are types by name. The name of the shape is that of the entity, unless another one is given.
    """
    fields: dict[str, Any] = {}
    for field, info in entity.model_fields.items():
        if field not in without:
            required = copy(info)
            required.default, required.default_factory = PydanticUndefined, None
            fields[field] = (info.annotation, required)
    fields |= {field: (kind, ...) for field, kind in more.items()}
    made = create_model(name or entity.__name__, __config__=_STRICT, __doc__=entity.__doc__, **fields)
    made.shape_of = entity  # type: ignore[attr-defined] # whose comments are those of its fields, too
    return made


def also(
    shaped: Any,
    name: str,
    words: str,
    more: Mapping[str, Any] = MappingProxyType({}),
    maybe: Mapping[str, Any] = MappingProxyType({}),
) -> Any:
    """Return the shape of an answer that holds what another one does, and `more`; fields of `maybe` may be left out.

    Both are types by name; `words` are what the document says of the new one.
    """
    left_out = {"json_schema_serialization_defaults_required": False} if maybe else None
    fields: dict[str, Any] = {field: (kind, ...) for field, kind in more.items()}
    fields |= {field: (kind, Field(default_factory=dict)) for field, kind in maybe.items()}  # shown is no default
    return create_model(name, __base__=shaped, __doc__=words, __cls_kwargs__=left_out, **fields)
