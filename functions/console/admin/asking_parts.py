"""The parts of rules: an exclusion, a route, or what all others are asked; each on a form, moved and removed."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.admin import asking, facts, tree
from console.deploy import choices
from console.forms import NONE, Faults
from console.visit import Visit
from escuta.directory.model import Scope
from escuta.errors import NotFoundError
from escuta.outreach.model import Strategy

Form = Mapping[str, str]
Row = dict[str, Any]
NEW = "new"
_LISTS = ("exclude", "assign")
_FRESH: Row = {
    "name": "",
    "when": [],
    "survey": "",
    "strategy": "prefer_email",
    "sender_name": "",
    "send": {"when": "now", "at": None, "hour": None, "days": 0},
    "template": "",
    "remind": {"times": 0, "every_days": 3, "hour": "10:00"},
    "expires_after_days": 30,
}


def show(visit: Visit, rules: str, part: str) -> Response[str]:
    """Show a part as a form: `exclude.0`, `assign.new`, `default`."""
    return _form(visit, rules, part, None, NONE)


def save(visit: Visit, rules: str, part: str) -> Response[str]:
    """Publish the rules with this part as it was typed."""

    def work(_: Form) -> Response[str]:
        held = visit.api.get(f"/rules/{rules}")
        kind, at = _place(held, part)
        said = _typed(visit, kind)
        if kind == "default":
            return asking.publish(visit, rules, held, {"default": said})
        some = list(held[kind])
        some[at : at + 1] = [said]
        return asking.publish(visit, rules, held, {kind: some})

    def again(_: Form, faults: Faults) -> Response[str]:
        kind = part.partition(".")[0]
        return _form(visit, rules, part, _typed(visit, kind) | {"tests": facts.typed(visit)}, faults)

    return forms.act(visit, work, again)


def move(visit: Visit, rules: str, part: str) -> Response[str]:
    """Let a part be looked at before, or after, its neighbor: the first that fits decides."""

    def work(form: Form) -> Response[str]:
        held = visit.api.get(f"/rules/{rules}")
        kind, at = _standing(held, part)
        if kind not in _LISTS:
            raise NotFoundError("page_not_found")
        some = list(held[kind])
        some.insert(max(at + (-1 if form.get("way") == "up" else 1), 0), some.pop(at))
        return asking.publish(visit, rules, held, {kind: some})

    return forms.act(visit, work, lambda _, faults: asking.page(visit, rules, faults))


def remove(visit: Visit, rules: str, part: str) -> Response[str]:
    """Publish the rules without a part."""

    def work(_: Form) -> Response[str]:
        held = visit.api.get(f"/rules/{rules}")
        kind, at = _standing(held, part)
        if kind == "default":
            return asking.publish(visit, rules, held, {"default": None})
        some = list(held[kind])
        del some[at]
        return asking.publish(visit, rules, held, {kind: some})

    return forms.act(visit, work, lambda _, faults: asking.page(visit, rules, faults))


def _place(held: Row, part: str) -> tuple[str, int]:
    """Return which list a part is of, and where in it; a new one stands behind the last."""
    kind, _, text = part.partition(".")
    if kind == "default" and not text:
        return kind, 0
    if kind in _LISTS and text == NEW:
        return kind, len(held[kind])
    if kind in _LISTS and text.isascii() and text.isdecimal() and int(text) < len(held[kind]):
        return kind, int(text)
    raise NotFoundError("page_not_found")


def _standing(held: Row, part: str) -> tuple[str, int]:
    """Return the same of a part that is there already."""
    kind, at = _place(held, part)
    if kind in _LISTS and at == len(held[kind]):
        raise NotFoundError("page_not_found")
    return kind, at


def _form(visit: Visit, rules: str, part: str, typed: Row | None, faults: Faults) -> Response[str]:
    held = visit.api.get(f"/rules/{rules}")
    kind, at = _place(held, part)
    some = [held["default"]] if kind == "default" else held[kind]
    found = some[at] if at < len(some) and some[at] else _FRESH
    return pages.framed(
        visit,
        "admin/asked_part",
        held=held,
        which=part,
        kind=kind,
        place=kind if kind == "default" else f"{kind}[{at}]",
        values={"tests": facts.rows(found["when"]), **found, **(typed or {})},
        offered=facts.offered(visit, tree.of(visit, retired=False)),
        surveys=choices.offered(choices.surveys(visit)) if visit.api.may(Scope.SURVEYS_READ) else [],
        strategies=[str(each) for each in Strategy],
        faults=faults,
    )


def _typed(visit: Visit, kind: str) -> Row:
    form = visit.form()
    said: Row = {"name": form.get("name", "").strip()}
    if kind != "default":
        said["when"] = facts.read(visit)
    if kind == "exclude":
        return said
    return said | {
        "survey": form.get("survey", ""),
        "strategy": form.get("strategy", ""),
        "sender_name": form.get("sender_name", "").strip(),
        "template": form.get("template", "").strip(),
        "send": _send(form),
        "remind": {
            "times": facts.whole(form.get("times", "").strip() or "0"),
            "every_days": facts.whole(form.get("every_days", "").strip() or "3"),
            "hour": form.get("remind_hour", "").strip() or "10:00",
        },
        "expires_after_days": facts.whole(form.get("expires", "").strip()),
    }


def _send(form: Form) -> Row:
    """Return when messages go out; an instant for everybody, which no form sets, stays as it is."""
    when = form.get("send_when", "now")
    hour = form.get("send_hour", "").strip() or None
    days = facts.whole(form.get("send_days", "").strip() or "0")
    local = {"hour": hour, "days": days} if when == "local" else {"hour": None, "days": 0}
    return {"when": when, "at": form.get("send_at") or None if when == "at" else None, **local}
