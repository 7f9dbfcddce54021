"""The kinds of things a programme is made of: how each is read, compared and written. Most differ in a name or two."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urljoin

from escuta_cli.api import Api, RefusedError, Reply
from escuta_cli.programme import schemas

REPLAYED = "idempotent-replayed"
_NOT_FOUND = 404
Value = dict[str, Any]


@dataclass(frozen=True)
class Thing:
    """Something of a programme: as a file says it, and where and at which revision the API has it."""

    name: str
    value: Value
    path: str = ""
    etag: str = ""
    rests: bool = False  # came by itself: it is neither pulled nor missed in the folder
    more: Mapping[str, Any] = field(default_factory=dict)


Things = dict[str, Thing]
Known = Mapping[str, Things]  # kind -> what stands of it


@dataclass(frozen=True)
class Kind:
    """Things that the API lists, makes, changes and removes under one path."""

    name: str
    scope: str  # what writing it takes
    key: str = "name"  # what tells one from another
    puts: bool = False  # is made and changed by PUT under its name
    fixed: tuple[str, ...] = ()  # what stays as it was made
    keeps: bool = False  # cannot be removed

    @property
    def path(self) -> str:
        """Return where the API has them all."""
        return self.name

    def title(self, value: Value) -> str:
        """Return what tells this thing from another of its kind."""
        return str(value[self.key])

    def parts(self, value: Value) -> tuple[str, ...]:
        """Return the parts of the name of the file of a thing that has its own."""
        return (self.title(value),)

    def settled(self, wanted: Iterable[Value], standing: Things) -> Iterator[Value]:
        """Yield what files say with all that they mean; `standing` tells what they may leave open."""
        del standing
        yield from (schemas.pruned(value, self.name) for value in wanted)

    def written(self, values: Iterable[Value]) -> Iterator[Value]:
        """Yield things as files say them, shorter where nothing is lost."""
        yield from values

    def read(self, api: Api, known: Known) -> Iterator[Thing]:
        """Yield what stands."""
        del known
        for told in api.pages(self.path, limit=100):
            yield self.thing(told)

    def thing(self, told: Value) -> Thing:
        """Return what the API told as a thing of a programme."""
        value = schemas.pruned(schemas.known(told, self.name), self.name)
        return Thing(self.title(value), value, self.place(told), etag(told))

    def place(self, told: Value) -> str:
        """Return where the API has one of them."""
        return f"{self.path}/{quote(str(told.get('id') or told[self.key]), safe='.')}"

    def body(self, value: Value) -> Value:
        """Return what the API is told of a thing: everything, also what is as it would be anyway."""
        return schemas.said(value, self.name)

    def create(self, api: Api, wanted: Thing) -> Reply:
        """Make a thing."""
        if not self.puts:
            return post(api, self.path, self.body(wanted.value))
        body = self.body(wanted.value)
        return api.ask("PUT", f"{self.path}/{quote(body.pop(self.key), safe='')}", body=body, absent=True)

    def change(self, api: Api, current: Thing, wanted: Thing) -> Reply | None:
        """Make of a thing as it was read what is wanted."""
        body, was = self.body(wanted.value), self.body(current.value)
        if self.puts:
            del body[self.key]
            return api.ask("PUT", current.path, body=body, match=current.etag)
        changed = {name: value for name, value in body.items() if value != was[name] and name != self.key}
        return api.ask("PATCH", current.path, body=changed, match=current.etag)

    def delete(self, api: Api, current: Thing) -> Reply:
        """Remove a thing as it was read."""
        return api.ask("DELETE", current.path, match=current.etag)

    def finish(self, api: Api, wanted: Thing) -> None:
        """Do what can be done only when everything else stands."""

    def hindered(self, current: Thing, wanted: Thing) -> tuple[str, ...]:
        """Return what is to change, and cannot."""
        return tuple(name for name in self.fixed if current.value.get(name) != wanted.value.get(name))


@dataclass(frozen=True)
class Single(Kind):
    """A kind of which there is always one: it is replaced, never made or removed."""

    keeps: bool = True

    def title(self, value: Value) -> str:
        """Return the name of the kind: there is one."""
        del value
        return self.name

    def read(self, api: Api, known: Known) -> Iterator[Thing]:
        """Yield the one that stands."""
        del known
        answer = api.get(self.path)
        value = schemas.pruned(schemas.known(answer.body, self.name), self.name)
        yield Thing(self.name, value, self.path, etag(answer.body))

    def change(self, api: Api, current: Thing, wanted: Thing) -> Reply:
        """Replace it."""
        return api.ask("PUT", current.path, body=self.body(wanted.value), match=current.etag)


def etag(told: Value) -> str:
    """Return the revision of what the API told, for `If-Match`."""
    return f'"{told["rev"]}"' if "rev" in told else ""


def post(api: Api, path: str, body: Value, match: str = "") -> Reply:
    """Make something once, however often the same is asked: the key is derived from what is asked.

    What was made so within a day and is gone since is made again: a reply that is only repeated is not believed.
    """
    said = json.dumps([path, body, match], sort_keys=True, ensure_ascii=False)
    key = hashlib.sha256(said.encode()).hexdigest()
    reply = api.ask("POST", path, body=body, match=match, key=key)
    if REPLAYED in reply.headers and not _stands(api, path, reply):
        return api.ask("POST", path, body=body, match=match)
    return reply


def _stands(api: Api, path: str, reply: Reply) -> bool:
    place = reply.headers.get("location", "")
    try:
        return bool(place) and api.get(urljoin(f"/v1/{path}", place)).status > 0
    except RefusedError as refused:
        if refused.status != _NOT_FOUND:
            raise
        return False
