"""T5, R11: nothing of a customer and no secret is in any line, whatever happened, in whatever spelling."""

import base64
import html
import json
import logging
import quopri
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from botocore.exceptions import ClientError, ReadTimeoutError

from escuta import observe, table
from escuta.errors import InvalidError
from escuta.feedback.model import Response
from manage import oauth
from metering import app as metering
from tests.functions import droppers, looped
from tests.functions.callers import ask, key
from tests.functions.console_company import Browser
from tests.functions.hooked import allowed, hooked
from tests.functions.respondents import SUBMISSION_ID, logging_all
from tests.kit.faults import failing
from tests.kit.gateway import PROXY
from tests.kit.receiver import answering
from tests.kit.stream import Context, record
from ticketing import app as ticketing
from ticketing import sweep

PASSWORD = "Sabia-Laranjeira-77"  # noqa: S105 - nobody's
WRONG_KEY = f"esk_{'0123456789abcdef'}_{'Quero-quero-voa-sobre-o-banhado-'}"
WORDS = (*looped.NAME.split(), looped.MAIL, looped.PHONE, looped.COMMENT, looped.REPLY, PASSWORD, WRONG_KEY[21:])


def spellings(value: str) -> Iterator[str]:
    """Yield how a value may stand in a line without being read at once."""
    yield from (value, quote(value, safe=""), quote_plus(value, safe=""), json.dumps(value)[1:-1], html.escape(value))
    yield from (repr(value)[1:-1], value.encode().hex(), quopri.encodestring(value.encode()).decode())
    for before in range(3):  # base64 of it within something longer, wherever it begins there
        coded = base64.b64encode(b"\0" * before + value.encode())
        inner = coded[4 * bool(before) : -4].decode()
        yield from (inner, inner.translate(str.maketrans("+/", "-_")))


def found(logged: str, *values: str) -> set[str]:
    """Return which of these values the lines give away."""
    folded = logged.casefold()
    return {value for value in values if any(each.casefold() in folded for each in spellings(value))}


@contextmanager
def watching(capture: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Collect all that Lambda would write: our lines, those of libraries, and what is printed."""
    told: list[str] = []
    capture.readouterr()
    for handler in observe.logger().handlers:  # made for the test before, whose output is closed
        if isinstance(handler, logging.StreamHandler):
            handler.stream = sys.stdout
    with logging_all() as lines, caplog.at_level(logging.INFO):
        yield told
    others = [each for each in caplog.handler.records if each.name != observe.logger().service]
    told += [logging.Formatter().format(each) for each in others]  # as Lambda's own handler writes what libraries log
    out, err = capture.readouterr()
    told += [lines.getvalue(), out, err]


Watched = tuple[pytest.CaptureFixture[str], pytest.LogCaptureFixture]


@pytest.fixture
def log(aws: None, noon: Any, monkeypatch: Any, capsys: Any, caplog: Any) -> Watched:  # noqa: ARG001 - the store and the clock first
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "false")
    return capsys, caplog


def test_the_whole_loop_leaves_nothing_of_the_customer_in_the_log(log: Watched) -> None:
    looped.open_company()
    text = key()
    with watching(*log) as told, allowed(answering(500, f"no {looped.MAIL}")) as receiver:
        hooked(receiver)
        token = looped.invite()
        assert looped.visit(token, request="r-0")["statusCode"] == 200
        sent = {"n.nps": "1", "t.comment": looped.COMMENT}
        assert looped.visit(token, request="r-1", **sent)["statusCode"] == 200
        ticket = looped.follow_up()
        looped.settle(ticket.id, text)

    logged = "\n".join(told)
    assert all(word in logged for word in ("answer taken", "answer followed up", '"alert"', "webhook called", "_aws"))
    assert found(logged, *WORDS, token, text[21:]) == set()


def saying() -> list[Exception]:
    """Return faults that say what they were met with."""
    said = f"{looped.NAME} <{looped.MAIL}> {looped.PHONE} wrote {looped.COMMENT!r}"
    refusal: Any = {"Error": {"Code": "ValidationException", "Message": said}}
    inner = ValueError(said)
    inner.add_note(said)
    chained = KeyError(looped.MAIL)
    chained.__cause__ = inner
    return [
        RuntimeError(said),
        chained,
        ClientError(refusal, "PutItem"),
        InvalidError("any", field=said, sent=looped.COMMENT),
        ReadTimeoutError(endpoint_url=f"https://aws.example/{quote(looped.MAIL)}"),
        UnicodeDecodeError("utf-8", looped.COMMENT.encode(), 0, 1, looped.NAME),
    ]


OPERATIONS = ("GetItem", "BatchGetItem", "Query", "PutItem", "TransactWriteItems", "SendEmail", "SendMessageBatch")


@pytest.mark.parametrize("number", range(len(saying())), ids=[type(each).__name__ for each in saying()])
def test_a_fault_that_names_its_data_is_logged_without_it(log: Watched, number: int) -> None:
    looped.open_company()
    text = key()
    token = looped.invite()
    looped.visit(token, request="r-1", **{"n.nps": "1", "t.comment": looped.COMMENT})
    ticket = looped.follow_up()
    answer = table.load(Response, Response.at(SUBMISSION_ID))
    acts: tuple[Callable[[], object], ...] = (
        lambda: looped.visit(token, request="r-2", **{"n.nps": "1", "t.comment": looped.COMMENT}),
        lambda: ask("POST", f"/v1/tickets/{ticket.id}/messages", text, body={"text": looped.REPLY, "rev": 1}),
        lambda: Browser().sign_in("zulmira", PASSWORD),
        lambda: ticketing.handler({"Records": [record(answer)]}, Context()),
        lambda: metering.handler({"Records": [record(answer)]}, Context()),
        lambda: sweep.handler({}, Context()),
        looped.work,
        lambda: droppers.drop(droppers.rows(f"2;{looped.NAME};{looped.MAIL};;spo-01"), "lojas/b.csv"),
    )

    with watching(*log) as told:
        for operation in OPERATIONS:
            with failing(operation, lambda _: saying()[number]):
                told.extend(line for act in acts for line in raised(act))

    logged = "\n".join(told)
    assert '"exception"' in logged
    assert found(logged, *WORDS, token, text[21:]) == set()


def raised(act: Callable[[], object]) -> list[str]:
    """Do something, and return what Lambda writes of an exception that comes out of a handler."""
    try:
        act()
    except Exception as error:  # noqa: BLE001 - as Lambda does
        places = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
        return [f"{type(error).__name__}: {error}"] if observe.__file__ in places else []
    return []


def test_who_is_refused_leaves_neither_password_nor_key_nor_link_in_the_log(log: Watched) -> None:
    looped.open_company()
    with watching(*log) as told:
        Browser().sign_in("zulmira", PASSWORD)
        with suppress(Exception):
            ask("GET", "/v1/surveys", WRONG_KEY)
        ask_token(WRONG_KEY)
        looped.visit(PASSWORD, request="r-1", **{"t.comment": looped.COMMENT})
        ask("POST", "/v1/surveys", key(), raw=f'{{"name": "{looped.COMMENT}", "{looped.MAIL}": ')

    logged = "\n".join(told)
    assert "key refused" in logged
    assert found(logged, *WORDS) == set()


def ask_token(text: str) -> None:
    """Ask for a token with a key that is wrong."""
    packed = base64.b64encode(f"{text[4:20]}:{text[21:]}".encode()).decode()
    headers = {"Authorization": f"Basic {packed}", "Content-Type": "application/x-www-form-urlencoded"}
    event = {**PROXY, "httpMethod": "POST", "headers": headers, "body": "grant_type=client_credentials"}
    assert oauth.handler(event, Context())["statusCode"] == 401


def test_what_is_printed_by_a_broken_variant_is_caught(log: Watched) -> None:
    leaks: tuple[Callable[[], object], ...] = (
        lambda: observe.logger().info("sent", extra={"to": looped.MAIL}),
        lambda: observe.logger().warning("asked for %s", quote(looped.PHONE)),
        lambda: observe.logger().info("body", extra={"raw": base64.b64encode(f"x={looped.COMMENT}".encode()).decode()}),
        lambda: logging.getLogger("urllib3").warning("retrying %s", looped.MAIL.upper()),
        lambda: print(json.dumps({"text": looped.REPLY})),  # noqa: T201 - as a metric would be
    )
    for leak in leaks:
        with watching(*log) as told:
            leak()
        assert found("\n".join(told), *WORDS), leak


def test_powertools_own_lines_would_tell_what_an_exception_says(log: Watched) -> None:
    def fail() -> None:
        try:
            int(looped.COMMENT)
        except ValueError:
            observe.logger().exception("failed")

    with watching(*log) as told:
        fail()
    assert found("\n".join(told), looped.COMMENT) == set()

    ours = observe.logger().handlers[0].formatter
    observe.logger().handlers[0].setFormatter(LambdaPowertoolsFormatter())
    try:
        with watching(*log) as told:
            fail()
    finally:
        observe.logger().handlers[0].setFormatter(ours)
    assert found("\n".join(told), looped.COMMENT) == {looped.COMMENT}


def test_what_lambda_itself_writes_of_a_call_that_fails_is_the_kind_of_fault(log: Watched) -> None:
    def handler(_event: dict[str, Any], _context: Any) -> None:
        raise ValueError(looped.COMMENT)

    with watching(*log) as told, pytest.raises(observe.FailedError, match=r"^ValueError$") as failed:
        observe.entry(handler)({}, Context())

    whole = "".join(traceback.format_exception(failed.value))
    assert found("\n".join([*told, whole]), looped.COMMENT) == set()
    assert "test_log_canaries.py" in "".join(told)
