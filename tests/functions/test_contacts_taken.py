"""One person whom a call tells of is taken in as a row of a file that comes now."""

from datetime import datetime, timedelta

import pytest

from escuta import clock, table
from escuta.directory import contacts, forgotten, segments
from escuta.directory.model import Product, RowOutcome
from escuta.errors import ConflictError, EscutaError, InvalidError, NotFoundError, UnavailableError
from tests.conftest import NOON
from tests.functions import droppers
from tests.functions.droppers import drop, people, rows

ANA = {"external_id": "C-1", "name": "Ana", "email": "ana@example.com", "segment": "spo-01"}
_TICK = timedelta(milliseconds=1)
VISIT = {"reference": "P-1", "occurred_at": NOON - timedelta(hours=2), "amount": "10.00", "currency": "BRL"}


@pytest.fixture(autouse=True)
def aurora(aws: None, noon: datetime, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - the store and the clock
    """Open the stores, where no two things happen in one millisecond: of those nobody could say which was later."""
    droppers.stores()
    told, original = [NOON], clock.now

    def later() -> datetime:
        moment = original()
        told[0] = told[0] + _TICK if timedelta() <= told[0] - moment < timedelta(seconds=1) else moment
        return told[0]

    monkeypatch.setattr(clock, "now", later)


def test_somebody_new_is_made_with_the_visit_and_telling_it_again_changes_nothing() -> None:
    taken = contacts.take({**ANA, "product": "sofa", "consent": "consent"}, VISIT, "api k1")
    assert taken.outcome is RowOutcome.ACCEPTED
    assert taken.transaction is not None
    assert (taken.contact.name, taken.contact.last_visit_at) == ("Ana", VISIT["occurred_at"])
    assert (taken.contact.consent_source, taken.contact.created_by) == ("api k1", "api k1")
    assert (taken.transaction.amount, taken.transaction.segment_path) == ("10.00", ("aurora", "spo-01"))
    assert table.find(Product, Product.at("sofa")) is not None
    again = contacts.take({**ANA, "product": "sofa", "consent": "consent"}, VISIT, "api k2")
    assert (again.outcome, again.contact.created_by) == (RowOutcome.DUPLICATE, "api k1")


def test_what_is_told_now_goes_before_a_file_that_came_earlier_and_after_one_that_comes_later() -> None:
    drop(rows("C-1;Ana Lima;;;spo-01"), "outras/antes.csv")
    assert contacts.take({**ANA, "name": "Ana Souza"}, None, "api k1").outcome is RowOutcome.UPDATED
    with clock.at(NOON + timedelta(hours=1)):
        drop(rows("C-1;Ana Reis;;;spo-01"), "outras/depois.csv")
    (ana,) = people()
    assert (ana.name, ana.email) == ("Ana Reis", "ana@example.com")


def test_a_person_who_is_named_by_id_is_where_they_were() -> None:
    known = contacts.take(ANA, None, "api k1").contact
    taken = contacts.take({"name": "Ana Souza"}, {**VISIT, "reference": "P-2"}, "api k1", contact=known.id)
    assert taken.transaction is not None
    assert (taken.contact.name, taken.transaction.segment) == ("Ana Souza", "spo-01")


@pytest.mark.parametrize(
    ("said", "contact", "error", "code"),
    [
        ({"name": "Ana", "segment": "spo-01"}, "", InvalidError, "no_identity"),
        ({"email": "ana@example.com"}, "", InvalidError, "segment_missing"),
        ({"email": "ana@example.com", "segment": "nada"}, "", InvalidError, "segment_unknown"),
        ({"email": "ana@example.com", "segment": "rio-01"}, "", ConflictError, "segment_retired"),
        ({"email": "fim@example.com", "segment": "spo-01"}, "", ConflictError, "contact_erased"),
        ({"name": "Ana"}, "nobody", NotFoundError, "contact_not_found"),
    ],
)
def test_who_cannot_be_taken_in_is_refused(
    said: dict[str, str], contact: str, error: type[EscutaError], code: str
) -> None:
    table.save(segments.get("rio-01").changed(retired_at=NOON))
    forgotten.remember(NOON, "", "fim@example.com", "")
    with pytest.raises(error) as refused:
        contacts.take(said, None, "api k1", contact=contact)
    assert refused.value.code == code
    assert people() == []


def test_who_is_changed_meanwhile_is_decided_again(monkeypatch: pytest.MonkeyPatch) -> None:
    known = contacts.take(ANA, None, "api k1").contact
    original = table.transact

    def late(*actions: table.Action) -> None:
        monkeypatch.setattr(table, "transact", original)
        table.save(known.changed(phone="+5511987654321"))
        original(*actions)

    monkeypatch.setattr(table, "transact", late)
    taken = contacts.take({**ANA, "name": "Ana Souza"}, None, "api k1")
    assert (taken.contact.name, taken.contact.phone) == ("Ana Souza", "+5511987654321")


def test_who_is_erased_meanwhile_is_not_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    known = contacts.take(ANA, None, "api k1").contact
    original = table.transact

    def erased(*actions: table.Action) -> None:
        table.delete(type(known), known.key())
        original(*actions)

    monkeypatch.setattr(table, "transact", erased)
    with pytest.raises(UnavailableError):
        contacts.take({**ANA, "name": "Ana Souza"}, None, "api k1")
    assert people() == []
