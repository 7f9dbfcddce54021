"""What is measured for the price list: people are imported, asked, answer, and what follows; and a quiet month.

A company of ten stores in two regions, a survey of three questions (a score, reasons, a comment), comments in two of
five answers, a detractor in eight. All of it runs through the deployed handlers, in the batches in which they get it:
`together` as in the hours after a mailing, `alone` as answers trickle in over a month.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.meter import Meter
from distribute import deliver, due, feedback, plan
from escuta import clock, ids, secrets, table
from escuta.directory import managers, segments
from escuta.directory.model import Folder
from escuta.entity import Table
from escuta.events import DomainEvent
from escuta.feedback import surveys, tokens
from escuta.feedback.model import Response
from escuta.outreach import rulesets
from escuta.outreach.model import MESSAGES, Invitation, Route, RulesDraft
from export import lake, schedule
from importer import close, load, register
from metering import app as metering
from metering import sweep as metering_sweep
from privacy import retain
from publish import app as publish
from publish import sweep as publish_sweep
from respond import confirm
from respond.app import app as respond
from tests.conftest import forget
from tests.functions import console_company, droppers
from tests.functions.respondents import DRAFT
from tests.functions.senders import unhurried
from tests.kit import world
from tests.kit.queue import Queue
from tests.kit.stream import Stream, record
from ticketing import alert, digest
from ticketing import app as ticketing
from ticketing import sweep as ticketing_sweep

PEOPLE = 100  # imported and invited
ANSWERS = 40  # of each kind of link
STORES = 10
QUIET = 24  # runs of everything that the clock calls
_SCORES = (2, 9, 10, 8, 9, 10, 7, 9)  # one of eight is a detractor
_COMMENT = "A fila do caixa estava longa, mas fui bem atendida pela moça do balcão."
_COMMENTED = (0, 3)  # of five
_EVENTS = Path(__file__).parents[1] / "tests" / "events"
_TOLD = ("send", "delivery", "open")  # what the mail service tells of most messages
_HEADER = "Código do cliente;Nome;E-mail;Celular;Loja"
_QUIET_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Pace:
    """How many come together: records of the stream, mails told of, events; 1 where they trickle."""

    name: str
    stream: int
    told: int
    events: int


TOGETHER = Pace("together", stream=100, told=10, events=50)
ALONE = Pace("alone", stream=1, told=1, events=1)


def answers(meter: Meter, pace: Pace) -> None:
    """Play everything from the file of people to the lake, at this pace. To be called where AWS is stood in for."""
    _fresh()
    invited = _asked(meter, pace)
    links = [_token(one) for one in invited[:ANSWERS]]
    stands = [tokens.create("visit", f"loja-{number}", "Caixa")[0] for number in range(STORES)]
    meter.changes.clear()
    for number, link in enumerate(links):
        _answer(meter, "invited", "/s/{token}", link, number)
    for number in range(ANSWERS):
        _answer(meter, "link", "/t/{token}", stands[number % STORES], number)
    _followed(meter, pace)


def _fresh() -> None:
    world.fresh()
    forget()
    segments.create("aurora", "Lojas Aurora", timezone="America/Sao_Paulo")
    for region in ("sudeste", "sul"):
        segments.create(region, region.title(), "aurora")
    for number in range(STORES):
        code = f"loja-{number}"
        segments.create(code, f"Loja {number}", ("sudeste", "sul")[number % 2])
        managers.create(f"Gerente {number}", f"gerente.{number}@aurora.example", language="pt-BR", segments=(code,))
    surveys.create("Visita", survey="visit")
    surveys.publish("visit", DRAFT)
    rulesets.create("Visitas", RulesDraft(default=Route(name="todos", survey="visit")), ruleset="visitas")
    table.put(Folder(folder="lojas", rules="visitas", owner_language="pt-BR"))
    table.put_many(unhurried(channel) for channel in MESSAGES)


def _asked(meter: Meter, pace: Pace) -> list[Invitation]:
    """Import people, ask them, hear what the mail service says; return their invitations."""
    lines = [
        f"C-{number};Conceição Araújo {number};pessoa.{number}@example.com;1198{number:07};loja-{number % STORES}"
        for number in range(PEOPLE)
    ]
    notice = droppers.put(droppers.rows(*lines, header=_HEADER))
    drop = {"Records": [{"messageId": "1", "body": json.dumps(notice)}]}
    with meter.part("import"):
        meter.function("importer-register", register.handler, queue=True)(drop)
        _work(meter, "drop", "importer-register", register.handler, batch=1)
        _work(meter, "load", "importer-load", load.handler, batch=1)
        _work(meter, "close", "importer-close", close.handler, batch=1)
    with meter.part("plan"):
        _work(meter, "plan", "distribute-plan", plan.handler, batch=1)
    with meter.part("deliver"):
        _work(meter, "deliver", "distribute-deliver", deliver.handler, batch=100)
    shards = [shard for deployment in _deployments() for shard in Invitation.shards(deployment)]
    found = [one for shard in shards for one in table.query(Invitation, shard, index="g1", limit=1000).items]
    if len(found) != PEOPLE:
        raise RuntimeError(f"{len(found)} of {PEOPLE} were asked")
    with meter.part(f"receipts.{pace.name}") as taken:
        told = len(_TOLD) * len(found)
        for unit in ("sns.requests", "sqs.requests"):  # published once, and put into the queue
            taken.units[unit] += told
        listen = meter.function("distribute-feedback", feedback.handler, queue=True)
        for batch in _of([_said(name, one) for name in _TOLD for one in found], pace.told):
            listen({"Records": [{"messageId": str(number), "body": body} for number, body in enumerate(batch)]})
    return sorted(found, key=lambda one: one.id)


def _deployments() -> set[str]:
    rows = world.scan(Table.OUTREACH)
    return {json.loads(row["data"]["S"])["id"] for row in rows if row.get("kind", {}).get("S") == "deployment"}


def _said(name: str, invitation: Invitation) -> str:
    text = (_EVENTS / f"ses_{name}.json").read_text(encoding="utf-8")
    told = json.loads(text.replace("LINK_KEY", invitation.link_key))
    return json.dumps({"Type": "Notification", "Message": json.dumps(told)})


def _work(meter: Meter, name: str, function: str, handler: Any, *, batch: int) -> None:
    queue = Queue(name, meter.function(function, handler, queue=True), batch=batch)
    queue.run()
    if queue.dead:
        raise RuntimeError(f"{function} gave up {queue.dead}")


def _token(invitation: Invitation) -> str:
    return ids.link_token(secrets.link_secret(), "answer", invitation.id)


def _answer(meter: Meter, kind: str, route: str, token: str, number: int) -> None:
    """Open the page, save twice while answering, and send the answer. The first saving tells that somebody began."""
    fields = {"n.nps": str(_SCORES[number % len(_SCORES)]), f"c.reasons.{('price', 'staff')[number % 2]}": "yes"}
    if number % 5 in _COMMENTED:
        fields["t.comment"] = _COMMENT
    sent = {"submission_id": ids.new(), "version": "1", "language": "pt-BR", **fields}
    serve = meter.function("respond", respond)
    for part, path, method, body in (
        ("page", "", "GET", {}),
        ("began", "/draft", "POST", {**sent, "number": "1"}),
        ("draft", "/draft", "POST", {**sent, "number": "2"}),
        ("answer", "", "POST", sent),
    ):
        with meter.part(f"{part}.{kind}") as taken:
            taken.units["api.requests"] += 1
            answer = serve(_event(route + path, token, method, urlencode(body)))
        if answer["statusCode"] != 200:  # noqa: PLR2004 - HTTP
            raise RuntimeError(f"{part} of {kind}: {answer['statusCode']}")


def _event(route: str, token: str, method: str, body: str) -> dict[str, Any]:
    """Return a request as the gateway hands it over."""
    accepted = "application/json" if route.endswith("/draft") else "text/html"
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": accepted}
    path = route.replace("{token}", token)
    context = {"resourcePath": route, "httpMethod": method, "path": f"/live{path}", "identity": {}, "requestId": "r"}
    return {
        "resource": route,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"token": token},
        "stageVariables": None,
        "requestContext": context,
        "body": body,
        "isBase64Encoded": False,
    }


def _followed(meter: Meter, pace: Pace) -> None:
    """Hand what was answered to whoever follows the stream, and what these write, until nobody writes any more."""
    consumers: tuple[tuple[str, str, Any, tuple[str, ...]], ...] = (
        ("count", "metering", metering.handler, (Response.kind,)),
        ("follow", "ticketing", ticketing.handler, (Response.kind, DomainEvent.kind)),
    )
    while changes := [each for each in meter.changes if each[0] == "escuta-feedback"]:
        meter.changes.clear()
        for part, function, handler, kinds in consumers:
            stream = Stream(meter.function(function, handler), batch=pace.stream, kinds=kinds)
            wanted = (record(new, old) for _, old, new in changes if _kind(new) in kinds)  # a filter costs nothing
            stream.put(*wanted)
            with meter.part(f"{part}.{pace.name}"):
                stream.run()
            if stream.discarded:
                raise RuntimeError(f"{function} gave up {stream.discarded}")
    with meter.part(f"publish.{pace.name}"):
        _work(meter, "event", "publish", publish.handler, batch=pace.events)
    with meter.part(f"alert.{pace.name}"):
        _work(meter, "alert", "ticketing-alert", alert.handler, batch=min(pace.events, 5))
    with meter.part(f"lake.{pace.name}"):
        _work(meter, "lake", "export-lake", lake.handler, batch=1000)


def _kind(item: dict[str, Any] | None) -> str:
    return str((item or {}).get("kind", {}).get("S", ""))


def _of(all_of_them: list[str], size: int) -> Iterator[list[str]]:
    for first in range(0, len(all_of_them), size):
        yield all_of_them[first : first + size]


CLOCKED: dict[str, Callable[[dict[str, Any], Any], Any]] = {
    "respond-confirm": confirm.handler,
    "distribute-due": due.handler,
    "export-schedule": schedule.handler,
    "privacy-retain": retain.handler,
    "metering-sweep": metering_sweep.handler,
    "publish-sweep": publish_sweep.handler,
    "ticketing-digest": digest.handler,
    "ticketing-sweep": ticketing_sweep.handler,
}


def quiet(meter: Meter) -> None:
    """Run everything that the clock calls once an hour for a day in which nothing happens.

    What queues it feeds are not worked off here: nothing comes into them but notes for the lake.
    """
    _fresh()
    for hour in range(QUIET):
        with clock.at(clock.now() + hour * _QUIET_HOUR):
            for name, handler in CLOCKED.items():
                with meter.part(f"clock.{name}"):
                    meter.function(name, handler)({})
    with meter.part("clock.metering-sweep"):
        _work(meter, "lake", "export-lake", lake.handler, batch=1000)


def pages(meter: Meter) -> None:
    """Look at the console's home page as a manager does."""
    world.fresh()
    console_company.found()
    for store in console_company.STORES:
        console_company.answers(store, 60, 20, 20)
    browser = console_company.signed_in("helena")
    browser.get()
    with meter.part("console") as taken, meter.running("console"):
        taken.units["api.requests"] += 1
        answer = browser.get()
    if answer.status != 200:  # noqa: PLR2004 - HTTP
        raise RuntimeError(f"the page of the console: {answer.status}")
