"""What a row of an export costs: told and stored as lines, packed as Parquet, beside reading it from the store at all.

The pages are generated, and the store only gives them out; files are kept on the disk of this machine.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from benchmarks.ground import NOW, STORE, SURVEY, VERSION, items, standing
from benchmarks.measure import Ratio, compare
from escuta import files, ids, table
from escuta.feedback import exported, exports
from escuta.feedback.exported import answered
from escuta.feedback.model import (
    Export,
    ExportFormat,
    ExportKind,
    ExportState,
    Response,
    ScoreClass,
    SurveyVersion,
)
from escuta.table.rows import of_item, to_row

ROWS = 2_000
PAGE = 500
COMMENT = "Demorou demais para entregar e o atendente foi grosseiro, mas o produto em si é bom. "


def response(number: int) -> Response:
    """Return an answer to every question of the survey, every second one with a comment."""
    received = NOW + timedelta(milliseconds=number)
    comment = COMMENT * (1 + number % 3) if number % 2 else ""
    return Response(
        id=ids.derive("bench", number),
        survey="s",
        version=1,
        segment=f"sp-{number % 40:02}",
        segment_path=("aurora", "sp", f"sp-{number % 40:02}"),
        timezone="America/Sao_Paulo",
        day=received.date().isoformat(),
        channel="email",
        language="pt-BR",
        product=f"sku-{number % 300}",
        answers={"nps": number % 11, **{f"q{each}": 1 + number % 5 for each in range(8)}, "comment": comment},
        score=number % 11,
        score_class=ScoreClass.PASSIVE,
        comment=comment,
        body_hash="",
        received_at=received,
    )


class Pages:
    """Pages of generated answers: those of one page are kept as the store gives them, and read anew each time."""

    def __init__(self, rows: int) -> None:
        """Generate one page; the others are like it."""
        self.rows = rows
        self.items = [to_row(response(number), 1).serialize() for number in range(PAGE)]

    def at(self, number: int) -> tuple[Response, ...]:
        """Return a page of the answers there are, each with its own id and its own time."""
        left = min(PAGE, self.rows - number * PAGE)
        found = [of_item(Response, item) for item in self.items[:left]]
        return tuple(each.model_copy(update=_own(number * PAGE + place)) for place, each in enumerate(found))

    def page(self, export: Export) -> table.Page[answered.Told]:
        """Return the page that follows the cursor."""
        number = int(export.cursor or 0)
        told = tuple(answered.Told(export, each, None) for each in self.at(number))
        return table.Page(told, str(number + 1) if (number + 1) * PAGE < self.rows else None)


def _own(number: int) -> dict[str, Any]:
    return {"id": ids.derive("bench", number), "received_at": NOW + timedelta(milliseconds=number)}


@contextmanager
def kept(folder: Path) -> Iterator[None]:
    """Keep every object in a folder, a part as its own file until they are joined."""

    def put_part(_bucket: str, _key: str, _upload: str, number: int, body: bytes) -> str:
        (folder / f"{number:06}").write_bytes(body)
        return f"{number:06}"

    def join_parts(_bucket: str, _key: str, _upload: str, tags: Any) -> None:
        with (folder / "joined").open("wb") as whole:
            for tag in tags:
                whole.write((folder / tag).read_bytes())
                (folder / tag).unlink()

    def write_blocks(_bucket: str, _key: str, blocks: Any, _type: str) -> None:
        with (folder / "packed").open("wb") as whole:
            for block in blocks:
                whole.write(block)

    def stream(_bucket: str, _key: str, **_: Any) -> Iterator[bytes]:
        with (folder / "joined").open("rb") as whole:
            yield from iter(lambda: whole.read(files.BLOCK), b"")

    fakes = {"put_part": put_part, "join_parts": join_parts, "write_blocks": write_blocks, "stream": stream}
    with replaced(files, begin_parts=lambda *_: "upload", **fakes):
        yield


@contextmanager
def replaced(module: Any, **fakes: Any) -> Iterator[None]:
    """Put these in place of what a module calls so."""
    with ExitStack() as stack:
        for name, fake in fakes.items():
            stack.enter_context(patch.object(module, name, fake))
        yield


@contextmanager
def generated(rows: int, folder: Path) -> Iterator[Pages]:
    """Let exports of answers find so many, and keep what they write in a folder."""
    found: dict[type, Any] = {SurveyVersion: VERSION, type(SURVEY): SURVEY}
    read = {"load": lambda cls, _key, **_: found[cls], "find": lambda cls, _key, **_: found.get(cls)}
    with standing({"Query": items(STORE)}), kept(folder), replaced(table, save=lambda entity: entity, **read):
        pages = Pages(rows)
        with patch.dict(exported._READ, {ExportKind.RESPONSES: pages.page}):  # noqa: SLF001 - pages of ours
            yield pages


def ordered(made_as: ExportFormat) -> Export:
    """Return an export of all answers that has not begun."""
    return Export(
        id="e",
        what=ExportKind.RESPONSES,
        format=made_as,
        language="pt-BR",
        survey="s",
        created_at=NOW,
        created_by="bench",
        expires_at=NOW + exports.KEPT,
    )


def write(made_as: ExportFormat) -> Export:
    """Write everything there is, run after run."""
    export = exports._begun(ordered(made_as))  # noqa: SLF001 - what a run does, without its queue
    while export.state is ExportState.RUNNING:
        export = exports._next(export, lambda: True)  # noqa: SLF001 - as above
    return export


def ratios() -> Iterator[Ratio]:
    """Yield the cost of each format beside that of reading the rows."""
    with TemporaryDirectory() as name, generated(ROWS, Path(name)) as pages:

        def reading() -> None:
            for number in range(ROWS // PAGE):
                json.dumps([each.model_dump(mode="json") for each in pages.at(number)])

        for made_as in (ExportFormat.CSV, ExportFormat.JSONL, ExportFormat.PARQUET):
            yield compare(f"{made_as} : read and dump", partial(write, made_as), reading, ROWS, "row")
