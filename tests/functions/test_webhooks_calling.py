"""H1, H2: calling servers that are slow, broken, hostile or elsewhere: an answer, soon, from nobody else."""

import gzip
import socket
import ssl
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import trustme

from escuta.outreach.webhooks import calling
from escuta.outreach.webhooks.calling import Reply
from tests.conftest import forget
from tests.kit.receiver import Answer, Receiver, answering, dripping, flooding, hanging, listening, saying

HEADERS = {"webhook-id": "first"}


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a fraction of what is waited in life."""
    monkeypatch.setattr(calling, "CONNECT", 2.0)
    monkeypatch.setattr(calling, "WHOLE", 0.3)


def posted(receiver: Receiver, url: str = "") -> Reply:
    return calling.post(url or receiver.url, b'{"a":"\xc3\xa1"}', HEADERS, receiver.place)


def names(receiver: Receiver, *answers: str) -> Any:
    """Let every name lead to these addresses, one after the other as often as it is asked for."""
    found = iter(answers)

    def getaddrinfo(_host: str, _port: int, **_: Any) -> Any:
        some = next(found).split()
        return [
            (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, receiver.port))
            for each in some
        ]

    return patch.object(socket, "getaddrinfo", getaddrinfo)


def test_a_server_is_sent_the_body_and_its_answer_is_told() -> None:
    with listening(answering(202, "ok\x00 \x1b[31mred")) as receiver:
        reply = posted(receiver)

    assert (reply.status, reply.error, reply.answer) == (202, "", "ok [31mred")
    (found,) = receiver.received
    assert found.line == "POST /hook HTTP/1.1"
    assert found.body == '{"a":"á"}'
    assert found.headers["host"] == receiver.place
    assert found.headers["webhook-id"] == "first"
    assert found.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("status", [100, 199, 300, 304, 400, 404, 410, 429, 500, 503, 599])
def test_only_an_answer_of_the_two_hundreds_takes_an_event(status: int) -> None:
    with listening(answering(status, "no")) as receiver, patch.object(calling, "WHOLE", 0.3):
        reply = posted(receiver)

    assert (reply.status, reply.error) == ((status, "status") if status >= 199 else (0, "answer_broken"))
    assert reply.gone == (status == 410)


@pytest.mark.parametrize("where", ["http://169.254.169.254/latest/meta-data/", "http://{place}/inner", "/elsewhere"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_h1_a_redirect_is_a_failure_and_leads_nowhere(status: int, where: str) -> None:
    with listening(answering(status, "", location=where.format(place="127.0.0.1:9"))) as receiver:
        reply = posted(receiver)

    assert (reply.status, reply.error, receiver.connections) == (status, "status", 1)


@pytest.mark.parametrize(
    "said",
    [
        hanging,
        dripping(b""),
        dripping(b"HTTP/1.1 200 OK\r\nX-Slow: "),
        dripping(b"HTTP/1.1 200 OK\r\n\r\n"),
        dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
    ],
    ids=["nothing", "a status", "headers", "a body", "the length of a chunk"],
)
@pytest.mark.usefixtures("hasty")
def test_h2_a_server_that_comes_to_no_end_is_not_waited_for(said: Answer) -> None:
    with listening(said) as receiver:
        reply = posted(receiver)

    assert reply.error == "timeout"
    assert 250 <= reply.milliseconds < 5_000


@pytest.mark.usefixtures("hasty")
def test_h2_a_server_that_does_not_read_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        reply = calling.post(f"http://127.0.0.1:{port}/", b"a" * 50_000_000, {}, f"127.0.0.1:{port}")

    assert reply.error == "timeout"


def test_h2_of_a_gigabyte_the_beginning_is_read_and_a_kilobyte_kept() -> None:
    with listening(flooding) as receiver, patch.object(calling, "MOST_READ", 70_000):
        reply = posted(receiver)

    assert (reply.status, reply.error, len(reply.answer)) == (200, "", 1_024)


def test_h2_what_is_packed_stays_packed() -> None:
    bomb = gzip.compress(b"a" * 10_000_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    with listening(saying(head + bomb)) as receiver:
        reply = posted(receiver)

    assert reply.status == 200
    assert "aaaa" not in reply.answer
    assert len(reply.answer) <= 1_024


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\x16\x03\x01",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 99999999999999999999 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: " + b"a" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: a\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["nothing", "noise", "another protocol", "no status", "words", "a huge status", "long", "many", "no chunk"],
)
def test_h2_garbage_is_a_failure(raw: bytes) -> None:
    with listening(saying(raw)) as receiver:
        reply = posted(receiver)

    assert reply.error == "answer_broken"


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        ("Tue, 10 Mar 2026 15:02:00 GMT", 120),
        ("Tue, 10 Mar 2026 14:02:00 GMT", 0),
        ("soon", 0),
        ("-5", 0),
        ("9" * 400, 999_999_999),
        ("Fri, 31 Dec 9999 99:99:99 GMT", 0),
    ],
)
@pytest.mark.usefixtures("noon")
def test_h3_when_to_come_again_is_understood_in_seconds_and_as_a_date(said: str, seconds: int) -> None:
    with listening(answering(429, "", retry_after=said)) as receiver:
        reply = posted(receiver)

    assert (reply.status, round(reply.retry_after, -1)) == (429, round(seconds, -1))


def test_nobody_listens() -> None:
    with listening() as receiver:
        pass
    assert posted(receiver).error == "connect_failed"


def test_a_name_that_there_is_not() -> None:
    with listening(host="crm.example.com") as receiver, patch.object(socket, "getaddrinfo", side_effect=OSError):
        reply = calling.post("https://crm.example.com/", b"", {})

    assert (reply.error, receiver.connections) == ("name_unknown", 0)


@pytest.mark.usefixtures("hasty")
def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "CONNECT", 0.2)
    with listening() as receiver, patch.object(socket, "getaddrinfo", lambda *_, **__: receiver.over.wait(10)):
        reply = calling.post("https://crm.example.com/", b"", {})

    assert reply.error == "connect_timeout"


@pytest.mark.parametrize(
    "found", ["127.0.0.1", "8.8.8.8 127.0.0.1", "2600:1f18::1 fd00:ec2::254", "169.254.169.254", "::ffff:10.0.0.1"]
)
def test_h1_a_name_that_leads_inside_is_not_called_even_if_it_leads_outside_too(found: str) -> None:
    with listening() as receiver, names(receiver, found):
        reply = calling.post("https://crm.example.com/hook", b"{}", {})

    assert (reply.error, receiver.connections) == ("address_refused", 0)


def test_h1_a_name_that_leads_elsewhere_a_moment_later_is_called_where_it_was_looked_at() -> None:
    with listening(host="crm.example.com") as receiver, names(receiver, "127.0.0.1", "127.0.0.2"):
        reply = calling.post(receiver.url, b"{}", {}, f"crm.example.com:{receiver.port}")

    assert (reply.status, receiver.received[0].headers["host"]) == (200, f"crm.example.com:{receiver.port}")


def test_of_several_addresses_one_that_answers_is_enough() -> None:
    with listening(host="crm.example.com") as receiver, names(receiver, "127.0.0.2 127.0.0.1"):
        reply = calling.post(receiver.url, b"{}", {}, f"crm.example.com:{receiver.port}")

    assert reply.status == 200


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening() as receiver, listening() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
            monkeypatch.setenv(name, proxy.url)
        assert posted(receiver).status == 200

    assert proxy.connections == 0


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    yield
    forget()


def certified(authority: trustme.CA, *named: str, until: datetime | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*named, not_after=until).configure_cert(context)
    return context


def secured(
    authority: trustme.CA, answer: Answer, *named: str, until: datetime | None = None
) -> tuple[Reply, Receiver]:
    """Call https://crm.example.com, where a server has a certificate for these names."""
    context = certified(authority, *named, until=until)
    with listening(answer, context=context, host="crm.example.com") as receiver, names(receiver, "127.0.0.1"):
        reply = calling.post(receiver.url, b"{}", {}, f"crm.example.com:{receiver.port}")
    return reply, receiver


@pytest.mark.usefixtures("trusted")
def test_a_server_proves_by_its_certificate_that_it_has_the_name(authority: trustme.CA) -> None:
    reply, receiver = secured(authority, answering(200, "ok"), "crm.example.com")

    assert (reply.status, reply.answer) == (200, "ok")
    assert receiver.received[0].headers["host"] == f"crm.example.com:{receiver.port}"


@pytest.mark.parametrize(
    ("name", "until"),
    [("other.example.com", None), ("crm.example.com", datetime(2020, 1, 1)), ("127.0.0.1", None)],  # noqa: DTZ001 - as trustme has it
    ids=["of another name", "of the past", "of an address"],
)
@pytest.mark.usefixtures("trusted")
def test_h2_a_certificate_that_is_not_good_is_no_certificate(
    authority: trustme.CA, name: str, until: datetime | None
) -> None:
    reply, receiver = secured(authority, answering(), name, until=until)

    assert (reply.error, receiver.received) == ("tls_failed", [])


@pytest.mark.usefixtures("trusted")
def test_h2_an_authority_that_nobody_knows_is_none() -> None:
    reply, receiver = secured(trustme.CA(), answering(), "crm.example.com")

    assert (reply.error, receiver.received) == ("tls_failed", [])


@pytest.mark.usefixtures("trusted")
def test_h2_a_server_without_tls_is_not_spoken_to_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "CONNECT", 0.3)
    with listening(answering()) as receiver:
        reply = posted(receiver, receiver.url.replace("http:", "https:"))

    assert reply.error == "connect_timeout"  # it waited for a line, and the handshake has none
    assert "hook" not in receiver.received[0].line


@pytest.mark.parametrize("said", [hanging, dripping(b"HTTP/1.1 200 OK\r\nX-Slow: ")], ids=["nothing", "headers"])
@pytest.mark.usefixtures("trusted", "hasty")
def test_h2_a_server_under_tls_that_comes_to_no_end_is_not_waited_for(authority: trustme.CA, said: Answer) -> None:
    reply, _ = secured(authority, said, "crm.example.com")

    assert reply.error == "timeout"


@pytest.mark.usefixtures("trusted")
def test_h2_a_server_that_does_not_shake_hands_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "CONNECT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = f"127.0.0.1:{server.getsockname()[1]}"
        reply = calling.post(f"https://{place}/", b"{}", {}, place)

    assert reply.error == "connect_timeout"
