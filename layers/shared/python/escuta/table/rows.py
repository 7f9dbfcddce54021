"""The one Row, bound to each of the tables. Made at the first use: nothing happens at import."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar, cast

from botocore.parsers import JSONParser
from botocore.serialize import JSONSerializer
from botocore.session import get_session
from pydantic_core import PydanticSerializationError, to_json
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection.table import TableConnection
from pynamodb.exceptions import DeleteError, GetError, PutError, PynamoDBException, QueryError
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from escuta import bounded, sdk
from escuta.config import settings
from escuta.entity import Entity, Key, Table
from escuta.errors import UnavailableError
from escuta.table import recording

INDEXES = ("g1", "g2")
_NAMED = tuple((f"{name}pk", f"{name}sk") for name in INDEXES)
_SETTINGS = {table: f"{table}_table" for table in Table}
PARTITION_KEY, SORT_KEY = 2048, 1024  # bytes that the store allows
E = TypeVar("E", bound=Entity)
Item = dict[str, Any]  # an item or a request as DynamoDB writes it


class Row(Model):
    """The one shape of every item: keys, two sparse indexes, kind, revision, expiry and the entity as JSON text."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()
    rev = NumberAttribute()
    data = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)
    made_by = UnicodeAttribute(null=True)
    follow = UnicodeAttribute(null=True)
    g1pk = UnicodeAttribute(null=True)
    g1sk = UnicodeAttribute(null=True)
    g2pk = UnicodeAttribute(null=True)
    g2sk = UnicodeAttribute(null=True)


def index_name(index: str) -> str:
    """Return what DynamoDB calls one of INDEXES: it refuses names of less than three characters."""
    return f"by_{index}"


def _index(name: str) -> GlobalSecondaryIndex[Any]:
    meta = type("Meta", (), {"index_name": index_name(name), "projection": AllProjection()})
    keys = {
        f"{name}pk": UnicodeAttribute(hash_key=True),
        f"{name}sk": UnicodeAttribute(range_key=True),
        "Meta": meta,
    }
    return cast("GlobalSecondaryIndex[Any]", type(f"By{name.title()}", (GlobalSecondaryIndex,), keys)())


@cache
def row_of(table: Table) -> type[Row]:
    """Return the Row bound to a table of this deployment. Made at the first use, so that nothing happens at import."""
    meta = type("Meta", (), {"table_name": name_of(table), "billing_mode": "PAY_PER_REQUEST", "max_retry_attempts": 3})
    row = cast("type[Row]", type(f"{table.title()}Row", (Row,), {"Meta": meta, **{n: _index(n) for n in INDEXES}}))
    row._get_connection().connection._client = _client()  # noqa: SLF001 - PynamoDB makes one for each table
    return row


def ready() -> None:
    """Make what reading and writing needs before anybody waits for it. It asks the store nothing."""
    for table in Table:
        row_of(table)


@cache
def _client() -> Any:
    """Return the one client of all tables. Without the long name that botocore puts together for each call.

    A request waits 2 seconds for a connection and 3 for an answer, and is sent at most 4 times: while the call that
    is served has time for it.
    """
    config = bounded.config(read=3, tries=4, parameter_validation=False, user_agent="escuta")
    client = bounded.bind(get_session().create_client("dynamodb", config=config))
    sdk.lighten(client, _AsGiven(), _AsSent())  # the rules look through all items of a call for the tables named
    return client


class _AsGiven(JSONSerializer):
    """Send requests as they are: they are in the store's own notation already, without bytes, times or sets.

    botocore walks through every value of every item instead, which is a third of what writing a thousand rows costs,
    and writes every letter with an accent as six, which is another tenth.
    """

    def serialize_to_request(self, parameters: Mapping[str, Any], operation_model: Any) -> Item:
        """Return the request: what botocore makes of an empty one, with these parameters for its body."""
        request = super().serialize_to_request({}, operation_model)
        request["body"] = _json({name: part for name, part in parameters.items() if part is not None})
        return request


class _AsSent(JSONParser):
    """Read answers as they are, too: botocore looks on its way through every value for bytes and times."""

    def _do_parse(self, response: Mapping[str, Any], _shape: Any) -> Any:
        parsed = self._parse_body_as_json(response["body"])  # type: ignore[attr-defined] # the stubs leave it out
        self._inject_response_metadata(parsed, response["headers"])  # type: ignore[attr-defined] # as above
        return parsed


def _json(request: Item) -> bytes:
    try:
        return to_json(request)
    except PydanticSerializationError:  # half of a pair of UTF-16, in a key that somebody made up: the store refuses it
        return json.dumps(request).encode()


def connection_of(table: Table) -> TableConnection:
    """Return the low-level connection, for rows whose attributes are not known beforehand (counters)."""
    return row_of(table)._get_connection()  # noqa: SLF001 - PynamoDB has no public way to it


@contextmanager
def answering() -> Iterator[None]:
    """Turn a store that did not answer, or would not now, into UnavailableError."""
    try:
        yield
    except (DeleteError, GetError, PutError, QueryError) as error:
        raise UnavailableError("store_unavailable", retry_after=2) from error


def code_of(error: PynamoDBException) -> str:
    """Return what DynamoDB called the failure; "" when there was no answer at all, where PynamoDB itself stumbles."""
    response = getattr(error.cause, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def to_row(entity: Entity, rev: int) -> Row:
    """Return the row that stores this entity at this revision."""
    key, index = entity.key(), entity.index()
    row = row_of(entity.table)(
        *key,
        kind=entity.kind,
        rev=rev,
        data=_data(entity, key, index),
        expires_at=entity.ttl(),
        follow=entity.follow(),
    )
    for name, place in zip(INDEXES, index, strict=True):
        if place is not None:
            setattr(row, f"{name}pk", place.pk)
            setattr(row, f"{name}sk", _sortable(place.sk))
    return row


def to_item(entity: Entity, rev: int) -> Item:
    """Return what the store holds for this entity at this revision, in its own notation: as `to_row`, at less cost."""
    own, index = entity.key(), entity.index()
    item: Item = {
        "pk": {"S": own.pk},
        "sk": {"S": own.sk},
        "kind": {"S": entity.kind},
        "rev": {"N": str(rev)},
        "data": {"S": _data(entity, own, index)},
    }
    ttl, follow = entity.ttl(), entity.follow()
    if ttl is not None:
        item["expires_at"] = {"N": str(ttl)}
    if follow is not None:
        item["follow"] = {"S": follow}
    for (partition, sort), key in zip(_NAMED, index, strict=True):
        if key is not None:
            item[partition], item[sort] = {"S": key.pk}, {"S": _sortable(key.sk)}
    return item


def _data(entity: Entity, key: Key, index: tuple[Key | None, Key | None]) -> str:
    """Return the entity as JSON, without its revision, what is empty by default, and what its keys say already.

    That is a third of most rows. They are billed by the kilobyte, in the table and in each index that carries them.
    """
    fields = entity.__dict__
    left_out = {name for name, empty in _empty(type(entity)) if not fields[name] and fields[name] == empty}
    if _is_keyed(type(entity)):
        first, second = (Key(place.pk, _sortable(place.sk)) if place else None for place in index)
        left_out |= {name for name, value in entity.keyed(key, (first, second)).items() if fields[name] == value}
    left_out.add("rev")
    return entity.__pydantic_serializer__.to_json(entity, exclude=left_out).decode()


@cache
def _empty(cls: type[Entity]) -> tuple[tuple[str, Any], ...]:
    """Return the fields of this kind that are empty by default, with that default."""
    defaults = ((name, each.get_default(call_default_factory=True)) for name, each in cls.model_fields.items())
    return tuple((name, default) for name, default in defaults if not default)


def _sortable(sk: str) -> str:
    """Return a sort key of an index as far as the store takes it: a long name is sorted by how it begins."""
    return sk if len(sk) <= SORT_KEY // 4 else sk.encode()[:SORT_KEY].decode(errors="ignore")


def fits(key: Key) -> bool:
    """Tell whether anything can stand at this key. What is longer the store does not even look for."""
    if len(key.pk) <= PARTITION_KEY // 4 and len(key.sk) <= SORT_KEY // 4:  # no character has more than four bytes
        return True
    return len(key.pk.encode()) <= PARTITION_KEY and len(key.sk.encode()) <= SORT_KEY


def to_key(key: Key) -> Item:
    """Return a primary key in the store's own notation."""
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def name_of(table: Table) -> str:
    """Return what the table is called in this deployment."""
    return str(getattr(settings(), _SETTINGS[table]))


def to_entity(cls: type[E], row: Row) -> E:
    """Return the entity that a row stores."""
    first, second = (_index_key(getattr(row, pk), getattr(row, sk)) for pk, sk in _NAMED)
    return _read(cls, row.data or "{}", int(row.rev), cls.keyed(Key(row.pk, row.sk), (first, second)))


def of_item(cls: type[E], item: Item) -> E:
    """Return the entity that an item in the store's own notation holds."""
    entity = _read(cls, item["data"]["S"], int(item["rev"]["N"]), _keyed(cls, item))
    recording.read(Key(item["pk"]["S"], item["sk"]["S"]), entity)
    return entity


def _keyed(cls: type[Entity], item: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    if not _is_keyed(cls):
        return {}
    first, second = (_index_key(*(item.get(name, {}).get("S") for name in names)) for names in _NAMED)
    return cls.keyed(Key(item["pk"]["S"], item["sk"]["S"]), (first, second))


@cache
def _is_keyed(cls: type[Entity]) -> bool:
    """Tell whether the keys of this kind say some of its fields: of most they do not, which saves looking."""
    return any("keyed" in vars(each) for each in cls.__mro__ if each is not Entity)


def _index_key(pk: str | None, sk: str | None) -> Key | None:
    return Key(pk, sk) if pk is not None and sk is not None else None


def _read(cls: type[E], data: str, rev: int, keyed: Mapping[str, str]) -> E:
    """Return the entity of this text, with what the keys of its row say."""
    if keyed:
        data = f"{to_json(keyed).decode()[:-1]}{',' if len(data) > len('{}') else ''}{data[1:]}"  # it has the last word
    return cls.model_validate_json(data).model_copy(update={"rev": rev})


def from_image(image: Mapping[str, Mapping[str, Any]]) -> Entity:
    """Return the entity of a stream image or of a cancellation reason, by its kind."""
    cls = Entity.kinds[image["kind"]["S"]]
    return _read(cls, image["data"]["S"], int(image["rev"]["N"]), _keyed(cls, image))
