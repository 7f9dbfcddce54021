"""The versions of a survey: what was published when, one of them whole, and back to an older one as a draft."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.flash import Flash, Undo
from console.forms import Faults
from console.surveys import about, editor, moving
from console.surveys.said import Teller
from console.visit import Visit
from escuta.directory import organisation
from escuta.directory.model import Noun
from escuta.feedback.model import SurveyDraft

_KINDS = {"json": "application/json", "yaml": "application/yaml"}


def show_all(visit: Visit, survey: str) -> Response[str]:
    """List the versions, the newest first."""
    return _listing(visit, survey, forms.NONE)


def show(visit: Visit, survey: str, version: str) -> Response[str]:
    """Show what a version asks."""
    return _page(visit, survey, version, forms.NONE)


def look(visit: Visit, survey: str, version: str) -> Response[str]:
    """Go to a page that shows a version as people saw it."""

    def work(form: Mapping[str, str]) -> Response[str]:
        asked = {"definition": _definition(visit, survey, version), "language": form.get("lang", "")}
        url = visit.api.post(f"/surveys/{survey}/previews", asked)["url"]
        if not url:
            return pages.go(visit, f"surveys/{survey}/versions/{version}", Flash(code="surveys.said.no_preview"))
        return Response(303, pages.HTML, "", {"Location": url})

    return forms.act(visit, work, lambda _, faults: _page(visit, survey, version, faults))


def restore(visit: Visit, survey: str, version: str) -> Response[str]:
    """Make a version the draft; what was the draft is carried by the note that can put it back."""

    def work(form: Mapping[str, str]) -> Response[str]:
        before = visit.api.get(f"/surveys/{survey}/draft")
        kept = editor.keep(visit, survey, _definition(visit, survey, version), form)
        path, fields = f"surveys/{survey}/draft/discard", {"rev": str(kept["rev"])}
        if before["rev"]:
            path = f"surveys/{survey}/draft/restore"
            fields["definition"] = moving.packed(before["definition"])
        said = Flash(code="surveys.said.restored", details={"n": version}, undo=Undo(path=path, fields=fields))
        return pages.go(visit, f"surveys/{survey}/publish", said)

    return forms.act(visit, work, lambda _, faults: _page(visit, survey, version, faults))


def download(visit: Visit, survey: str) -> Response[Any]:
    """Return a survey as one file."""
    kind = visit.asked("as", "yaml")
    suffix = ".yaml" if kind == "yaml" else ""
    answer = visit.api.file(f"/surveys/{survey}/definition{suffix}", version=visit.asked("version"))
    name = f"{survey}.{kind if kind in _KINDS else 'json'}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(200, _KINDS.get(kind, _KINDS["json"]), answer.body, headers)


def _definition(visit: Visit, survey: str, version: str) -> dict[str, Any]:
    found = visit.api.get(f"/surveys/{survey}/versions/{version}")
    return {name: found[name] for name in SurveyDraft.model_fields}


def _listing(visit: Visit, survey: str, faults: Faults) -> Response[str]:
    found = visit.api.get(f"/surveys/{survey}/versions", limit=25, cursor=visit.asked("cursor"))
    return pages.framed(
        visit, "surveys/versions", **about.values(visit, survey, "versions"), found=found, faults=faults
    )


def _page(visit: Visit, survey: str, version: str, faults: Faults) -> Response[str]:
    found = visit.api.get(f"/surveys/{survey}/versions/{version}")
    language = visit.asked("lang") if visit.asked("lang") in found["languages"] else found["languages"][0]
    called = organisation.label(Noun.SEGMENT, visit.language).one.lower()
    edits = about.edits(visit)
    return pages.framed(
        visit,
        "surveys/version",
        **about.values(visit, survey, "versions"),
        found=found,
        definition=found,
        language=language,
        teller=Teller(visit.reader(visit.timezone), found, language, called),
        rev=visit.api.get(f"/surveys/{survey}/draft")["rev"] if edits else 0,
        faults=faults,
    )
