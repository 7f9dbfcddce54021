from datetime import datetime

import pytest

from escuta.directory import managers
from escuta.directory.model import Scope
from escuta.feedback.tickets import magic
from tests.functions.callers import ask, found_company, key, ticketed
from tests.functions.console_company import Browser


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def issued(name: str, ticket: str, occasion: str = "opened") -> str:
    """Return the token of a link that a manager of Porto Alegre has."""
    address = f"{name.lower()}@aurora.example"
    known = managers.identity(address)
    if not any(each.id == known for each in managers.listing().items):
        managers.create(name, address, language="en", segments=("poa",))
    return magic.issue((ticket,), known, occasion)[ticket].url.partition("/c/")[2]


def test_links_are_listed_with_whose_they_are_and_without_what_opens_them() -> None:
    ticket = ticketed("poa")
    token = issued("Ana", ticket.id)

    answer = ask("GET", f"/v1/tickets/{ticket.id}/alert-links", key(Scope.TICKETS_READ))

    (item,) = answer.json["items"]
    assert (item["manager_name"], item["occasion"], item["revoked_at"]) == ("Ana", "opened", None)
    assert item["expires_at"].startswith("2026-03-17T15:00:0")
    assert "token_key" not in item
    assert token not in str(answer.json)


def test_they_are_taken_back_at_once_all_or_those_of_one_manager() -> None:
    ticket = ticketed("poa")
    ana, bia, again = issued("Ana", ticket.id), issued("Bia", ticket.id), issued("Bia", ticket.id, "overdue.1")
    place, bound = f"/v1/tickets/{ticket.id}/alert-links", key(Scope.TICKETS_WRITE)

    told = ask("DELETE", place, bound, query={"manager": managers.identity("bia@aurora.example")})

    assert sorted(bool(each["revoked_at"]) for each in told.json["items"]) == [False, True, True]
    assert [Browser().get(f"/c/{token}").status for token in (ana, bia, again)] == [200, 410, 410]
    first, second = (ask("DELETE", place, bound).json for _ in range(2))
    assert first == second
    assert Browser().get(f"/c/{ana}").status == 410


def test_links_of_a_ticket_elsewhere_do_not_exist() -> None:
    ticket = ticketed("poa")

    elsewhere = key(Scope.TICKETS_READ, Scope.TICKETS_WRITE, segment="manaus")

    for method in ("GET", "DELETE"):
        answer = ask(method, f"/v1/tickets/{ticket.id}/alert-links", elsewhere)
        assert (answer.status, answer.code) == (404, "ticket_not_found")
