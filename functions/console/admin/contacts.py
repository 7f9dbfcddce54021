"""People: looked for in one box, taken in, and corrected."""

from collections.abc import Iterable, Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.admin import tree
from console.flash import Flash, Undo
from console.forms import NONE, Faults
from console.visit import Visit
from escuta.directory import access
from escuta.directory.model import Consent, Scope

Form = Mapping[str, str]

SAID = ("name", "email", "phone", "language", "timezone", "segment")
BASES = tuple(Consent)
_CUSTOM = "custom."
_SHOWN = 25
_SUGGESTED = 12  # places that are offered before anything is looked for


def index(visit: Visit) -> Response[str]:
    """Show who is found by what was typed, at a segment or anywhere."""
    wanted, segment = visit.asked("q").strip(), visit.asked("segment")
    known = tree.of(visit, retired=False)
    asked = {"q": wanted[:200], "segment": segment, "limit": _SHOWN, "cursor": visit.asked("cursor")}
    found = visit.api.get("/contacts", **asked) if wanted or segment else {"items": [], "next": None}
    leaves = [each for each in known.items if not each["children"]]
    return pages.framed(
        visit,
        "admin/contacts",
        part="found",
        wanted=wanted,
        segment=segment,
        tree=known,
        found=found,
        suggested=leaves[:_SUGGESTED],
    )


def new(visit: Visit) -> Response[str]:
    """Ask who somebody is."""
    access.require(visit.api.caller, Scope.CONTACTS_WRITE)
    return _form(visit, None, {}, NONE)


def create(visit: Visit) -> Response[str]:
    """Take in a person; who is known already is changed by what is said."""

    def work(form: Form) -> Response[str]:
        body = _told(visit, form, {}) | forms.given(form, "external_id")
        made = visit.api.post("/contacts", {name: value for name, value in body.items() if value}, call=form["call"])
        said = Flash(code=f"admin.contacts.said.{made['outcome']}", details={"name": _called(made)})
        return pages.go(visit, f"admin/contacts/{made['id']}", said)

    return forms.act(visit, work, lambda form, faults: _form(visit, None, form, faults))


def edit(visit: Visit, contact: str) -> Response[str]:
    """Show what is known of a person, to be corrected."""
    access.require(visit.api.caller, Scope.CONTACTS_WRITE)
    return _form(visit, visit.api.get(f"/contacts/{contact}"), {}, NONE)


def change(visit: Visit, contact: str) -> Response[str]:
    """Correct what is known of a person."""

    def work(form: Form) -> Response[str]:
        before = visit.api.get(f"/contacts/{contact}")
        made = visit.api.patch(f"/contacts/{contact}", _told(visit, form, before), rev=form["rev"])
        back = _typed(before) | {"rev": str(made["rev"])}
        undo = Undo(path=f"admin/contacts/{contact}/edit", fields={name: back[name] for name in back if name in form})
        said = Flash(code="said.saved", undo=undo if made["consent"] == before["consent"] else None)
        return pages.go(visit, f"admin/contacts/{contact}", said)

    def again(form: Form, faults: Faults) -> Response[str]:
        return _form(visit, visit.api.get(f"/contacts/{contact}"), form, faults)

    return forms.act(visit, work, again)


def fields(visit: Visit) -> list[dict[str, Any]]:
    """Return the custom fields that are defined, each with its name in the reader's language as `label`."""
    found = visit.api.get("/custom-fields", limit=100)["items"]
    return [each | {"label": each["labels"].get(visit.language) or each["name"]} for each in found]


def _form(visit: Visit, found: dict[str, Any] | None, typed: Form, faults: Faults) -> Response[str]:
    known = tree.of(visit, retired=False)
    before = _typed(found) if found else dict.fromkeys((*SAID, "external_id"), "") | {"segment": visit.asked("segment")}
    defined = fields(visit)
    return pages.framed(
        visit,
        "admin/contact_edit",
        contact=found,
        tree=known,
        defined=defined,
        undefined=_undefined(found, defined),
        values=before | dict(typed),
        bases=BASES,
        faults=faults,
    )


def _undefined(found: dict[str, Any] | None, defined: Iterable[dict[str, Any]]) -> list[str]:
    """Return the fields of a person that a file made up, which have no definition."""
    known = {each["name"] for each in defined}
    return sorted(name for name in (found["custom"] if found else {}) if name not in known)


def _typed(found: dict[str, Any]) -> dict[str, str]:
    """Return a person as a form has them."""
    fields = {name: str(found[name]) for name in (*SAID, "external_id", "consent")}
    return fields | {_CUSTOM + name: _text(value) for name, value in found["custom"].items()}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _told(visit: Visit, form: Form, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form says of a person, as the API reads it: of the consent, that alone which is another one."""
    said: dict[str, Any] = forms.given(form, *SAID)
    if form.get("consent") and form["consent"] != before.get("consent", ""):
        said["consent"] = {"basis": form["consent"]}
    typed = {name.removeprefix(_CUSTOM): text.strip() for name, text in form.items() if name.startswith(_CUSTOM)}
    if typed:
        kinds = {each["name"]: each["type"] for each in fields(visit)}
        said["custom"] = {name: _value(kinds.get(name, "text"), text) for name, text in typed.items()}
    return said


def _value(kind: str, text: str) -> Any:
    """Return what was typed as the API takes it; what cannot be one is refused there, with words."""
    if not text:
        return None
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if kind == "number":
        try:
            number = float(text.replace(",", "."))
        except ValueError:
            return text
        return int(number) if number.is_integer() else number
    return text


def _called(contact: Mapping[str, Any]) -> str:
    return str(contact["name"] or contact["email"] or contact["phone"] or contact["external_id"])
