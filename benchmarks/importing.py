"""Loading a chunk of 500 rows against a bare batch-write loop of 500 items."""

from collections.abc import Iterator
from typing import Any

import boto3

from benchmarks.ground import NOW, STORE, item, items, standing, stored
from benchmarks.measure import Ratio, compare
from escuta.directory import loading
from escuta.directory.model import Contact, DropFile, FileState
from escuta.directory.scan import Chunk
from importer.load import handler

ROWS = 500
BATCH = 25
COLUMNS = {"Código": "external_id", "Nome": "name", "E-mail": "email", "Celular": "phone", "Loja": "segment"}


def ratios() -> Iterator[Ratio]:
    """Yield the ratio of loading a chunk, and that of checking its rows alone."""
    content = "".join(
        f"C-{n};Conceição Araújo {n};pessoa.{n}@example.com;(11) 9{n:04}-{n:04};sp-01\r\n" for n in range(ROWS)
    ).encode()
    chunk = Chunk(file="f", number=1, first_byte=0, last_byte=len(content) - 1, first_row=1, first_line=2, rows=ROWS)
    file = DropFile(
        id="f",
        bucket="drop",
        object_key="contacts/f.csv",
        etag="e",
        sha256="0" * 64,
        folder="contacts",
        state=FileState.LOADING,
        encoding="utf-8",
        delimiter=";",
        header=tuple(COLUMNS),
        mapping=COLUMNS,
        rows=ROWS * 2,
        chunks=2,
        received_at=NOW,
    )
    answers = {
        "GetItem|file#": item(file),
        "GetItem|folder#": "{}",
        "Query|segments": items(STORE),
        "BatchGetItem": '{"Responses": {"directory": []}, "UnprocessedKeys": {}}',
        "BatchWriteItem": '{"UnprocessedItems": {}}',
        "GET /drop/contacts/f.csv": content.decode(),
    }
    event = {"Records": [{"messageId": "m", "body": chunk.model_dump_json()}]}
    with standing(answers):
        client = boto3.client("dynamodb")
        rows = [stored(_contact(number)) for number in range(ROWS)]

        def load() -> None:
            if handler(event, None)["batchItemFailures"]:
                raise RuntimeError("the chunk was not loaded")

        def bare() -> None:
            for first in range(0, ROWS, BATCH):
                _write(client, rows[first : first + BATCH])

        yield compare("load a row : batch-write it", load, bare, ROWS, "row")
        text = content.decode()
        yield compare("check a row : batch-write it", lambda: loading.check(file, chunk, text), bare, ROWS, "row")


def _write(client: Any, rows: list[Any]) -> None:
    client.batch_write_item(RequestItems={"directory": [{"PutRequest": {"Item": row}} for row in rows]})


def _contact(number: int) -> Contact:
    return Contact(
        id=f"contact-{number}",
        external_id=f"C-{number}",
        name=f"Conceição Araújo {number}",
        email=f"pessoa.{number}@example.com",
        phone=f"+55119{number:08}",
        segment="sp-01",
        created_at=NOW,
        updated_at=NOW,
    )
