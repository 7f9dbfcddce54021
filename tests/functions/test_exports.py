"""What is written out: every row once, in parts, inert in a spreadsheet, whatever dies on the way (X1 to X4)."""

import io
from datetime import datetime, timedelta
from typing import Any

import boto3
import openpyxl
import pytest

from escuta import clock, files, table
from escuta.directory import managers, segments
from escuta.directory.model import Contact, Manager, Product, Scope, Transaction
from escuta.errors import ConflictError
from escuta.feedback import exports
from escuta.feedback.model import Export, ExportFormat, ExportKind, ExportState, Wanted
from export import app
from tests.conftest import NOON
from tests.functions.callers import ask, found_company, key, open_survey
from tests.functions.exporting import BUCKET, ENGLISH, fetched, order, rows, work
from tests.functions.senders import sending
from tests.kit import world
from tests.kit.factories import contact
from tests.kit.faults import Call, Fault, survey_of_faults, untouched
from tests.kit.queue import Queue


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def person(name: str, segment: str = "poa", **fields: Any) -> Contact:
    made = contact(name, segment=segment, **fields)
    table.put(made)
    return made


def test_segments_are_written_out_with_their_attributes_in_the_order_of_the_hierarchy() -> None:
    segments.create("gramado", "Gramado", "sul", city="Gramado", state="RS")
    table.save(segments.get("gramado").changed(attributes={"area": "120"}))
    ordered = order("segments", segment="sul")
    assert work() == []

    titles, *lines = rows(ordered["id"])

    assert titles[:3] == ["segment code", "name", "parent code"]
    assert titles[-1] == "attribute.area"
    assert [(line[0], line[2], line[-1]) for line in lines] == [
        ("sul", "aurora", ""),
        ("curitiba", "sul", ""),
        ("gramado", "sul", "120"),
        ("poa", "sul", ""),
    ]


def test_x1_no_cell_of_a_csv_begins_as_a_formula_does() -> None:
    for number, name in enumerate(["=cmd|'/C calc'!A0", "+1", "-1", "@sum", "\tx", "\rx"]):
        person(name, id=f"person-{number}", email=f"{number}@example.com")
    ordered = order("contacts")
    work()

    titles, *lines = rows(ordered["id"])

    names = [line[titles.index("name")] for line in lines]
    assert sorted(names) == ["'\tx", "'\rx", "'+1", "'-1", "'=cmd|'/C calc'!A0", "'@sum"]


@pytest.mark.parametrize(("language", "separator"), [("pt-BR", ";"), ("es", ";"), ("en", ",")])
def test_x1_a_spreadsheet_splits_a_csv_where_we_did(language: str, separator: str) -> None:
    person("Ana;=1+1", id="ana", email="ana@example.com")
    person("Bruno,=1+1", id="bruno", email="bruno@example.com")
    ordered = order("contacts", language=language)
    work()

    _, *lines = rows(ordered["id"], separator)

    assert sorted(line[1] for line in lines) == ["Ana;=1+1", "Bruno,=1+1"]


def test_x1_every_cell_of_a_workbook_is_text() -> None:
    person("=1+1", phone="+5511987654321")
    ordered = order("contacts", format="xlsx")
    assert work() == []

    sheet = openpyxl.load_workbook(io.BytesIO(fetched(ordered["id"])))["contacts"]
    titles, line = sheet.iter_rows()

    cells = {title.value: cell for title, cell in zip(titles, line, strict=True)}
    assert (cells["name"].value, cells["name"].data_type) == ("=1+1", "s")
    assert (cells["phone"].value, cells["phone"].data_type) == ("+5511987654321", "s")


def test_x2_an_export_says_from_when_to_when_its_rows_are() -> None:
    ordered = order("products")
    with clock.at(NOON + timedelta(minutes=5)):
        work()
        shown = ask("GET", f"/v1/exports/{ordered['id']}", key()).json

    told = [shown[name][:19] for name in ("created_at", "started_at", "finished_at")]
    assert told == ["2026-03-10T15:00:00", "2026-03-10T15:05:00", "2026-03-10T15:05:00"]


def test_x3_an_export_without_time_goes_on_in_the_next_message_and_loses_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("escuta.feedback.exported.walking.PAGE", 100)
    monkeypatch.setattr(exports, "_PART", 5 << 20)
    filling = "x" * 15_000
    people = [
        contact(f"P{number:03}", segment=("poa", "manaus")[number % 2], custom={"note": f"{number}{filling}"})
        for number in range(400)
    ]
    for first in range(0, 400, 100):
        table.put_many(people[first : first + 100])
    ordered = order("contacts")
    calls = Queue("export", lambda event, _: app.handler(event, _Hurried()))
    calls.run()

    titles, *lines = rows(ordered["id"])

    assert calls.dead == []
    assert calls.invocations > 1
    names = [line[titles.index("name")] for line in lines]
    assert (len(names), sorted(set(names))) == (400, [f"P{number:03}" for number in range(400)])
    assert table.load(Export, Export.at(ordered["id"])).rows == 400


class _Hurried:
    """The context of a function whose time is nearly up."""

    aws_request_id = "hurried"
    function_name = "export"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 1000


@pytest.mark.parametrize(
    ("root", "moved", "onto", "names"),
    [
        ("", "poa", "norte", ["Ana", "Bruno", "Carla"]),  # it stands before what was read last, and then behind it
        ("sul", "poa", "norte", ["Ana"]),  # what is read next is no longer of these places
    ],
)
def test_a_place_that_moves_while_an_export_runs_neither_loses_nor_doubles_anybody(
    monkeypatch: pytest.MonkeyPatch, root: str, moved: str, onto: str, names: list[str]
) -> None:
    monkeypatch.setattr("escuta.feedback.exported.walking.LOOKS", 2)
    for name, place in (("Ana", "curitiba"), ("Bruno", "manaus"), ("Carla", "poa")):
        person(name, place)
    ordered = order("contacts", segment=root)
    found = table.load(Export, Export.at(ordered["id"]))
    while not found.rows:
        found = exports.run(ordered["id"], lambda: False)

    segments.move(segments.get(moved), onto)
    work()

    titles, *lines = rows(ordered["id"])
    assert sorted(line[titles.index("name")] for line in lines) == names


def test_x3_the_link_ends_and_the_export_after_a_week(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECURITY_TOKEN", "testing")
    ordered = order("products")
    assert ask("GET", f"/v1/exports/{ordered['id']}", key()).json["link"] is None
    work()

    link = ask("GET", f"/v1/exports/{ordered['id']}", key()).json["link"]
    with clock.at(NOON + timedelta(days=7, minutes=1)):
        over = ask("GET", f"/v1/exports/{ordered['id']}", key()).json

    assert "X-Amz-Expires=300" in link
    assert (over["state"], over["link"]) == ("expired", None)


@pytest.mark.parametrize("what", list(ExportKind))
def test_x4_an_export_of_nothing_has_one_line_of_titles(what: ExportKind) -> None:
    open_survey()
    table.put(sending())
    deployment = "first" if what in {ExportKind.LINKS, ExportKind.INVITATIONS} else ""
    where: dict[str, Any] = {"segments": ("manaus",), "survey": "visit", "deployment": deployment}
    export = exports.create(Wanted(what=what, format=ExportFormat.CSV, language="pt-BR", **where), who="ERP")
    work()

    lines = rows(export.id)

    assert len(lines) == (2 if what is ExportKind.SEGMENTS else 1)
    assert len(set(lines[0])) == len(lines[0])


def test_visits_are_written_out_with_the_custom_fields_that_nobody_defined_as_one_column() -> None:
    table.put(
        Transaction(
            id="t-1",
            contact="ana",
            reference="P-77",
            segment="poa",
            product="sofa",
            segment_path=("aurora", "sul", "poa"),
            occurred_at=NOON,
            amount="129.90",
            currency="BRL",
            custom={"seller": "Bruno"},
            created_at=NOON,
            updated_at=NOON,
        )
    )
    ordered = order("transactions")
    work()

    titles, line = rows(ordered["id"])

    told = dict(zip(titles, line, strict=True))
    assert (told["order number"], told["visit date"], told["amount"]) == ("P-77", "2026-03-10T15:00:00+00:00", "129.90")
    assert told["other fields"] == '{"seller": "Bruno"}'


def test_a_key_of_one_segment_gets_the_people_of_its_subtree_alone() -> None:
    person("Ana", "poa")
    person("Bruno", "manaus")
    managers.create("Carla", "carla@example.com", language="pt-BR", segments=["poa"])
    managers.create("Davi", "davi@example.com", language="pt-BR", segments=["manaus"])
    bound = key(segment="sul")

    ordered = {
        what: ask("POST", "/v1/exports", bound, body={"what": what}, headers=ENGLISH).json
        for what in ("contacts", "managers")
    }
    work()

    for what, names in (("contacts", ["Ana"]), ("managers", ["Carla"])):
        titles, *lines = rows(ordered[what]["id"])
        assert [line[titles.index("name")] for line in lines] == names
    refused = ask("POST", "/v1/exports", bound, body={"what": "suppressions"})
    assert (refused.status, refused.code) == (403, "whole_hierarchy_only")
    assert ask("GET", f"/v1/exports/{order('contacts')['id']}", bound).code == "export_not_found"


def test_who_may_not_read_people_may_not_have_them_written_out() -> None:
    answer = ask("POST", "/v1/exports", key(Scope.EXPORTS_WRITE), body={"what": "contacts"})
    assert (answer.status, answer.code) == (403, "scope_missing")


def test_an_idempotency_key_is_of_one_order_only() -> None:
    mine = key()
    again = {"Idempotency-Key": "k-1"}
    ask("POST", "/v1/exports", mine, body={"what": "products"}, headers=again)

    for body in ({"what": "contacts"}, {"what": "products", "format": "xlsx"}):
        answer = ask("POST", "/v1/exports", mine, body=body, headers=again)
        assert (answer.status, answer.code) == (422, "idempotency_key_reused")


def test_the_same_idempotency_key_orders_once() -> None:
    mine = key()
    first, again = (
        ask("POST", "/v1/exports", mine, body={"what": "products"}, headers={"Idempotency-Key": "k-1"}).json
        for _ in range(2)
    )
    assert first["id"] == again["id"]


def test_an_erasure_ends_every_export_and_removes_what_it_wrote() -> None:
    person("Ana")
    ordered = [order("contacts"), order("contacts", format="xlsx")]
    work()

    assert exports.expire_all() == 2
    assert exports.expire_all() == 0

    assert left_in_the_bucket() == 0
    assert [ask("GET", f"/v1/exports/{one['id']}", key()).json["state"] for one in ordered] == ["expired", "expired"]


def test_too_many_rows_for_a_workbook_are_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "XLSX_ROWS", 1)
    person("Ana")
    person("Bruno")
    ordered = order("contacts", format="xlsx")
    work()
    shown = ask("GET", f"/v1/exports/{ordered['id']}", key(), headers={"Accept-Language": "en"}).json
    assert (shown["state"], shown["reason"]) == ("failed", "export_xlsx_too_large")
    assert shown["message"] == "This is too much for a workbook. Order it as CSV."


def left_in_the_bucket() -> int:
    with untouched():
        return int(boto3.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="exports/")["KeyCount"])


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("pt-BR", "Não foi possível terminar esta exportação, e a falha ficou registrada."),
        ("en", "This export could not be finished, and the failure was recorded."),
        ("es", "No se pudo terminar esta exportación y el fallo quedó registrado."),
    ],
)
def test_an_export_that_fails_at_every_try_says_so_and_leaves_nothing(language: str, told: str) -> None:
    person("Ana")
    ordered = order("contacts", format="xlsx")
    collected = exports.run(ordered["id"], lambda: True).object_key
    files.write(BUCKET, collected, b"\xff\n", "text/csv")

    assert work() == [{"export": ordered["id"]}]

    shown = ask("GET", f"/v1/exports/{ordered['id']}", key(), headers={"Accept-Language": language}).json
    assert (shown["state"], shown["reason"]) == ("failed", "export_broken")
    assert shown["message"].startswith(told)
    assert left_in_the_bucket() == 0


def test_an_export_at_which_somebody_else_works_is_not_given_up() -> None:
    ordered = order("products")
    message = {"export": ordered["id"]}

    app._give_up(message, ConflictError("export_changed"))  # noqa: SLF001 - what the queue does after the last try
    assert ask("GET", f"/v1/exports/{ordered['id']}", key()).json["state"] == "queued"

    assert work() == []
    app._give_up(message, ValueError())  # noqa: SLF001 - a message may come again when all is done
    assert ask("GET", f"/v1/exports/{ordered['id']}", key()).json["state"] == "done"


def test_a_workbook_holds_what_a_cell_can_and_shows_where_something_is_left_out() -> None:
    names = tuple(f"loja-{number:04}-{'x' * 40}" for number in range(3000))
    table.put(Manager(id="m-1", name="\U0001f600" * 20_000, email="ana@example.com", language="en", segments=names))
    ordered = order("managers", format="xlsx")
    assert work() == []

    sheet = openpyxl.load_workbook(io.BytesIO(fetched(ordered["id"])))["managers"]
    _, line = ([str(cell.value) for cell in row] for row in sheet.iter_rows())

    assert line[0] == "\U0001f600" * 16_383 + "…"
    (codes,) = (text for text in line if text.startswith("loja-"))
    assert (len(codes), codes[-1]) == (32_767, "…")


def _prepare() -> None:
    table.put(Product(code="sofa", name="Sofá", group="Sala"))
    export = Export(
        id="first",
        what=ExportKind.PRODUCTS,
        format=ExportFormat.XLSX,
        language="en",
        created_at=NOON,
        created_by="ERP",
        expires_at=NOON + exports.KEPT,
    )
    table.create(export)
    Queue("export", app.handler).send({"export": "first"})


def _deliver() -> None:
    Queue("export", app.handler).run()


def _told() -> world.Snapshot:
    """Return how the export ended and what stands in the workbook."""
    found = table.load(Export, Export.at("first"))
    told = [found.state, found.rows]
    if found.state is ExportState.DONE:
        sheet = openpyxl.load_workbook(io.BytesIO(fetched("first")))["products"]
        told += [tuple(cell.value for cell in row) for row in sheet.iter_rows()]
    return {("export", "first", ""): {"told": told}}


def _writes(call: Call) -> bool:
    return not call.operation.startswith(("Get", "Query", "Head", "Receive"))


def _saves(call: Call) -> bool:
    return call.operation == "PutItem"


def test_an_export_survives_a_fault_at_every_write() -> None:
    faults = (Fault.CRASH_AFTER, Fault.LOST_REPLY)
    assert survey_of_faults(_prepare, _deliver, view=_told, faults=faults, at=_writes) == []


def test_an_export_that_noted_its_place_before_storing_the_part_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def hasty(export: Export, _has_time: exports.HasTime) -> Export:
        done = table.save(export.changed(cursor="all", rows=1))
        tag = files.put_part("escuta-reports", export.object_key, export.upload, 1, b"title\r\nsofa\r\n")
        return table.save(done.changed(parts=(tag,)))

    monkeypatch.setattr(exports, "_part", hasty)
    assert survey_of_faults(_prepare, _deliver, view=_told, faults=(Fault.CRASH_AFTER,), at=_saves) != []
