"""The rules that open tickets: what each one says, what it would have opened, and how they were before."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.action import rule_form
from console.action.around import Around, Row
from console.action.conditions import Known, Words, known
from console.flash import Flash, Undo
from console.forms import NONE, Faults
from console.visit import Visit
from escuta.errors import ForbiddenError, NotFoundError
from escuta.feedback.tickets import RULES

PATH = "action/rules"
DAYS = (7, 30, 90)
_SHIPPED = {rule.id: rule.name for rule in RULES}


def show(visit: Visit) -> Response[str]:
    """Show all rules; `?foresee=30` with what they would have opened in so many days."""
    return _list(visit)


def _list(visit: Visit, wrong: Faults = NONE) -> Response[str]:
    around = Around(visit)
    try:
        book = visit.api.get("/ticket-rules")
    except ForbiddenError:  # they hold for all places, and this reader looks after some
        return pages.framed(visit, "action/rules_elsewhere", around=around)
    days = int(visit.asked("foresee")) if visit.asked("foresee") in set(map(str, DAYS)) else 0
    foreseen = visit.api.post("/ticket-rules/preview", {"days": days}) if days else None
    return pages.framed(
        visit,
        "action/rules",
        part="foreseen",
        around=around,
        book=book,
        words=words(visit, around, book["rules"]),
        days=days,
        choices=DAYS,
        foreseen=foreseen,
        faults=wrong,
    )


def words(visit: Visit, around: Around, rules: Sequence[Row], facts: Known | None = None) -> "RuleWords":
    """Return what says rules in words."""
    surveys = sorted({survey for rule in rules for survey in rule["surveys"]})
    return RuleWords(visit, around, facts or known(visit, around, surveys))


class RuleWords:
    """Rules in the words of one reader."""

    def __init__(self, visit: Visit, around: Around, facts: Known) -> None:
        """Remember who reads, and what things are called."""
        self._read, self._around = visit.reader(visit.timezone), around
        self._conditions = Words(self._read, around, facts.names)

    def name(self, rule: Row) -> str:
        """Return what a rule is called; those that come with the product, in the reader's language."""
        if _SHIPPED.get(rule["id"]) == rule["name"]:
            return self._read.say(f"action.rule.{rule['id']}")
        return str(rule["name"])

    def when(self, rule: Row) -> str:
        """Return what a rule opens a ticket for."""
        told = self._conditions.of(rule["when"])
        if rule["kind"] == "answer":
            return self._read.say("action.rule.when", what=told)
        code = "action.rule.begun" if rule["begun"] else "action.rule.unanswered"
        span = self._read.many("case.hours", rule["hours"])
        return self._read.say(code, hours=span) + (f", {self._read.say('action.rule.if', what=told)}" if told else "")

    def surveys(self, rule: Row) -> str:
        """Return of which surveys."""
        named = ", ".join(self._around.surveys.get(each, each) for each in rule["surveys"])
        return named or self._read.say("action.rule.all_surveys")

    def owner(self, rule: Row) -> str:
        """Return who gets its tickets."""
        if rule["way"] == "manager":
            return self._around.people.get(rule["manager"], self._read.say("action.somebody"))
        return self._read.say(f"action.way.{rule['way']}")

    def hours(self, minutes: int) -> str:
        """Return minutes of business hours as hours."""
        return rule_form.hours(self._read, minutes)


def switch(visit: Visit, rule: str) -> Response[Any]:
    """Switch a rule on or off."""

    def changed(rules: list[Row], form: Mapping[str, str]) -> tuple[list[Row], Flash]:
        on = form.get("active") == "true"
        said = Flash(code="action.said.rule_on" if on else "action.said.rule_off")
        return [{**each, "active": on} if each["id"] == rule else each for each in rules], said

    return save(visit, changed, lambda _, wrong: _list(visit, wrong))


def delete(visit: Visit, rule: str) -> Response[Any]:
    """Remove a rule."""

    def changed(rules: list[Row], _: Mapping[str, str]) -> tuple[list[Row], Flash]:
        gone = next((each for each in rules if each["id"] == rule), None)
        if gone is None:
            raise NotFoundError("page_not_found")
        said = Flash(code="action.said.rule_gone", details={"name": gone["name"]})
        return [each for each in rules if each["id"] != rule], said

    return save(visit, changed, lambda _, wrong: _list(visit, wrong))


def restore(visit: Visit) -> Response[Any]:
    """Let the rules of an earlier version hold again."""

    def changed(_: list[Row], form: Mapping[str, str]) -> tuple[list[Row], Flash]:
        number = form.get("version", "")
        found = visit.api.get(f"/ticket-rules/versions/{number if number.isdecimal() else 0}")
        code = "said.undone" if "undo" in form else "action.said.rules_restored"
        return found["rules"], Flash(code=code, details={"version": number})

    return save(visit, changed, lambda _, wrong: _list(visit, wrong))


def save(
    visit: Visit,
    changed: Callable[[list[Row], Mapping[str, str]], tuple[list[Row], Flash]],
    again: Callable[[Mapping[str, str], Faults], Response[Any]],
) -> Response[Any]:
    """Replace the rules by what `changed` makes of them, and return to them; the way back is the version before."""

    def work(form: Mapping[str, str]) -> Response[Any]:
        book = visit.api.get("/ticket-rules")
        rules, said = changed(book["rules"], form)
        after = visit.api.put("/ticket-rules", {"rules": rules}, rev=form.get("rev", ""))
        fields = {"version": str(book["version"]), "rev": str(after["rev"]), "undo": "1"}
        undo = None if said.code == "said.undone" else Undo(path=f"{PATH}/restore", fields=fields)
        return pages.go(visit, PATH, said.model_copy(update={"undo": undo}))

    return forms.act(visit, work, again)


def versions(visit: Visit) -> Response[str]:
    """Show the versions of the rules; `?version=3` what that one said."""
    around = Around(visit)
    page = visit.api.get("/ticket-rules/versions", limit=25, cursor=visit.asked("cursor"))
    number = visit.asked("version")
    shown = visit.api.get(f"/ticket-rules/versions/{number}") if number.isdecimal() else None
    book = visit.api.get("/ticket-rules")
    told = words(visit, around, shown["rules"] if shown else [])
    return pages.framed(visit, "action/rule_versions", around=around, page=page, shown=shown, book=book, words=told)
