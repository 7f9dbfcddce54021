"""The lake: responses as Parquet, by survey and day, for Athena and whatever else reads such files.

A partition is a survey and a local day. Within it there is one object for each quarter of a day, in UTC, in which
answers were given, and it is always written whole, from the responses as they are now: so a correction, a removal or an
erasure is in the lake as soon as its quarter is written again, nothing is ever there twice, and writing again does no
harm. Comments are masked.
"""

import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from escuta import files, queues, table
from escuta.config import settings
from escuta.errors import ConflictError, UnavailableError
from escuta.feedback import comments, hearing
from escuta.feedback.model import Answer, Response, ResponseState
from escuta.observe import logger

if TYPE_CHECKING:
    import pyarrow as pa

PREFIX = "responses/"
_TYPE = "application/vnd.apache.parquet"
_QUARTER = 6  # hours: few enough objects for a small survey, few enough answers in one for a large one
_PAGE = 1000  # responses held at once, and rows of a row group
_TRIES = 4  # somebody else may write the same one meanwhile


class Part(NamedTuple):
    """What is written whole: the answers of a survey's day that were given within one quarter of a day."""

    survey: str
    day: str
    quarter: str  # its first hour, of UTC: 2026-11-22T06

    @property
    def object_key(self) -> str:
        """Return where it stands in the bucket: what is before each `=` is a column of the table."""
        return f"{PREFIX}survey={self.survey}/day={self.day}/{self.quarter}.parquet"


def note(some: Iterable[Response]) -> None:
    """Let the parts be written in which these responses stand. To be called after they were stored."""
    parts = sorted({_part(response) for response in some})
    queues.send(settings().lake_queue, [part._asdict() for part in parts])


def note_day(survey: str, day: str) -> None:
    """Let every part of a day be written."""
    queues.send(settings().lake_queue, [{"survey": survey, "day": day}])


def write_all(
    noted: Sequence[Mapping[str, str]], in_time: Callable[[], bool] = lambda: True
) -> list[Mapping[str, str]]:
    """Write what was noted, each part once; return the notes of what could not be written now.

    `in_time` is asked before each part. A part that fails, for whatever reason, leaves the others alone.
    """
    left: list[Mapping[str, str]] = []
    parts: dict[Part, list[Mapping[str, str]]] = defaultdict(list)
    for each in noted:
        try:
            for part in _named(each):
                parts[part].append(each)
        except UnavailableError as busy:
            logger().warning("lake not written yet", extra={"note": dict(each), "code": busy.code})
            left.append(each)
        except Exception:  # noqa: BLE001 - the queue keeps the note; one bad day must not hold the others up
            logger().exception("lake not written", extra={"note": dict(each)})
            left.append(each)
    for part, notes in parts.items():
        if not in_time() or not _is_written(part):
            left += notes
    return left


def _named(note: Mapping[str, str]) -> list[Part]:
    survey, day = note["survey"], note["day"]
    return [Part(survey, day, each) for each in ([note["quarter"]] if "quarter" in note else _quarters(survey, day))]


def _is_written(part: Part) -> bool:
    try:
        write(part)
    except UnavailableError as busy:
        logger().warning("lake not written yet", extra={"part": part.object_key, "code": busy.code})
        return False
    except Exception:  # noqa: BLE001 - as above: an answer that does not fit stops its own part alone
        logger().exception("lake not written", extra={"part": part.object_key})
        return False
    return True


def write(part: Part) -> int:
    """Write a part from the responses as they are; return how many rows it has.

    It replaces the object that was there before the responses were read, and no other: of two who write the same part
    at the same time the one who read first begins again. UnavailableError `lake_busy` when that never ends.
    """
    bucket = settings().lake_bucket
    for _ in range(_TRIES):
        before = files.etag(bucket, part.object_key)
        quarter = _Quarter(part)
        body, rows = packed(quarter.rows(), quarter.said)
        try:
            files.replace(bucket, part.object_key, body, _TYPE, etag=before)
        except ConflictError:
            continue
        return rows
    raise UnavailableError("lake_busy", retry_after=5)


class _Quarter:
    """The responses of a part as they are read, and the sum of their revisions, which rises with every change.

    It is written with them, so that no object is ever the same as an earlier one of another state: an answer that came
    and went while somebody was writing would otherwise be brought back by them.
    """

    def __init__(self, part: Part) -> None:
        """Begin with nothing read."""
        self._part, self._revisions = part, 0

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the rows of what is not deleted."""
        for page in _read(self._part.survey, self._part.day, *_ends(self._part.quarter)):
            for response in page:
                self._revisions += response.rev
                if response.state is ResponseState.FINAL:
                    yield row(response)

    def said(self) -> dict[str, str]:
        """Return what is written beside the rows that were read."""
        return {"revisions": str(self._revisions)}


def packed(rows: Iterable[Mapping[str, Any]], said: Callable[[], Mapping[str, str]] = dict) -> tuple[bytes, int]:
    """Return rows as a Parquet file, and how many they were; `said`, asked once they are read, is written with them."""
    import pyarrow as pa  # noqa: PLC0415 - heavy, and in no other function's layer
    from pyarrow import parquet  # noqa: PLC0415 - as above

    schema, count = _schema(), 0
    into = io.BytesIO()
    with parquet.ParquetWriter(into, schema, compression="zstd") as writer:
        for page in _pages(rows):
            writer.write_table(pa.Table.from_pylist(page, schema=schema))
            count += len(page)
        writer.add_key_value_metadata(dict(said()))
    return into.getvalue(), count


def _pages(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    walk = iter(rows)
    while page := list(islice(walk, _PAGE)):
        yield page


def _schema() -> "pa.Schema":
    """Return the columns. Only ever add some, at the end, and to the table in `infra/cdk/lake.py` as well."""
    import pyarrow as pa  # noqa: PLC0415 - heavy, and in no other function's layer

    kinds = {
        "string": pa.string(),
        "int": pa.int32(),
        "boolean": pa.bool_(),
        "timestamp": pa.timestamp("ms"),
        "array<string>": pa.list_(pa.string()),
        "map<string,string>": pa.map_(pa.string(), pa.string()),
        "map<string,int>": pa.map_(pa.string(), pa.int32()),
        "map<string,array<string>>": pa.map_(pa.string(), pa.list_(pa.string())),
    }
    return pa.schema([(name, kinds[kind]) for name, kind in COLUMNS.items()])


COLUMNS = {  # name -> type as Athena says it
    "id": "string",
    "rev": "int",
    "version": "int",
    "received_at": "timestamp",
    "answered_at": "timestamp",
    "sent_at": "timestamp",
    "segment": "string",
    "segment_path": "array<string>",
    "channel": "string",
    "language": "string",
    "product": "string",
    "facets": "map<string,string>",
    "hidden": "map<string,string>",
    "contact": "string",
    "deployment": "string",
    "invitation": "string",
    "score": "int",
    "score_class": "string",
    "scales": "map<string,int>",
    "answers": "map<string,string>",
    "choices": "map<string,array<string>>",
    "comment": "string",
    "tone": "string",
    "topics": "array<string>",
    "call_asked": "boolean",
    "standing": "string",
    "origin": "string",
}


def _part(response: Response) -> Part:
    at = response.moment.astimezone(UTC)
    return Part(response.survey, response.day, f"{at:%Y-%m-%d}T{at.hour // _QUARTER * _QUARTER:02}")


def _ends(quarter: str) -> tuple[str, str]:
    """Return between which sort keys the answers of a quarter stand."""
    day, _, hour = quarter.partition("T")
    return quarter, f"{day}T{int(hour) + _QUARTER - 1:02}~"


def _quarters(survey: str, day: str) -> list[str]:
    """Return those in which answers of a day were given. No answer ever moves to another, so there are no more."""
    return sorted({_part(response).quarter for page in _read(survey, day, "", "~") for response in page})


def _read(survey: str, day: str, first: str, last: str) -> Iterator[tuple[Response, ...]]:
    cursor: str | None = None
    while True:
        pk = f"responses#{survey}#{day}"
        found = table.query(Response, pk, index="g2", between=(first, last), limit=_PAGE, cursor=cursor)
        yield found.items
        if found.next is None:
            return
        cursor = found.next


def row(response: Response) -> dict[str, Any]:
    """Return a response as a row of the lake. Words are masked; of the person there is the contact's id alone."""
    heard = hearing.of(response)
    names = {"id", "rev", "version", "segment", "channel", "language", "product", "contact", "deployment", "invitation"}
    return {
        **response.model_dump(include=names),
        **{name: _utc(getattr(response, name)) for name in ("received_at", "answered_at", "sent_at")},
        "segment_path": list(response.segment_path),
        "facets": {name: comments.masked(value) for name, value in response.facets.items()},
        "hidden": {name: comments.masked(value) for name, value in response.hidden.items()},
        "score": response.score,
        "score_class": response.score_class and str(response.score_class),
        **_answers(response.answers, response.language),
        "comment": comments.masked(response.comment, response.language),
        "tone": heard.tone if heard else None,
        "topics": list(heard.topics) if heard else [],
        "call_asked": response.call is not None,
        "standing": str(response.standing),
        "origin": str(response.origin),
    }


def _answers(answers: Mapping[str, Answer], language: str) -> dict[str, dict[str, Any]]:
    """Return answers by question: scales, single choices and masked texts, several choices. Who one is, is left out."""
    told: dict[str, dict[str, Any]] = {"scales": {}, "answers": {}, "choices": {}}
    for question, answer in answers.items():
        match answer:
            case int():
                told["scales"][question] = answer
            case str():
                told["answers"][question] = comments.masked(answer, language)
            case tuple():
                told["choices"][question] = list(answer)
    return told


def _utc(moment: datetime | None) -> datetime | None:
    """Return a moment as Parquet has it: in UTC, without saying so."""
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None)
