"""What was written out can be dropped again: nothing of it is new, in whatever language its titles are."""

from datetime import UTC, datetime

import pytest

from escuta import table
from escuta.directory import contacts, custom_fields, managers, products, segments
from escuta.directory.model import AlertChannel, FieldType, FileKind, Folder, Product
from escuta.feedback import exports
from escuta.feedback.model import Export, ExportFormat, ExportKind, Wanted
from export import app
from tests.functions import droppers
from tests.functions.callers import found_company
from tests.kit.queue import Queue

VISITED = {"reference": "P-1", "occurred_at": datetime(2026, 3, 1, 10, tzinfo=UTC)}
CUSTOM = {
    "plan": (FieldType.TEXT, "gold\nplus"),
    "weight": (FieldType.NUMBER, "1.234"),
    "since": (FieldType.DATE, "2020-02-03"),
    "seen": (FieldType.DATETIME, "2026-01-02T03:04:05+00:00"),
    "vip": (FieldType.BOOLEAN, "true"),
}


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    segments.change(segments.get("poa"), attributes={"area": "120", "note": "=1+1"}, address="Rua A,\n1")
    segments.retire(segments.get("curitiba"))
    products.ensure([Product(code="S-1", name="Sofá", group="Móveis"), Product(code="s-2", name="Sofá 2")])
    products.merge(products.get("s-2"), "S-1")
    for name, (kind, _) in CUSTOM.items():
        custom_fields.create(name, kind)
    answering()
    known()


def answering() -> None:
    channels = (AlertChannel.EMAIL, AlertChannel.SMS)
    managers.create(
        "Ana",
        "ana@aurora.example",
        phone="+5511987654321",
        language="es",
        languages=("en", "pt-BR"),
        channels=channels,
        segments=("sul", "manaus"),
    )
    bruno = managers.create("Bruno", "bruno@aurora.example", language="pt-BR")
    managers.update(bruno.id, rev=1, retired=True)


def known() -> None:
    custom = {name: text for name, (_, text) in CUSTOM.items()}
    ana = {"external_id": "0007", "name": "=Ana", "phone": "+5511987654321", "segment": "poa", "product": "s-2"}
    contacts.take({**ana, "consent": "contract", "custom": custom}, VISITED, "ERP")
    contacts.take({"phone": "+5511987654322", "segment": "manaus", "timezone": "America/Manaus"}, None, "ERP")


@pytest.mark.parametrize(
    ("language", "made_as"), [("pt-BR", ExportFormat.CSV), ("en", ExportFormat.XLSX), ("es", ExportFormat.CSV)]
)
def test_an_export_that_is_dropped_again_changes_nothing(language: str, made_as: ExportFormat) -> None:
    for what in (FileKind.SEGMENTS, FileKind.MANAGERS, FileKind.PRODUCTS, FileKind.CONTACTS):
        ordered = exports.create(Wanted(what=ExportKind(what), format=made_as, language=language), who="ERP")
        work = Queue("export", app.handler)
        work.run()
        table.put(Folder(folder=what, file_kind=what, owner_language=language))

        body = droppers.reports()[table.load(Export, Export.at(ordered.id)).object_key]
        file = droppers.drop(body, f"{what}/again.{made_as}")

        found = {outcome: count for outcome, count in file.totals.items() if count}
        assert (what, found, work.dead) == (what, {"duplicate": file.rows}, [])
        assert file.rows == {"segments": 6, "managers": 2, "products": 2, "contacts": 2}[what]
