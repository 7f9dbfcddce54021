"""Dashboards: which there are, one of them with its figures, and making, sharing, copying and removing them."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.analyze import bar, choosing, drawn, undoing
from console.analyze.choosing import Chosen
from console.flash import Flash
from console.forms import Faults
from console.visit import Visit
from escuta.directory.model import Role, Scope
from escuta.errors import InvalidError

ROLES = (Role.ANALYST, Role.MANAGER)  # admins see all of them
_MOST = 100
_CHOOSE = "dashboard_segment_choose"


def index(visit: Visit) -> Response[str]:
    """Show which dashboards there are; who names a survey meets the dashboard of that survey."""
    chosen = choosing.read(visit)
    if chosen.of("survey") and not visit.asked("list"):
        return pages.go(visit, chosen.to(path(f"default.{chosen.of('survey')}")))
    found = visit.api.get("/dashboards", limit=_MOST, cursor=visit.asked("cursor"))
    return pages.framed(
        visit, "analyze/boards", found=found, surveys=_surveys(visit), chosen=chosen, mine=visit.api.caller.id
    )


def path(dashboard: str) -> str:
    """Return the page of a dashboard."""
    return f"analyze/dashboards/{dashboard}"


def show(visit: Visit, dashboard: str) -> Response[str]:
    """Show a dashboard: its widgets, or what is in the way of showing them, under the bar of filters."""
    chosen = choosing.read(visit)
    board = visit.api.get(f"/dashboards/{dashboard}")
    if chosen.of("survey") not in {"", board["survey"]}:
        return pages.go(visit, chosen.to(path(f"default.{chosen.of('survey')}")))
    held = Chosen({**chosen.kept, "survey": board["survey"]})
    data, fault = data_of(visit, board, held)
    place = data["segment"] if data else ""
    return pages.framed(
        visit,
        "analyze/board",
        board=board,
        data=data,
        fault=fault,
        widgets=drawn.widgets(visit, data) if data else [],
        bar=bar.of(visit, path(dashboard), held, place=place),
        chosen=chosen,
        read_each=drawn.read_each(data) if data else 0,
        check=_checked(visit, held, place) if data else None,
        roots=_roots(visit) if fault.code == _CHOOSE else [],
        choose=fault.code == _CHOOSE,
        at=path(dashboard),
    )


def look(visit: Visit, board: Mapping[str, Any], chosen: Chosen, widgets: str = "") -> Any:
    """Return what the widgets of a dashboard show for what is chosen."""
    return visit.api.get(
        f"/dashboards/{board['id']}/data",
        segment=chosen.of("segment"),
        compare=chosen.of("compare"),
        filter=chosen.scored(_benchmark(visit, board["survey"]) if chosen.of("score") else ""),
        widgets=widgets,
        **{name: day for name, day in (("from", chosen.first), ("to", chosen.last)) if day},
    )


def data_of(visit: Visit, board: Mapping[str, Any], chosen: Chosen) -> tuple[Any, Faults]:
    """Return what the widgets show, or why nothing can be shown for what is chosen."""
    if not board["widgets"]:
        return None, forms.NONE
    try:
        return look(visit, board, chosen), forms.NONE
    except InvalidError as error:
        return None, forms.faults(error, visit.language)


def _benchmark(visit: Visit, survey: str) -> str:
    """Return the question that gives a survey its score."""
    head = visit.api.get(f"/surveys/{survey}")
    if not head["version"]:
        return ""
    asked = visit.api.get(f"/surveys/{survey}/versions/{head['version']}")["questions"]
    return next((each["id"] for each in asked if each["benchmark"]), "")


def _checked(visit: Visit, chosen: Chosen, place: str) -> Any:
    """Return when the counters were recounted and what differed, and what is not in the figures."""
    if not visit.api.may(Scope.METRICS_READ):
        return None
    days = {name: day for name, day in (("from", chosen.first), ("to", chosen.last)) if day}
    try:
        return visit.api.get("/metrics", survey=chosen.of("survey"), segment=place, **days)
    except InvalidError:  # each widget says what is wrong with the days
        return None


def _roots(visit: Visit) -> list[Any]:
    tree = visit.api.get("/segment-tree")["items"] if visit.api.may(Scope.SEGMENTS_READ) else []
    return [each for each in tree if each["depth"] == 0] or tree


def _surveys(visit: Visit) -> dict[str, str]:
    if not visit.api.may(Scope.SURVEYS_READ):
        return {}
    return {each["id"]: each["name"] for each in visit.api.get("/surveys", limit=_MOST)["items"]}


def new(visit: Visit) -> Response[str]:
    """Ask how a new dashboard is called, and of which survey it is."""
    return _new(visit, {"survey": visit.asked("survey")}, forms.NONE)


def _new(visit: Visit, form: Mapping[str, str], faults: Faults) -> Response[str]:
    surveys = _surveys(visit)
    return pages.framed(visit, "analyze/board_new", form=form, faults=faults, surveys=surveys, roles=ROLES)


def create(visit: Visit) -> Response[Any]:
    """Make a dashboard: with what suits its survey, or empty."""

    def work(form: Mapping[str, str]) -> Response[Any]:
        body: dict[str, Any] = {
            "name": form.get("name", ""),
            "survey": form.get("survey", ""),
            "shared": _shared(visit),
        }
        made = visit.api.post("/dashboards", body, call=form.get("call", ""))
        if form.get("begin") == "empty" and made["widgets"]:
            visit.api.patch(f"/dashboards/{made['id']}", {"widgets": []}, rev=made["rev"])
        to = f"{path(made['id'])}/edit"
        return pages.go(visit, to, Flash(code="analyze.said.made", details={"name": made["name"]}))

    return forms.act(visit, work, lambda form, faults: _new(visit, form, faults))


def _shared(visit: Visit) -> list[str]:
    return [role for role in visit.fields.get("shared", []) if role in {each.value for each in ROLES}]


def settings(visit: Visit, dashboard: str) -> Response[str]:
    """Ask how a dashboard is called and who sees it."""
    return _settings(visit, dashboard, None, forms.NONE)


def _settings(visit: Visit, dashboard: str, form: Mapping[str, str] | None, faults: Faults) -> Response[str]:
    board = visit.api.get(f"/dashboards/{dashboard}")
    shared = _shared(visit) if form is not None else board["shared"]
    shown = {"rev": str(board["rev"]), **{name: board[name] for name in ("name", "survey")}, **(form or {})}
    surveys = _surveys(visit)
    return pages.framed(
        visit,
        "analyze/board_settings",
        board=board,
        form=shown,
        shared=shared,
        faults=faults,
        roles=ROLES,
        surveys=surveys,
        at=path(dashboard),
    )


def again(visit: Visit, dashboard: str, faults: Faults) -> Response[str]:
    """Show a dashboard's settings, and what was refused."""
    return _settings(visit, dashboard, None, faults)


def change(visit: Visit, dashboard: str) -> Response[Any]:
    """Rename a dashboard, and say who sees it."""

    def work(form: Mapping[str, str]) -> Response[Any]:
        before = visit.api.get(f"/dashboards/{dashboard}")
        body = {"name": form.get("name", ""), "shared": _shared(visit)}
        after = visit.api.patch(f"/dashboards/{dashboard}", body, rev=form.get("rev", ""))
        return pages.go(
            visit, path(dashboard), Flash(code="said.saved", undo=undoing.of(before, after, "name", "shared"))
        )

    return forms.act(visit, work, lambda form, faults: _settings(visit, dashboard, form, faults))


def copy(visit: Visit, dashboard: str) -> Response[Any]:
    """Make a private copy of a dashboard, which its maker may change."""

    def work(form: Mapping[str, str]) -> Response[Any]:
        body = {"name": form.get("name", ""), "survey": form.get("survey", "")}
        made = visit.api.post(f"/dashboards/{dashboard}/copies", body, call=form.get("call", ""))
        to = f"{path(made['id'])}/edit"
        return pages.go(visit, to, Flash(code="analyze.said.copied", details={"name": made["name"]}))

    return forms.act(visit, work, lambda form, faults: _settings(visit, dashboard, {**form, "copy": "1"}, faults))


def remove(visit: Visit, dashboard: str) -> Response[Any]:
    """Remove a dashboard; the answers that it showed stay."""

    def work(form: Mapping[str, str]) -> Response[Any]:
        gone = visit.api.delete(f"/dashboards/{dashboard}", rev=form.get("rev", ""))
        return pages.go(visit, "analyze", Flash(code="analyze.said.removed", details={"name": gone["name"]}))

    return forms.act(visit, work, lambda _, faults: _settings(visit, dashboard, None, faults))
