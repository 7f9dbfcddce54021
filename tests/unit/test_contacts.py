"""Who somebody is, and what a newer row changes about them."""

from datetime import datetime, timedelta

import pytest

from escuta import clock
from escuta.directory import contacts
from escuta.directory.model import Contact
from tests.conftest import NOON

ANA = contacts.identity("C-1", "", "")


def test_the_external_id_goes_before_the_address_and_that_before_the_number() -> None:
    by_id = contacts.identity("C-1", "ana@example.com", "+5511987654321")
    by_email = contacts.identity("", "ana@example.com", "+5511987654321")
    by_phone = contacts.identity("", "", "+5511987654321")
    assert by_id == contacts.identity("C-1", "", "")
    assert by_email == contacts.identity("", "ana@example.com", "")
    assert len({by_id, by_email, by_phone}) == 3


def test_e18_two_spellings_of_an_address_are_one_person() -> None:
    assert contacts.identity("", "Ana@example.com", "") == contacts.identity("", "ana@example.com", "")


def test_the_same_text_as_id_and_as_address_is_two_people() -> None:
    assert contacts.identity("ana@example.com", "", "") != contacts.identity("", "ana@example.com", "")


def test_nobody_has_no_identity() -> None:
    assert contacts.identity("", "", "") == ""


@pytest.fixture
def ana(noon: datetime) -> Contact:  # noqa: ARG001 - the clock
    said = {"external_id": "C-1", "name": "Ana", "segment": "spo-01", "custom": {"Cupom": "A1", "Cidade": "Santos"}}
    made = contacts.merged(ANA, said, None, "one.1")
    assert made is not None
    return made.changed(rev=3)


def test_a_new_person_remembers_the_row_that_made_them(ana: Contact) -> None:
    assert (ana.id, ana.created_by, ana.updated_by) == (ANA, "one.1", "one.1")
    assert ana.created_at == ana.updated_at


def test_a_newer_row_replaces_what_it_says_and_an_empty_cell_replaces_nothing(ana: Contact) -> None:
    with clock.at(NOON + timedelta(days=1)):
        newer = contacts.merged(ANA, {"segment": "rio-01", "email": "a@b.com", "custom": {"Cupom": "B2"}}, ana, "two.7")
    assert newer is not None
    assert (newer.name, newer.email, newer.segment) == ("Ana", "a@b.com", "rio-01")
    assert newer.custom == {"Cupom": "B2", "Cidade": "Santos"}
    assert (newer.created_by, newer.updated_by, newer.rev) == ("one.1", "two.7", 3)
    assert newer.updated_at - newer.created_at >= timedelta(hours=23)


def test_a_row_that_says_nothing_new_changes_nothing(ana: Contact) -> None:
    assert contacts.merged(ANA, {"name": "Ana", "segment": "spo-01", "custom": {"Cupom": "A1"}}, ana, "two.7") is None
