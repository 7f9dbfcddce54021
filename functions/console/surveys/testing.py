"""Trying a survey out: a link of one's own, whose answers are shown here, counted nowhere, and gone after a month."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.flash import Flash
from console.forms import Faults
from console.surveys import about
from console.visit import Visit

_MOST_ROUNDS = 20  # of a thousand answers each


def show(visit: Visit, survey: str) -> Response[str]:
    """List what was answered to try it."""
    return _page(visit, survey, forms.NONE)


def link(visit: Visit, survey: str) -> Response[str]:
    """Make a link under which the draft, or what is published, is tried."""

    def work(form: Mapping[str, str]) -> Response[str]:
        asked = {"published": form.get("which") == "published", "language": form.get("language", "")}
        return _page(visit, survey, forms.NONE, visit.api.post(f"/surveys/{survey}/test-links", asked), form)

    return forms.act(visit, work, lambda form, faults: _page(visit, survey, faults, None, form))


def clear(visit: Visit, survey: str) -> Response[str]:
    """Remove what was answered to try it."""

    def work(_: Mapping[str, str]) -> Response[str]:
        removed = 0
        for _round in range(_MOST_ROUNDS):
            gone = visit.api.delete(f"/surveys/{survey}/test-answers")
            removed += gone["removed"]
            if not gone["more"]:
                break
        code = f"surveys.said.cleared.{'one' if removed == 1 else 'many'}"
        said = Flash(code=code, details={"n": visit.reader().number(removed)})
        return pages.go(visit, f"surveys/{survey}/test-answers", said)

    return forms.act(visit, work, lambda _, faults: _page(visit, survey, faults))


def _page(
    visit: Visit,
    survey: str,
    faults: Faults,
    made: Mapping[str, Any] | None = None,
    form: Mapping[str, str] | None = None,
) -> Response[str]:
    sees = not visit.api.caller.segments
    found: dict[str, Any] = {"items": [], "next": None}
    if sees:
        found = visit.api.get(f"/surveys/{survey}/test-answers", limit=25, cursor=visit.asked("cursor"))
    draft = visit.api.get(f"/surveys/{survey}/draft")
    return pages.framed(
        visit,
        "surveys/test_answers",
        part="link",
        **about.values(visit, survey, "test-answers"),
        sees=sees,
        found=found,
        kept=draft,
        spoken=draft["definition"]["languages"],
        made=made,
        code=pages.qr(made["url"]) if made else "",
        typed=form or {},
        faults=faults,
    )
