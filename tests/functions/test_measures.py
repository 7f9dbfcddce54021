"""What CloudWatch is told: one line a call that had something to count, none otherwise, and nothing personal in it."""

import json
import re
import timeit
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from distribute import feedback
from escuta import clock, measured, observe, table
from escuta.directory import managers
from escuta.entity import Key, Table
from escuta.feedback import metrics as figures
from escuta.feedback.model import Alert
from escuta.measured import Measure
from escuta.outreach import messages, webhooks
from metering import sweep as metering_sweep
from publish import sweep as publish_sweep
from tests.conftest import NOON
from tests.functions.browsing import get, post
from tests.functions.droppers import drop, rows, stores
from tests.functions.hooked import allowed, hooked, published, run
from tests.functions.respondents import invite, open_survey
from tests.kit import factories
from tests.kit.faults import failing, throttled
from tests.kit.receiver import answering
from tests.kit.stream import Context, Stream
from ticketing import alert, app
from ticketing import sweep as ticketing_sweep

pytestmark = pytest.mark.usefixtures("aws", "noon")
OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
EVENTS = Path(__file__).parents[1] / "events"
Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "false")


@pytest.fixture
def talkative() -> Iterator[None]:
    """Log as a deployed function does."""
    level = observe.logger().log_level
    observe.logger().setLevel("INFO")
    yield
    observe.logger().setLevel(level)


def told(captured: Captured) -> list[dict[str, Any]]:
    """Return the lines that CloudWatch would make metrics of since this was asked last."""
    lines = [line for line in captured.readouterr().out.splitlines() if line.startswith('{"_aws"')]
    return [json.loads(line) for line in lines]


def numbers(captured: Captured) -> dict[str, float]:
    """Return the metrics of one line."""
    (line,) = told(captured)
    (group,) = line["_aws"]["CloudWatchMetrics"]
    assert (group["Namespace"], group["Dimensions"]) == ("Escuta", [["service"]])
    units = {each["Name"]: each["Unit"] for each in group["Metrics"]}
    assert units == {each.label: each.unit for each in Measure if each.label in units}
    return {name: line[name][0] for name in units}


def test_an_answer_that_was_taken_is_one_line_and_its_page_none(capsys: Captured) -> None:
    open_survey()
    token, _ = invite("Ana")

    assert get(f"/s/{token}").status_code == 200
    assert told(capsys) == []

    assert post(f"/s/{token}", **{"n.nps": "9", "t.comment": "Fila longa"}).status_code == 200
    (line,) = told(capsys)
    assert (line["AnswersTaken"], line["service"], line["function"]) == ([1.0], "escuta", "respond")
    assert "Fila" not in json.dumps(line)

    assert post(f"/s/{token}", **{"n.nps": "9", "t.comment": "Fila longa"}).status_code == 200  # sent twice
    assert told(capsys) == []


@pytest.mark.usefixtures("talkative")
def test_an_answer_that_is_refused_or_fails_because_of_us_is_told_apart(capsys: Captured) -> None:
    open_survey()
    token, _ = invite("Ana")

    assert post(f"/s/{token}", **{"n.nps": "11"}).status_code == 422
    assert numbers(capsys) == {"AnswersRefused": 1}

    with failing("TransactWriteItems", lambda _: throttled("dynamodb", "TransactWriteItems")):
        assert post(f"/s/{token}", **{"n.nps": "9"}).status_code == 503
    assert numbers(capsys) == {"CaptureFailed": 1}

    with failing("TransactWriteItems", lambda _: RuntimeError("any")):
        assert post(f"/s/{token}", **{"n.nps": "9"}).status_code == 500
    assert numbers(capsys) == {"CaptureFailed": 1, "ErrorsLogged": 1}

    assert post(f"/s/{token}", **{"n.nps": "9", "t.comment": "a", "h.who": "b", "c.unknown": "d"}).status_code == 422
    assert numbers(capsys) == {"AnswersRefused": 1, "Parked": 1, "ErrorsLogged": 1}


def test_the_deployment_is_the_one_dimension(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "escuta-prod")

    with observe.serving(None, "any"):
        measured.count(Measure.PARKED)

    (line,) = told(capsys)
    assert line["service"] == "escuta-prod"


@pytest.mark.usefixtures("talkative")
def test_a_ticket_and_the_mail_about_it_are_counted(capsys: Captured) -> None:
    for depth in range(1, len(factories.PATH) + 1):
        table.create(factories.segment(*factories.PATH[:depth]))
    table.create(factories.version())
    managers.create("Bruno", "bruno@aurora.example", language="pt-BR", segments=["paulista"])
    stream = Stream(app.handler, kinds=None)
    stream.write(table.create(factories.response("angry", score=2, comment="Ninguém atendeu.", contact="ana")))
    stream.run()
    assert numbers(capsys) == {"TicketsOpened": 1}

    stream.replay(stream.shards[0])
    assert told(capsys) == []

    ticketing_sweep.handler({}, Context())
    assert numbers(capsys) == {"BehindSeconds": 0, "TicketsOverdue": 0}

    (found,) = table.query(Alert, "alerts", index="g1").items
    message = {"messageId": "1", "body": json.dumps({"alert": found.id})}
    with failing("SendEmail", lambda _: refusal("MessageRejected")):
        alert.handler({"Records": [message]}, Context())
    assert numbers(capsys) == {"AlertsNotSent": 1, "ErrorsLogged": 1}


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": 400}}, "Any")  # type: ignore[typeddict-item] # the rest says nothing


def test_what_the_mail_service_takes_loses_and_says_afterwards(capsys: Captured) -> None:
    letter = messages.Email(to="ana@example.com", subject="Olá", text="Olá", html="<p>Olá</p>")
    with observe.serving(None, "any"), ThreadPoolExecutor(2) as pool:
        sent = [pool.submit(copy_context().run, messages.send_email, letter) for _ in range(3)]
        assert all(each.result() for each in sent)
        messages.send_sms("+5511988880000", "Olá")
        with failing("SendEmail", lambda _: ReadTimeoutError(endpoint_url="any")), pytest.raises(messages.Lost):
            messages.send_email(letter)
    assert numbers(capsys) == {"MailsSent": 3, "SmsSent": 1, "MessagesInDoubt": 1}

    for name in ("bounce", "complaint"):
        said = (EVENTS / f"ses_{name}.json").read_text(encoding="utf-8")
        body = json.dumps({"Type": "Notification", "Message": said})
        feedback.handler({"Records": [{"messageId": "1", "body": body}]}, Context())
        counted = numbers(capsys)
        assert counted[f"{name.title()}s"] == 1


def test_a_file_that_is_done_tells_its_rejected_rows_and_one_that_is_not_that_it_failed(capsys: Captured) -> None:
    stores()
    capsys.readouterr()
    drop(rows("1;Ana;ana@example.com;;spo-01", "2;Bia;no address;;spo-01"))
    assert {"ImportsDone": 1, "ImportRowsRejected": 1}.items() <= _added(capsys).items()

    drop(b"%PDF-1.7 no people in here", "lojas/folheto.csv")
    assert _added(capsys)["ImportsFailed"] == 1


def _added(captured: Captured) -> Counter[str]:
    found: Counter[str] = Counter()
    for line in told(captured):
        found.update({name: value[0] for name, value in line.items() if isinstance(value, list)})
    return found


def test_a_webhook_that_fails_is_counted_and_what_waits_tells_its_age(capsys: Captured) -> None:
    with allowed(answering(500)) as receiver:
        hooked(receiver)
        webhooks.fan_out([published()])
        run()
    assert _added(capsys)["WebhookFailures"] == 1

    with clock.at(NOON + timedelta(hours=1)):
        publish_sweep.handler({}, Context())
    assert 3000 < numbers(capsys)["BehindSeconds"] <= 3600


@pytest.mark.usefixtures("talkative")
def test_a_recount_tells_that_it_found_nothing_and_what_it_found(capsys: Captured) -> None:
    open_survey()

    metering_sweep.handler({"survey": "visit", "day": "2026-03-10"}, Context())
    assert numbers(capsys) == {"Drift": 0}

    table.put(factories.response(rev=0))
    figures.apply([factories.response()])
    guard = table.Create(factories.response("guard", day="-"))
    table.transact(guard, table.Add(Table.FEEDBACK, Key("counter#visit#segment#aurora", "2026-03-10#2"), {"n": -5}))
    metering_sweep.handler({"survey": "visit", "day": "2026-03-10"}, Context())
    assert numbers(capsys) == {"Drift": 1, "ErrorsLogged": 1}


def test_a_batch_of_a_stream_that_waited_for_too_long_says_so_even_if_it_fails(capsys: Captured) -> None:
    def handler(event: dict[str, Any], _context: Any) -> None:
        if event["fails"]:
            raise RuntimeError

    late, early = (NOON - timedelta(seconds=each) for each in (601, 599))
    for moment, fails, expected in ((late, False, 1), (late, True, 1), (early, False, 0)):
        records = [{"dynamodb": {"ApproximateCreationDateTime": each.timestamp()}} for each in (NOON, moment)]
        with suppress(observe.FailedError):
            observe.entry(handler)({"Records": records, "fails": fails}, None)
        assert _added(capsys)["Late"] == expected


@pytest.mark.usefixtures("talkative")
def test_a_line_that_somebody_has_to_see_is_counted_and_a_warning_is_not(capsys: Captured) -> None:
    with observe.serving(Context(), "distribute-deliver"):
        observe.logger().warning("sending slow")
        observe.logger().info("done")
    assert told(capsys) == []

    with observe.serving(Context(), "distribute-deliver"):
        observe.logger().error("sending stopped")
        try:
            int("no number")
        except ValueError:
            observe.logger().exception("ticket cannot be told")
    assert numbers(capsys) == {"ErrorsLogged": 2}


def test_of_a_level_the_highest_is_told_and_counts_are_added_up() -> None:
    with measured.counting() as counted:
        for number in (2, 7, 3):
            measured.count(Measure.BEHIND, number)
            measured.count(Measure.PARKED, number)
        measured.count(Measure.BOUNCES, 0)
        measured.count(Measure.DRIFT, 0)
    measured.count(Measure.PARKED)

    assert measured.summed(counted) == {Measure.BEHIND: 7, Measure.PARKED: 12, Measure.DRIFT: 0}


def test_what_was_counted_before_something_broke_is_told_all_the_same(capsys: Captured) -> None:
    def handler(_event: dict[str, Any], _context: Any) -> None:
        measured.count(Measure.PARKED)
        raise RuntimeError

    with pytest.raises(observe.FailedError):
        observe.entry(handler)({}, None)

    assert numbers(capsys) == {"Parked": 1}


def test_a_call_that_counts_is_not_slowed_down(capsys: Captured) -> None:
    def once() -> None:
        with observe.serving(None, "any"):
            measured.count(Measure.ANSWERS_TAKEN)

    took = min(timeit.repeat(once, number=100, repeat=5)) / 100
    capsys.readouterr()
    assert took < 0.001  # seconds; 40 microseconds on an idle machine


def test_operators_read_of_every_metric_and_of_no_other() -> None:
    _, _, section = OPERATIONS.read_text(encoding="utf-8").partition("## Metrics\n")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*) \|$", section.partition("\n## ")[0], re.MULTILINE)
    assert rows == [(each.label, each.unit, each.meaning) for each in Measure]
