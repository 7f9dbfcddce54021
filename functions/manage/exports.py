"""Exports: ordering one, seeing how far it is, and the link to what it made."""

from datetime import date
from typing import Any

from pydantic import Field

from escuta.directory import access, segments
from escuta.directory.model import Scope
from escuta.errors import InvalidError, NotFoundError
from escuta.feedback import exports, filtering, surveys
from escuta.feedback.model import (
    Export,
    ExportFormat,
    ExportKind,
    ExportSchedule,
    ExportState,
    Filter,
    Metric,
    Query,
    Survey,
    TicketFilter,
    TicketState,
    Wanted,
)
from escuta.feedback.querying import checking
from escuta.outreach.model import InvitationState
from manage import deployments, problems, ticket_listing
from manage.asking import Asked, Created, Day, Listing, Request, language_of

_INTERNAL = {"upload", "parts", "held", "holding", "columns", "cursor", "object_key", "destination"}
_NEEDED = {
    ExportKind.SEGMENTS: (Scope.SEGMENTS_READ,),
    ExportKind.MANAGERS: (Scope.MANAGERS_READ,),
    ExportKind.PRODUCTS: (Scope.PRODUCTS_READ,),
    ExportKind.CONTACTS: (Scope.CONTACTS_READ,),
    ExportKind.TRANSACTIONS: (Scope.CONTACTS_READ,),
    ExportKind.SUPPRESSIONS: (Scope.SUPPRESSIONS_READ,),
    ExportKind.LINKS: (Scope.CONTACTS_READ, Scope.DEPLOYMENTS_READ),
    ExportKind.RESPONSES: (Scope.RESPONSES_READ,),
    ExportKind.INVITATIONS: (Scope.CONTACTS_READ, Scope.DEPLOYMENTS_READ),
    ExportKind.TICKETS: (Scope.TICKETS_READ,),
    ExportKind.AUDIT: (Scope.AUDIT_READ,),
}
OF_ALL = frozenset({ExportKind.PRODUCTS, ExportKind.SUPPRESSIONS, ExportKind.AUDIT})  # these belong to no segment
DATED = frozenset({ExportKind.RESPONSES, ExportKind.INVITATIONS, ExportKind.TICKETS, ExportKind.AUDIT})
_SAYS = {  # beside `what`, `format` and `segment`
    ExportKind.LINKS: frozenset({"deployment"}),
    ExportKind.RESPONSES: frozenset({"survey", "filters", "personal"}),
    ExportKind.INVITATIONS: frozenset({"survey", "deployment", "states"}),
    ExportKind.TICKETS: frozenset({"survey", "states", "tickets", "personal"}),
}
_STATES = {ExportKind.INVITATIONS: InvitationState, ExportKind.TICKETS: TicketState}


class ExportOrder(Asked):
    """What is to be written out, as what, and of which part of the hierarchy.

    Links are those of a deployment, responses those of a survey, invitations those of either. `filters` are those of
    the metrics; `states` of invitations or tickets; `tickets` says which ones, as their list does; `personal` is for
    names, and for every word as it was written.
    """

    what: ExportKind
    format: ExportFormat = ExportFormat.CSV
    segment: str = Field(default="", max_length=64)
    deployment: str = Field(default="", max_length=64)
    survey: str = Field(default="", max_length=40)
    filters: tuple[Filter, ...] = Field(default=(), max_length=filtering.MOST)
    states: tuple[str, ...] = Field(default=(), max_length=20)
    tickets: TicketFilter | None = None
    personal: bool = False


class ExportDraft(ExportOrder):
    """An order for now: `from` and `to` are days of the place of each thing, both included; without, all there are."""

    first: Day | None = Field(default=None, alias="from")
    last: Day | None = Field(default=None, alias="to")


def _shown(export: Export) -> dict[str, Any]:
    """Return an export, under the names by which it was ordered."""
    told = export.model_dump(mode="json", exclude=_INTERNAL | {"first", "last"})
    return {**told, "from": export.first, "to": export.last}


def create(request: Request) -> Created:
    """Order an export, which is written out in the background.

    `what` takes the scope that reading it takes, too, and `personal` the scope `responses:personal`. Links need
    `deployment`, responses `survey`, invitations either. `from` and `to` are for responses, invitations and tickets. A
    caller bound to segments gets what lies in theirs; the suppressions of the company are refused to them.

    422 `export_field_unasked` for a field that says nothing about such an export, `export_period` for an end before the
    beginning.
    """
    asked = request.body(ExportDraft)
    order = wanted(request, asked, asked.first, asked.last)
    key = request.headers.get("idempotency-key", "")
    ordered = exports.create(order, who=request.caller.id, key=key)
    if any(getattr(ordered, name) != value for name, value in dict(order).items() if name != "language"):
        raise InvalidError("idempotency_key_reused", field="Idempotency-Key")
    return Created(_shown(ordered), f"exports/{ordered.id}")


def wanted(request: Request, asked: ExportOrder, first: date | None = None, last: date | None = None) -> Wanted:
    """Return the order, if the caller may give it and it makes sense; a caller bound to segments gets theirs alone."""
    require(request, asked.what, personal=asked.personal)
    _check(asked, first, last)
    if asked.what in {ExportKind.SUPPRESSIONS, ExportKind.AUDIT}:
        request.everywhere()
    if asked.deployment:
        deployments.visible(request, asked.deployment)
    if asked.survey:
        _check_filters(asked, surveys.get(asked.survey))
    roots = (request.segment(asked.segment).code,) if asked.segment else request.caller.segments
    return Wanted(
        **asked.model_dump(include=set(Wanted.model_fields) - {"first", "last", "filters", "tickets"}),
        filters=asked.filters,
        tickets=asked.tickets and ticket_listing.resolved(request, asked.tickets),
        first=first,
        last=last,
        language=language_of(request.event, request.caller),
        segments=() if asked.what in OF_ALL else tuple(sorted(roots)),
    )


def require(request: Request, what: ExportKind, *, personal: bool) -> None:
    """Refuse whoever may not read what is written out."""
    for scope in needed(what, personal=personal):
        access.require(request.caller, scope)


def needed(what: ExportKind, *, personal: bool) -> tuple[Scope, ...]:
    """Return what whoever orders or fetches such a file has to be allowed."""
    return (*_NEEDED[what], *((Scope.RESPONSES_PERSONAL,) if personal else ()))


def _check(asked: ExportOrder, first: date | None, last: date | None) -> None:
    """Refuse what says nothing about such an export, and what is missing."""
    takes = _SAYS.get(asked.what, frozenset())
    for field in ("deployment", "survey", "filters", "states", "tickets", "personal"):
        if getattr(asked, field) and field not in takes:
            raise InvalidError("export_field_unasked", field=field, value=asked.what)
    if asked.tickets and asked.tickets.segment:
        raise InvalidError("value_not_allowed", field="tickets.segment", value=asked.tickets.segment, allowed="-")
    if (first or last) and asked.what not in DATED:
        raise InvalidError("export_field_unasked", field="from" if first else "to", value=asked.what)
    if first and last and last < first:
        raise InvalidError("export_period", field="to")
    if asked.what is ExportKind.LINKS and not asked.deployment:
        raise InvalidError("field_missing", field="deployment")
    if asked.what in {ExportKind.RESPONSES, ExportKind.INVITATIONS} and not (asked.survey or asked.deployment):
        raise InvalidError("field_missing", field="survey")
    allowed = [str(state) for state in _STATES.get(asked.what, ())]
    if not set(asked.states) <= set(allowed):
        raise InvalidError("value_not_allowed", field="states", allowed=", ".join(allowed))


def _check_filters(asked: ExportOrder, survey: Survey) -> None:
    """Refuse to filter by what the survey does not ask."""
    version = surveys.version(survey.id, survey.version) if survey.version else None
    named = Query(survey=survey.id, segment="", metric=Metric.RESPONSES, filters=asked.filters)
    checking.check(named, version)


def listing(request: Request) -> dict[str, Any]:
    """Return exports, the newest first.

    Who sees the whole hierarchy is told of all; who is bound to segments of their own alone, as long as what they are
    about is still theirs. What the caller may not read (the scope of the nouns in it, personal data) is left out, so
    that a page may hold less than `limit`, and not be the last.
    """
    asked = request.query(Listing)
    page = request.page(exports.listing(limit=asked.limit, cursor=request.cursor(asked)), lambda export: export)
    return {**page, "items": [_shown(export) for export in page["items"] if is_visible(request, export)]}


def get(request: Request, export: str) -> dict[str, Any]:
    """Return an export, and where its file is.

    Once `state` is `done`, `link` downloads the file for five minutes: ask again for another one. The file is kept for
    seven days, and goes at once when somebody in it is erased; `state` is then `expired`. `message` tells in words why
    one has failed.
    """
    request.query(Asked)
    found = exports.get(export)
    if not is_visible(request, found):
        raise NotFoundError("export_not_found")
    link = exports.link(found) if found.state is ExportState.DONE else None
    words = problems.words(language_of(request.event, request.caller), found.reason, 409, {}) if found.reason else ""
    return {**_shown(found), "message": words, "link": link}


def is_visible(request: Request, found: Export | ExportSchedule) -> bool:
    """Tell whether a caller may know of an order: who is bound to segments, of its own about places still its own."""
    caller = request.caller
    if not caller.scopes.issuperset(needed(found.what, personal=found.personal)):
        return False
    return not caller.segments or (found.created_by == caller.id and _is_inside(request, found))


def _is_inside(request: Request, found: Export | ExportSchedule) -> bool:
    """Tell whether all that an order is about lies where the caller may look, as the hierarchy is now."""
    if found.what is ExportKind.PRODUCTS:
        return True
    known = segments.by_code()  # a minute old: what was added since is looked up
    roots = [known.get(code) or segments.get(code) for code in found.segments]
    return bool(roots) and all(access.may_see(request.caller, root.path) for root in roots)
