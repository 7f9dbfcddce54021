"""Managers: their accounts, as far as the caller may see all that they answer for."""

from typing import Any

from pydantic import Field

from escuta import table
from escuta.directory import access, activity, managers, segments
from escuta.directory.model import Activity, AlertChannel, Alerting, Manager, Rhythm
from escuta.errors import NotFoundError
from escuta.feedback import digests
from escuta.feedback.model import Digest
from manage.asking import Asked, Created, Listing, Request, language_of

_INTERNAL = {"created_by", "updated_by"}


class ManagerListing(Listing):
    """All managers, or only those who still answer for something, or only the retired ones."""

    retired: bool | None = None


class DigestPreview(Asked):
    """Of what the preview is."""

    rhythm: Rhythm = Rhythm.WEEKLY


class ManagerDraft(Asked):
    """What somebody says about a manager. The address is who the manager is: it never changes."""

    name: str = Field(json_schema_extra={"minLength": 1, "maxLength": 200})
    email: str
    phone: str = ""  # E.164, or as it is dialled in the country of the organisation
    language: str = "pt-BR"  # of alerts and pages
    languages: tuple[str, ...] = ()  # others in which the manager can speak with a customer
    channels: tuple[AlertChannel, ...] = (AlertChannel.EMAIL,)
    alerts: Alerting = Alerting.AT_ONCE
    digest: Rhythm = Rhythm.WEEKLY
    segments: tuple[str, ...] = Field(default=(), json_schema_extra={"maxItems": 40})  # codes; their subtrees, too
    external_reference: str = Field(default="", json_schema_extra={"maxLength": 128})  # what other systems call them


class ManagerPatch(Asked):
    """What can be changed; a field that is not sent stays, and a list that is sent replaces the old one."""

    name: str = Field(default="", json_schema_extra={"maxLength": 200})
    phone: str = ""  # E.164, or as it is dialled in the country of the organisation
    language: str = ""  # of alerts and pages
    languages: tuple[str, ...] = ()  # others in which the manager can speak with a customer
    channels: tuple[AlertChannel, ...] = Field(default=())
    alerts: Alerting = Alerting.AT_ONCE
    digest: Rhythm = Rhythm.WEEKLY
    segments: tuple[str, ...] = Field(default=(), json_schema_extra={"maxItems": 40})  # codes; their subtrees, too
    external_reference: str = Field(default="", json_schema_extra={"maxLength": 128})
    retired: bool = False  # answers for nothing any more


def _shown(manager: Manager) -> dict[str, Any]:
    return manager.model_dump(mode="json", exclude=_INTERNAL)


def listing(request: Request) -> dict[str, Any]:
    """Return managers by name; a page may be shorter than `limit` although there is a next one."""
    asked = request.query(ManagerListing)
    page = managers.listing(limit=asked.limit, cursor=request.cursor(asked))
    seen = tuple(
        manager
        for manager in page.items
        if asked.retired in {None, manager.retired_at is not None} and _is_visible(request, manager)
    )
    return request.page(table.Page(seen, page.next), _shown)


def create(request: Request) -> Created:
    """Make an account for segments that the caller may see.

    The address is who the manager is: one that there is already is refused (409 `manager_exists`). `sms` as a channel
    needs a telephone. Whoever gets no segments concerns the whole hierarchy, which a bound caller may not decide on.
    """
    asked = request.body(ManagerDraft)
    _check_segments(request, asked.segments)
    with request.making():
        made = managers.create(**dict(asked), who=request.caller.name)
    return Created(_shown(made), f"managers/{made.id}")


def get(request: Request, manager: str) -> dict[str, Any]:
    """Return one manager."""
    request.query(Asked)
    return _shown(_visible(request, manager))


def change(request: Request, manager: str) -> dict[str, Any]:
    """Change an account, its segments, or whether it answers for anything; what is not sent stays.

    A retired manager answers for nothing: is told nothing more and gets no tickets.
    """
    asked = request.body(ManagerPatch)
    found = _visible(request, manager)
    if "segments" in asked.model_fields_set:
        _check_segments(request, asked.segments)
    request.match(found)
    fields = {name: getattr(asked, name) for name in asked.model_fields_set}
    return _shown(managers.update(found.id, rev=found.rev, who=request.caller.name, **fields) if fields else found)


def delete(request: Request, manager: str) -> dict[str, Any]:
    """Retire a manager, who answers for nothing from now on and gets in no more; what was done stays in the log.

    `PATCH` with `"retired": false` undoes it. Who is retired already stays as they are.
    """
    request.query(Asked)
    found = _visible(request, manager)
    request.match(found)
    if found.retired_at is None:
        found = managers.update(found.id, rev=found.rev, who=request.caller.name, retired=True)
    return _shown(found)


def log(request: Request, manager: str) -> dict[str, Any]:
    """Return what a manager did and what was done to the account, the newest first, with words."""
    asked = request.query(Listing)
    found = _visible(request, manager)
    language = language_of(request.event, request.caller)

    def told(noted: Activity) -> dict[str, Any]:
        return {**noted.model_dump(mode="json", exclude={"rev", "manager"}), "words": activity.words(noted, language)}

    return request.page(activity.listing(found.id, limit=asked.limit, cursor=request.cursor(asked)), told)


def digested(request: Request, manager: str) -> dict[str, Any]:
    """Return what a manager was told of what changed, the newest first; `silent` when nothing did."""
    asked = request.query(Listing)
    found = digests.listing(_visible(request, manager).id, limit=asked.limit, cursor=request.cursor(asked))
    return request.page(found, _digest)


def preview_digest(request: Request, manager: str) -> dict[str, Any]:
    """Return what a manager would be told now of the last week or month, with the mail; nothing leaves.

    Without `findings` nothing changed beyond chance, and there is no mail.
    """
    asked = request.query(DigestPreview)
    found = _visible(request, manager)
    made = digests.previewed(found, asked.rhythm)
    mail = digests.email(made, found) if made.findings else None
    shown = {"subject": mail.subject, "text": mail.text, "html": mail.html} if mail else None
    return {**_digest(made), "mail": shown}


def _digest(digest: Digest) -> dict[str, Any]:
    return digest.model_dump(mode="json")


def _visible(request: Request, manager: str) -> Manager:
    found = managers.get(manager)
    if not _is_visible(request, found):
        raise NotFoundError("manager_not_found")
    return found


def _is_visible(request: Request, found: Manager) -> bool:
    """Tell whether the caller may see all segments of a manager; one who has none concerns the whole hierarchy."""
    if not request.caller.segments:
        return True
    paths = [segments.as_is(code) for code in found.segments]
    return bool(paths) and all(access.may_see(request.caller, path) for path in paths)


def _check_segments(request: Request, codes: tuple[str, ...]) -> None:
    if not codes:
        request.everywhere()
    if request.caller.segments:
        for code in codes:
            request.segment(code)
