"""Taking back what was done to a dashboard: the note about it carries what there was before, packed."""

import base64
import zlib
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response
from pydantic_core import from_json, to_json

from console import forms, pages
from console.flash import Flash, Undo
from console.visit import Visit
from escuta.errors import InvalidError

_FIELDS = ("name", "shared", "widgets")
_MOST = 200_000  # characters unpacked: thirty widgets have a tenth of it


def of(before: Mapping[str, Any], after: Mapping[str, Any], *names: str) -> Undo | None:
    """Return the button that puts back the fields of these names; None where nothing became different."""
    held = {name: before[name] for name in names}
    if after["rev"] == before["rev"]:
        return None
    packed = base64.urlsafe_b64encode(zlib.compress(to_json(held), 9)).decode()
    return Undo(path=f"analyze/dashboards/{after['id']}/undo", fields={"rev": str(after["rev"]), "before": packed})


def undo(visit: Visit, dashboard: str) -> Response[Any]:
    """Put back what there was before."""
    from console.analyze import boards  # noqa: PLC0415 - whose changes are taken back here

    def work(form: Mapping[str, str]) -> Response[Any]:
        board = visit.api.patch(f"/dashboards/{dashboard}", _unpacked(form), rev=form.get("rev", ""))
        back = f"{boards.path(dashboard)}/edit" if "widgets" in _unpacked(form) else boards.path(board["id"])
        return pages.go(visit, back, Flash(code="said.undone"))

    return forms.act(visit, work, lambda _, faults: boards.again(visit, dashboard, faults))


def _unpacked(form: Mapping[str, str]) -> dict[str, Any]:
    try:
        packed = base64.urlsafe_b64decode(form.get("before", ""))
        held = from_json(zlib.decompressobj().decompress(packed, _MOST))
        return {name: held[name] for name in _FIELDS if name in held}
    except (ValueError, TypeError, zlib.error) as error:
        raise InvalidError("form_invalid") from error
