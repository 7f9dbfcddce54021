"""Whoever asks is answered before Lambda ends the function, however long AWS is silent or however often it says no."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from authorize import app as authorize
from escuta import bounded, deadline, events, files, ids, queues, secrets, table
from escuta.directory.access import cognito
from escuta.directory.model import Caller, Scope
from escuta.errors import UnavailableError
from escuta.events import DeploymentData, DomainEvent, EventType, bus
from escuta.feedback import comprehend
from escuta.feedback.model import Survey
from escuta.outreach import messages
from escuta.outreach.messages import Refused
from manage import app as manage
from respond.app import app as respond
from tests.conftest import forget
from tests.functions.respondents import SUBMISSION_ID
from tests.kit.gateway import AUTHORIZER, PROXY

STORE = "AWS_ENDPOINT_URL_DYNAMODB"
SILENT = b""
KEY = "esk_" + 16 * "a" + "_" + 32 * "a"
FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html"}


def replied(status: str, **body: Any) -> bytes:
    text = json.dumps(body)
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n{text}".encode()


SLOWER = replied("400 Bad Request", __type="com.amazonaws.dynamodb.v20120810#ThrottlingException", message="slower")
NOTHING = replied("200 OK")
FAULTS = pytest.mark.parametrize("said", [SILENT, SLOWER], ids=["never answers", "throttles for ever"])


class Context:
    """What Lambda tells of a function that has so many seconds."""

    function_name, aws_request_id = "function", "request"

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int(1000 * (self._end - time.monotonic())))


class Service:
    """A service of AWS on loopback: it says one thing after the other, the last one for ever; "" is silence."""

    def __init__(self, *said: bytes) -> None:
        self._said, self._held = said, list[socket.socket]()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    @property
    def asked(self) -> int:
        """How many have asked: each answer closes its connection."""
        return len(self._held)

    def _work(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:  # the test is over
                return
            said = self._said[min(len(self._held), len(self._said) - 1)]
            self._held.append(connection)
            if said:
                connection.recv(1 << 16)
                connection.sendall(said)
                connection.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()
        for connection in self._held:
            connection.close()


@contextmanager
def standing(monkeypatch: pytest.MonkeyPatch, setting: str, *said: bytes) -> Iterator[Service]:
    """Let a service of AWS be one that says this."""
    service = Service(*said)
    monkeypatch.setenv(setting, service.url)
    forget(clients=True)
    try:
        yield service
    finally:
        service.close()


@contextmanager
def timed() -> Iterator[list[float]]:
    """Tell how many seconds something took."""
    start, took = time.monotonic(), list[float]()
    yield took
    took.append(time.monotonic() - start)


def respondent(context: Context, body: str = "") -> Any:
    """Ask the function of the respondents."""
    asked = {
        "httpMethod": "POST" if body else "GET",
        "resourcePath": "/s/{token}",
        "identity": {"sourceIp": "192.0.2.1"},
    }
    event = {
        "requestContext": asked,
        "path": "/s/any",
        "pathParameters": {"token": ids.with_check("Ana".ljust(22, "A"))},
        "headers": FORM,
        "multiValueQueryStringParameters": None,
        "stageVariables": None,
        "body": body,
        "isBase64Encoded": False,
    }
    return respond(event, context)


def program(context: Context) -> Any:
    """Ask the management API, as somebody whom the authorizer let in."""
    caller = Caller(id="key", name="ERP", scopes=frozenset(Scope))
    named = {**PROXY["requestContext"], "authorizer": {"caller": caller.model_dump_json()}}
    event = {**PROXY, "httpMethod": "GET", "path": "/v1/surveys/visit", "body": None, "requestContext": named}
    event |= {"queryStringParameters": None, "multiValueQueryStringParameters": None}
    return manage.handler(event, context)


@FAULTS
def test_a_respondent_is_told_in_words_to_send_again_before_the_function_ends(
    said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with standing(monkeypatch, STORE, said) as store, timed() as took:
        page = respondent(Context(2), f"submission_id={SUBMISSION_ID}&version=1&n.nps=9&t.comment=Fila+longa")

    assert (page["statusCode"], page["headers"]["Retry-After"]) == (503, "2")
    assert "Fila longa" in page["body"]
    assert store.asked
    assert took[0] < 2


@FAULTS
def test_a_program_is_told_when_to_come_again_before_the_function_ends(
    said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with standing(monkeypatch, STORE, said), timed() as took:
        answer = program(Context(2))

    problem = json.loads(answer["body"])
    assert (answer["statusCode"], problem["code"]) == (503, "store_unavailable")
    assert answer["multiValueHeaders"]["Retry-After"] == ["2"]
    assert took[0] < 2


@FAULTS
def test_who_lets_programs_in_gives_up_before_the_function_ends(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    event = {**AUTHORIZER, "headers": {"Authorization": f"Bearer {KEY}"}}
    with standing(monkeypatch, STORE, said), timed() as took, pytest.raises(UnavailableError):
        authorize.handler(event, Context(1.5))

    assert took[0] < 1.5


def test_without_the_bound_the_same_store_would_outlast_the_function(monkeypatch: pytest.MonkeyPatch) -> None:
    def hasty(**limits: Any) -> Config:
        return made(**{**limits, "read": 1.2, "tries": 2})

    made = bounded.config
    monkeypatch.setattr(bounded, "config", hasty)
    monkeypatch.setattr(bounded, "bind", lambda client: client)
    with standing(monkeypatch, STORE, SILENT), timed() as took:
        assert respondent(Context(2))["statusCode"] == 503

    assert took[0] > 2


def paused() -> DomainEvent:
    data = DeploymentData(deployment="a", name="Março", survey="visit", state="paused")
    return events.made(EventType.DEPLOYMENT_PAUSED, data, "a", 1, subject="a", revision=1)


CALLS: dict[str, tuple[str, Callable[[], object]]] = {
    "queues": ("SQS", lambda: queues.send("https://sqs.us-east-1.amazonaws.com/1/plan", [{"any": 1}])),
    "files": ("S3", lambda: list(files.stream("escuta-reports", "a"))),
    "the bus": (
        "EVENTBRIDGE",
        lambda: bus.put([paused()]),
    ),
    "comments": ("COMPREHEND", lambda: comprehend.felt([("pt", "Fila longa")])),
    "sign-in": ("COGNITO_IDENTITY_PROVIDER", lambda: cognito.authenticate("ana", "any")),
    "secrets": ("SECRETS_MANAGER", secrets.link_secret),
    "the store": ("DYNAMODB", lambda: table.find(Survey, Survey.at("visit"))),
}


@pytest.mark.parametrize(("service", "call"), CALLS.values(), ids=CALLS)
def test_no_service_that_is_silent_is_waited_for_longer_than_there_is_time(
    service: str, call: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ESCUTA_COMPREHEND_REGION", "us-east-1")
    with standing(monkeypatch, f"AWS_ENDPOINT_URL_{service}", SILENT) as asked, timed() as took:  # noqa: SIM117 - timed is what the deadline ends
        with deadline.of(Context(2)), suppress(UnavailableError, BotoCoreError):
            call()

    assert asked.asked >= 1
    assert took[0] < 2


MAIL = messages.Email(to="ana@example.com", subject="Olá", text="Olá", html="<p>Olá</p>")


@pytest.mark.parametrize(
    ("service", "send"),
    [("SESV2", lambda: messages.send_email(MAIL)), ("SNS", lambda: messages.send_sms("+5511988880000", "Olá"))],
)
def test_a_message_is_not_begun_that_could_not_be_waited_for(
    service: str, send: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:  # E12: of one that was begun and not heard of nobody knows whether it is on its way
    whole = messages.CONNECT_SECONDS + messages.READ_SECONDS
    with standing(monkeypatch, f"AWS_ENDPOINT_URL_{service}", replied("200 OK", MessageId="m-1")) as asked:  # noqa: SIM117 - the client is made first
        with deadline.of(Context(whole)), pytest.raises(Refused) as refused:
            send()

    assert (refused.value.code, refused.value.retry, asked.asked) == ("not_sent", True, 0)


def test_while_there_is_time_a_store_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with standing(monkeypatch, STORE, SLOWER, SLOWER, NOTHING) as store, deadline.of(Context(20)):
        assert table.find(Survey, Survey.at("visit")) is None

    assert store.asked == 3


def test_the_time_of_a_call_ends_with_it() -> None:
    with deadline.of(Context(1)):
        assert 0 < deadline.left() <= 0.5
        with deadline.of(None):
            assert deadline.left() <= 0.5
        with deadline.of(Context(28)):
            assert 25 < deadline.left() <= 26
        assert deadline.left() <= 0.5
    assert deadline.left() == float("inf")


def test_nobody_pauses_beyond_the_end() -> None:
    with timed() as took, deadline.of(Context(0.6)):
        deadline.pause(5)
        deadline.pause(5)

    assert took[0] < 0.6
