"""What one send does on the wire: a server on loopback that counts, and answers badly or not at all."""

import base64
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from escuta.outreach import messages
from escuta.outreach.messages import Email, Lost, Refused
from tests.conftest import forget
from tests.kit.faults import failing, throttled

MAIL = Email(to="ana@example.com", subject="Olá", text="Olá", html="<p>Olá</p>", tags={"invitation": "key-1"})
SERVICES = ("AWS_ENDPOINT_URL_SESV2", "AWS_ENDPOINT_URL_SNS")


def mail() -> str:
    return messages.send_email(MAIL)


def sms() -> str:
    return messages.send_sms("+5511988880000", "Olá")


@contextmanager
def serving(monkeypatch: pytest.MonkeyPatch, answer: bytes | None) -> Iterator[list[bytes]]:
    """Take connections until the end; answer each request like this, or None: never. Yields what was asked."""
    asked: list[bytes] = []
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def work() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:  # the test is over
                    return
                held.append(connection)
                asked.append(_request(connection))
                if answer is not None:
                    connection.sendall(answer)
                    connection.close()

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        for name in SERVICES:
            monkeypatch.setenv(name, f"http://127.0.0.1:{server.getsockname()[1]}")
        forget()
        try:
            yield asked
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in held:
                connection.close()


def _request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(
        next(line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    )
    while len(body) < length:
        body += connection.recv(65536)
    return body


def replied(status: str, body: str) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()


@pytest.mark.parametrize("send", [mail, sms])
def test_a_server_that_never_answers_sees_exactly_one_request(
    send: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:  # E11, M7, rule 9
    monkeypatch.setattr(messages, "READ_SECONDS", 0.3)
    with serving(monkeypatch, None) as asked, pytest.raises(Lost):
        send()

    assert len(asked) == 1


@pytest.mark.parametrize("send", [mail, sms])
@pytest.mark.parametrize(
    "answer",
    [b"", replied("500 Internal Server Error", "{}"), replied("503 Slow Down", "{}"), replied("200 OK", "<half")],
)
def test_an_answer_that_tells_nothing_is_lost_after_one_request(
    send: Callable[[], str], answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(monkeypatch, answer) as asked, pytest.raises(Lost):
        send()

    assert len(asked) == 1


def test_a_server_that_cannot_be_reached_got_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", f"http://127.0.0.1:{port}")
    forget()

    with pytest.raises(Refused) as refused:
        mail()

    assert (refused.value.code, refused.value.retry) == ("unreachable", True)


def test_a_sender_with_accents_goes_out_in_ascii_on_the_envelope_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(monkeypatch, replied("200 OK", '{"MessageId": "message-1"}')) as asked:
        messages.send_email(MAIL.changed(sender_name="Café São João"))

    encoded = "=?utf-8?b?Q2Fmw6kgU8OjbyBKb8Ojbw==?= <pesquisa@aurora.example>"
    body = json.loads(asked[0])
    assert body["FromEmailAddress"] == encoded
    raw = base64.b64decode(body["Content"]["Raw"]["Data"]).replace(b"\r\n <", b" <")
    assert f"From: {encoded}\r\n".encode() in raw


def test_the_tags_and_the_configuration_set_go_with_the_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(monkeypatch, replied("200 OK", '{"MessageId": "message-1"}')) as asked:
        assert mail() == "message-1"

    body = json.loads(asked[0])
    assert body["EmailTags"] == [{"Name": "invitation", "Value": "key-1"}]
    assert body["ConfigurationSetName"] == "escuta"
    assert body["Destination"] == {"ToAddresses": ["ana@example.com"]}


@pytest.mark.parametrize(
    ("code", "message", "reason", "retry", "stops"),
    [
        ("TooManyRequestsException", "Maximum sending rate exceeded.", "throttled", True, False),  # E9
        ("ThrottlingException", "Rate exceeded", "throttled", True, False),
        ("LimitExceededException", "Daily message quota exceeded.", "quota", True, True),  # E10
        ("SendingPausedException", "Sending is paused", "sending_paused", True, True),  # E13
        ("AccountSuspendedException", "Suspended", "sending_paused", True, True),
        ("MailFromDomainNotVerifiedException", "Not verified", "sender_unverified", True, True),
        ("MessageRejected", "Email address is not verified.", "sender_unverified", True, True),
        ("AccessDeniedException", "not authorized to perform ses:SendEmail", "access_denied", True, True),
        ("MessageRejected", "Illegal content", "message_rejected", False, False),
        ("BadRequestException", "Invalid", "message_rejected", False, False),
        ("InvalidParameter", "Phone number is opted out", "opted_out", False, False),  # M4
    ],
)
def test_a_refusal_says_whether_to_try_again_and_whether_to_stop(
    code: str, message: str, reason: str, *, retry: bool, stops: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = json.dumps({"message": message})
    answer = replied(f"400 Bad Request\r\nx-amzn-ErrorType: {code}", body)
    with serving(monkeypatch, answer) as asked, pytest.raises(Refused) as refused:
        mail()

    assert len(asked) == 1
    assert (refused.value.code, refused.value.retry, refused.value.stops_the_run) == (reason, retry, stops)


def test_a_throttled_sms_may_be_tried_again() -> None:
    with failing("Publish", lambda _: throttled("sns", "Publish")), pytest.raises(Refused) as refused:
        sms()

    assert (refused.value.code, refused.value.retry) == ("throttled", True)
