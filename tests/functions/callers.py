"""Programs that call the API, through the authorizer and the function, with the events of the gateway."""

import json
from dataclasses import dataclass
from typing import Any

from escuta import table
from escuta.directory import access, segments
from escuta.directory.model import Scope
from escuta.entity import Table
from escuta.feedback import surveys
from escuta.feedback.model import Response, Ticket, TicketEdge
from escuta.feedback.tickets import counts
from tests.functions.respondents import DRAFT
from tests.kit import contract, factories, gateway
from tests.kit.gateway import PROXY

ZONE = "America/Sao_Paulo"
PLACES = {
    "aurora": ("aurora",),
    "norte": ("aurora", "norte"),
    "sul": ("aurora", "sul"),
    "poa": ("aurora", "sul", "poa"),
    "curitiba": ("aurora", "sul", "curitiba"),
    "manaus": ("aurora", "norte", "manaus"),
}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Return what a program reads."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """Return the stable code of a problem."""
        code: str = self.json["code"]
        return code


def found_company() -> None:
    """Put up the hierarchy: a region with two stores, another with one."""
    segments.create("aurora", "Lojas Aurora", timezone=ZONE)
    for code, parent in (("sul", "aurora"), ("norte", "aurora"), ("poa", "sul"), ("curitiba", "sul")):
        segments.create(code, code.title(), parent)
    segments.create("manaus", "Manaus", "norte", "America/Manaus")


def open_survey() -> None:
    """Publish the survey `visit`."""
    surveys.create("Visit", survey="visit")
    surveys.publish("visit", DRAFT)


def key(*scopes: Scope, segment: str = "") -> str:
    """Return a key with these scopes, with all of them when none is named."""
    text, _ = access.issue("ERP", scopes or tuple(Scope), segment)
    return text


def answered(place: str, name: str = "first", score: int | None = 3, **fields: Any) -> Response:
    """Store a response at a place."""
    return table.create(factories.response(name, score, segment_path=PLACES[place], rev=0, **fields))


def ticketed(place: str, name: str = "first", **fields: Any) -> Ticket:
    """Store a ticket at a place, as counters and lists know it."""
    path = PLACES[place]
    ticket = factories.ticket(name, segment=path[-1], segment_path=path, origin_segment=path[-1], **fields)
    found = table.Add(Table.FEEDBACK, TicketEdge.counted(ticket.response), {ticket.id: 1})
    table.transact(table.Create(ticket), found, *counts.adds(None, ticket), *counts.holds(None, ticket))
    return ticket.changed(rev=1)


def ask(
    method: str,
    path: str,
    key: str,
    *,
    body: Any = None,
    raw: str | None = None,
    headers: dict[str, str] | None = None,
    query: dict[str, Any] | None = None,
) -> Answer:
    """Send one request with a key; `raw` is a body that is not made from JSON."""
    sent = {**PROXY["headers"], "Authorization": f"Bearer {key}", "Content-Type": "application/json", **(headers or {})}
    values = {name: value if isinstance(value, list) else [str(value)] for name, value in (query or {}).items()}
    text = raw if raw is not None else None if body is None else json.dumps(body)
    with contract.watched() as noted:
        status, named, told = gateway.call(method, path, values, sent, text)
    asked = {"method": method, "path": path, "query": query or {}, "body": text}
    contract.check(asked, status, named, told, noted)
    return Answer(status, named, told)
