"""Rules: what files and visits cause."""

from datetime import datetime
from typing import Any, Literal

from escuta.outreach.model import Exclude, Route, RulesDraft, RuleSet, RuleSetVersion
from manage import rules
from manage.asking import Asked, Listing
from manage.described.operation import Operation, Operations, Shown, Sparse, also, page, shape


class RulesWarning(Sparse):
    """Something odd about rules that are right: one that nobody falls under, or a product that no file named yet."""

    code: Literal["rules_never", "rules_product_unknown"]
    detail: str
    rule: str = ""
    taken_by: str = ""
    what: str = ""


Head: Any = shape(RuleSet, "RulesHead")
Version: Any = shape(RuleSetVersion, "RulesVersion")


RulesShown = also(
    Head,
    "Rules",
    "Rules as they hold now.",
    more={
        "exclude": tuple[Exclude, ...],
        "assign": tuple[Route, ...],
        "default": Route | None,
        "warnings": list[RulesWarning],
    },
)
RulesPublished = also(
    Version, "RulesPublished", "The version that decides from now on.", more={"warnings": list[RulesWarning]}
)


class PreviewedPerson(Sparse):
    """One person, and what would happen. Who that is (`name`, `email`, `phone`) is for who may read contacts alone."""

    contact: str
    name: str = ""
    email: str = ""
    phone: str = ""
    segment: str
    transaction: str
    outcome: Literal["send", "skip", "defer", ""]
    reason: str
    at: datetime | None


class PreviewedNobody(Shown):
    """Whom no rule asks."""

    people: int
    outcomes: dict[str, int]
    reasons: dict[str, int]
    first: list[PreviewedPerson]


class PreviewedGroup(PreviewedNobody):
    """Everybody who falls under one rule."""

    name: str


class RulesPreview(Shown):
    """What rules would do: `rows` were looked at; `complete`: there are no more. `version` null: those of the body."""

    rules: str
    version: int | None
    rows: int
    complete: bool
    people: int
    routes: list[PreviewedGroup]
    excluded: list[PreviewedGroup]
    nobody: PreviewedNobody
    reasons: dict[str, str]
    warnings: list[RulesWarning]


OPERATIONS: Operations = {
    rules.listing: Operation(name="list_rules", query=Listing, answer=page(Head)),
    rules.create: Operation(name="create_rules", body=rules.NewRules, answer=RulesShown, statuses=(201,)),
    rules.get: Operation(name="get_rules", query=Asked, answer=RulesShown),
    rules.change: Operation(name="change_rules", body=rules.RulesPatch, answer=RulesShown, matched=True),
    rules.delete: Operation(name="delete_rules", query=Asked, answer=Head, matched=True),
    rules.versions: Operation(name="list_rules_versions", query=Listing, answer=page(Version)),
    rules.publish: Operation(
        name="publish_rules", body=RulesDraft, answer=RulesPublished, statuses=(201,), matched=True
    ),
    rules.version: Operation(name="get_rules_version", answer=Version),
    rules.preview: Operation(name="preview_rules", body=rules.Wanted, answer=RulesPreview),
}
