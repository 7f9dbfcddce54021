"""T5: what a call leaves in the log. No token, no name, no address, and not a word of what somebody wrote."""

import json
import logging
import re
from urllib.parse import urlencode

import pytest
from chalice.test import Client, HTTPResponse

from escuta import ids
from respond import asking, pages
from respond.app import app
from tests.functions.respondents import SUBMISSION_ID, good_path, logging_all
from tests.kit.faults import failing, throttled

pytestmark = pytest.mark.usefixtures("aws", "noon")
PATHS = sorted(app.routes)
CANARIES = {
    "t.comment": "canary-comment",
    "n.nps": "9",
    "o.store": "canary-choice",
    "k.who.name": "Canary Souza",
    "k.who.email": "canary@mail.example",
    "k.who.phone": "+5511912345678",
    "h.order": "canary-hidden",
    "a.name": "Canary Asked",
    "phone": "+5511912345679",
    "device": "canary-device",
    "p": "canary-prefill",
    "wants": "see",
}
PERSONAL = re.compile(r"canary|Souza|mail\.example|55119|ana@", re.IGNORECASE)


def call(path: str, method: str, body: bytes, kind: str) -> HTTPResponse:
    headers = {"Content-Type": kind, "Accept": "text/html", "User-Agent": "canary-agent", "Cookie": "canary-cookie=1"}
    return Client(app).http.request(method, f"{path}?r=9&p=canary-prefill&lang=en", headers=headers, body=body)


def form() -> tuple[bytes, str]:
    sent = {"submission_id": SUBMISSION_ID, "version": "1", "number": "1", **CANARIES}
    return urlencode(sent).encode(), "application/x-www-form-urlencoded"


def minimal() -> tuple[bytes, str]:
    sent = {"submission_id": SUBMISSION_ID, "version": "1", "n.nps": "9", "t.comment": "canary-comment"}
    return urlencode(sent).encode(), "application/x-www-form-urlencoded"


def document() -> tuple[bytes, str]:
    answers = {"nps": 9, "comment": "canary-comment", "canary-question": "canary"}
    return json.dumps({"submission_id": SUBMISSION_ID, "version": 1, "answers": answers}).encode(), "application/json"


def garbage() -> tuple[bytes, str]:
    return b"canary-garbage \xff\x00 canary@mail.example", "text/canary"


def token_of(path: str, pattern: str) -> str:
    before, _, after = pattern.partition("{token}")
    return path.removeprefix(before).removesuffix(after)


def check(logged: str, token: str) -> None:
    assert '"message":"done"' in logged
    assert not PERSONAL.search(logged)
    assert token not in logged
    assert token[:8] not in logged
    assert ids.token_key(token) not in logged


@pytest.mark.parametrize("pattern", PATHS)
def test_no_route_logs_a_token_or_a_word(pattern: str, caplog: pytest.LogCaptureFixture) -> None:
    path = good_path(pattern)
    token = token_of(path, pattern)

    with logging_all() as lines, caplog.at_level(logging.INFO):
        for method in (*app.routes[pattern], "PUT"):
            for sent in (form, minimal, document, garbage):
                assert call(path, method, *sent()).status_code < 500, (method, sent.__name__)

    check(lines.getvalue() + caplog.text, token)
    assert f'"link":"{ids.token_key(token)[:6]}"' in lines.getvalue()


@pytest.mark.parametrize("pattern", PATHS)
def test_a_store_that_is_down_and_a_fault_of_ours_are_logged_without_a_token_or_a_word(
    pattern: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = good_path(pattern)

    with logging_all() as lines, caplog.at_level(logging.INFO):
        for error in (throttled("dynamodb", "GetItem"), RuntimeError("canary of ana@mail.example")):
            for operation in ("GetItem", "BatchGetItem", "PutItem", "TransactWriteItems"):
                with failing(operation, lambda _sent: error):  # noqa: B023 - called before the next turn
                    for method in app.routes[pattern]:
                        call(path, method, *minimal())

    check(lines.getvalue() + caplog.text, token_of(path, pattern))


def test_even_a_fault_of_the_page_for_faults_is_logged_without_a_token_or_a_word(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = good_path("/s/{token}")
    monkeypatch.setattr(asking, "survey", lambda *_: 1 / 0)
    monkeypatch.setattr(pages, "page", _fails)

    answer = call(path, "GET", b"", "")

    assert answer.status_code == 500
    assert not PERSONAL.search(answer.body.decode())
    assert "fault outside of the views: RuntimeError" in caplog.text
    assert not PERSONAL.search(caplog.text)
    assert path.removeprefix("/s/")[:8] not in caplog.text


def _fails(*_: object, **__: object) -> None:
    raise RuntimeError("canary of ana@mail.example")


def test_the_check_finds_what_is_logged_by_mistake() -> None:
    path = good_path("/s/{token}")

    with logging_all() as lines:
        call(path, "GET", b"", "")
        logging.getLogger("escuta").error("opened %s", path)

    with pytest.raises(AssertionError):
        check(lines.getvalue(), token_of(path, "/s/{token}"))
