"""Making, finding and changing dashboards."""

from collections.abc import Iterable
from typing import Any

from escuta import clock, ids, table
from escuta.directory import segments
from escuta.directory.model import Caller, Role
from escuta.entity import Key, Table
from escuta.errors import ConflictError, InvalidError, NotFoundError
from escuta.feedback import starting, surveys
from escuta.feedback.dashboards import grid
from escuta.feedback.model import Dashboard, DashboardDraft, Widget, WidgetQuery
from escuta.feedback.querying import checking

MOST = 100  # dashboards that people made; each survey has one more
_MADE = Key("dashboards", "made")


def create(draft: DashboardDraft, *, owner: str, key: str = "") -> Dashboard:
    """Keep a dashboard; without widgets it gets those that suit its survey.

    `owner` is the id of the caller. With the same `key` again it is the one that was made first. ConflictError
    `dashboards_many` when there are 100.
    """
    return _create(_checked(_furnished(draft)), owner, key)


def _create(wanted: DashboardDraft, owner: str, key: str) -> Dashboard:
    now = clock.now()
    made = Dashboard(
        **dict(wanted),
        id=ids.derive("dashboard", owner, key) if key else ids.new(),
        owner=owner,
        created_at=now,
        updated_at=now,
    )
    creation = table.Create(made)
    try:
        table.transact(creation, table.Add(Table.FEEDBACK, _MADE, {"n": 1}, below={"n": MOST}))
    except table.CancelledError as clash:
        found = next((refusal.found for refusal in clash.refused if refusal.action == creation), None)
        if isinstance(found, Dashboard):
            return found
        raise ConflictError("dashboards_many", most=MOST) from clash
    return made.changed(rev=1)


def get(dashboard: str) -> Dashboard:
    """Return the dashboard with this id; a published survey's own one is made if it is not there yet."""
    found = table.find(Dashboard, Dashboard.at(dashboard), consistent=True)
    survey = starting.survey_of(dashboard)
    if found is None and survey:
        found = of_survey(survey)
    if found is None or found.deleted_at:
        raise NotFoundError("dashboard_not_found")
    return found


def of_survey(survey: str) -> Dashboard | None:
    """Return the dashboard that a survey has by itself, deleted or not; None before the survey is published."""
    key = Dashboard.at(starting.identity(survey))
    found = table.find(Dashboard, key, consistent=True)
    head = None if found else surveys.head(survey)
    if head is None or not head.version:
        return found
    try:
        return table.create(starting.fresh(surveys.version(survey, head.version), head.name, clock.now()))
    except ConflictError:  # somebody else asked for it at this moment
        return table.load(Dashboard, key, consistent=True)


def listing(survey: str = "", *, limit: int = 50, cursor: str | None = None) -> table.Page[Dashboard]:
    """Return dashboards by survey, each survey's oldest first; of one survey, its own is among them from the start."""
    if survey and not cursor:
        of_survey(survey)
    prefix = f"{survey}#" if survey else ""
    return table.query(Dashboard, "dashboards", index="g1", prefix=prefix, limit=limit, cursor=cursor)


def change(current: Dashboard, **fields: Any) -> Dashboard:
    """Change what is given of a dashboard, as it was read. From then on it follows its survey no more."""
    wanted = current.changed(**fields)
    if wanted == current:
        return current
    if not current.owner and wanted.survey != current.survey:  # it is that survey's own
        raise InvalidError("value_not_allowed", field="survey", allowed=current.survey)
    _checked(wanted, known=current.widgets if wanted.survey == current.survey else ())
    return table.save(wanted.changed(name=wanted.name.strip(), follows=0, updated_at=clock.now()))


def copy(current: Dashboard, *, owner: str, name: str, survey: str, key: str = "") -> Dashboard:
    """Make a private copy of a dashboard, for another survey that asks the same, or for its own as it stands."""
    draft = DashboardDraft(name=name, survey=survey, widgets=current.widgets)
    return _create(_checked(draft, current.widgets if survey == current.survey else ()), owner, key)


def delete(current: Dashboard) -> None:
    """Remove a dashboard as it was read; of one that came by itself something is left, so that it stays away."""
    if not current.owner:
        table.save(current.changed(widgets=(), follows=0, deleted_at=clock.now()))
        return
    removal = table.Remove(Dashboard, current.key(), rev=current.rev)
    table.transact(removal, table.Add(Table.FEEDBACK, _MADE, {"n": -1}))


def is_shown_to(dashboard: Dashboard, caller: Caller) -> bool:
    """Tell whether somebody may look: the owner, admins, and the roles it is shared with."""
    role = _role(caller)
    return role is Role.ADMIN or role in dashboard.shared or dashboard.owner == caller.id


def is_kept_by(dashboard: Dashboard, caller: Caller) -> bool:
    """Tell whether somebody may change it: the owner and admins; of one that came by itself whoever may see it."""
    return _role(caller) is Role.ADMIN or dashboard.owner in {caller.id, ""}


def _role(caller: Caller) -> Role:
    """Return the role of a person. A program counts as a manager where it is bound to a part, else as an admin."""
    return caller.role or (Role.MANAGER if caller.segments else Role.ADMIN)


def _furnished(draft: DashboardDraft) -> DashboardDraft:
    head = surveys.head(draft.survey)
    if draft.widgets or head is None or not head.version:
        return draft
    return draft.changed(widgets=starting.widgets(surveys.version(head.id, head.version)))


def _checked(draft: DashboardDraft, known: Iterable[Widget] = ()) -> DashboardDraft:
    """Refuse what cannot be shown. `known` widgets may ask what the survey asks no more: they once could."""
    grid.check(draft)
    if surveys.head(draft.survey) is None:
        raise InvalidError("dashboard_survey_unknown", field="survey", value=draft.survey[:64])
    known = tuple(known)
    for number, widget in enumerate(draft.widgets):
        if widget not in known:
            _check_query(f"widgets[{number}].query", widget.query, draft.survey)
    return draft.changed(name=draft.name.strip())


def _check_query(place: str, query: WidgetQuery, survey: str) -> None:
    if query.segment and query.segment not in segments.by_code():
        raise InvalidError("segment_unknown", field=f"{place}.segment", value=query.segment)
    head = surveys.head(query.survey or survey)
    if head is None:
        raise InvalidError("dashboard_survey_unknown", field=f"{place}.survey", value=query.survey)
    try:
        checking.check(query, surveys.version(head.id, head.version) if head.version else None)
    except InvalidError as error:
        named = {**error.details, "field": f"{place}.{error.details['field']}"}
        raise InvalidError(error.code, **named) from error
