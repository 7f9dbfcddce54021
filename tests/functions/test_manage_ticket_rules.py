"""The rules of tickets through the API: reading, saving and refusing them, and trying them on past answers."""

from datetime import timedelta
from typing import Any

import pytest

from escuta import clock
from escuta.directory import custom_fields, managers
from escuta.directory.model import Scope
from escuta.feedback import tickets
from escuta.feedback.tickets import foreseeing
from tests.conftest import NOON
from tests.functions.callers import answered, ask, found_company, key, open_survey

pytestmark = pytest.mark.usefixtures("aws", "noon")
PATH = "/v1/ticket-rules"
ANGRY: dict[str, Any] = {
    "id": "angry",
    "name": "Muito insatisfeito",
    "surveys": ["visit"],
    "when": {"all": [{"field": "score", "op": "at_most", "value": 3}, {"field": "segment", "value": "sul"}]},
    "priority": "urgent",
    "promise": {"respond": 60, "resolve": 480},
    "alert": {"pt-BR": "Ligue ainda hoje."},
    "tags": ["vip"],
}


def put(*rules: dict[str, Any], **sent: Any) -> Any:
    return ask("PUT", PATH, key(), body={"rules": list(rules)}, **sent)


def test_the_rules_that_ship_are_version_1() -> None:
    found_company()
    answer = ask("GET", PATH, key(Scope.TICKETS_READ))

    assert (answer.status, answer.json["rev"], answer.json["version"], answer.json["since"]) == (200, 0, 1, None)
    assert [(each["id"], each["priority"], each["high_at_most"]) for each in answer.json["rules"]] == [
        ("detractor", "normal", 3),
        ("call_me", "high", None),
    ]
    assert ask("GET", f"{PATH}/versions/1", key()).json["rules"] == answer.json["rules"]


def test_rules_are_saved_as_a_version_that_never_changes_and_hold_half_a_minute_later() -> None:
    found_company()
    open_survey()

    saved = put(ANGRY)
    off = put({**ANGRY, "active": False}, headers={"If-Match": '"1"'})

    assert (saved.status, saved.headers["ETag"], saved.json["version"]) == (200, '"1"', 2)
    assert saved.json["since"][:19] == "2026-03-10T15:00:30"
    assert saved.json["rules"][0]["promise"] == {"respond": 60, "resolve": 480}
    assert (off.status, off.json["version"]) == (200, 3)
    listed = ask("GET", f"{PATH}/versions", key()).json["items"]
    assert [(each["version"], [rule["id"] for rule in each["rules"]]) for each in listed] == [
        (3, ["angry"]),
        (2, ["angry"]),
        (1, ["detractor", "call_me"]),
    ]
    assert [each["rules"][0]["active"] for each in listed[:2]] == [False, True]
    assert ask("GET", f"{PATH}/versions/2", key()).json["rules"] == saved.json["rules"]


@pytest.mark.parametrize("version", ["0", "4", "x", "1234567"])
def test_a_version_that_nobody_saved_is_not_there(version: str) -> None:
    found_company()
    refused = ask("GET", f"{PATH}/versions/{version}", key())
    assert (refused.status, refused.code) == (404, "ticket_rules_version_not_found")


def test_who_saves_over_what_somebody_else_saved_is_told() -> None:
    found_company()
    open_survey()
    put(ANGRY)
    stale = put(ANGRY, headers={"If-Match": '"0"'})
    assert (stale.status, stale.code) == (412, "rev_stale")


def test_rules_are_for_who_decides_about_all_tickets() -> None:
    found_company()
    reader, bound = key(Scope.TICKETS_READ, Scope.TICKETS_WRITE), key(segment="sul")
    assert ask("PUT", PATH, reader, body={"rules": []}).status == 403
    assert ask("POST", f"{PATH}/preview", reader, body={}).status == 403
    assert ask("PUT", PATH, bound, body={"rules": []}).code == "whole_hierarchy_only"
    assert ask("GET", PATH, bound).code == "whole_hierarchy_only"


def rule(**fields: Any) -> dict[str, Any]:
    return {"id": "own", "name": "Nossa", "when": {"field": "class", "value": "detractor"}, **fields}


def on_visit(**when: Any) -> dict[str, Any]:
    return rule(surveys=["visit"], when=when)


PRICE = {"field": "topic", "value": "price"}
SILENT = rule(kind="opened_unanswered", hours=24)
WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    ("id", rule(id="Own rule"), "value_invalid", "rules[0].id"),
    ("name", rule(name=" "), "value_invalid", "rules[0].name"),
    ("no condition", rule(when=None), "required", "rules[0].when"),
    ("unknown fact", on_visit(field="weather", value="x"), "ticket_rule_field", "rules[0].when.field"),
    ("empty group", on_visit(all=[]), "survey_condition_form", "rules[0].when"),
    (
        "two forms",
        on_visit(field="class", value="detractor", any=[{"field": "call"}]),
        "survey_condition_form",
        "rules[0].when",
    ),
    (
        "empty inside",
        on_visit(any=[{"field": "call", "op": "answered"}, {}]),
        "survey_condition_form",
        "rules[0].when.any[1]",
    ),
    ("class", on_visit(field="class", value="angry"), "survey_condition_value", "rules[0].when.value"),
    ("score", on_visit(field="score", op="at_most", value=11), "survey_condition_value", "rules[0].when.value"),
    ("operator", on_visit(field="call", value="yes"), "survey_condition_op", "rules[0].when.op"),
    ("question", on_visit(field="answer.smell", op="answered"), "survey_condition_field", "rules[0].when.field"),
    ("choice", on_visit(field="answer.reasons", value="smell"), "survey_condition_value", "rules[0].when.value"),
    ("which survey", rule(when={"field": "answer.nps", "value": 1}), "ticket_rule_which_survey", "rules[0].when.field"),
    ("survey", rule(surveys=["visit", "gone"]), "ticket_rule_survey", "rules[0].surveys[1]"),
    ("follow-up", rule(surveys=["follow-up"]), "ticket_rule_survey", "rules[0].surveys[0]"),
    ("topic", on_visit(field="topic", value="smell"), "survey_condition_value", "rules[0].when.value"),
    (
        "segment",
        on_visit(field="segment", op="any_of", value=["sul", "leste"]),
        "ticket_rule_unknown",
        "rules[0].when.value",
    ),
    (
        "product",
        on_visit(all=[{"field": "product", "value": "gone"}]),
        "ticket_rule_unknown",
        "rules[0].when.all[0].value",
    ),
    ("custom field", on_visit(field="contact.tire", value="vip"), "ticket_rule_field", "rules[0].when.field"),
    ("channel", on_visit(field="channel", value="fax"), "survey_condition_value", "rules[0].when.value"),
    (
        "never",
        on_visit(
            all=[
                {"field": "score", "op": "at_least", "value": 9},
                {"all": [{"field": "score", "op": "at_most", "value": 3}]},
            ]
        ),
        "ticket_rule_never",
        "rules[0].when",
    ),
    (
        "never, inside",
        on_visit(
            any=[
                {"field": "call", "op": "answered"},
                {
                    "all": [
                        {"field": "tone", "value": "negative"},
                        {"field": "tone", "op": "is_not", "value": "negative"},
                    ]
                },
            ]
        ),
        "ticket_rule_never",
        "rules[0].when.any[1]",
    ),
    ("hours", rule(hours=3), "ticket_rule_kind_field", "rules[0].hours"),
    ("no hours", {**SILENT, "hours": 0, "when": None}, "required", "rules[0].hours"),
    ("unanswered", SILENT, "ticket_rule_unanswered", "rules[0].when.field"),
    ("manager", rule(way="manager", manager="gone"), "ticket_rule_unknown", "rules[0].manager"),
    ("no manager", rule(way="manager"), "required", "rules[0].manager"),
    ("manager unused", rule(manager="gone"), "ticket_rule_manager_unused", "rules[0].manager"),
    ("link", rule(alert={"en": "See https://x.example"}), "ticket_rule_line", "rules[0].alert.en"),
    ("line", rule(alert={"en": "a\nb"}), "ticket_rule_line", "rules[0].alert.en"),
    ("long line", rule(alert={"en": "a" * 301}), "too_long", "rules[0].alert.en"),
    ("language", rule(alert={"fr": "Vite"}), "value_not_allowed", "rules[0].alert"),
    ("tag", rule(tags=["a,b"]), "value_invalid", "rules[0].tags[0]"),
]


@pytest.mark.parametrize(("wrong", "code", "field"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_what_could_not_be_followed_is_refused_with_its_place(wrong: dict[str, Any], code: str, field: str) -> None:
    found_company()
    open_survey()

    refused = put(wrong)

    assert (refused.status, refused.code) == (422, code)
    assert field in str(refused.json)
    assert ask("GET", PATH, key()).json["rev"] == 0


def test_two_rules_of_one_id_and_more_than_a_hundred_are_refused() -> None:
    found_company()
    assert put(rule(), rule()).code == "ticket_rule_twice"
    assert put(*(rule(id=f"r{number}") for number in range(101))).status == 422


def test_what_is_known_here_can_be_tested() -> None:
    found_company()
    open_survey()
    custom_fields.create("tier")
    bruno = managers.create("Bruno", "bruno@aurora.example", language="pt-BR", segments=["sul"])

    saved = put(
        rule(way="manager", manager=bruno.id),
        {**rule(id="vip"), "when": {"field": "contact.tier", "op": "contains", "value": "vip"}},
        {**SILENT, "id": "silent", "when": {"field": "segment", "op": "is_not", "value": "manaus"}},
        {
            **on_visit(
                any=[{"field": "answer.nps", "op": "at_most", "value": 2}, {"field": "topic", "value": "price"}]
            ),
            "id": "p",
        },
    )

    assert (saved.status, len(saved.json.get("rules", []))) == (200, 4)


def test_a_preview_tells_what_rules_would_have_opened_and_shows_examples_without_names() -> None:
    found_company()
    open_survey()
    with clock.at(NOON - timedelta(days=3)):
        for name, score, place in (("a", 2, "poa"), ("b", 3, "curitiba"), ("c", 1, "manaus"), ("d", 5, "poa")):
            stored = answered(place, name, score, comment="Fale com joao@x.example", contact_name="Ana")
            if name == "a":
                tickets.follow_up(stored)
    answered("poa", "old", 0, received_at=NOON - timedelta(days=40), day="2026-01-29")

    answer = ask("POST", f"{PATH}/preview", key(), body={"rules": {"rules": [ANGRY]}, "days": 30})

    assert (answer.status, answer.json["from"], answer.json["to"]) == (200, "2026-02-09", "2026-03-10")
    assert (answer.json["responses"], answer.json["tickets"]) == (4, 2)
    (told,) = answer.json["rules"]
    assert (told["segments"], told["with_ticket"]) == ({"poa": 1, "curitiba": 1}, 1)
    assert {each["id"]: len(each["tickets"]) for each in told["examples"]} == {"a": 1, "b": 0}
    assert "joao" not in str(told["examples"])
    assert "Ana" not in str(told["examples"])
    holding = ask("POST", f"{PATH}/preview", key(), body={"segment": "sul"}).json
    assert [(each["id"], each["tickets"]) for each in holding["rules"]] == [("detractor", 3), ("call_me", 0)]


def test_days_of_a_preview_begin_at_midnight_of_the_place() -> None:
    found_company()
    open_survey()
    midnight = NOON.replace(hour=3, minute=0)  # in Sao Paulo; in Manaus it is 23:00 of the day before
    answered("poa", "before", 2, received_at=midnight - timedelta(minutes=1), day="2026-03-09")
    answered("poa", "after", 2, received_at=midnight, day="2026-03-10")
    answered("manaus", "west", 2, received_at=midnight + timedelta(minutes=1), day="2026-03-09")

    found = ask("POST", f"{PATH}/preview", key(), body={"days": 1}).json
    west = ask("POST", f"{PATH}/preview", key(), body={"days": 1, "segment": "manaus"}).json

    assert (found["responses"], found["rules"][0]["segments"]) == (2, {"poa": 1, "manaus": 1})
    assert (west["from"], west["responses"]) == ("2026-03-10", 0)


def test_a_preview_that_would_read_too_much_is_refused_and_never_told_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    found_company()
    open_survey()
    for number in range(3):
        answered("poa", f"a{number}", 2)
    monkeypatch.setattr(foreseeing, "MOST_RESPONSES", 2)
    refused = ask("POST", f"{PATH}/preview", key(), body={})
    assert (refused.status, refused.code) == (422, "preview_too_wide")

    monkeypatch.setattr(foreseeing, "MOST_PARTITIONS", 10)
    assert ask("POST", f"{PATH}/preview", key(), body={}).code == "preview_too_wide"
    assert ask("POST", f"{PATH}/preview", key(), body={"days": 367}).status == 422


def test_of_a_rule_about_what_nobody_answered_a_preview_says_that_it_cannot_tell() -> None:
    found_company()
    open_survey()
    silent = {**SILENT, "when": None}
    (told,) = ask("POST", f"{PATH}/preview", key(), body={"rules": {"rules": [silent]}}).json["rules"]
    assert told["tickets"] is None
