"""SFTP: where files are dropped, and the accounts that drop them, with their folders and public keys."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.flash import Flash, Undo
from console.forms import NONE, Faults
from console.visit import Visit
from escuta.directory.model import Scope

Form = Mapping[str, str]
PATH = "admin/integrations/sftp"
_FIELDS = ("name", "folders", "key", "label", "note")


def index(visit: Visit) -> Response[str]:
    """Show the server and its accounts."""
    found = visit.api.get("/sftp-users", limit=50, cursor=visit.asked("cursor"))
    return pages.framed(visit, "admin/sftp", found=found, server=visit.api.get("/sftp-server"))


def new(visit: Visit) -> Response[str]:
    """Ask who is to drop files, and where."""
    return _new(visit, {}, NONE)


def create(visit: Visit) -> Response[str]:
    """Make an account with its first key."""

    def work(form: Form) -> Response[str]:
        body: dict[str, Any] = forms.given(form, "name", "key", "label", "note") | {"folders": _folders(form)}
        made = visit.api.post("/sftp-users", body, call=form["call"])
        return pages.go(
            visit, f"{PATH}/{made['name']}", Flash(code="settings.said.sftp", details={"name": made["name"]})
        )

    return forms.act(visit, work, lambda form, faults: _new(visit, form, faults))


def show(visit: Visit, account: str) -> Response[str]:
    """Show one account."""
    return _page(visit, account, {}, NONE)


def change(visit: Visit, account: str) -> Response[str]:
    """Give an account other folders or another note, shut it, or open it again."""

    def work(form: Form) -> Response[str]:
        before = visit.api.get(f"/sftp-users/{account}")
        body: dict[str, Any] = forms.given(form, "note")
        if "folders" in form:
            body["folders"] = _folders(form)
        if "paused" in form:
            body["paused"] = form["paused"] == "true"
        made = visit.api.patch(f"/sftp-users/{account}", body, rev=form.get("rev", ""))
        fields = {"note": before["note"], "folders": "\n".join(before["folders"])}
        fields |= {"paused": str(before["paused"]).lower()}
        undo = Undo(
            path=f"{PATH}/{account}", fields={n: v for n, v in fields.items() if n in body} | {"rev": str(made["rev"])}
        )
        shut = {True: "settings.said.sftp_paused", False: "settings.said.sftp_open"}
        code = shut[made["paused"]] if "paused" in body else "said.saved"
        return pages.go(visit, f"{PATH}/{account}", Flash(code=code, details={"name": account}, undo=undo))

    return forms.act(visit, work, lambda form, faults: _page(visit, account, form, faults))


def add_key(visit: Visit, account: str) -> Response[str]:
    """Add a public key beside those that there are."""

    def work(form: Form) -> Response[str]:
        visit.api.post(f"/sftp-users/{account}/keys", forms.given(form, "key", "label"), call=form.get("call", ""))
        return pages.go(visit, f"{PATH}/{account}", Flash(code="settings.said.key_added"))

    return forms.act(visit, work, lambda form, faults: _page(visit, account, form, faults))


def drop_key(visit: Visit, account: str) -> Response[str]:
    """Drop a public key: from the next login on it opens nothing."""

    def work(form: Form) -> Response[str]:
        before = visit.api.get(f"/sftp-users/{account}")["public_keys"]
        visit.api.delete(f"/sftp-users/{account}/keys/{form.get('key_id', '')}", rev=form.get("rev", ""))
        gone = next((each for each in before if each["id"] == form.get("key_id")), None)
        fields = {"key": gone["public"], "label": gone["label"]} if gone else {}
        undo = Undo(path=f"{PATH}/{account}/keys", fields=fields) if gone else None
        return pages.go(visit, f"{PATH}/{account}", Flash(code="settings.said.key_dropped", undo=undo))

    return forms.act(visit, work, lambda _, faults: _page(visit, account, {}, faults))


def remove(visit: Visit, account: str) -> Response[str]:
    """Remove an account; its files stay."""

    def work(form: Form) -> Response[str]:
        visit.api.delete(f"/sftp-users/{account}", rev=form.get("rev", ""))
        return pages.go(visit, PATH, Flash(code="settings.said.sftp_gone", details={"name": account}))

    return forms.act(visit, work, lambda _, faults: _page(visit, account, {}, faults))


def _new(visit: Visit, typed: Form, faults: Faults) -> Response[str]:
    values = {**dict.fromkeys(_FIELDS, ""), **typed}
    return pages.framed(visit, "admin/sftp_new", values=values, folders=_known(visit), faults=faults)


def _page(visit: Visit, account: str, typed: Form, faults: Faults) -> Response[str]:
    found = visit.api.get(f"/sftp-users/{account}")
    values = {"folders": "\n".join(found["folders"]), "note": found["note"], "key": "", "label": "", **typed}
    server = visit.api.get("/sftp-server")
    return pages.framed(
        visit, "admin/sftp_account", found=found, server=server, values=values, folders=_known(visit), faults=faults
    )


def _known(visit: Visit) -> list[str]:
    """Return the folders that somebody described, to choose from."""
    if not visit.api.may(Scope.FILES_READ):
        return []
    return [each["name"] if "name" in each else each["folder"] for each in visit.api.get("/folders", limit=50)["items"]]


def _folders(form: Form) -> list[str]:
    return form.get("folders", "").replace(",", " ").split()
