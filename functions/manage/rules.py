"""Rules: what files cause. Their versions, and what they would do with people who are there."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from pydantic import Field

from escuta import i18n, table
from escuta.directory import contacts, drops, folders, segments
from escuta.directory.model import FileState, Product, Scope
from escuta.errors import ConflictError, InvalidError, NotFoundError
from escuta.feedback import surveys
from escuta.feedback.model import SurveyStatus
from escuta.outreach import previewing, rulesets, templates
from escuta.outreach import rules as deciding
from escuta.outreach.audience import Sought
from escuta.outreach.model import Route, RulesDraft, RuleSet
from escuta.outreach.previewing import Example, Group
from manage.asking import Asked, Created, Listing, Request, language_of
from manage.problems import words

_ANSWERING = frozenset({SurveyStatus.LIVE, SurveyStatus.PAUSED})
_PAGE = 100


class NewRules(RulesDraft):
    """Rules that are made, with their first version."""

    name: str = Field(json_schema_extra={"minLength": 1, "maxLength": 100})
    id: str = Field(default="", pattern=r"^[A-Za-z0-9_-]{0,40}$")


class RulesPatch(Asked):
    """What can be changed of rules as a whole; what they say is published as a version."""

    name: str = Field(json_schema_extra={"minLength": 1, "maxLength": 100})


class Wanted(Asked):
    """Whom to look at, and by which rules: those of the body, else those that hold."""

    file: str = Field(default="", max_length=64)
    segment: str = Field(default="", max_length=64)
    limit: int = Field(default=200, ge=1, le=1000)
    draft: RulesDraft | None = None


def listing(request: Request) -> dict[str, Any]:
    """Return all rules that are in use, by name, without what they say."""
    request.everywhere()
    asked = request.query(Listing)
    return request.page(rulesets.listing(limit=asked.limit, cursor=request.cursor(asked)), _head)


def create(request: Request) -> Created:
    """Make rules: whom files and visits cause to be asked, about what, how and when.

    Of `exclude` and `assign` the first that matches decides; `default` takes the others. 422 with the place for a
    survey that nobody can answer, a segment or a template that there is not, a name that stands twice; 409 for an id
    that is taken. `warnings` tell what is odd and yet right.
    """
    request.everywhere()
    asked = request.body(NewRules)
    draft = RulesDraft(exclude=asked.exclude, assign=asked.assign, default=asked.default)
    _check(draft)
    with request.making():
        made = rulesets.create(asked.name, draft, ruleset=asked.id or request.identity("ruleset"), by=request.caller.id)
    return Created(_whole(request, made), f"rules/{made.id}")


def get(request: Request, rules: str) -> dict[str, Any]:
    """Return rules as they hold now."""
    request.everywhere()
    request.query(Asked)
    return _whole(request, rulesets.get(rules))


def change(request: Request, rules: str) -> dict[str, Any]:
    """Give rules another name; their id, and what they decided, stay. 409 `ruleset_retired` for rules out of use."""
    request.everywhere()
    asked = request.body(RulesPatch)
    head = rulesets.get(rules)
    request.match(head)
    return _whole(request, rulesets.rename(head, asked.name, by=request.caller.id))


def delete(request: Request, rules: str) -> dict[str, Any]:
    """Take rules out of use for good, and return their head.

    They are in no list any more, nothing can name them anew, and their id is never given again; they and their versions
    stay readable, since invitations name them. 409 `ruleset_in_use` as long as a drop folder names them.
    """
    request.everywhere()
    request.query(Asked)
    head = rulesets.get(rules)
    request.match(head)
    cursor: str | None = None
    while True:
        page = folders.listing(limit=_PAGE, cursor=cursor)
        named = next((folder.folder for folder in page.items if folder.rules == rules), None)
        if named:
            raise ConflictError("ruleset_in_use", folder=named)
        cursor = page.next
        if cursor is None:
            return _head(rulesets.retire(head, by=request.caller.id))


def publish(request: Request, rules: str) -> Created:
    """Publish the next version of rules, which decides what comes from now on.

    Refused as the making is. What was decided before stays: an invitation names the version that decided it.
    """
    request.everywhere()
    draft = request.body(RulesDraft)
    head = rulesets.get(rules)
    if not rulesets.holds(head, draft):
        request.match(head)
    _check(draft)
    published = rulesets.publish(rules, draft, by=request.caller.id)
    shown = {**published.model_dump(mode="json"), "warnings": _warnings(request, draft)}
    return Created(shown, f"versions/{published.version}")


def versions(request: Request, rules: str) -> dict[str, Any]:
    """Return the versions of rules, the newest first."""
    request.everywhere()
    asked = request.query(Listing)
    rulesets.get(rules)
    found = rulesets.versions(rules, limit=asked.limit, cursor=request.cursor(asked))
    return request.page(found, lambda version: version.model_dump(mode="json"))


def version(request: Request, rules: str, version: str) -> dict[str, Any]:
    """Return one version of rules, as it was published."""
    request.everywhere()
    request.query(Asked)
    if not (version.isascii() and version.isdigit() and len(version) < 7):  # noqa: PLR2004 - as the key writes it
        raise NotFoundError("ruleset_version_not_found")
    return rulesets.version(rules, int(version)).model_dump(mode="json")


def preview(request: Request, rules: str) -> dict[str, Any]:
    """Preview what rules would do with the people of a file or a segment.

    Nothing is written. Either `file` or `segment` is sent; the rules are those of `draft`, else those that hold. `rows`
    of at most `limit` are looked at, `complete` says whether these were all. Names only to who may read contacts.
    """
    request.everywhere()
    wanted = request.body(Wanted)
    if bool(wanted.file) == bool(wanted.segment):
        raise InvalidError("rules_preview_whom", field="file")
    draft = wanted.draft or rulesets.current(rules)
    rulesets.check(draft)
    people = _of_file(wanted.file) if wanted.file else _of_segment(wanted.segment)
    found = previewing.preview(draft, islice(people, wanted.limit))
    reasons = {reason for group in found.routes.values() for reason in group.reasons}
    return {
        "rules": rules,
        "version": getattr(draft, "version", None),
        "rows": found.rows,
        "complete": next(people, None) is None,
        "people": found.people,
        "routes": [_group(request, name, group) for name, group in found.routes.items()],
        "excluded": [_group(request, name, group) for name, group in found.excluded.items()],
        "nobody": _group(request, "", found.nobody),
        "reasons": {reason: _reason(request, reason) for reason in sorted(reasons)},
        "warnings": _warnings(request, draft),
    }


def _of_file(file: str) -> Iterator[Sought]:
    found = drops.get(file)
    if found.dry_run:
        raise InvalidError("rules_preview_dry_run", field="file")
    if found.state is not FileState.DONE:
        raise ConflictError("file_not_loaded", state=found.state.value)
    return (Sought(*pair) for chunk in range(found.chunks) for pair in drops.people_of(file, chunk))


def _of_segment(segment: str) -> Iterator[Sought]:
    for below in segments.subtree(segment):
        cursor: str | None = None
        while True:
            page = contacts.listing(below.code, limit=_PAGE, cursor=cursor)
            yield from (Sought(contact.id) for contact in page.items)
            if page.next is None:
                break
            cursor = page.next


def _group(request: Request, name: str, group: Group) -> dict[str, Any]:
    first = [_example(request, example) for example in group.first]
    counted = {"people": group.people, "outcomes": group.outcomes, "reasons": group.reasons, "first": first}
    return {"name": name, **counted} if name else counted


def _example(request: Request, example: Example) -> dict[str, Any]:
    """Return one person: who that is only to somebody who may read contacts."""
    contact, visit = example.contact, example.visit
    may_read = Scope.CONTACTS_READ in request.caller.scopes
    who = {name: getattr(contact, name) for name in ("name", "email", "phone")} if may_read else {}
    return {
        "contact": contact.id,
        **who,
        "segment": visit.segment if visit else contact.segment,
        "transaction": visit.id if visit else "",
        **example.model_dump(mode="json", include={"outcome", "reason", "at"}),
    }


def _head(head: RuleSet) -> dict[str, Any]:
    return head.model_dump(mode="json")


def _whole(request: Request, head: RuleSet) -> dict[str, Any]:
    holding = rulesets.version(head.id, head.version)
    decided = holding.model_dump(mode="json", include=set(RulesDraft.model_fields))
    return {**_head(head), **decided, "warnings": _warnings(request, holding)}


def _check(draft: RulesDraft) -> None:
    """Refuse rules that ask a survey that nobody can answer, or that name segments that are not there."""
    rulesets.check(draft)
    for place, route in _places(draft):
        head = surveys.head(route.survey)
        if head is None or head.status not in _ANSWERING:
            raise InvalidError("rules_survey_not_live", field=f"{place}.survey", what=route.survey[:64])
        named = {template.name for template in templates.listing(route.survey)} if route.template else {""}
        if route.template not in named:
            raise InvalidError("rules_template_unknown", field=f"{place}.template", what=route.template[:64])
    known = {code.casefold() for code in segments.by_code()}
    for place, code in deciding.named(draft, "segment"):
        if code.casefold() not in known:
            raise InvalidError("rules_segment_unknown", field=place, what=code[:64])


def _places(draft: RulesDraft) -> Iterator[tuple[str, Route]]:
    for number, route in enumerate(draft.assign):
        yield f"assign[{number}]", route
    if draft.default:
        yield "default", draft.default


def _warnings(request: Request, draft: RulesDraft) -> list[dict[str, Any]]:
    """Return what is odd about rules that are right: rules that nobody falls under, products that no file named yet."""
    found = [("rules_never", warning._asdict()) for warning in deciding.warnings(draft)]
    named = deciding.named(draft, "product")
    known = table.find_many(Product, (Product.at(code) for _, code in named))
    found += [("rules_product_unknown", {"what": code}) for _, code in named if Product.at(code) not in known]
    language = language_of(request.event, request.caller)
    return [{"code": code, "detail": words(language, code, 422, told), **told} for code, told in found]


def _reason(request: Request, reason: str) -> str:
    return i18n.say("escuta.outreach", language_of(request.event, request.caller), f"reason.{reason}")
