"""What rules decide, told by the people they decide about."""

import pytest

from escuta.outreach import rules
from escuta.outreach.model import Condition, Exclude, Facts, Op, Route, RulesDraft
from escuta.outreach.rules import Routed

SUL = Condition(field="segment", op=Op.IS, value="sul")
RULES = RulesDraft(
    exclude=(
        Exclude(name="funcionários", when=(Condition(field="custom.tipo", op=Op.IS, value="funcionário"),)),
        Exclude(name="valor baixo", when=(Condition(field="visit.amount", op=Op.AT_MOST, value=20),)),
    ),
    assign=(
        Route(name="móveis do sul", survey="moveis", when=(SUL, Condition(field="group", op=Op.IS, value="Móveis"))),
        Route(name="sul", survey="sul", when=(SUL,)),
    ),
    default=Route(name="os outros", survey="visit"),
)
POA = ("aurora", "sul", "poa")


def told(**said: str) -> Facts:
    return rules.facts({"email": "ana@example.com", "custom": said}, None, POA)


def test_the_first_route_that_matches_holds() -> None:
    sofa = rules.facts({"product": "sofa"}, {"amount": "129.90"}, POA, "móveis")

    assert rules.route(RULES, sofa) == Routed(route="móveis do sul")
    assert rules.route(RULES, told()) == Routed(route="sul")


def test_the_default_catches_whom_no_route_matches() -> None:
    assert rules.route(RULES, rules.facts({}, None, ("aurora", "norte"))) == Routed(route="os outros")


def test_without_a_default_nobody_else_is_asked() -> None:
    assert rules.route(RULES.changed(default=None), rules.facts({}, None, ("aurora", "norte"))) == Routed()


def test_an_exclusion_holds_before_every_route() -> None:
    assert rules.route(RULES, told(tipo="Funcionário")) == Routed(excluded="funcionários")


@pytest.mark.parametrize(("amount", "excluded"), [("20.00", "valor baixo"), ("19.9", "valor baixo"), ("20.01", "")])
def test_amounts_are_compared_as_numbers(amount: str, excluded: str) -> None:
    assert rules.route(RULES, rules.facts({}, {"amount": amount}, POA)).excluded == excluded


@pytest.mark.parametrize(
    ("op", "value", "known", "holds"),
    [
        (Op.IS, "sul", ("aurora", "sul"), True),
        (Op.IS, "SUL", ("aurora", "sul"), True),
        (Op.IS_NOT, "sul", ("aurora", "sul"), False),
        (Op.IS_NOT, "sul", None, True),
        (Op.ANY_OF, ("norte", "sul"), ("aurora", "sul"), True),
        (Op.ANY_OF, (), "sul", False),
        (Op.NONE_OF, ("norte", "sul"), "leste", True),
        (Op.NONE_OF, ("norte", "sul"), None, True),
        (Op.CONTAINS, "ouro", "Cliente Ouro", True),
        (Op.CONTAINS, "ouro", None, False),
        (Op.AT_LEAST, "2026-03-01", "2026-03-01T09:00:00+00:00", True),
        (Op.AT_MOST, "2026-03-01", "2026-03-02", False),
        (Op.AT_LEAST, 9, "10", True),
        (Op.AT_LEAST, 9, "muito", False),
        (Op.AT_LEAST, "nove", "10", False),
        (Op.AT_MOST, 9, None, False),
        (Op.KNOWN, "", "x", True),
        (Op.KNOWN, "", "", False),
        (Op.BLANK, "", None, True),
        (Op.BLANK, "", "x", False),
    ],
)
def test_a_fact_is_compared(op: Op, value: str | int | tuple[str, ...], known: str | None, holds: bool) -> None:  # noqa: FBT001 - a row of the table
    facts: Facts = {} if known is None else {"fact": known}

    assert rules.holds((Condition(field="fact", op=op, value=value),), facts) is holds


def test_all_conditions_of_a_rule_must_hold() -> None:
    when = (SUL, Condition(field="language", op=Op.IS, value="es"))

    assert rules.holds(when, {"segment": POA, "language": "es"})
    assert not rules.holds(when, {"segment": POA, "language": "pt-BR"})


def test_a_rule_behind_one_that_asks_for_less_never_matches_and_is_named() -> None:
    everybody = Route(name="todos", survey="visit")
    draft = RULES.changed(assign=(*RULES.assign, everybody, Route(name="tarde demais", survey="visit", when=(SUL,))))

    assert rules.warnings(RULES) == ()
    assert rules.warnings(draft) == (("tarde demais", "sul"), ("os outros", "todos"))


@pytest.mark.parametrize(
    ("draft", "fault"),
    [
        (RULES.changed(assign=(*RULES.assign, RULES.assign[0])), ("assign", "rules_name_twice", "móveis do sul")),
        (
            RULES.changed(default=RULES.assign[1].changed(name="x")),
            ("default.when", "rules_default_condition", "x"),
        ),
        (
            RULES.changed(exclude=(Exclude(name="x", when=(Condition(field="loja", op=Op.IS, value="a"),)),)),
            ("exclude[0].when[0].field", "rules_field_unknown", "loja"),
        ),
        (
            RULES.changed(exclude=(Exclude(name="x", when=(Condition(field="segment", op=Op.BLANK, value="a"),)),)),
            ("exclude[0].when[0].value", "rules_value_senseless", "blank"),
        ),
        (
            RULES.changed(exclude=(Exclude(name="x", when=(Condition(field="segment", op=Op.IS),)),)),
            ("exclude[0].when[0].value", "rules_value_senseless", "is"),
        ),
    ],
)
def test_what_is_wrong_with_rules_is_said_with_its_place(draft: RulesDraft, fault: tuple[str, str, str]) -> None:
    assert list(rules.faults(draft)) == [fault]


def test_the_codes_that_rules_name_are_told_with_their_places() -> None:
    assert rules.named(RULES, "segment") == (("assign[0].when[0].value", "sul"), ("assign[1].when[0].value", "sul"))
    assert rules.surveys(RULES) == ("moveis", "sul", "visit")
