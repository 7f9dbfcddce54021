"""Loading a chunk of 500 rows against a bare batch-write loop of what it leaves, and reading rows alone."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3

from benchmarks.ground import NOW, STORE, item, items, standing, stored
from benchmarks.measure import Ratio, compare
from escuta.directory import finding, folders, loading
from escuta.directory.model import Contact, DropFile, FileState, Transaction
from escuta.directory.scan import Chunk
from importer.load import handler

ROWS = 500
BATCH = 25
PERSON = {"Código": "external_id", "Nome": "name", "E-mail": "email", "Celular": "phone", "Loja": "segment"}
VISIT = {"Pedido": "reference", "Data": "occurred_at", "Valor": "amount"}


def ratios() -> Iterator[Ratio]:
    """Yield the ratios of loading a row, without and with a visit, and that of checking rows alone."""
    people = content("C-{0};Conceição Araújo {0};pessoa.{0}@example.com;(11) 9{0:04}-{0:04};sp-01")
    visits = content(
        "C-{0};Conceição Araújo {0};pessoa.{0}@example.com;(11) 9{0:04}-{0:04};sp-01;P-{0};2026-03-09T10:00:00Z;12,90"
    )
    files = [file_of("f", PERSON), file_of("v", {**PERSON, **VISIT})]
    with standing(answers(files, (people, visits))):
        client = boto3.client("dynamodb")
        people_told = [_contact(number) for number in range(ROWS)]
        words = [word for person in people_told for word in finding.rows(person).values()]
        contacts = [*map(stored, people_told), *map(stored, words)]
        both = [*contacts, *(stored(_transaction(number)) for number in range(ROWS))]

        def bare(rows: list[dict[str, Any]]) -> None:
            for first in range(0, len(rows), BATCH):
                _write(client, rows[first : first + BATCH])

        yield from _of(files[0], people, "", lambda: bare(contacts))
        yield from _of(files[1], visits, " with a visit", lambda: bare(both))


def _of(file: DropFile, rows: str, what: str, bare: Callable[[], None]) -> Iterator[Ratio]:
    chunk = chunk_of(file, rows)
    event = {"Records": [{"messageId": "m", "body": chunk.model_dump_json()}]}
    yield compare(f"load a row{what} : batch-write it", lambda: load(event), bare, ROWS, "row")
    folder = folders.of(file.folder)
    yield compare(
        f"check a row{what} : batch-write it", lambda: loading.check(file, folder, chunk, rows), bare, ROWS, "row"
    )


def load(event: dict[str, Any]) -> None:
    """Load the chunk that the message names, as SQS would have it."""
    if handler(event, None)["batchItemFailures"]:
        raise RuntimeError("the chunk was not loaded")


def content(row: str) -> str:
    """Return the rows of a chunk; `{0}` is the number of the row."""
    return "".join(f"{row}\r\n".format(number) for number in range(ROWS))


def chunk_of(file: DropFile, rows: str) -> Chunk:
    """Return the message about all these rows."""
    last = len(rows.encode()) - 1
    return Chunk(file=file.id, number=1, first_byte=0, last_byte=last, first_row=1, first_line=2, rows=ROWS)


def file_of(name: str, columns: dict[str, str]) -> DropFile:
    """Return a file with these columns, with another chunk still to come."""
    return DropFile(
        id=name,
        bucket="drop",
        object_key=f"contacts/{name}.csv",
        etag="e",
        sha256="0" * 64,
        folder="contacts",
        state=FileState.LOADING,
        encoding="utf-8",
        delimiter=";",
        header=tuple(columns),
        mapping=columns,
        rows=ROWS * 2,
        chunks=2,
        received_at=NOW,
    )


def answers(files: list[DropFile], contents: tuple[str, ...]) -> dict[str, str]:
    """Return what a store holds in which nobody is known, nobody forgotten and no address closed."""
    return {
        "GetItem|chunks#": "{}",
        **{f"GetItem|file#{file.id}": item(file) for file in files},
        "Query|segments": items(STORE),
        "Query|": items(),
        "BatchGetItem": '{"Responses": {"directory": [], "outreach": []}, "UnprocessedKeys": {}}',
        "BatchWriteItem": '{"UnprocessedItems": {}}',
        **{f"GET /drop/{file.object_key}": rows for file, rows in zip(files, contents, strict=True)},
    }


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


def _transaction(number: int) -> Transaction:
    return Transaction(
        id=f"transaction-{number}",
        contact=f"contact-{number}",
        reference=f"P-{number}",
        segment="sp-01",
        segment_path=STORE.path,
        product="a",
        occurred_at=NOW,
        amount="12.90",
        created_at=NOW,
        updated_at=NOW,
    )
