"""F25: who opted out, was erased or is under age is kept out, and the report says so; bounces are no such thing."""

from datetime import datetime

import pytest

from escuta import table
from escuta.directory import contacts, drops, forgotten, products, segments, visits
from escuta.directory.model import Contact, DropFile, Product, Transaction
from escuta.feedback import erasing
from escuta.outreach import rulesets, suppression
from escuta.outreach.model import Channel, Condition, Op, Route, RulesDraft
from tests.conftest import NOON
from tests.functions import droppers, forgetting
from tests.functions.droppers import drop, people, rows
from tests.kit import world

HEADER = "Código do cliente;Nome;E-mail;Celular;Loja;Pedido;SKU"
ANA = "C-1;Ana;ana@example.com;11987654321;spo-01;P-1;sofa"
BRUNO = "C-2;Bruno;bruno@example.com;;rio-01;P-2;mesa"
PHONE = "+5511987654321"


@pytest.fixture(autouse=True)
def aurora(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock
    droppers.stores()


def told(file: DropFile) -> list[tuple[str, str, str]]:
    """Return outcome, code and contact of every row."""
    assert sum(file.totals.values()) == file.rows
    return [(result.outcome.value, result.code, result.contact) for result in drops.results(file.id, 0)]


def kinds() -> set[str]:
    return {row["kind"] for row in world.snapshot().values()} & {"contact", "transaction", "product"}


@pytest.mark.parametrize("reason", ["unsubscribe", "complaint", "manual"])
def test_f25_who_opted_out_is_skipped_with_the_reason_and_not_made_nor_what_they_bought(reason: str) -> None:
    suppression.add(Channel.EMAIL, "ana@example.com", reason)
    suppression.add(Channel.SMS, PHONE, "stop")
    file = drop(rows(ANA, header=HEADER))
    assert told(file) == [("skipped", "opted_out", "")]
    assert (kinds(), file.deployments) == (set(), ())
    assert [result.details for result in drops.results(file.id, 0)] == [{"reason": "stop"}]


def test_f25_who_opted_out_and_is_known_is_left_as_they_are() -> None:
    drop(rows(ANA, header=HEADER), "outras/antes.csv")
    for channel, address in ((Channel.EMAIL, "ana@example.com"), (Channel.SMS, PHONE)):
        suppression.add(channel, address, "unsubscribe")
    before = people()
    file = drop(rows(ANA.replace("Ana;", "Ana Souza;"), BRUNO, header=HEADER))
    assert [outcome for outcome, _, _ in told(file)] == ["skipped", "accepted"]
    assert people()[0] == before[0]


def test_f25_one_open_address_is_enough() -> None:
    suppression.add(Channel.EMAIL, "ana@example.com", "unsubscribe")
    assert told(drop(rows(ANA, header=HEADER))) == [("accepted", "", contacts.identity("C-1", "", ""))]


def test_f25_an_address_that_bounced_or_said_no_to_one_survey_is_no_opt_out() -> None:
    suppression.add(Channel.EMAIL, "bruno@example.com", "bounce")
    suppression.add(Channel.EMAIL, "bruno@example.com", "unsubscribe", "visit", scope="visit")
    assert [outcome for outcome, _, _ in told(drop(rows(BRUNO, header=HEADER)))] == ["accepted"]


def test_f25_who_was_erased_is_not_made_anew_and_the_results_keep_nothing_of_them() -> None:
    forgotten.remember(NOON, "", "ana@example.com", "")
    file = drop(rows(ANA, BRUNO, header=HEADER))
    assert [outcome for outcome, _, _ in told(file)] == ["skipped", "accepted"]
    (erased, _) = drops.results(file.id, 0)
    assert (erased.code, erased.original) == ("erased", ("",) * 7)
    assert [person.name for person in people()] == ["Bruno"]
    assert "ana@example.com" not in str(world.snapshot())


def test_f25_somebody_erased_while_the_chunk_is_loaded_is_not_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    drop(rows(BRUNO, header=HEADER), "outras/antes.csv")
    (bruno,) = people()
    original = table.transact

    def erased_meanwhile(*actions: table.Action) -> None:
        monkeypatch.setattr(table, "transact", original)
        forgotten.remember(NOON, "C-2", "bruno@example.com", "")
        table.delete(Contact, bruno.key())
        original(*actions)

    monkeypatch.setattr(table, "transact", erased_meanwhile)
    file = drop(rows(BRUNO.replace("Bruno;", "Bru;"), header=HEADER))
    assert told(file) == [("skipped", "erased", "")]
    assert people() == []


def test_f25_who_is_under_age_is_skipped() -> None:
    file = drop(rows(f"{ANA};sim", f"{BRUNO};não", header=f"{HEADER};Menor de idade"))
    assert [(outcome, code) for outcome, code, _ in told(file)] == [("skipped", "under_age"), ("accepted", "")]
    assert [person.name for person in people()] == ["Bruno"]
    assert products.get("mesa").name == "mesa"
    assert table.find(Product, Product.at("sofa")) is None


def test_a_preview_decides_the_same_and_writes_nothing() -> None:
    drop(rows(BRUNO, header=HEADER), "outras/antes.csv")
    suppression.add(Channel.EMAIL, "eva@example.com", "unsubscribe")
    lines = (
        ANA,
        BRUNO,
        "C-2;Bru;;;rio-01;P-9;mesa",
        "C-3;;eva@example.com;;rio-01;;",
        "C-4;;x@@example.com;;rio-01;;",
        ANA,
    )
    before = {key: row for key, row in world.snapshot().items() if row["kind"] in {"contact", "transaction", "product"}}
    preview = drop(rows(*lines, header=HEADER), "lojas/preview/maio.csv")
    after = {key: row for key, row in world.snapshot().items() if row["kind"] in {"contact", "transaction", "product"}}
    assert (after, preview.dry_run, preview.deployments) == (before, True, ())
    real = drop(rows(*lines, header=HEADER), "lojas/maio.csv")
    assert [outcome for outcome, _, _ in told(preview)] == [outcome for outcome, _, _ in told(real)]
    assert real.totals == {"accepted": 2, "updated": 0, "duplicate": 2, "rejected": 1, "skipped": 1}


def test_one_person_may_have_many_visits_and_a_row_that_comes_again_changes_nothing() -> None:
    lines = ("C-1;Ana;;;spo-01;P-1;sofa", "C-1;Ana;;;rio-01;P-2;mesa", "C-1;Ana;;;spo-01;P-1;sofa")
    file = drop(rows(*lines, header=HEADER))
    assert [(outcome, code) for outcome, code, _ in told(file)] == [
        ("accepted", ""),
        ("accepted", ""),
        ("duplicate", "same_person"),
    ]
    ana = contacts.identity("C-1", "", "")
    found = table.query(Transaction, f"contact#{ana}", prefix="transaction#").items
    assert {(visit.reference, visit.segment, visit.segment_path, visit.product) for visit in found} == {
        ("P-1", "spo-01", ("aurora", "spo-01"), "sofa"),
        ("P-2", "rio-01", ("aurora", "rio-01"), "mesa"),
    }
    assert [transaction for _, transaction in drops.people_of(file.id, 0)] == [
        visits.identity({}, {"reference": reference}) for reference in ("P-1", "P-2", "P-1")
    ]


def test_a_visit_that_a_later_file_corrects_is_updated_and_one_that_it_repeats_is_not() -> None:
    header = "Código do cliente;Loja;Pedido;Valor"
    drop(rows("C-1;spo-01;P-1;10,00", "C-2;spo-01;P-2;20,00", header=header), "outras/antes.csv")
    file = drop(rows("C-1;spo-01;P-1;12,00", "C-2;spo-01;P-2;20,00", header=header))
    assert [(outcome, code) for outcome, code, _ in told(file)] == [("updated", ""), ("duplicate", "nothing_new")]


def test_a_merged_product_stands_for_the_one_that_the_file_names() -> None:
    table.put(Product(code="divã", name="Divã", merged_into="sofa"))
    table.put(Product(code="sofa", name="Sofá", group="Salas", edited=True))
    drop(rows("C-1;Ana;;;spo-01;P-1;divã", header=HEADER))
    assert people()[0].product == "sofa"
    assert products.get("sofa").name == "Sofá"


def test_f25_a_retired_store_takes_no_more_rows() -> None:
    store = segments.get("rio-01")
    table.save(store.changed(retired_at=NOON))
    file = drop(rows(ANA, BRUNO, header=HEADER))
    assert [(outcome, code) for outcome, code, _ in told(file)] == [("accepted", ""), ("rejected", "segment_retired")]
    assert [result.column for result in drops.results(file.id, 0)] == ["", "Loja"]


def test_rules_know_a_merged_product_as_what_it_is_taken_for() -> None:
    products.ensure([Product(code="divã", name="Divã", merged_into="sofa"), Product(code="sofa", name="Sofá")])
    known = Condition(field="product", op=Op.IS, value="sofa")
    draft = RulesDraft(assign=(Route(name="sofás", survey="visit", when=(known,)),))
    rulesets.publish("visitas", draft)

    file = drop(rows("C-1;Ana;;;spo-01;P-1;divã", header=HEADER))

    assert [result.route for result in drops.results(file.id, 0)] == ["sofás"]


def test_an_erasure_does_not_keep_out_who_shares_the_address_and_is_known_by_another_number() -> None:
    family = "C-2;Bruno;ana@example.com;;rio-01;P-2;mesa"
    drop(rows(ANA, family, header=HEADER), "outras/antes.csv")
    erasing.start(contacts.identity("C-1", "", ""), "Carla")
    forgetting.worked()
    assert [person.name for person in people()] == ["Bruno"]

    file = drop(rows(ANA, family.replace("P-2", "P-3"), header=HEADER))

    assert [(outcome, code) for outcome, code, _ in told(file)] == [("skipped", "erased"), ("accepted", "")]
