"""Whether rules can do what they say: every mistake with its place, before anything is stored."""

import re
from collections.abc import Callable, Mapping, Sequence

from escuta.directory import custom_fields, managers, products, segments
from escuta.errors import InvalidError, NotFoundError
from escuta.feedback import flow, logic, surveys, vocabulary
from escuta.feedback.comments import Tone
from escuta.feedback.flow import EQUAL, MEASURES, PRESENCE, Fits
from escuta.feedback.model import (
    Condition,
    Op,
    OwnerWay,
    RuleKind,
    ScoreClass,
    SurveyVersion,
    TicketRule,
    TicketRulesDraft,
)
from escuta.feedback.querying.checking import CHANNELS
from escuta.feedback.tickets import ruling
from escuta.feedback.tickets.history import FOLLOW_UP
from escuta.i18n import LANGUAGES

LONGEST_NAME = 64
LONGEST_LINE = 300  # characters of the line that a rule adds to an alert
_SCORES = range(11)
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff<>]|://|www\\.", re.IGNORECASE
)
_FACTS: Mapping[str, Callable[[], Fits]] = {
    "class": lambda: Fits(EQUAL, [str(each) for each in ScoreClass]),
    "score": lambda: Fits(EQUAL | MEASURES, _SCORES),
    "comment": lambda: Fits(PRESENCE | {Op.CONTAINS}),
    "tone": lambda: Fits(EQUAL, [str(each) for each in Tone]),
    "topic": lambda: Fits(EQUAL, sorted(vocabulary.names(LANGUAGES[0]))),
    "call": lambda: Fits(PRESENCE),
    "channel": lambda: Fits(EQUAL, list(CHANNELS)),
    "language": lambda: Fits(EQUAL, list(LANGUAGES)),
    "segment": lambda: Fits(EQUAL),
    "product": lambda: Fits(EQUAL),
    **dict.fromkeys(
        ("product.group", "segment.city", "segment.state", "segment.country"), lambda: Fits(EQUAL | {Op.CONTAINS})
    ),
}
_EXACT = frozenset({Op.IS, Op.IS_NOT, Op.ANY_OF, Op.NONE_OF})


def check(draft: TicketRulesDraft) -> None:
    """Refuse rules that could not be followed: InvalidError with the place of the first mistake, and what is right."""
    ids = [rule.id for rule in draft.rules]
    for number, rule in enumerate(draft.rules):
        place = f"rules[{number}]"
        if rule.id in ids[:number]:
            raise InvalidError("ticket_rule_twice", field=f"{place}.id", what=rule.id)
        _check_form(rule, place)
        _check_texts(rule, place)
        _check_owner(rule, place)
        versions = _versions(rule, place)
        if rule.when is not None:
            _check_condition(rule.when, f"{place}.when", rule, versions)


def condition(wanted: Condition, place: str) -> None:
    """Refuse a condition over what is known of a person and a place, as that for key customers; as `check` does."""
    _check_condition(wanted, place, _UNASKED, ())


def _check_condition(when: Condition, place: str, rule: TicketRule, versions: Sequence[SurveyVersion]) -> None:
    flow.check_condition(place, when, lambda at, field: _fits(at, field, rule, versions))
    _check_values(when, place)
    _check_reach(when, place)


_UNASKED = TicketRule(id="any", name="any", kind=RuleKind.OPENED_UNANSWERED, hours=1)


def _check_form(rule: TicketRule, place: str) -> None:
    unanswered = rule.kind is RuleKind.OPENED_UNANSWERED
    if not unanswered and rule.when is None:
        raise InvalidError("required", field=f"{place}.when")
    if unanswered and not rule.hours:
        raise InvalidError("required", field=f"{place}.hours")
    for name in ("hours", "begun"):
        if not unanswered and getattr(rule, name):
            raise InvalidError("ticket_rule_kind_field", field=f"{place}.{name}", what=str(rule.kind))
    if unanswered and rule.high_at_most is not None:
        raise InvalidError("ticket_rule_kind_field", field=f"{place}.high_at_most", what=str(rule.kind))


def _check_texts(rule: TicketRule, place: str) -> None:
    for language, line in rule.alert.items():
        if language not in LANGUAGES:
            raise InvalidError(
                "value_not_allowed", field=f"{place}.alert", value=language[:64], allowed=_listed(LANGUAGES)
            )
        if len(line) > LONGEST_LINE:
            raise InvalidError("too_long", field=f"{place}.alert.{language}", most=LONGEST_LINE)
        if _UNSAFE.search(line):
            raise InvalidError("ticket_rule_line", field=f"{place}.alert.{language}")


def _check_owner(rule: TicketRule, place: str) -> None:
    if (rule.way is OwnerWay.MANAGER) != bool(rule.manager):
        code = "required" if rule.way is OwnerWay.MANAGER else "ticket_rule_manager_unused"
        raise InvalidError(code, field=f"{place}.manager")
    if rule.manager:
        try:
            found = managers.get(rule.manager)
        except NotFoundError as error:
            raise InvalidError("ticket_rule_unknown", field=f"{place}.manager", what=rule.manager[:64]) from error
        if found.retired_at is not None:
            raise InvalidError("manager_retired", field=f"{place}.manager", value=found.name)


def _versions(rule: TicketRule, place: str) -> tuple[SurveyVersion, ...]:
    """Return what the surveys of a rule ask now; a survey that asks nothing yet can have no rule."""
    found = []
    for number, survey in enumerate(rule.surveys):
        head = surveys.head(survey)
        if head is None or not head.version or survey == FOLLOW_UP:
            raise InvalidError("ticket_rule_survey", field=f"{place}.surveys[{number}]", what=survey[:64])
        found.append(surveys.version(survey, head.version))
    return tuple(found)


def _fits(place: str, field: str, rule: TicketRule, versions: Sequence[SurveyVersion]) -> Fits:
    """Return how a fact can be tested by a rule; InvalidError when it never is known to it."""
    group, _, name = field.partition(".")
    if rule.kind is RuleKind.OPENED_UNANSWERED and (ruling.said(field) or field == "call" or group == "hidden"):
        code = "ticket_key_customer_field" if rule is _UNASKED else "ticket_rule_unanswered"
        raise InvalidError(code, field=f"{place}.field", what=field[:64])
    if field in _FACTS:
        return _FACTS[field]()
    if group == "answer":
        return _answer(place, name, versions)
    if _is_stored(field, versions) or _is_handed_over(field, versions):
        return Fits(frozenset(Op))
    raise InvalidError("ticket_rule_field", field=f"{place}.field", what=field[:64])


def _answer(place: str, name: str, versions: Sequence[SurveyVersion]) -> Fits:
    """Return how an answer can be tested; questions of one name in several surveys must be alike."""
    if not versions:
        raise InvalidError("ticket_rule_which_survey", field=f"{place}.field", what=name[:64])
    asking = [version for version in versions if any(question.id == name for question in version.questions)]
    fits = [flow.fits_answer(place, name, version, version.questions) for version in asking or versions[:1]]
    return fits[0]


def _is_stored(field: str, versions: Sequence[SurveyVersion]) -> bool:
    """Tell whether people have a field of this name, or answers keep it."""
    group, _, name = field.partition(".")
    return group == "contact" and (name in custom_fields.all() or any(field in each.dimensions for each in versions))


def _is_handed_over(field: str, versions: Sequence[SurveyVersion]) -> bool:
    """Tell whether a link may hand over a value of this name."""
    group, _, name = field.partition(".")
    named = 0 < len(name) <= LONGEST_NAME and (not versions or any(name in each.hidden for each in versions))
    return group == "hidden" and named


def _check_values(when: Condition, place: str) -> None:
    """Refuse places and products that are not there. Both are looked up once."""
    known = {code.casefold() for code in segments.by_code()}
    for at, test in ruling.tests(when, place):
        for value in _values(test):
            if test.field == "segment" and value.casefold() not in known:
                raise InvalidError("ticket_rule_unknown", field=f"{at}.value", what=value[:64])
            if test.field == "product" and products.named(value) is None:
                raise InvalidError("ticket_rule_unknown", field=f"{at}.value", what=value[:64])


def _values(test: Condition) -> tuple[str, ...]:
    if test.op not in _EXACT:
        return ()
    return tuple(map(str, test.value if isinstance(test.value, tuple) else (test.value,)))


_ONE = frozenset({"class", "score", "tone", "channel", "language", "product"})  # of these an answer has one value


def _check_reach(when: Condition, place: str) -> None:
    """Refuse what can never hold: two tests of one fact, both of which must be met, and that no value meets."""
    together = _together(when)
    for name in sorted({each.field for each in together} & _ONE):
        if not _possible([each for each in together if each.field == name]):
            raise InvalidError("ticket_rule_never", field=place, what=name)
    for group, parts in (("all", when.all), ("any", when.any)):
        for number, part in enumerate(parts):
            _check_reach(part, f"{place}.{group}[{number}]")


def _together(when: Condition) -> list[Condition]:
    """Return the tests that must all be met."""
    return [when] if when.field else [test for part in when.all for test in _together(part)]


def _possible(rivals: Sequence[Condition]) -> bool:
    """Tell whether any value meets all of these tests of one fact: one that they name, another, or none at all."""
    candidates = (
        {value for each in rivals for value in _values(each)} | {str(score) for score in _SCORES} | {"", "other"}
    )
    name = rivals[0].field
    return any(all(logic.holds(each, {name: candidate}) for each in rivals) for candidate in candidates)


def _listed(some: Sequence[str]) -> str:
    return ", ".join(some)
