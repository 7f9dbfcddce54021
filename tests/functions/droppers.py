"""A drop bucket with two stores behind it: files are dropped into it, and their reports are read."""

import csv
import io
import json
from itertools import count
from typing import Any
from urllib.parse import quote_plus

import boto3

from escuta import table
from escuta.directory import drops, segments
from escuta.directory.model import Contact, DropFile, FileState, Folder
from escuta.outreach import rulesets
from escuta.outreach.model import Route, RulesDraft
from importer import close, load, register
from tests.kit.faults import untouched
from tests.kit.queue import Queue
from tests.kit.world import scan

_SEQUENCE = count(0x65F1A2B3C4)
HEADER = "Código do cliente;Nome;E-mail;Celular;Loja"


def stores() -> None:
    """Make two stores, and the rules of the folder `lojas`: everybody is asked `visit`."""
    segments.create("aurora", "Lojas Aurora", timezone="America/Sao_Paulo")
    for code in ("spo-01", "rio-01"):
        segments.create(code, code.upper(), "aurora")
    rulesets.create("Visitas", RulesDraft(default=Route(name="todos", survey="visit")), ruleset="visitas")
    table.put(Folder(folder="lojas", rules="visitas", owner_language="pt-BR"))


def rows(*lines: str, header: str = HEADER) -> bytes:
    """Return a CSV as a Brazilian Excel saves it."""
    return "".join(f"{line}\r\n" for line in (header, *lines)).encode("cp1252")


def put(body: bytes, key: str = "lojas/clientes.csv", *, sequencer: str = "") -> dict[str, Any]:
    """Put a file into the drop bucket and return S3's notice of it, as the drop queue holds it.

    Without a `sequencer` it is a later one than all before.
    """
    with untouched():
        stored = boto3.client("s3").put_object(Bucket="escuta-drop", Key=key, Body=body)
    place = {
        "key": quote_plus(key, safe="/"),
        "size": len(body),
        "eTag": stored["ETag"].strip('"'),
        "sequencer": sequencer or f"{next(_SEQUENCE):018X}",
    }
    record = {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "escuta-drop"}, "object": place}}
    return {"Records": [record]}


def notify(*notices: dict[str, Any]) -> dict[str, Any]:
    """Deliver notices to `register`; return its answer to SQS."""
    records = [{"messageId": str(number), "body": json.dumps(notice)} for number, notice in enumerate(notices)]
    answer: dict[str, Any] = register.handler({"Records": records}, None)
    return answer


def register_all(**options: Any) -> Queue:
    """Deliver what waits on the drop queue itself, delays ended: files that have settled, files let go on."""
    queue = Queue("drop", register.handler, **options)
    queue.run()
    return queue


def load_all(**options: Any) -> Queue:
    """Deliver the chunks that wait until none does, then have the loaded files closed; return the chunks' queue."""
    queue = Queue("load", load.handler, **options)
    queue.run()
    close_all(**options)
    return queue


def close_all(**options: Any) -> Queue:
    """Deliver the messages about files that are to be closed, or told about, until none waits."""
    queue = Queue("close", close.handler, **options)
    queue.run()
    return queue


def drop(body: bytes, key: str = "lojas/clientes.csv") -> DropFile:
    """Drop a file, let it be registered and loaded, and return it."""
    assert notify(put(body, key)) == {"batchItemFailures": []}
    assert load_all().dead == []
    return the_file(key)


def the_files() -> list[DropFile]:
    """Return the files, the oldest first."""
    return list(reversed(drops.listing(limit=100).items))


def the_file(key: str = "lojas/clientes.csv") -> DropFile:
    """Return the newest file at this place."""
    return [file for file in the_files() if file.object_key == key][-1]


def people() -> list[Contact]:
    """Return everybody, by name."""
    with untouched():
        rows = [row for row in scan(Contact.table) if row["kind"]["S"] == "contact"]
        keys = [Contact.at(json.loads(row["data"]["S"])["id"]) for row in rows]
        return sorted(table.find_many(Contact, keys).values(), key=lambda contact: contact.name)


def reports() -> dict[str, bytes]:
    """Return every object of the reports bucket."""
    with untouched():
        s3 = boto3.client("s3")
        keys = [stored["Key"] for stored in s3.list_objects_v2(Bucket="escuta-reports").get("Contents", [])]
        return {key: s3.get_object(Bucket="escuta-reports", Key=key)["Body"].read() for key in keys}


def report(file: DropFile) -> list[list[str]]:
    """Return the cells of a file's report."""
    body = reports()[file.report_key]
    assert body.startswith(b"\xef\xbb\xbf")
    text = body.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True))


def summary(file: DropFile) -> dict[str, Any]:
    """Return the summary of a file."""
    found: dict[str, Any] = json.loads(reports()[file.report_key.replace(".report.csv", ".summary.json")])
    return found


def totals(file: DropFile) -> tuple[int, int, int, int]:
    """Return accepted, updated, duplicate, rejected of a file that is done."""
    assert file.state is FileState.DONE
    found = file.totals
    assert sum(found.values()) == file.rows
    return found["accepted"], found["updated"], found["duplicate"], found["rejected"]
