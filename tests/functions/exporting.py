"""Ordering exports, working them off, and reading what they wrote."""

import csv
import io
import json
from typing import Any

import boto3
import pyarrow as pa
from pyarrow import parquet

from escuta import table
from escuta.feedback.model import Export
from export import app
from tests.functions.callers import ask, key
from tests.kit.faults import untouched
from tests.kit.queue import Queue

BUCKET = "escuta-reports"
ENGLISH = {"Accept-Language": "en"}


def order(what: str, language: str = "en", **body: Any) -> Any:
    answer = ask("POST", "/v1/exports", key(), body={"what": what, **body}, headers={"Accept-Language": language})
    assert answer.status == 201, answer.json
    return answer.json


def work() -> list[Any]:
    queue = Queue("export", app.handler)
    queue.run()
    return queue.dead


def fetched(export: str) -> bytes:
    found = table.load(Export, Export.at(export))
    with untouched():
        return bytes(boto3.client("s3").get_object(Bucket=BUCKET, Key=found.object_key)["Body"].read())


def rows(export: str, separator: str = ",") -> list[list[str]]:
    text = fetched(export).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))


def records(export: str) -> list[dict[str, Any]]:
    """Return the rows of an export that is JSON Lines."""
    return [json.loads(line) for line in fetched(export).decode().split("\n")[:-1]]


def packed(export: str) -> pa.Table:
    """Return an export that is Parquet."""
    return parquet.read_table(io.BytesIO(fetched(export)))


def told(what: str, **body: Any) -> list[dict[str, Any]]:
    """Order an export, work it off, and return its rows with their types."""
    ordered = order(what, format="jsonl", **body)
    assert work() == []
    return records(ordered["id"])


def read(what: str, **body: Any) -> list[dict[str, str]]:
    """Order an export, work it off, and return its rows as people read them, by the titles."""
    ordered = order(what, **body)
    assert work() == []
    titles, *lines = rows(ordered["id"])
    assert len(set(titles)) == len(titles)
    return [dict(zip(titles, line, strict=True)) for line in lines]
