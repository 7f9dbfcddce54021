"""Lines and Parquet of every kind of thing: literal, typed, and whole, whatever dies on the way."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from escuta import clock, files, table
from escuta.directory import custom_fields
from escuta.directory.model import Contact, FieldType, Product
from escuta.errors import ConflictError
from escuta.feedback import exports
from escuta.feedback.model import Export, ExportFormat, ExportKind, ExportState, Wanted
from export import app
from tests.conftest import NOON
from tests.functions.callers import answered, ask, found_company, key, open_survey
from tests.functions.exporting import BUCKET, fetched, order, packed, records, told, work
from tests.functions.senders import sending
from tests.kit import factories, world
from tests.kit.faults import READS, Call, Fault, survey_of_faults, untouched
from tests.kit.queue import Queue

NAMES = ["=cmd|'/C calc'!A0", "+1", "-1", "@sum", "\tx", "\rx", "line\nend", "\u2028", '"quoted"', "á, é"]


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()


def people(**fields: Any) -> list[Contact]:
    made = [factories.contact(f"P{number}", segment="poa", **fields) for number in range(len(NAMES))]
    made = [person.changed(name=name) for person, name in zip(made, NAMES, strict=True)]
    table.put_many(made)
    return made


@pytest.mark.parametrize("what", list(ExportKind))
def test_every_kind_is_written_in_every_format_even_when_there_is_nothing(what: ExportKind) -> None:
    table.put(sending())
    deployment = "first" if what in {ExportKind.LINKS, ExportKind.INVITATIONS} else ""
    named: dict[str, Any] = {"survey": "visit", "deployment": deployment, "segments": ("manaus",)}

    made = [exports.create(Wanted(what=what, format=each, language="es", **named), who="ERP") for each in ExportFormat]
    assert work() == []

    found = {each.format: table.load(Export, each.key()) for each in made}
    assert {export.state for export in found.values()} == {ExportState.DONE}
    assert [each.object_key.rpartition(".")[2] for each in found.values()] == ["csv", "xlsx", "jsonl", "parquet"]
    typed = packed(found[ExportFormat.PARQUET].id)
    assert typed.num_rows == len(records(found[ExportFormat.JSONL].id)) == found[ExportFormat.CSV].rows
    assert typed.schema.names == list(found[ExportFormat.PARQUET].columns)


def test_no_line_of_json_ends_where_a_program_may_see_an_end_within_what_was_said() -> None:
    said = "a\u2028b\u2029c\x85d\ne"
    table.put(factories.contact("Ana", segment="poa").changed(name=said))

    ordered = order("contacts", format="jsonl")["id"]
    assert work() == []

    (line,) = fetched(ordered).decode().splitlines()
    assert json.loads(line)["name"] == said


def test_lines_and_parquet_hold_what_was_said_literally() -> None:
    people()
    ordered = {each: order("contacts", format=each)["id"] for each in ("jsonl", "parquet")}
    assert work() == []

    lines = records(ordered["jsonl"])

    assert sorted(line["name"] for line in lines) == sorted(NAMES)
    assert sorted(packed(ordered["parquet"]).column("name").to_pylist()) == sorted(NAMES)
    assert not fetched(ordered["jsonl"]).startswith(b"\xef\xbb\xbf")


def test_lists_moments_and_what_is_not_there_have_types() -> None:
    table.put(factories.contact("Ana", segment="poa", consent_at=NOON))
    table.put(Product(code="sofa", name="Sofá", group=""))

    (person,), (product,) = told("contacts"), told("products")

    assert (person["consent_at"], person["phone"]) == ("2026-03-10T15:00:00.000+00:00", None)
    assert product == {"product": "sofa", "product_name": "Sofá", "product_group": None, "merged_into": None}
    assert {line["code"]: line["retired"] for line in told("segments")}["poa"] is False


def test_custom_fields_are_told_as_they_are_kept() -> None:
    custom_fields.create("weight", FieldType.NUMBER)
    table.put(factories.contact("Ana", segment="poa", custom={"weight": "1.234", "unknown": "=1"}))

    (line,) = told("contacts")

    assert (line["custom_weight"], line["other_fields"]) == ("1.234", '{"unknown": "=1"}')


def test_a_field_that_is_defined_while_an_export_runs_stays_among_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("escuta.feedback.exported.walking.PAGE", 1)
    table.put_many([factories.contact(name, segment="poa", custom={"plan": "gold"}) for name in ("Ana", "Bruno")])
    wanted = Wanted(what=ExportKind.CONTACTS, format=ExportFormat.JSONL, language="en")
    ordered = exports.create(wanted, who="ERP")
    exports.run(ordered.id, lambda: False)
    custom_fields.create("plan", FieldType.TEXT)
    work()

    assert [line["other_fields"] for line in records(ordered.id)] == ['{"plan": "gold"}'] * 2


def test_too_many_rows_for_one_parquet_file_are_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "PARQUET_ROWS", 1)
    people()
    ordered = order("contacts", format="parquet")
    work()

    shown = ask("GET", f"/v1/exports/{ordered['id']}", key(), headers={"Accept-Language": "en"}).json
    assert (shown["state"], shown["reason"]) == ("failed", "export_parquet_too_large")
    assert shown["message"].startswith("This is too much for one Parquet file.")


def test_an_erasure_leaves_nothing_of_any_format() -> None:
    people()
    for each in ExportFormat:
        order("contacts", format=each)
    stopped = exports.create(Wanted(what=ExportKind.CONTACTS, format=ExportFormat.JSONL, language="en"), who="ERP")
    work()
    exports.run(stopped.id, lambda: False)

    exports.expire_all()

    assert left_in_the_bucket() == []


def test_what_a_worker_writes_after_an_erasure_is_removed_when_its_message_comes_again() -> None:
    people()
    ordered = order("contacts", format="parquet")["id"]
    work()
    exports.expire_all()
    late = table.load(Export, Export.at(ordered)).object_key
    files.write(BUCKET, late, b"Ana", "application/octet-stream")

    exports.run(ordered, lambda: True)

    assert left_in_the_bucket() == []


@pytest.mark.parametrize("format_", [ExportFormat.CSV, ExportFormat.PARQUET])
def test_an_export_that_was_not_done_at_an_erasure_begins_anew_without_the_person(
    monkeypatch: pytest.MonkeyPatch, format_: ExportFormat
) -> None:
    monkeypatch.setattr("escuta.feedback.exported.walking.PAGE", 4)
    made = people()
    wanted = Wanted(what=ExportKind.CONTACTS, format=format_, language="en")
    waiting, begun = (exports.create(wanted, who="ERP") for _ in range(2))
    exports.run(begun.id, lambda: False)
    stale = table.load(Export, begun.key())
    table.delete(Contact, made[0].key())

    assert exports.expire_all() == 0
    with pytest.raises(ConflictError):
        exports._held(stale, b"P0")  # noqa: SLF001 - a worker that was under way
    assert left_in_the_bucket() == []
    assert work() == []

    for each in (waiting, begun):
        done = table.load(Export, each.key())
        assert (done.state, done.rows) == (ExportState.DONE, len(made) - 1)


def left_in_the_bucket() -> list[str]:
    with untouched():
        found = boto3.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="exports/")
    return [each["Key"] for each in found.get("Contents", ())]


def test_an_erasure_does_not_look_at_exports_of_which_nothing_can_be_left() -> None:
    order("products")
    work()
    with clock.at(NOON + timedelta(days=15)):
        order("products")
        work()
    with clock.at(NOON + timedelta(days=17)):
        assert exports.expire_all() == 1


def _prepare() -> None:
    table.put_many([Product(code="sofa", name="Sofá", group="Sala"), Product(code="tv", name="TV", group="Sala")])
    table.create(
        Export(
            id="first",
            what=ExportKind.PRODUCTS,
            format=ExportFormat.PARQUET,
            language="en",
            created_at=NOON,
            created_by="ERP",
            expires_at=NOON + exports.KEPT,
        )
    )
    Queue("export", app.handler).send({"export": "first"})


class _Hurried:
    """The context of a function whose time is nearly up."""

    aws_request_id = "hurried"
    function_name = "export"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 1000


def _deliver() -> None:
    Queue("export", lambda event, _: app.handler(event, _Hurried())).run()


def _seen() -> world.Snapshot:
    """Return how the export ended, and what stands in the file."""
    found = table.load(Export, Export.at("first"))
    rows = packed("first").to_pylist() if found.state is ExportState.DONE else []
    return {("export", "first", ""): {"told": [found.state, found.rows, rows]}}


def _notes(call: Call) -> bool:
    """Tell whether a call stores or notes something. How queues bear faults is proved with a workbook."""
    return call.service != "sqs" and not call.operation.startswith(READS)


def _packs(call: Call) -> bool:
    return call.operation in {"PutObject", "CompleteMultipartUpload"}


def _survey(fault: Fault, at: Callable[[Call], bool]) -> list[str]:
    return survey_of_faults(_prepare, _deliver, view=_seen, faults=(fault,), at=at)


def test_a_parquet_file_made_in_a_hurry_survives_a_fault_at_every_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("escuta.feedback.exported.walking.PAGE", 1)
    assert _survey(Fault.CRASH_AFTER, _notes) + _survey(Fault.LOST_REPLY, _packs) == []


def test_an_export_that_noted_the_beginning_of_a_part_before_keeping_it_would_be_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def hasty(export: Export, body: bytes) -> Export:
        kept = table.save(export.changed(held=(*export.held, f"exports/{export.id}/held"), holding=True))
        files.write(BUCKET, kept.held[-1], body, "application/octet-stream")
        return kept

    monkeypatch.setattr("escuta.feedback.exported.walking.PAGE", 1)
    monkeypatch.setattr(exports, "_held", hasty)
    assert _survey(Fault.CRASH_AFTER, lambda call: call.operation == "PutItem") != []


def test_a_run_that_finds_few_rows_keeps_what_it_found_and_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("escuta.feedback.exported.walking.PAGE", 1)
    for number in range(3):
        answered("poa", f"r{number}")
    wanted = Wanted(what=ExportKind.RESPONSES, format=ExportFormat.JSONL, language="en", survey="visit")
    export = exports.create(wanted, who="ERP")

    first = exports.run(export.id, lambda: False)
    assert (first.rows, first.parts, first.holding) == (1, (), True)
    work()

    assert sorted(line["id"] for line in records(export.id)) == ["r0", "r1", "r2"]
    with untouched():
        left = boto3.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="exports/")["Contents"]
    assert [each["Key"].rpartition(".")[2] for each in left] == ["jsonl"]
