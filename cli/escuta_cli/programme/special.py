"""Kinds that are written in several steps, or that lie below others."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from escuta_cli.api import Api, Reply
from escuta_cli.exits import StoppedError
from escuta_cli.programme import schemas
from escuta_cli.programme.kinds import Kind, Known, Single, Thing, Things, Value, etag, post

_HOURS = "service_hours"
_INHERITED = ("timezone", "country")


@dataclass(frozen=True)
class Segments(Kind):
    """The hierarchy: parents first, closed places last, each with its service hours."""

    def read(self, api: Api, known: Known) -> Iterator[Thing]:
        """Yield the places, parents first."""
        del known
        hours = {told["segment"]: told for told in api.pages("service-hours", limit=100)}
        for told in api.pages("segments", limit=100):
            own = hours.get(told["code"])
            said = {name: own[name] for name in ("week", "days")} if own else None
            value = schemas.known(told | {"retired": told["retired_at"] is not None, _HOURS: said}, self.name)
            found = schemas.pruned(value, self.name)
            more = {"hours": etag(own) if own else ""}
            yield Thing(told["code"], found, self.place(told), etag(told), more=more)

    def place(self, told: Value) -> str:
        """Return where the API has a place."""
        return f"segments/{told['code']}"

    def settled(self, wanted: Iterable[Value], standing: Things) -> Iterator[Value]:
        """Yield the places, parents first, each with the time zone and the country that it has from above."""
        done: dict[str, Value] = {}
        said = list(wanted)
        known = standing.keys() | {value["code"] for value in said}
        lost = next((value for value in said if value.get("parent") and value["parent"] not in known), None)
        if lost:
            raise StoppedError("segment_parent", name=lost["code"], parent=lost["parent"])
        for value in _parents_first(said):
            above = done.get(value.get("parent") or "") or getattr(standing.get(value["code"]), "value", {})
            meant = {name: value.get(name) or above.get(name, "") for name in _INHERITED}
            done[value["code"]] = schemas.pruned({**value, **meant}, self.name)
        yield from done.values()

    def written(self, values: Iterable[Value]) -> Iterator[Value]:
        """Yield the places without what they have from above."""
        listed = list(values)
        known = {value["code"]: value for value in listed}
        for value in listed:
            above = known.get(value.get("parent") or "", {})
            yield {name: each for name, each in value.items() if name not in _INHERITED or above.get(name) != each}

    def create(self, api: Api, wanted: Thing) -> Reply:
        """Make a place, open as yet, and say its hours."""
        body = self.body(wanted.value)
        hosts, hours, _ = body.pop("share_hosts"), body.pop(_HOURS), body.pop("retired")
        reply = post(api, self.path, body)
        path = self.place(body)
        if hosts:
            api.ask("PATCH", path, body={"share_hosts": hosts})
        if hours:
            api.ask("PUT", f"{path}/service-hours", body=hours)
        return reply

    def change(self, api: Api, current: Thing, wanted: Thing) -> Reply | None:
        """Change a place; hours on their own."""
        body, was = self.body(wanted.value), self.body(current.value)
        changed = {name: value for name, value in body.items() if value != was[name] and name not in {"code", _HOURS}}
        if changed.get("retired"):
            del changed["retired"]  # in the end, when nothing below it is open any more
        if "attributes" in changed:
            changed["attributes"] = {**dict.fromkeys(was["attributes"]), **body["attributes"]}
        reply = api.ask("PATCH", current.path, body=changed, match=current.etag) if changed else None
        if body[_HOURS] != was[_HOURS]:
            path, match = f"{current.path}/service-hours", current.more["hours"]
            way = "PUT" if body[_HOURS] else "DELETE"
            reply = api.ask(way, path, body=body[_HOURS] or None, match=match)
        return reply

    def delete(self, api: Api, current: Thing) -> Reply:
        """Close a place: none is ever gone."""
        return api.ask("PATCH", current.path, body={"retired": True}, match=current.etag)

    def finish(self, api: Api, wanted: Thing) -> None:
        """Close what is to be closed."""
        if wanted.value.get("retired"):
            api.ask("PATCH", f"segments/{wanted.name}", body={"retired": True})


def _parents_first(values: list[Value]) -> Iterator[Value]:
    """Yield places after what they lie below."""
    left = list(values)
    while left:
        waiting = {value["code"] for value in left}
        ready = [value for value in left if value.get("parent") not in waiting]
        if not ready:
            raise StoppedError("segment_circle", names=", ".join(sorted(waiting)))
        yield from ready
        left = [value for value in left if value not in ready]


@dataclass(frozen=True)
class Surveys(Kind):
    """Surveys: made, published, and at the end paused or closed."""

    STEPS: ClassVar[dict[tuple[str, str], tuple[str, ...]]] = {("closed", "paused"): ("live", "paused")}

    def read(self, api: Api, known: Known) -> Iterator[Thing]:
        """Yield the surveys as they are live."""
        del known
        for told in api.pages(self.path, limit=100):
            version = told["version"]
            live = api.get(f"surveys/{told['id']}/versions/{version}").body if version else None
            definition = schemas.item(self.name)["$defs"]["SurveyDraft"]["properties"]
            said = {name: live[name] for name in definition if name in live} if live else None
            value = schemas.pruned(schemas.known(told, self.name) | {"definition": said}, self.name)
            yield Thing(told["id"], value, self.place(told), etag(told))

    def settled(self, wanted: Iterable[Value], standing: Things) -> Iterator[Value]:
        """Yield the surveys; what is asked is no draft, and what asks nothing is one."""
        for value in super().settled(wanted, standing):
            if (value.get("status") == "draft") != ("definition" not in value):
                raise StoppedError("survey_status", name=value["id"])
            yield value

    def create(self, api: Api, wanted: Thing) -> Reply:
        """Make a survey, and publish it where it has something to ask."""
        value = wanted.value
        reply = post(api, self.path, {"id": value["id"], "name": value["name"]})
        if "definition" in value:
            post(api, f"surveys/{value['id']}/versions", value["definition"], reply.etag)
        if value.get("retention_days"):
            api.ask("PATCH", f"surveys/{value['id']}", body={"retention_days": value["retention_days"]})
        return reply

    def change(self, api: Api, current: Thing, wanted: Thing) -> Reply | None:
        """Rename, publish anew; what is closed is opened for it, and closed at the end."""
        body, was = self.body(wanted.value), self.body(current.value)
        changed = {name: body[name] for name in ("name", "retention_days") if body[name] != was[name]}
        publishes = bool(body["definition"]) and body["definition"] != was["definition"]
        if was["status"] == "closed" and (publishes or body["status"] == "live"):
            changed["status"] = "live"
        reply = api.ask("PATCH", current.path, body=changed, match=current.etag) if changed else None
        if publishes:
            place = f"{current.path}/versions"
            return post(api, place, body["definition"], reply.etag if reply else current.etag)
        return reply

    def finish(self, api: Api, wanted: Thing) -> None:
        """Let the survey stand as it is to stand."""
        path = f"surveys/{wanted.name}"
        status = self.body(wanted.value)["status"]
        now = api.get(path).body["status"]
        if now != status:
            for step in self.STEPS.get((now, status), (status,)):
                api.ask("PATCH", path, body={"status": step})

    def delete(self, api: Api, current: Thing) -> Reply:
        """Close a survey that people can answer, and take it out of the lists."""
        reply = None
        if self.body(current.value)["status"] in {"live", "paused"}:
            reply = api.ask("PATCH", current.path, body={"status": "closed"}, match=current.etag)
        return api.ask("DELETE", current.path, match=reply.etag if reply else current.etag)

    def hindered(self, current: Thing, wanted: Thing) -> tuple[str, ...]:
        """Return what is to change, and cannot: what was published stays published."""
        gone = "definition" in current.value and "definition" not in wanted.value
        return ("definition",) if gone else ()


@dataclass(frozen=True)
class Templates(Kind):
    """What surveys say when they invite: below their survey, by channel, language and name."""

    NAMED: ClassVar[tuple[str, ...]] = ("survey", "channel", "language", "name", "reminder")

    def title(self, value: Value) -> str:
        """Return where it stands, and as what."""
        return "/".join(self.parts(value))

    def parts(self, value: Value) -> tuple[str, ...]:
        """Return a folder for each survey, and a file for each channel, language and name."""
        more = [value["name"]] if value.get("name") else []
        more += ["reminder"] if value.get("reminder") else []
        return value["survey"], ".".join([value["channel"], value["language"], *more])

    def read(self, api: Api, known: Known) -> Iterator[Thing]:
        """Yield the templates of every survey."""
        for survey in known["surveys"]:
            for told in api.pages(f"surveys/{survey}/templates"):
                yield self.thing(told)

    def place(self, told: Value) -> str:
        """Return where the API has it."""
        return f"surveys/{told['survey']}/templates/{told['channel']}/{told['language']}"

    def create(self, api: Api, wanted: Thing) -> Reply:
        """Say the words."""
        return self._put(api, wanted, "")

    def change(self, api: Api, current: Thing, wanted: Thing) -> Reply:
        """Say other words."""
        return self._put(api, wanted, current.etag)

    def _put(self, api: Api, wanted: Thing, match: str) -> Reply:
        body = self.body(wanted.value)
        path = self.place(body)
        for name in ("survey", "channel", "language"):
            del body[name]
        return api.ask("PUT", path, body=body, match=match, absent=not match)

    def delete(self, api: Api, current: Thing) -> Reply:
        """Take the words back."""
        query: dict[str, Any] = {
            "name": current.value.get("name", ""),
            "reminder": current.value.get("reminder", False),
        }
        return api.ask("DELETE", current.path, query=query, match=current.etag)


@dataclass(frozen=True)
class Roles(Kind):
    """Roles of the organisation's own: those that come with the product are as they are."""

    def read(self, api: Api, known: Known) -> Iterator[Thing]:
        """Yield the roles that somebody made."""
        del known
        yield from (self.thing(told) for told in api.pages(self.path) if not told["built_in"])


@dataclass(frozen=True)
class Rules(Kind):
    """Rules of sending: their head, and the version that holds."""

    def read(self, api: Api, known: Known) -> Iterator[Thing]:
        """Yield the rules as they hold."""
        del known
        for head in api.pages(self.path, limit=100):
            yield self.thing(api.get(self.place(head)).body)

    def change(self, api: Api, current: Thing, wanted: Thing) -> Reply | None:
        """Rename rules, and publish the next version."""
        body, was = self.body(wanted.value), self.body(current.value)
        reply = None
        if body["name"] != was["name"]:
            reply = api.ask("PATCH", current.path, body={"name": body["name"]}, match=current.etag)
        draft = {name: value for name, value in body.items() if name not in {"id", "name"}}
        if any(value != was[name] for name, value in draft.items()):
            reply = post(api, f"{current.path}/versions", draft, reply.etag if reply else current.etag)
        return reply


@dataclass(frozen=True)
class Dashboards(Kind):
    """Dashboards that are shared: a survey's own one, and others by name."""

    OWN: ClassVar[str] = "default."

    def title(self, value: Value) -> str:
        """Return the survey, and the name where it is not the survey's own."""
        return value["survey"] if value.get("own") else f"{value['survey']}/{value['name']}"

    def parts(self, value: Value) -> tuple[str, ...]:
        """Return a folder for each survey."""
        return value["survey"], "own" if value.get("own") else value["name"]

    def read(self, api: Api, known: Known) -> Iterator[Thing]:
        """Yield what is shared; a survey's own one, until somebody edits it, only to be compared."""
        del known
        for head in api.pages(self.path, limit=100):
            own = head["id"].startswith(self.OWN)
            if head["shared"]:
                told = api.get(self.place(head))
                found = self.thing(told.body | {"own": own})
                yield Thing(found.name, found.value, found.path, found.etag, rests=bool(own and head["follows"]))

    def body(self, value: Value) -> Value:
        """Return what the API is told."""
        body = super().body(value)
        del body["own"]
        return body

    def create(self, api: Api, wanted: Thing) -> Reply:
        """Make a dashboard; a survey's own one is there, and is edited."""
        body = self.body(wanted.value)
        if wanted.value.get("own"):
            return api.ask("PUT", f"{self.path}/{self.OWN}{body['survey']}", body=body)
        return post(api, self.path, body)

    def change(self, api: Api, current: Thing, wanted: Thing) -> Reply:
        """Put the dashboard in the place of what it was."""
        return api.ask("PUT", current.path, body=self.body(wanted.value), match=current.etag)


@dataclass(frozen=True)
class Webhooks(Kind):
    """Servers that are told of events. A new one's secret is in the reply to its making, and nowhere else."""

    def thing(self, told: Value) -> Thing:
        """Return a webhook; one that was disabled counts as active, as it is wanted to be."""
        return super().thing(told | {"state": "paused" if told["state"] == "paused" else "active"})

    def create(self, api: Api, wanted: Thing) -> Reply:
        """Make a webhook; it begins active."""
        body = self.body(wanted.value)
        state = body.pop("state")
        reply = post(api, self.path, body)
        if state == "paused":
            api.ask("PATCH", f"{self.path}/{reply.body['id']}", body={"state": state}, match=reply.etag)
        return reply


KINDS: tuple[Kind, ...] = (  # in the order in which they can be made: each names what stands before it
    Single("settings", "settings:write"),
    Roles("roles", "users:write", key="id"),
    Kind("custom-fields", "contacts:write"),
    Segments("segments", "segments:write", key="code"),
    Single("topics", "surveys:write"),
    Surveys("surveys", "surveys:write", key="id"),
    Templates("templates", "surveys:write", key="name"),
    Single("sending-rules", "sending:write"),
    Rules("rules", "rules:write", key="id"),
    Single("ticket-causes", "tickets:admin"),
    Single("ticket-settings", "tickets:admin"),
    Single("ticket-rules", "tickets:admin"),
    Kind("folders", "files:write", key="folder", puts=True),
    Dashboards("dashboards", "dashboards:write"),
    Webhooks("webhooks", "webhooks:write", fixed=("segment",)),
    Kind("export-schedules", "exports:write"),
)
