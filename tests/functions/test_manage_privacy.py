"""What people ask of their data, as an admin sees to it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta import clock, table
from escuta.directory import access, privacy
from escuta.directory.model import PrivacyKind, PrivacyRequest, Role, Scope
from privacy import erase
from tests.conftest import NOON
from tests.functions.callers import ask, found_company, key
from tests.kit import factories
from tests.kit.queue import Queue


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def asked(person: str = "ana", wants: PrivacyKind = PrivacyKind.SEE) -> PrivacyRequest:
    return privacy.ask(wants, f"contact-{person}", hint=f"{person[0]}•••@mail.example", language="pt-BR")


def listed(**query: Any) -> list[str]:
    answer = ask("GET", "/v1/privacy-requests", key(Scope.PRIVACY_ADMIN), query=query)
    return [item["id"] for item in answer.json["items"]]


def test_open_requests_are_listed_the_soonest_due_first() -> None:
    with clock.at(NOON + timedelta(days=1)):
        later = asked("bruno")
    soon = asked("ana", PrivacyKind.ERASE)

    answer = ask("GET", "/v1/privacy-requests", key(Scope.PRIVACY_ADMIN))

    assert [item["id"] for item in answer.json["items"]] == [soon.id, later.id]
    first = answer.json["items"][0]
    assert (first["wants"], first["contact"], first["hint"]) == ("erase", "contact-ana", "a•••@mail.example")
    assert (first["state"], first["due_at"][:10]) == ("open", "2026-03-25")


def test_the_list_goes_on_from_page_to_page() -> None:
    made = {asked(person).id for person in ("ana", "bruno", "carla")}

    first = ask("GET", "/v1/privacy-requests", key(Scope.PRIVACY_ADMIN), query={"limit": 2})

    assert len(first.json["items"]) == 2
    assert {item["id"] for item in first.json["items"]} < made
    assert first.json["next"]


def test_a_request_that_was_met_says_by_whom() -> None:
    request = asked()

    done = ask("PATCH", f"/v1/privacy-requests/{request.id}", key(Scope.PRIVACY_ADMIN), body={"state": "done"})

    assert (done.status, done.json["state"], done.json["done_by"]) == (200, "done", "ERP")
    assert listed() == []
    assert listed(state="done") == [request.id]


def test_meeting_it_twice_changes_nothing() -> None:
    path = f"/v1/privacy-requests/{asked().id}"

    first, second = (ask("PATCH", path, key(Scope.PRIVACY_ADMIN), body={"state": "done"}) for _ in range(2))

    assert second.json == first.json


def test_a_stale_revision_is_refused() -> None:
    path = f"/v1/privacy-requests/{asked().id}"

    refused = ask("PATCH", path, key(), body={"state": "done"}, headers={"If-Match": '"7"'})

    assert (refused.status, refused.code) == (412, "rev_stale")


@pytest.mark.parametrize("body", [{}, {"state": "open"}, {"state": "done", "note": "x"}, {"done": True}])
def test_any_other_change_is_refused(body: dict[str, Any]) -> None:
    refused = ask("PATCH", f"/v1/privacy-requests/{asked().id}", key(), body=body)

    assert refused.status == 422
    assert len(listed()) == 1


def test_an_unknown_request_is_not_found_in_three_languages() -> None:
    said = {
        ask("GET", "/v1/privacy-requests/nothing", key(), headers={"Accept-Language": language}).json["detail"]
        for language in ("pt-BR", "en", "es")
    }

    assert said == {
        "Não há pedido com este id.",
        "There is no request with this id.",
        "No hay ninguna solicitud con este id.",
    }


@pytest.mark.parametrize("path", ["/v1/privacy-requests", "/v1/parked"])
def test_who_sees_only_a_part_of_the_hierarchy_sees_none(path: str) -> None:
    refused = ask("GET", path, key(segment="poa"))

    assert (refused.status, refused.code) == (403, "whole_hierarchy_only")


@pytest.mark.parametrize("role", [Role.ANALYST, Role.MANAGER])
def test_only_admins_see_to_what_people_ask_and_to_what_is_parked(role: Role) -> None:
    assert {Scope.PRIVACY_ADMIN, Scope.PARKED_ADMIN} <= access.SCOPES[Role.ADMIN]
    assert not {Scope.PRIVACY_ADMIN, Scope.PARKED_ADMIN} & access.SCOPES[role]


def known(person: str = "ana") -> str:
    """Make somebody a contact; return their id."""
    table.put(factories.contact(person.title(), id=f"contact-{person}"))
    return f"contact-{person}"


def test_erasing_somebody_gives_a_receipt_that_says_how_far_it_is() -> None:
    begun = ask("POST", f"/v1/contacts/{known()}/erasures", key(Scope.PRIVACY_ADMIN), body={})

    assert (begun.status, begun.json["state"], begun.json["keep_out"]) == (201, "running", True)
    assert begun.headers["Location"].endswith(f"../../erasures/{begun.json['id']}")
    Queue("erase", erase.handler).run()
    receipt = ask("GET", f"/v1/erasures/{begun.json['id']}", key(Scope.PRIVACY_ADMIN)).json
    assert (receipt["state"], receipt["started_by"], receipt["reached"]["contacts"]) == ("done", "ERP", 1)
    assert not {"contact", "person", "links", "responses", "places"} & receipt.keys()
    listing = ask("GET", "/v1/erasures", key(Scope.PRIVACY_ADMIN)).json
    assert [each["id"] for each in listing["items"]] == [receipt["id"]]


def test_meeting_a_request_to_be_erased_erases() -> None:
    known()
    request = asked("ana", PrivacyKind.ERASE)

    done = ask("PATCH", f"/v1/privacy-requests/{request.id}", key(Scope.PRIVACY_ADMIN), body={"state": "done"})
    Queue("erase", erase.handler).run()

    assert (done.status, done.json["done_by"]) == (200, "ERP")
    assert ask("GET", "/v1/contacts/contact-ana", key()).status == 404
    left = privacy.get(request.id)
    assert (left.contact, left.hint, left.done_by) == ("", "", "ERP")


def test_meeting_a_request_to_see_erases_nothing() -> None:
    known()

    ask("PATCH", f"/v1/privacy-requests/{asked().id}", key(Scope.PRIVACY_ADMIN), body={"state": "done"})

    assert Queue("erase", erase.handler).waiting() == []
    assert ask("GET", "/v1/contacts/contact-ana", key()).status == 200


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/v1/contacts/contact-ana/erasures"), ("GET", "/v1/contacts/contact-ana/data")]
)
def test_who_sees_only_a_part_of_the_hierarchy_erases_and_fetches_nobody(method: str, path: str) -> None:
    known()

    refused = ask(method, path, key(segment="poa"), body={} if method == "POST" else None)

    assert (refused.status, refused.code) == (403, "whole_hierarchy_only")


def test_an_unknown_receipt_is_not_found_in_three_languages() -> None:
    said = {
        ask("GET", "/v1/erasures/nothing", key(), headers={"Accept-Language": language}).json["detail"]
        for language in ("pt-BR", "en", "es")
    }

    assert said == {
        "Não há exclusão com este id.",
        "There is no erasure with this id.",
        "No hay ninguna supresión con este id.",
    }
