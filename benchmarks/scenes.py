"""What is measured for the price list: people are imported, asked, answer, and what follows; and a quiet month.

A company of ten stores in two regions, a survey of three questions (a score, reasons, a comment), comments in two of
five answers, a detractor in eight. All of it runs through the deployed handlers, in the batches in which they get it:
`together` as in the hours after a mailing, `steady` as a million answers come evenly over a month, each batch what
comes within the window of its function, `alone` as few answers trickle in.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import boto3

from benchmarks.deployed import HOURS
from benchmarks.meter import Changed, Meter
from distribute import deliver, due, feedback, plan
from escuta import clock, ids, secrets, table
from escuta.config import Settings
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
from infra.cdk.stages import Stage
from metering import app as metering
from metering import funnel
from metering import sweep as metering_sweep
from privacy import retain
from publish import app as publish
from publish import sweep as publish_sweep
from respond import confirm
from respond.app import app as respond
from rounds import app as rounds
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
ROUNDS = 12  # an hour
_LOOKED_AT, _LIMITS = ("drop", "deliver", "alert", "event", "feedback", "inbound"), 5  # what the rounds are told of


@dataclass(frozen=True)
class Pace:
    """How many come together: answers to count, or to follow up, records of invitations, mails told of, events.

    Where they trickle it is one of each.
    """

    name: str
    counted: int
    funnel: int
    followed: int
    told: int
    events: int


def _within(seconds: float, a_month: float = 1e6) -> int:
    """Return how many of so many a month come within a window, the first of which opens it."""
    return 1 + int(a_month / (HOURS * 3600) * seconds)


_STAGE = Stage()
_NOTICES = 1e6 / 0.15 * len(_TOLD)  # of those who are asked for a million answers, of whom 15 in a hundred give one
TOGETHER = Pace("together", counted=100, funnel=500, followed=100, told=10, events=50)
STEADY = Pace(
    "steady",
    counted=_within(_STAGE.figures_seconds),
    funnel=_within(_STAGE.funnel_seconds, 2e6),
    followed=_within(_STAGE.follow_seconds),
    told=min(10, _within(1, _NOTICES)),
    events=_within(_STAGE.follow_seconds),
)
ALONE = Pace("alone", counted=1, funnel=1, followed=1, told=1, events=1)
PACES = (TOGETHER, STEADY, ALONE)


def answers(meter: Meter, pace: Pace) -> None:
    """Play everything from the file of people to the lake, at this pace. To be called where AWS is stood in for."""
    _fresh()
    invited = _asked(meter, pace)
    links = [_token(one) for one in invited[:ANSWERS]]
    stands = [tokens.create("visit", f"loja-{number}", "Caixa")[0] for number in range(STORES)]
    meter.changes.clear()
    for number, link in enumerate(links):
        _answer(meter, "invited", "/s/{token}", link, number)
    with meter.part(f"funnel.{pace.name}"):
        _stream(meter, "metering-funnel", funnel.handler, pace.funnel, meter.changes, ("follow", Invitation.kind))
    _followed(meter, pace, "invited")
    for number in range(ANSWERS):
        _answer(meter, "link", "/t/{token}", stands[number % STORES], number)
    _followed(meter, pace, "link")
    with meter.part(f"lake.{pace.name}"):
        _work(meter, "lake", "export-lake", lake.handler, batch=1000)


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
            taken.units["door.requests"] += 1
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


def _followed(meter: Meter, pace: Pace, kind: str) -> None:
    """Hand what was answered to whoever follows the stream, and what these write, until nobody writes any more."""
    while changes := [each for each in meter.changes if each[0] == "escuta-feedback"]:
        meter.changes.clear()
        with meter.part(f"count.{kind}.{pace.name}"):
            _stream(meter, "metering", metering.handler, pace.counted, changes, ("kind", Response.kind))
        with meter.part(f"follow.{kind}.{pace.name}"):
            wanted = ("kind", Response.kind, DomainEvent.kind)
            _stream(meter, "ticketing", ticketing.handler, pace.followed, changes, wanted)
    with meter.part(f"publish.{kind}.{pace.name}"):
        _work(meter, "event", "publish", publish.handler, batch=pace.events)
    with meter.part(f"alert.{kind}.{pace.name}"):
        _work(meter, "alert", "ticketing-alert", alert.handler, batch=min(pace.events, 5))


def _stream(
    meter: Meter, function: str, handler: Any, batch: int, changes: Iterable[Changed], wanted: tuple[str, ...]
) -> None:
    """Hand over the changes of rows of which a mark says one of these; a filter costs nothing."""
    mark, *kinds = wanted
    stream = Stream(meter.function(function, handler), batch=batch, kinds=None)
    stream.put(*(record(new, old) for _, old, new in changes if (new or {}).get(mark, {}).get("S") in kinds))
    stream.run()
    if stream.discarded:
        raise RuntimeError(f"{function} gave up {stream.discarded}")


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

    What queues it feeds are not worked off here: nothing comes into them but notes for the lake. The rounds are made
    every five minutes, since once an hour they look at more.
    """
    _fresh()
    made = _rounds()
    begun = clock.now().replace(minute=0)
    for hour in range(QUIET):
        with clock.at(begun + hour * _QUIET_HOUR):
            for name, handler in CLOCKED.items():
                with meter.part(f"clock.{name}"):
                    meter.function(name, handler)({})
        for number in range(ROUNDS):
            with clock.at(begun + (hour + number / ROUNDS) * _QUIET_HOUR), meter.part("clock.rounds"):
                meter.function("rounds", rounds.handler)(made)
    with meter.part("clock.metering-sweep"):
        _work(meter, "lake", "export-lake", lake.handler, batch=1000)


def _rounds() -> dict[str, Any]:
    """Return what the rounds look at, as many as the stack tells them, and make the queues that are not there yet."""
    sqs = boto3.client("sqs")
    works = [name.removesuffix("_queue") for name in Settings.model_fields if name.endswith("_queue")]
    works += ["feedback", "inbound"]  # those that others feed
    for name in works:
        for queue in (name, f"{name}-dead"):
            sqs.create_queue(QueueName=queue)
    limit = {
        "namespace": "AWS/DynamoDB",
        "metric": "WriteThrottleEvents",
        "statistic": "Sum",
        "seconds": 300,
        "over": 9,
    }
    return {
        "aside": {name: f"{name}-dead" for name in [*works, works[0]]},
        "work": {name: {"name": name, "patience": 600} for name in _LOOKED_AT},
        "limits": [{**limit, "id": str(number)} for number in range(_LIMITS)],
    }


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
