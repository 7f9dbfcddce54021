"""Products and their groups: what files brought, corrected and merged by people."""

from typing import Any
from urllib.parse import quote

from pydantic import Field

from escuta.directory import products
from escuta.directory.model import Product
from manage.asking import Asked, Created, Listing, Request, part

_INTERNAL = {"created_by", "updated_by"}


class ProductListing(Listing):
    """All products, or those of one group by its name."""

    group: str = ""


class NewProduct(Asked):
    """A product that no file has named yet. Its code is what files and links name it by, for good."""

    code: str
    name: str
    group: str = ""


class ProductPatch(Asked):
    """Another name, another group, or the code of the product that this one is taken for ("" undoes that)."""

    name: str = Field(default="", json_schema_extra={"maxLength": 200})
    group: str = Field(default="", json_schema_extra={"maxLength": 200})
    merged_into: str = Field(default="", json_schema_extra={"maxLength": 128})


class GroupPatch(Asked):
    """Another name; that of another group makes one of the two."""

    name: str = Field(json_schema_extra={"minLength": 1, "maxLength": 200})


def _shown(product: Product) -> dict[str, Any]:
    return product.model_dump(mode="json", exclude=_INTERNAL)


def listing(request: Request) -> dict[str, Any]:
    """Return products by group and name; with a group a page may hold less than `limit`, and not be the last."""
    asked = request.query(ProductListing)
    return request.page(products.listing(asked.group, limit=asked.limit, cursor=request.cursor(asked)), _shown)


def create(request: Request) -> Created:
    """Make a product before anything names it; this concerns all segments.

    What files call it from then on changes nothing. A code that there is already is refused (409 `product_exists`).
    """
    request.everywhere()
    asked = request.body(NewProduct)
    with request.making():
        made = products.create(asked.code, asked.name, asked.group)
    return Created(_shown(made), f"products/{quote(made.code, safe='')}")


def get(request: Request, product: str) -> dict[str, Any]:
    """Return one product."""
    request.query(Asked)
    return _shown(products.get(product))


def change(request: Request, product: str) -> dict[str, Any]:
    """Name a product otherwise, put it into another group, or merge it; this concerns all segments.

    Files that name it otherwise change nothing from then on. A merge into itself, by way of others, is refused (409
    `product_merge_cycle`).
    """
    asked = request.body(ProductPatch)
    request.everywhere()
    found = products.get(product)
    request.match(found)
    fields = {name: getattr(asked, name) for name in asked.model_fields_set - {"merged_into"}}
    if "merged_into" in asked.model_fields_set:
        found = products.merge(found, asked.merged_into, **fields)
    elif fields:
        found = products.change(found, **fields)
    return _shown(found)


def groups(request: Request) -> dict[str, Any]:
    """Return the groups by name, with how many products each has."""
    asked = request.query(Listing)
    return request.page(
        part(products.groups(), _place, asked.limit, request.cursor(asked)), lambda group: group.model_dump(mode="json")
    )


def change_group(request: Request, group: str) -> dict[str, Any]:
    """Give a group another name; its id follows from the name, and so is another one then."""
    asked = request.body(GroupPatch)
    request.everywhere()
    return products.rename_group(group, asked.name).model_dump(mode="json")


def _place(group: products.Group) -> str:
    return f"{group.name.casefold()}\x00{group.name}"
