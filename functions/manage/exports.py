"""Exports: ordering one, seeing how far it is, and the link to what it made."""

from typing import Any

from escuta.directory import access
from escuta.directory.model import Scope
from escuta.errors import InvalidError, NotFoundError
from escuta.feedback import exports
from escuta.feedback.model import Export, ExportFormat, ExportKind, ExportState
from manage import deployments, problems
from manage.asking import Asked, Created, Listing, Request, language_of

_INTERNAL = {"upload", "parts", "cursor", "object_key"}
_NEEDED = {
    ExportKind.SEGMENTS: (Scope.SEGMENTS_READ,),
    ExportKind.MANAGERS: (Scope.MANAGERS_READ,),
    ExportKind.PRODUCTS: (Scope.PRODUCTS_READ,),
    ExportKind.CONTACTS: (Scope.CONTACTS_READ,),
    ExportKind.TRANSACTIONS: (Scope.CONTACTS_READ,),
    ExportKind.SUPPRESSIONS: (Scope.SUPPRESSIONS_READ,),
    ExportKind.LINKS: (Scope.CONTACTS_READ, Scope.DEPLOYMENTS_READ),
}
_OF_ALL = frozenset({ExportKind.PRODUCTS, ExportKind.SUPPRESSIONS})  # these belong to no segment


class ExportDraft(Asked):
    """What is to be written out, as what, and of which part of the hierarchy; links are those of a deployment."""

    what: ExportKind
    format: ExportFormat = ExportFormat.CSV
    segment: str = ""
    deployment: str = ""


def _shown(export: Export) -> dict[str, Any]:
    return export.model_dump(mode="json", exclude=_INTERNAL)


def create(request: Request) -> Created:
    """Order an export; with the same `Idempotency-Key` again it is the one that was ordered first."""
    asked = request.body(ExportDraft)
    for scope in _NEEDED[asked.what]:
        access.require(request.caller, scope)
    if asked.what is ExportKind.SUPPRESSIONS:
        request.everywhere()
    _check_deployment(request, asked)
    key = request.headers.get("idempotency-key", "")
    roots = (request.segment(asked.segment).code,) if asked.segment else request.caller.segments
    places = () if asked.what in _OF_ALL else tuple(sorted(roots))
    ordered = exports.create(
        asked.what,
        asked.format,
        language=language_of(request.event, request.caller),
        segments=places,
        deployment=asked.deployment,
        who=request.caller.id,
        key=key,
    )
    wanted = (asked.what, asked.format, places, asked.deployment)
    if (ordered.what, ordered.format, ordered.segments, ordered.deployment) != wanted:
        raise InvalidError("idempotency_key_reused", field="Idempotency-Key")
    return Created(_shown(ordered), f"exports/{ordered.id}")


def _check_deployment(request: Request, asked: ExportDraft) -> None:
    if asked.what is ExportKind.LINKS:
        if not asked.deployment:
            raise InvalidError("field_missing", field="deployment")
        deployments.visible(request, asked.deployment)
    elif asked.deployment:
        raise InvalidError("export_deployment_unasked", field="deployment")


def listing(request: Request) -> dict[str, Any]:
    """Return exports, the newest first: all to who sees the whole hierarchy, else one's own."""
    asked = request.query(Listing)
    page = request.page(exports.listing(limit=asked.limit, cursor=request.cursor(asked)), lambda export: export)
    return {**page, "items": [_shown(export) for export in page["items"] if _is_visible(request, export)]}


def get(request: Request, export: str) -> dict[str, Any]:
    """Return an export; once it is done, with a link that ends in five minutes. Ask again for another."""
    request.query(Asked)
    found = exports.get(export)
    if not _is_visible(request, found):
        raise NotFoundError("export_not_found")
    link = exports.link(found) if found.state is ExportState.DONE else None
    words = problems.words(language_of(request.event, request.caller), found.reason, 409, {}) if found.reason else ""
    return {**_shown(found), "message": words, "link": link}


def _is_visible(request: Request, export: Export) -> bool:
    may_read = request.caller.scopes.issuperset(_NEEDED[export.what])
    return may_read and (not request.caller.segments or export.created_by == request.caller.id)
