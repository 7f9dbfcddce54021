"""Ordering exports, working them off, and reading what they wrote."""

import csv
import io
from typing import Any

import boto3

from escuta import table
from escuta.feedback.model import Export
from export import app
from tests.functions.callers import ask, key
from tests.kit.faults import untouched
from tests.kit.queue import Queue

BUCKET = "escuta-reports"
ENGLISH = {"Accept-Language": "en"}


def order(what: str, **body: Any) -> Any:
    answer = ask("POST", "/v1/exports", key(), body={"what": what, **body}, headers=ENGLISH)
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


def rows(export: str) -> list[list[str]]:
    text = fetched(export).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))
