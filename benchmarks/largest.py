"""The largest that is let in, on a running instance: `make up`, then `python -m benchmarks.largest`.

A file of ten megabytes, exports of every kind, an erasure, an answer as long as one may be, pages of the API, and
every call that the clock makes. It says nothing itself: `benchmarks.peaks`, beside it, sees what the functions needed.
"""

import json
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from infra.local import stack
from infra.local.place import Place

_MB = 10
_TAKEN = 2_000  # rows that are people; in the others the store is unknown, and each is in the report
_ROW = "{0};Conceição Araújo {0};pessoa.{0}@example.com;{1};NF-{0};2026-03-09T10:00:00Z;12,90\r\n"
_TITLES = "Código do cliente;Nome;E-mail;Loja;Nº do pedido;Data da compra;Valor\r\n"
_FORMATS = ("csv", "xlsx", "jsonl", "parquet")
_PATHS = (
    "contacts?limit=100&segment=aurora",
    "responses?limit=100&survey={survey}&segment=aurora",
    "tickets?limit=100",
    "segments?limit=100",
    "audit",
)
_DAYS = ("2020-01-01", "2039-12-31")
_LONG = 60_000  # bytes of one answer, of 64 KB that a page may send
_PATIENCE = 900.0  # seconds


def main() -> None:
    """Do all of it, and wait for the ends."""
    running = stack.look(Place.from_environment())
    _by_the_clock(running.place)
    aws = running.place.aws("s3")
    aws.put_object(Bucket=running.outputs["DropBucket"], Key="contacts/grande.csv", Body="".join(_rows()).encode())
    ordered = list(_ordered(running))
    _reads(running)
    _answers(running)
    _until("the exports", lambda: all(_ask(running, "GET", f"exports/{each}")["state"] == "done" for each in ordered))
    _until("the file", lambda: any(each["state"] == "done" for each in _files(running)))
    (person, *_) = _ask(running, "GET", "contacts?limit=1&segment=spo-01")["items"]
    receipt = _ask(running, "POST", f"contacts/{person['id']}/erasures", {"keep_out": True})
    _until("the erasure", lambda: bool(_ask(running, "GET", f"erasures/{receipt['id']}")["reached"]))
    _by_the_clock(running.place)


def _by_the_clock(place: Place) -> None:
    events, functions = place.aws("events"), place.aws("lambda")
    for rule in events.list_rules()["Rules"]:
        for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]:
            functions.invoke(FunctionName=target["Arn"], InvocationType="Event", Payload=target["Input"].encode())


def _rows() -> Iterator[str]:
    yield _TITLES
    size, number = 0, 0
    while size < _MB << 20:
        row = _ROW.format(number, "spo-01" if number < _TAKEN else "nowhere")
        size, number = size + len(row.encode()), number + 1
        yield row


def _ordered(running: stack.Running) -> Iterator[str]:
    first, last = _DAYS
    for written in _FORMATS:
        asked = {"what": "responses", "survey": running.seeded["survey"], "from": first, "to": last}
        yield _ask(running, "POST", "exports", {**asked, "format": written})["id"]
        yield _ask(running, "POST", "exports", {"what": "contacts", "segment": "aurora", "format": written})["id"]


def _reads(running: stack.Running) -> None:
    for path in _PATHS:
        _ask(running, "GET", path.format(survey=running.seeded["survey"]))


def _answers(running: stack.Running) -> None:
    """Open the page of a store, and send it more words than it takes."""
    url = f"{running.door}/t/{running.seeded['store_token']}"
    _send("GET", url, b"", {"Accept": "text/html"})
    _send("POST", url, b"n.nps=9&t.comment=" + b"a" * _LONG, {"Content-Type": "application/x-www-form-urlencoded"})


def _files(running: stack.Running) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _ask(running, "GET", "files?limit=5")["items"]
    return [each for each in found if "grande" in json.dumps(each)]


def _ask(running: stack.Running, method: str, path: str, body: object = None) -> Any:
    headers = {"Authorization": f"Bearer {running.seeded['api_key']}", "Content-Type": "application/json"}
    raw = b"" if body is None else json.dumps(body).encode()
    status, answer = _send(method, f"{running.api}/v1/{path}", raw, headers)
    if status >= 400:  # noqa: PLR2004 - the first that says no
        raise RuntimeError(f"{method} {path}: {status} {answer.decode()}")
    return json.loads(answer)


def _send(method: str, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=60)
    try:
        connection.request(method, f"{parts.path}?{parts.query}" if parts.query else parts.path, body or None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _until(what: str, is_so: Any) -> None:
    end = time.monotonic() + _PATIENCE
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(1)


if __name__ == "__main__":
    main()
