"""What keeps a draft from being a deployment: nobody to ask, names that nobody knows, a calendar that never opens."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from escuta import clock
from escuta.config import settings
from escuta.directory import addresses, drops, products, segments
from escuta.directory.model import DropFile, FileState
from escuta.errors import ConflictError, ForbiddenError, InvalidError
from escuta.feedback import surveys
from escuta.outreach import rules, templates, times
from escuta.outreach.model import AudienceKind, DeploymentDraft, Exclude, RulesDraft
from manage.asking import Request
from manage.people import read

# The fields that name whom an audience addresses: one of them must be there, and those of other audiences must not.
_NAMING: dict[AudienceKind, tuple[str, ...]] = {
    AudienceKind.ALL: (),
    AudienceKind.SEGMENTS: ("segments",),
    AudienceKind.PRODUCTS: ("products", "groups"),
    AudienceKind.CONTACTS: ("contacts",),
    AudienceKind.FILE: ("file",),
}
_BESIDE = {AudienceKind.PRODUCTS: ("segments",)}  # where: of the people of these segments alone
_LONGEST = 200
_PLACE = "exclude[0].when"


def check(request: Request, draft: DeploymentDraft) -> None:
    """Refuse a sending to nobody, to whom the caller may not see, of a survey that is not live, or without sense."""
    bound = draft.audience is AudienceKind.SEGMENTS or (draft.audience is AudienceKind.PRODUCTS and draft.segments)
    if request.caller.segments and not bound:
        raise ForbiddenError("audience_outside", field="audience")
    surveys.live(draft.survey)
    for code in draft.segments:
        segments.live(request.segment(code).code)
    if draft.audience is AudienceKind.FILE:
        _check_file(drops.get(draft.file, consistent=True))
    _check_named(draft)
    _check_products(draft)
    _check_where(draft)
    _check_words(draft)
    if draft.calendar is not None:
        times.check(draft.calendar, clock.now(), settings().timezone)


def _check_file(file: DropFile) -> None:
    """Refuse a file of which nobody is there: not loaded yet, never loaded, or looked at alone."""
    if file.state is not FileState.DONE or file.dry_run:
        raise ConflictError("file_not_loaded", state="preview" if file.dry_run else file.state.value)


def _check_named(draft: DeploymentDraft) -> None:
    """Refuse an audience that names nobody, and names that this audience takes no notice of: somebody meant them."""
    if draft.audience not in _NAMING:
        allowed = ", ".join(_NAMING)
        raise InvalidError("value_not_allowed", field="audience", allowed=allowed)
    naming = _NAMING[draft.audience]
    if naming and not any(getattr(draft, name) for name in naming):
        raise InvalidError("field_missing", field=naming[0])
    taken = {*naming, *_BESIDE.get(draft.audience, ())}
    for name in chain.from_iterable(_NAMING.values()):
        if name not in taken and getattr(draft, name):
            raise InvalidError("audience_field_unused", field=name, audience=str(draft.audience))


def _check_products(draft: DeploymentDraft) -> None:
    known = products.resolve(draft.products)
    for number, code in enumerate(draft.products):
        if code not in known:
            raise InvalidError("product_unknown", field=f"products[{number}]", value=code[:64])
    groups = {group.name.casefold() for group in products.groups()} if draft.groups else set()
    for number, name in enumerate(draft.groups):
        if name.casefold() not in groups:
            raise InvalidError("product_group_unknown", field=f"groups[{number}]", value=name[:64])


def _check_where(draft: DeploymentDraft) -> None:
    """Refuse conditions that mean nothing, as those of rules are."""
    if not draft.where:
        return
    said = RulesDraft(exclude=(Exclude(name="where", when=draft.where),))
    for place, code, what in chain(rules.faults(said), _faults(draft, said)):
        raise InvalidError(code, field=place.replace(_PLACE, "where"), what=what[:100])


def _faults(draft: DeploymentDraft, said: RulesDraft) -> Iterator[tuple[str, str, str]]:
    known = {code.casefold() for code in segments.by_code()}
    for place, code in rules.named(said, "segment"):
        if code.casefold() not in known:
            yield place, "rules_segment_unknown", code
    for number, one in enumerate(draft.where):
        if one.field.startswith("visit.") and draft.audience is not AudienceKind.FILE:
            yield f"{_PLACE}[{number}].field", "where_without_visit", one.field


def _check_words(draft: DeploymentDraft) -> None:
    """Refuse a sending that nobody could find again, words that are not there, and answers that would go nowhere."""
    _check_name(draft.name)
    if draft.template and draft.template not in {found.name for found in templates.listing(draft.survey)}:
        raise InvalidError("rules_template_unknown", field="template", what=draft.template[:64])
    _check_reply_to(draft.reply_to)


def check_changes(fields: Mapping[str, Any]) -> None:
    """Refuse changes of a deployment as its draft would have been."""
    _check_name(fields.get("name", "-"))
    _check_reply_to(fields.get("reply_to", ""))
    if fields.get("calendar"):
        times.check(fields["calendar"], clock.now(), settings().timezone)


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > _LONGEST:
        raise InvalidError("deployment_name_invalid", field="name", most=_LONGEST)


def _check_reply_to(text: str) -> None:
    """Refuse what is neither an address nor `manager`."""
    if text and text != "manager":
        read("reply_to", text, addresses.email)
