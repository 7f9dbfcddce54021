"""Products and their groups: what files brought, named and merged by people."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.flash import Flash, Undo
from console.forms import NONE, Faults
from console.visit import Visit
from escuta.directory import access
from escuta.directory.model import Scope

Form = Mapping[str, str]

_SHOWN = 50


def index(visit: Visit) -> Response[str]:
    """Show products by group and name."""
    return _page(visit, NONE)


def new(visit: Visit) -> Response[str]:
    """Ask for a product that no file has named yet."""
    access.require(visit.api.caller, Scope.PRODUCTS_WRITE)
    return _form(visit, None, {}, NONE)


def create(visit: Visit) -> Response[str]:
    """Make a product."""

    def work(form: Form) -> Response[str]:
        body = {"code": "", "name": "", **forms.given(form, "code", "name", "group")}
        made = visit.api.post("/products", body, call=form["call"])
        said = Flash(code="admin.products.said.made", details={"name": made["name"]})
        return pages.go(visit, "admin/products/new" if form.get("another") else _place(made["code"]), said)

    return forms.act(visit, work, lambda form, faults: _form(visit, None, form, faults))


def edit(visit: Visit) -> Response[str]:
    """Show one product, to be changed."""
    if not visit.asked("code"):
        return pages.go(visit, "admin/products")
    return _form(visit, visit.api.get(_path(visit)), {}, NONE)


def change(visit: Visit) -> Response[str]:
    """Name a product otherwise, put it into another group, or take it for another one."""

    def work(form: Form) -> Response[str]:
        before = visit.api.get(_path(visit))
        body = {name: text for name, text in forms.given(form, *_FIELDS).items() if text != before[name]}
        made = visit.api.patch(_path(visit), body, rev=form["rev"])
        fields = {name: str(before[name]) for name in _FIELDS} | {"rev": str(made["rev"])}
        said = Flash(code="said.saved", undo=Undo(path=_place(made["code"]), fields=fields))
        return pages.go(visit, _place(made["code"]), said)

    return forms.act(visit, work, lambda form, faults: _form(visit, visit.api.get(_path(visit)), form, faults))


def rename_group(visit: Visit) -> Response[str]:
    """Give a group another name; that of another group makes one of the two."""

    def work(form: Form) -> Response[str]:
        name = form.get("name", "").strip()
        merged = any(each["name"] == name for each in visit.api.get("/product-groups", limit=100)["items"])
        made = visit.api.patch(f"/product-groups/{form.get('group', '')}", {"name": name})
        details = {"before": form.get("before", ""), "name": made["name"]}
        fields = {"group": made["id"], "name": form.get("before", ""), "before": made["name"]}
        # Of two groups that became one, nobody knows any more which product was in which.
        undo = None if merged or not form.get("before") else Undo(path="admin/products/groups", fields=fields)
        place = "admin/products?" + urlencode({"group": made["name"]})
        return pages.go(visit, place, Flash(code="admin.products.said.group", details=details, undo=undo))

    return forms.act(visit, work, lambda _, faults: _page(visit, faults))


_FIELDS = ("name", "group", "merged_into")


def _page(visit: Visit, faults: Faults) -> Response[str]:
    group = visit.asked("group")
    found = visit.api.get("/products", group=group, limit=_SHOWN, cursor=visit.asked("cursor"))
    groups = visit.api.get("/product-groups", limit=100)
    return pages.framed(visit, "admin/products", found=found, groups=groups, group=group, faults=faults)


def _form(visit: Visit, found: dict[str, Any] | None, typed: Form, faults: Faults) -> Response[str]:
    before = found or {"code": "", "name": "", "group": visit.asked("group"), "merged_into": ""}
    groups = visit.api.get("/product-groups", limit=100)["items"]
    return pages.framed(
        visit, "admin/product", product=found, groups=groups, values=before | dict(typed), faults=faults
    )


def _path(visit: Visit) -> str:
    return f"/products/{visit.asked('code')}"


def _place(code: str) -> str:
    return "admin/products/edit?" + urlencode({"code": code})
