"""The typed client that is made from the document, on the deployed stack: what an integrator's program does."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from escuta.directory.model import Scope
from infra import client as making
from tests.e2e.house import House
from tests.e2e.web import ask, post_form

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"


@pytest.fixture(scope="session")
def made() -> SimpleNamespace:
    """Make the client and import what the tests use of it."""
    sys.path.insert(0, str(making.made()))
    return SimpleNamespace(
        client=import_module("escuta_client").AuthenticatedClient,
        models=import_module("escuta_client.models"),
        **{
            name: import_module(f"escuta_client.api.{noun}.{name}")
            for noun, name in (
                ("segments", "list_segments"),
                ("segments", "get_segment"),
                ("products", "list_products"),
                ("keys", "create_key"),
                ("keys", "revoke_key"),
                ("contacts", "create_contact"),
                ("contacts", "get_contact"),
                ("contacts", "change_contact"),
            )
        },
    )


@contextmanager
def _client(made: SimpleNamespace, house: House, key: str = "") -> Iterator[Any]:
    with made.client(base_url=house.api, token=key or house.running.seeded["api_key"]) as client:
        yield client


def test_a_list_is_read_page_by_page(made: SimpleNamespace, house: House) -> None:
    codes, cursor = list[str](), ""
    with _client(made, house) as client:
        while True:
            page = made.list_segments.sync(client=client, limit=3, cursor=cursor)
            codes += [each.code for each in page.items]
            if not page.next_:
                break
            cursor = page.next_

    assert codes == sorted(set(codes), key=codes.index)
    assert {"aurora", "sul", "poa-01"} <= set(codes)


def test_a_key_is_made_used_and_ended(made: SimpleNamespace, house: House) -> None:
    body = made.models.NewKey(name="Relatórios", scopes=[made.models.Scope.PRODUCTSREAD])
    with _client(made, house) as client:
        issued = made.create_key.sync(client=client, body=body)
        with _client(made, house, issued.key) as reader:
            assert made.list_products.sync_detailed(client=reader).status_code == 200
            refused = made.list_segments.sync(client=reader)
            assert (refused.status, refused.code) == (403, "scope_missing")

        assert made.revoke_key.sync_detailed(issued.id, client=client).status_code == 200
    assert house.call("GET", "products", key=issued.key).status == 401


def test_a_change_that_rests_on_an_old_reading_is_refused(made: SimpleNamespace, house: House) -> None:
    draft = made.models.NewPerson(email="ana.cliente@example.com", name="Ana", segment="poa-01")
    patch = made.models.PersonSaid(name="Ana Souza")
    with _client(made, house) as client:
        created = made.create_contact.sync_detailed(client=client, body=draft, idempotency_key="ana-1")
        again = made.create_contact.sync_detailed(client=client, body=draft, idempotency_key="ana-1")
        assert (created.status_code, again.parsed.id) == (201, created.parsed.id)

        tag = made.get_contact.sync_detailed(created.parsed.id, client=client).headers["ETag"]
        changed = made.change_contact.sync(created.parsed.id, client=client, body=patch, if_match=tag)
        stale = made.change_contact.sync(created.parsed.id, client=client, body=patch, if_match=tag)
    assert changed.name == "Ana Souza"
    assert (stale.status, stale.code) == (412, "rev_stale")


def test_the_document_and_the_page_to_try_it_out_are_served(house: House) -> None:
    page = ask("GET", f"{house.api}/console/api", Accept_Language="es")
    served = ask("GET", f"{house.api}/console/api/openapi.json")

    assert (page.status, "La API, para leer y probar" in page.text) == (200, True)
    assert served.text == DOCUMENT.read_text(encoding="utf-8")
    assert Scope.AUDIT_READ in served.text


def test_a_program_of_oauth_gets_an_hour_for_its_key(made: SimpleNamespace, house: House) -> None:
    issued = house.call("POST", "keys", {"name": "BI", "scopes": ["products:read", "segments:read"]}).json
    secret = issued["key"].removeprefix("esk_").partition("_")[2]
    form = {"grant_type": "client_credentials", "client_id": issued["id"], "client_secret": secret}
    given = post_form(f"{house.api}/oauth/token", "en", **form, scope="products:read")
    assert (given.status, given.json["token_type"], given.json["scope"]) == (200, "Bearer", "products:read")

    with _client(made, house, given.json["access_token"]) as client:
        assert made.list_products.sync_detailed(client=client).status_code == 200
        assert made.list_segments.sync(client=client).code == "scope_missing"
    house.call("DELETE", f"keys/{issued['id']}")
    assert house.call("GET", "products", key=given.json["access_token"]).status == 401


def test_who_changed_what_is_on_record(house: House) -> None:
    product = house.call("POST", "products", {"code": "sofa-3", "name": "Sofá", "group": "Sala"}).json
    house.call("PATCH", f"products/{product['code']}", {"name": "Sofá de três lugares"})

    entries = house.read("audit", noun="products", id="sofa-3")["items"]

    assert [each["action"] for each in entries] == ["change", "create"]
    assert {each["outcome"] for each in entries} == {"done"}
