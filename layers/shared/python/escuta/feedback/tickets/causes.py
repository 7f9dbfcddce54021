"""Root causes: a tree that somebody keeps, and what may be said of a ticket by it."""

from collections import Counter
from collections.abc import Mapping, Sequence

from escuta.errors import InvalidError
from escuta.feedback.model import Cause, Causes
from escuta.feedback.tickets import life

MOST = 10  # of one ticket
LONGEST = 200  # characters of a cause where there is no tree
DEEPEST = 4


def said(tree: Causes, wanted: Sequence[str], before: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the root causes that somebody names, each once.

    Without a tree, or where all of it is retired, any words are one. With it only its ids are, and of those that were
    retired only what the ticket had `before`: InvalidError `cause_unknown` or `cause_retired`.
    """
    found = life.several("root_causes", wanted, most=MOST, longest=LONGEST)
    known = {cause.id: cause for cause in tree.causes}
    if all(cause.retired for cause in tree.causes):
        return found
    for name in found:
        if name in before:
            continue
        if name not in known:
            raise InvalidError("cause_unknown", field="root_causes", value=name)
        if known[name].retired:
            raise InvalidError("cause_retired", field="root_causes", value=name)
    return found


def check(tree: Sequence[Cause], stored: Sequence[Cause]) -> None:
    """Refuse a tree that is none, and one that lost a cause: tickets of the past name it, so it may only be retired."""
    known = {cause.id: cause for cause in tree}
    twice = next((name for name, count in Counter(cause.id for cause in tree).items() if count > 1), None)
    if twice:
        raise InvalidError("cause_twice", field="causes", value=twice)
    lost = next((cause.id for cause in stored if cause.id not in known), None)
    if lost:
        raise InvalidError("cause_lost", field="causes", value=lost)
    for number, cause in enumerate(tree):
        if not any(words.strip() for words in cause.text.values()):
            raise InvalidError("required", field=f"causes[{number}].text")
        _climb(cause, known, f"causes[{number}].parent")


def _climb(cause: Cause, known: Mapping[str, Cause], field: str) -> None:
    """Refuse a cause from which no short way leads to the top."""
    passed = [cause.id]
    while parent := known[passed[-1]].parent:
        if parent not in known:
            raise InvalidError("cause_parent_unknown", field=field, value=parent)
        if parent in passed:
            raise InvalidError("cause_circle", field=field, value=cause.id)
        passed.append(parent)
    if len(passed) > DEEPEST:
        raise InvalidError("cause_too_deep", field=field, value=cause.id, most=DEEPEST)
