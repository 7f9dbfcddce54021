"""The tree of root causes: why customers were unhappy, in words to choose from when a ticket is closed."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.action.around import Around, Row
from console.flash import Flash, Undo
from console.forms import NONE, Faults
from console.visit import Visit
from escuta import i18n
from escuta.errors import InvalidError, NotFoundError

PATH = "action/causes"
_LONGEST_ID = 34
_SLUG = re.compile(r"[^a-z0-9]+")
Form = Mapping[str, str]


def show(visit: Visit) -> Response[str]:
    """Show the tree."""
    return _page(visit)


def _page(visit: Visit, act: str = "", typed: Form | None = None, wrong: Faults = NONE) -> Response[str]:
    tree = visit.api.get("/ticket-causes")
    return pages.framed(
        visit,
        "action/causes",
        rev=tree["rev"],
        around=Around(visit),
        branches=_branches(tree["causes"]),
        total=len(tree["causes"]),
        languages=i18n.LANGUAGES,
        act=act,
        typed=typed or {},
        faults=wrong,
    )


def _branches(causes: list[Row], parent: str = "", depth: int = 0) -> list[Row]:
    """Return causes in the order of the tree, each with how deep it stands and whether it can go up or down."""
    found: list[Row] = []
    own = [each for each in causes if each["parent"] == parent]
    for number, each in enumerate(own):
        at = {"depth": depth, "first": number == 0, "last": number == len(own) - 1}
        found.append({**each, **at})
        found += _branches(causes, each["id"], depth + 1) if depth < len(causes) else []
    return found


def do(visit: Visit, act: str) -> Response[Any]:
    """Add, name, move, retire or restore a cause."""
    if act not in _ACTS:
        raise NotFoundError("page_not_found")

    def work(form: Form) -> Response[Any]:
        causes = visit.api.get("/ticket-causes")["causes"]
        changed, said, back = _ACTS[act](causes, form)
        after = visit.api.put("/ticket-causes", {"causes": changed}, rev=form.get("rev", ""))
        undo = None
        if back and "undo" not in form:
            way, fields = back
            undo = Undo(path=f"{PATH}/{way}", fields={**fields, "rev": str(after["rev"]), "undo": "1"})
        code = "said.undone" if "undo" in form else said
        return pages.go(visit, PATH, Flash(code=code, undo=undo))

    return forms.act(visit, work, lambda form, wrong: _page(visit, act, form, wrong))


Changed = tuple[list[Row], str, tuple[str, dict[str, str]] | None]


def _add(causes: list[Row], form: Form) -> Changed:
    texts = _texts(form)
    plain = unicodedata.normalize("NFKD", next(iter(texts.values()), "")).encode("ascii", "ignore").decode().lower()
    slug = _SLUG.sub("-", plain).strip("-")[:_LONGEST_ID] or "cause"
    taken = {each["id"] for each in causes}
    name = next(each for each in (slug, *(f"{slug}-{n}" for n in range(2, 1000))) if each not in taken)
    made = {"id": name, "parent": form.get("parent", ""), "text": texts, "retired": False}
    return [*causes, made], "action.said.cause_made", ("retire", {"id": name})


def _name(causes: list[Row], form: Form) -> Changed:
    one = _one(causes, form)
    texts = {**{lang: words for lang, words in one["text"].items() if lang not in i18n.LANGUAGES}, **_texts(form)}
    was = {f"text.{language}": words for language, words in one["text"].items()}
    changed = [{**each, "text": texts} if each["id"] == one["id"] else each for each in causes]
    return changed, "said.saved", ("name", {"id": one["id"], **was})


def _retire(causes: list[Row], form: Form) -> Changed:
    one = _one(causes, form)
    gone = {one["id"], *_below(causes, one["id"])}
    changed = [{**each, "retired": True} if each["id"] in gone else each for each in causes]
    lost = [each["id"] for each in causes if each["id"] in gone and not each["retired"]]
    return changed, "action.said.cause_retired", ("restore", {"id": ",".join(lost)})


def _restore(causes: list[Row], form: Form) -> Changed:
    wanted = set(form.get("id", "").split(","))
    above = {each["id"]: each["parent"] for each in causes}
    back = set(wanted)
    for name in wanted:  # what stands above comes back as well: it could not be chosen otherwise
        at = above.get(name, "")
        while at:
            back.add(at)
            at = above.get(at, "")
    changed = [{**each, "retired": False} if each["id"] in back else each for each in causes]
    return changed, "action.said.cause_back", ("retire", {"id": next(iter(wanted), "")})


def _move(causes: list[Row], form: Form) -> Changed:
    """Move a cause among those beside it: up, down, or to where it was dropped (`before`)."""
    one = _one(causes, form)
    beside = [each["id"] for each in causes if each["parent"] == one["parent"]]
    at = beside.index(one["id"])
    wanted = form.get("to", "")
    target = forms.counted(wanted, at + (1 if wanted == "down" else -1))
    target = max(0, min(len(beside) - 1, target))
    order = [name for name in beside if name != one["id"]]
    order.insert(target, one["id"])
    ranks = {name: rank for rank, name in enumerate(order)}
    slots = iter(sorted((each for each in causes if each["id"] in ranks), key=lambda each: ranks[each["id"]]))
    changed = [next(slots) if each["id"] in ranks else each for each in causes]
    return changed, "action.said.cause_moved", ("move", {"id": one["id"], "to": str(at)})


def _below(causes: list[Row], parent: str) -> set[str]:
    found: set[str] = set()
    level = {parent}
    while level:
        level = {each["id"] for each in causes if each["parent"] in level} - found
        found |= level
    return found


def _one(causes: list[Row], form: Form) -> Row:
    found = next((each for each in causes if each["id"] == form.get("id")), None)
    if found is None:
        raise InvalidError("cause_unknown", field="id", value=form.get("id", "")[:40])
    return found


def _texts(form: Form) -> dict[str, str]:
    texts = {language: form.get(f"text.{language}", "").strip() for language in i18n.LANGUAGES}
    said = {language: words for language, words in texts.items() if words}
    if not said:
        raise InvalidError("required", field="text")
    return said


_ACTS: Mapping[str, Callable[[list[Row], Form], Changed]] = {
    "add": _add,
    "name": _name,
    "retire": _retire,
    "restore": _restore,
    "move": _move,
}
