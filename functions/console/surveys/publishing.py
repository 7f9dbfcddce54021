"""Publishing: what the draft changes in words, what would refuse it, and the one button that makes a version of it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.flash import Flash
from console.forms import Faults
from console.surveys import about, editor, wrong
from console.visit import Visit
from escuta.errors import OvertakenError

_OF_LANGUAGES = frozenset({"missing", "stale"})


class Change(NamedTuple):
    """One difference: its kind, its words, and the link to its place; "" where there is none any more."""

    what: str
    words: str
    link: str


def show(visit: Visit, survey: str) -> Response[str]:
    """Show what publishing would change."""
    return _page(visit, survey, forms.NONE)


def publish(visit: Visit, survey: str) -> Response[str]:
    """Publish the draft that was looked at; another one, or after another version, is looked at first."""

    def work(form: Mapping[str, str]) -> Response[str]:
        head = visit.api.get(f"/surveys/{survey}")
        draft = editor.read(visit, survey)
        rev, version = draft.kept["rev"], head["version"]
        before = _number(form.get("version", ""))
        is_again = not rev and version == before + 1
        if not is_again and (str(rev), version) != (form.get("rev"), before):
            raise OvertakenError("rev_stale", current_rev=rev)
        made = visit.api.post(f"/surveys/{survey}/versions", draft.definition, call=form.get("call", ""))
        said = "surveys.said.live" if head["status"] == "draft" else "surveys.said.published"
        return pages.go(visit, f"surveys/{survey}/versions", Flash(code=said, details={"n": str(made["version"])}))

    return forms.act(visit, work, lambda _, faults: _page(visit, survey, faults))


def _page(visit: Visit, survey: str, faults: Faults) -> Response[str]:
    found = visit.api.get(f"/surveys/{survey}/difference")
    draft = editor.read(visit, survey)
    told = [
        Change(each["what"], _sentence(one.words), "" if each["what"] == "removed" else one.link)
        for each, one in zip(found["changes"], _links(found["changes"], draft, survey), strict=True)
    ]
    return pages.framed(
        visit,
        "surveys/publish",
        **about.values(visit, survey, "publish"),
        found=found,
        changes=[each for each in told if each.what not in _OF_LANGUAGES],
        lacks=[each for each in found["texts"] if each["missing"] or each["stale"]],
        problems=wrong.told(found["problems"], draft.teller, survey),
        overtaken=bool(found["draft_rev"]) and found["based_on"] < found["version"],
        faults=faults,
    )


def _links(changes: list[Any], draft: editor.Draft, survey: str) -> list[wrong.Wrong]:
    placed = [{"code": "", "field": each["place"], "detail": each["detail"]} for each in changes]
    return wrong.told(placed, draft.teller, survey)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else -1  # noqa: PLR2004 - a million versions
