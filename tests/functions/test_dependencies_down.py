"""One service of AWS is down at a time: answers are taken all the same, and who orders is told when to come again.

Taking answers needs the store of rows, and the signing secret once. All else it leaves to the stream.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
from botocore.client import BaseClient
from botocore.exceptions import EndpointConnectionError
from chalice.test import Client

from distribute import due
from escuta import clock, queues, secrets, table
from escuta.directory import loading
from escuta.feedback import lake, listening, metrics, responses
from escuta.feedback.links import Door
from escuta.feedback.model import Response
from export import app as export
from respond.app import app
from tests.conftest import NOON
from tests.functions import console_company as company
from tests.functions.callers import ask, found_company, key, ticketed
from tests.functions.callers import open_survey as publish_survey
from tests.functions.console_company import Browser, signed_in
from tests.functions.respondents import SUBMISSION_ID, good_path, invite, open_survey
from tests.functions.senders import Line
from tests.kit import factories, outbox
from tests.kit.guard import EVERY_CALL
from tests.kit.stream import Context, record
from ticketing import app as ticketing

pytestmark = pytest.mark.usefixtures("aws", "noon")
WHY = {  # what is down -> why taking answers does not need it
    "sesv2": "mails leave from queues",
    "sns": "SMS leave from queues",
    "sqs": "what follows from an answer follows from the stream",
    "cognito-idp": "a customer has no account",
    "s3": "a page and its pictures come with the function or from the store of rows",
    "secretsmanager": "the signing secret was read when the function began",
    "events": "events are rows first, and leave later",
    "comprehend": "comments are read while they are counted",
}
MINIMAL = {"submission_id": SUBMISSION_ID, "version": "1", "n.nps": "2", "t.comment": "Fila"}
MORE = {"draft": {"number": "1"}, "call": {"phone": "+5511987654321"}, "privacy": {"wants": "see"}}
DOORS = [(path, method) for path in sorted(app.routes) for method in sorted(app.routes[path])]


@contextmanager
def down(*services: str) -> Iterator[set[str]]:
    """Let nobody answer at these services; tell which services were asked."""
    original, asked = vars(BaseClient)[EVERY_CALL], set[str]()

    def call(self: BaseClient, operation: str, params: dict[str, Any]) -> Any:
        service = self.meta.service_model.service_name
        asked.add(service)
        if service in services:
            raise EndpointConnectionError(endpoint_url=f"https://{service}.example")
        return original(self, operation, params)

    with patch.object(BaseClient, EVERY_CALL, call):
        yield asked


def knock(path: str, method: str) -> int:
    """Ask at a door of the customers as a browser does, and return the status."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
    body = urlencode(MINIMAL | MORE.get(path.rpartition("/")[2], {})).encode() if method == "POST" else b""
    return int(Client(app).http.request(method, f"{path}?r=2", headers=headers, body=body).status_code)


@pytest.mark.parametrize("service", WHY)
@pytest.mark.parametrize(("pattern", "method"), DOORS)
def test_a_customers_door_is_open_whatever_else_is_down(pattern: str, method: str, service: str) -> None:
    path = good_path(pattern)
    secrets.link_secret()

    with down(service) as asked:
        status = knock(path, method)

    assert status < 500, WHY[service]
    assert asked <= {"dynamodb"}, f"{method} {pattern} asks {asked - {'dynamodb'}}: {WHY[service]}"


def test_an_answer_is_taken_while_all_of_them_are_down_and_followed_up_when_they_are_back() -> None:
    open_survey()
    token, _ = invite("Ana")
    secrets.link_secret()

    with down(*WHY):
        assert knock(f"/s/{token}", "GET") == 200
        assert knock(f"/s/{token}", "POST") == 200

    answer = table.load(Response, Response.at(SUBMISSION_ID))
    assert answer.comment == "Fila"
    assert ticketing.handler({"Records": [record(answer)]}, Context()) == {"batchItemFailures": []}


def test_a_door_that_asked_another_service_would_be_seen_here(monkeypatch: pytest.MonkeyPatch) -> None:
    open_survey()
    token, _ = invite("Ana")
    secrets.link_secret()
    taken = responses.submit

    def told(door: Door, token: str, submission: responses.Submission) -> responses.Receipt:
        queues.send("https://sqs.us-east-1.amazonaws.com/123456789012/alert", [{"any": token}])
        return taken(door, token, submission)

    monkeypatch.setattr(responses, "submit", told)
    with down("sqs") as asked:
        assert knock(f"/s/{token}", "POST") == 503
    assert "sqs" in asked


@pytest.mark.parametrize(
    ("module", "name"), [(metrics, "apply"), (listening, "listen"), (lake, "note"), (loading, "load")]
)
def test_a_customers_door_is_open_while_counting_or_imports_are_broken(
    module: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(module, name, broken)
    open_survey()
    token, _ = invite("Ana")

    assert knock(f"/s/{token}", "GET") == 200
    assert knock(f"/s/{token}", "POST") == 200


@pytest.fixture
def people(aws: None, noon: datetime, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - store and clock first
    """The company of the console, whose people have accounts."""
    company.found()
    company.hire(monkeypatch)


@pytest.mark.usefixtures("people")
def test_while_cognito_is_down_the_sign_in_page_stands_and_says_when_to_come_again() -> None:
    with down("cognito-idp"):
        page = Browser().get()
        refused = Browser().sign_in("bruno")
        inside = signed_in("bruno").get()

    assert (page.status, refused.status, inside.status) == (200, 503, 200)
    assert refused.header("retry-after")
    assert 'name="password"' in refused.text
    assert "Tente de novo daqui a pouco" in refused.words, refused.words


ANA = factories.contact("Ana", segment="poa")
SENDING = {"name": "Março", "survey": "visit", "strategy": "email", "audience": "segments", "segments": ["poa"]}
ORDERS: dict[str, tuple[str, dict[str, Any], str]] = {  # path, body, and where what was made is listed
    "an export": ("/v1/exports", {"what": "tickets", "format": "csv"}, "/v1/exports"),
    "a sending": ("/v1/deployments", SENDING, "/v1/deployments"),
    "an erasure": (f"/v1/contacts/{ANA.id}/erasures", {}, "/v1/erasures"),
}


@pytest.mark.parametrize(("path", "body", "listed"), ORDERS.values(), ids=ORDERS)
def test_while_queues_are_down_an_order_is_refused_with_when_to_come_again_and_then_done_once(
    path: str, body: dict[str, Any], listed: str
) -> None:
    found_company()
    publish_survey()
    table.create(ANA)
    text, headers = key(), {"Idempotency-Key": "order-1"}

    with down("sqs"):
        refused = [ask("POST", path, text, body=body, headers=headers) for _ in range(2)]
    made = [ask("POST", path, text, body=body, headers=headers) for _ in range(2)]

    for answer in refused:
        assert (answer.status, answer.code, answer.headers["Retry-After"]) == (503, "queue_unavailable", "2")
    assert made[0].status in {200, 201, 202}
    assert made[0].json["id"] == made[1].json["id"]
    assert [each["id"] for each in ask("GET", listed, text).json["items"]] == [made[0].json["id"]]


def test_an_export_that_could_not_be_ordered_and_has_no_name_to_come_back_by_is_not_left_waiting() -> None:
    found_company()
    path, body, _ = ORDERS["an export"]
    text = key()

    with down("sqs"):
        assert ask("POST", path, text, body=body).status == 503
        assert ask("GET", path, text).json["items"] == []

    message = {"messageId": "1", "body": json.dumps({"export": "gone"})}  # it was sent after all
    assert export.handler({"Records": [message]}, Context()) == {"batchItemFailures": []}


def test_while_queues_are_down_a_reply_to_a_customer_is_kept_and_leaves_by_its_alarm() -> None:
    found_company()
    table.create(ANA)
    ticketed("poa", contact=ANA.id, response="")
    text = key()

    with down("sqs"):
        answer = ask("POST", "/v1/tickets/first/messages", text, body={"text": "Desculpe, Ana.", "rev": 1})

    assert (answer.status, answer.json["state"]) == (201, "queued")
    with clock.at(NOON + timedelta(minutes=10)):
        due.handler({}, Context())
    Line().run(start=NOON + timedelta(minutes=10))
    assert [mail["To"] for mail in outbox.mails()] == ["Ana <ana@example.com>"]


def test_while_files_are_down_a_file_at_a_ticket_is_not_half_there() -> None:
    found_company()
    ticketed("poa")
    text = key()
    pdf = {"name": "nota.pdf", "content_type": "application/pdf", "size": 49}
    announced = ask("POST", "/v1/tickets/first/attachments", text, body=pdf)

    with down("s3"):
        answer = ask("PUT", f"/v1/tickets/first/attachments/{announced.json['id']}", text)

    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (503, "object_store_unavailable", "2")
    assert ask("GET", "/v1/tickets/first/attachments", text).json["items"] == []
