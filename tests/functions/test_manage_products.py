from datetime import datetime
from typing import Any

import pytest

from escuta.directory import products
from escuta.directory.model import Product, Scope
from tests.functions.callers import ask, found_company, key
from tests.kit.faults import recording


@pytest.fixture(autouse=True)
def sold(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    named = {"tv-40": "TV", "tv-50": "TV", "sofa": "Móveis / Sala", "gift": ""}
    products.ensure(Product(code=code, name=code.upper(), group=group) for code, group in named.items())


def listed(**query: Any) -> list[str]:
    return [item["code"] for item in ask("GET", "/v1/products", key(), query=query).json["items"]]


def change(code: str, text: str = "", **body: Any) -> Any:
    return ask("PATCH", f"/v1/products/{code}", text or key(), body=body)


def test_products_are_listed_by_group_page_by_page() -> None:
    first_key = key(Scope.PRODUCTS_READ)
    first = ask("GET", "/v1/products", first_key, query={"limit": 3}).json

    assert [item["code"] for item in first["items"]] == ["gift", "sofa", "tv-40"]
    rest = ask("GET", "/v1/products", first_key, query={"limit": 3, "cursor": first["next"]}).json
    assert [item["code"] for item in rest["items"]] == ["tv-50"]
    assert listed(group="TV") == ["tv-40", "tv-50"]
    assert listed(group="tv") == []


def test_a_hundred_products_are_one_query() -> None:
    products.ensure(Product(code=f"p{number:03}", name=f"P{number:03}", group="") for number in range(120))
    text = key()
    ask("GET", "/v1/products", text)  # takes a portion of the minute's requests

    with recording() as calls:
        page = ask("GET", "/v1/products", text, query={"limit": 100}).json

    assert (len(page["items"]), page["next"] is not None) == (100, True)
    assert [call.operation for call in calls] == ["GetItem", "Query"]  # the key, and the list


def test_a_product_shows_what_it_is() -> None:
    answer = ask("GET", "/v1/products/sofa", key(segment="sul"))

    assert (answer.status, answer.json["rev"]) == (200, 1)
    assert answer.json == {
        "rev": 1,
        "code": "sofa",
        "name": "SOFA",
        "group": "Móveis / Sala",
        "edited": False,
        "merged_into": "",
    }
    assert ask("GET", "/v1/products/none", key()).code == "product_not_found"


def test_a_product_gets_another_name_and_group() -> None:
    answer = change("sofa", name=" Sofá ", group="")

    assert (answer.status, answer.headers["ETag"]) == (200, '"2"')
    assert (answer.json["name"], answer.json["group"], answer.json["edited"]) == ("Sofá", "", True)
    assert listed() == ["gift", "sofa", "tv-40", "tv-50"]


def test_a_product_is_merged_and_the_merge_is_undone() -> None:
    merged = change("tv-40", merged_into="tv-50")
    circle = change("tv-50", merged_into="tv-40")
    undone = change("tv-40", merged_into="")

    assert (merged.json["merged_into"], undone.json["merged_into"]) == ("tv-50", "")
    assert (circle.status, circle.code, circle.json["field"]) == (409, "product_merge_cycle", "merged_into")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"name": "  "}, "required", "name"),
        ({"name": "x" * 201}, "too_long", "name"),
        ({"group": "x" * 201}, "too_long", "group"),
        ({"merged_into": "none"}, "product_unknown", "merged_into"),
        ({"code": "other"}, "field_unknown", "code"),
    ],
)
def test_a_change_that_cannot_be_is_refused(body: dict[str, Any], code: str, field: str) -> None:
    answer = ask("PATCH", "/v1/products/sofa", key(), body=body)

    assert (answer.status, answer.code, answer.json["field"]) == (422, code, field)


def test_a_product_is_changed_as_it_was_read_or_not_at_all() -> None:
    change("sofa", name="Sofá")

    answer = ask("PATCH", "/v1/products/sofa", key(), body={"name": "Couch"}, headers={"If-Match": '"1"'})

    assert (answer.status, answer.code) == (412, "rev_stale")


def groups() -> dict[str, Any]:
    return {item["name"]: item for item in ask("GET", "/v1/product-groups", key()).json["items"]}


def test_a_group_of_any_name_is_counted_renamed_and_joined_with_another() -> None:
    found = groups()
    assert {name: item["products"] for name, item in found.items()} == {"Móveis / Sala": 1, "TV": 2}

    answer = ask("PATCH", f"/v1/product-groups/{found['Móveis / Sala']['id']}", key(), body={"name": "TV"})

    assert answer.json == {"id": found["TV"]["id"], "name": "TV", "products": 3}
    assert groups() == {"TV": answer.json}
    gone = ask("PATCH", f"/v1/product-groups/{found['Móveis / Sala']['id']}", key(), body={"name": "TV"})
    assert (gone.status, gone.code) == (404, "product_group_not_found")
    blank = ask("PATCH", f"/v1/product-groups/{found['TV']['id']}", key(), body={"name": " "})
    assert (blank.status, blank.code, blank.json["field"]) == (422, "required", "name")


def test_a_bound_key_reads_products_and_changes_none() -> None:
    bound = key(segment="sul")

    assert ask("GET", "/v1/products", bound).status == 200
    for path, body in (
        ("/v1/products/sofa", {"name": "x"}),
        (f"/v1/product-groups/{groups()['TV']['id']}", {"name": "x"}),
    ):
        answer = ask("PATCH", path, bound, body=body)
        assert (answer.status, answer.code) == (403, "whole_hierarchy_only")


def test_a_change_of_which_a_part_is_refused_changes_nothing() -> None:
    assert change("sofa", name="Sofá", merged_into="nowhere").code == "product_unknown"
    assert products.get("sofa").name == "SOFA"

    merged = change("sofa", name="Sofá", merged_into="gift").json

    assert (merged["rev"], merged["name"], merged["merged_into"], merged["edited"]) == (2, "Sofá", "gift", True)
    undone = change("sofa", group="Salas", merged_into="").json
    assert (undone["rev"], undone["group"], undone["merged_into"]) == (3, "Salas", "")


def test_a_product_is_made_before_anything_names_it_and_no_file_renames_it() -> None:
    body = {"code": " fogão/5 ", "name": "Fogão 5 bocas", "group": "Cozinha"}

    made = ask("POST", "/v1/products", key(Scope.PRODUCTS_WRITE), body=body)

    assert (made.status, made.headers["Location"]) == (201, "products/fog%C3%A3o%2F5")
    assert (made.json["code"], made.json["group"], made.json["edited"]) == ("fogão/5", "Cozinha", True)
    products.ensure([Product(code="fogão/5", name="FOGAO", group="")])
    assert products.get("fogão/5").name == "Fogão 5 bocas"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"code": "sofa", "name": "Sofá"}, 409, "product_exists"),
        ({"code": " ", "name": "Sofá"}, 422, "required"),
        ({"code": "x" * 129, "name": "Sofá"}, 422, "too_long"),
        ({"code": "sofa-2", "name": ""}, 422, "required"),
        ({"name": "Sofá"}, 422, "field_missing"),
    ],
)
def test_a_product_that_cannot_be_is_not_made(body: dict[str, Any], status: int, code: str) -> None:
    answer = ask("POST", "/v1/products", key(), body=body)

    assert (answer.status, answer.code) == (status, code)


def test_a_bound_key_makes_no_product() -> None:
    answer = ask("POST", "/v1/products", key(segment="sul"), body={"code": "sofa-2", "name": "Sofá"})

    assert (answer.status, answer.code) == (403, "whole_hierarchy_only")
