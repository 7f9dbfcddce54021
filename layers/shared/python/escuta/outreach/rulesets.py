"""Rules: a head with a name, and published versions that never change."""

from functools import lru_cache

from escuta import clock, ids, table
from escuta.errors import ConflictError, InvalidError, NotFoundError
from escuta.outreach import rules
from escuta.outreach.model import RulesDraft, RuleSet, RuleSetVersion


def create(name: str, draft: RulesDraft, *, ruleset: str = "", by: str = "") -> RuleSet:
    """Make rules, their first version with them. `ruleset` is their id, where it is to be known beforehand."""
    check(draft)
    identity, now = ruleset or ids.new(), clock.now()
    head = RuleSet(id=identity, name=_named(name), version=1, created_at=now, updated_at=now, updated_by=by)
    try:
        table.transact(table.Create(_version(head, draft)), table.Create(head))
    except table.CancelledError as error:
        raise ConflictError("ruleset_exists", id=identity) from error
    return head.changed(rev=1)


def publish(ruleset: str, draft: RulesDraft, *, by: str = "") -> RuleSetVersion:
    """Make the draft the next version: files that come from now on are decided by it, older ones keep theirs.

    Publishing what holds already changes nothing. ConflictError `stale` when somebody published meanwhile.
    """
    check(draft)
    head = _open(get(ruleset))
    if holds(head, draft):
        return version(ruleset, head.version)
    moved = head.changed(version=head.version + 1, updated_at=clock.now(), updated_by=by)
    published = _version(moved, draft)
    try:
        table.transact(table.Create(published), table.Save(moved))
    except table.CancelledError as error:
        raise ConflictError("stale") from error
    return published.changed(rev=1)


def rename(head: RuleSet, name: str, *, by: str = "") -> RuleSet:
    """Give rules another name; what they decided names their id. ConflictError when they are retired, or `stale`."""
    named = _named(name)
    if named == _open(head).name:
        return head
    return table.save(head.changed(name=named, updated_at=clock.now(), updated_by=by))


def retire(head: RuleSet, *, by: str = "") -> RuleSet:
    """Take rules out of use for good: no list has them, nothing names them anew. What they decided stays readable."""
    if head.retired_at:
        return head
    now = clock.now()
    return table.save(head.changed(retired_at=now, updated_at=now, updated_by=by))


def holds(head: RuleSet, draft: RulesDraft) -> bool:
    """Tell whether the draft is what the newest version says."""
    newest = version(head.id, head.version)
    return newest.changed(**dict(draft)) == newest


def check(draft: RulesDraft) -> None:
    """InvalidError, with the place, where rules are none."""
    for place, code, what in rules.faults(draft):
        raise InvalidError(code, field=place, what=what[:100])


def get(ruleset: str) -> RuleSet:
    """Return the head of rules as it is now, also of retired ones; NotFoundError when there are none."""
    return table.load(RuleSet, RuleSet.at(ruleset), consistent=True)


def current(ruleset: str) -> RuleSetVersion:
    """Return the version that holds for what comes now; NotFoundError when there are no such rules in use."""
    head = get(ruleset)
    if head.retired_at:
        raise NotFoundError("ruleset_not_found")
    return version(ruleset, head.version)


@lru_cache(maxsize=64)
def version(ruleset: str, number: int) -> RuleSetVersion:
    """Return a published version; kept in the warm function, since it never changes."""
    return table.load(RuleSetVersion, RuleSetVersion.at(ruleset, number), consistent=True)


def versions(ruleset: str, *, limit: int = 25, cursor: str | None = None) -> table.Page[RuleSetVersion]:
    """Return what was published, the newest first."""
    key = RuleSet.at(ruleset)
    return table.query(RuleSetVersion, key.pk, prefix="version#", limit=limit, newest_first=True, cursor=cursor)


def listing(*, limit: int = 25, cursor: str | None = None) -> table.Page[RuleSet]:
    """Return all rules that are in use, by name."""
    return table.query(RuleSet, "rulesets", index="g1", limit=limit, cursor=cursor)


def exists(ruleset: str) -> bool:
    """Tell whether there are rules of this id in use."""
    try:
        return get(ruleset).retired_at is None
    except NotFoundError:
        return False


def _version(head: RuleSet, draft: RulesDraft) -> RuleSetVersion:
    return RuleSetVersion(
        ruleset=head.id,
        version=head.version,
        published_at=head.updated_at,
        published_by=head.updated_by,
        **dict(draft),
    )


def _open(head: RuleSet) -> RuleSet:
    if head.retired_at:
        raise ConflictError("ruleset_retired", id=head.id)
    return head


def _named(name: str) -> str:
    name = name.strip()
    if not name or len(name) > 100:  # noqa: PLR2004 - a name, not a text
        raise InvalidError("ruleset_name_invalid", field="name")
    return name
