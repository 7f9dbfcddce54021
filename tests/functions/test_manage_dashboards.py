from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from escuta.directory import access
from escuta.directory.model import Caller, Role, Scope
from escuta.errors import InvalidError
from escuta.feedback import dashboards
from escuta.feedback.model import DashboardDraft
from manage import dashboards as manage
from manage.asking import Request
from tests.functions.callers import Answer, ask, found_company, key, open_survey

TILE = {"id": "score", "kind": "tile", "position": {"x": 0, "y": 0, "w": 3, "h": 3}, "query": {"metric": "nps"}}
ANA = "user:ana"


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()


def made(**body: Any) -> Answer:
    return ask("POST", "/v1/dashboards", key(), body={"name": "Lojas", "survey": "visit", "widgets": [TILE], **body})


def kept(name: str, *shared: Role) -> str:
    draft = DashboardDraft(name=name, survey="visit", shared=frozenset(shared))
    return dashboards.create(draft, owner=ANA).id


def names(text: str) -> list[str]:
    return [each["name"] for each in ask("GET", "/v1/dashboards", text, query={"survey": "visit"}).json["items"]]


def person(role: Role, name: str = "user:bruno", *segments: str) -> Caller:
    return Caller(id=name, name="Bruno", scopes=access.SCOPES[role], segments=segments, role=role)


def test_a_dashboard_is_made_and_read() -> None:
    answer = made(shared=["manager", "analyst"])

    assert (answer.status, answer.headers["Location"]) == (201, f"dashboards/{answer.json['id']}")
    assert answer.headers["ETag"] == '"1"'
    found = ask("GET", f"/v1/dashboards/{answer.json['id']}", key()).json
    assert found == answer.json
    assert (found["name"], found["shared"], found["follows"]) == ("Lojas", ["analyst", "manager"], 0)
    assert found["widgets"][0] == {
        **TILE,
        "title": {},
        "query": {
            "survey": "",
            "segment": "",
            "subtree": True,
            "hierarchy": "as_was",
            "metric": "nps",
            "question": "",
            "boxes": 2,
            "filters": [],
            "span": {"count": 30, "unit": "day", "first": None, "last": None},
            "year_begins": 1,
            "compare": "none",
            "group_by": "none",
            "levels": 1,
            "dimension": "",
            "by": "",
            "then_by": "none",
            "include": [],
            "tapped": True,
        },
        "options": {"most": 10, "order": "best", "target": None, "words": ""},
    }


def test_the_example_of_the_guide_is_made_as_it_stands() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "integrators.md").read_text(encoding="utf-8")
    _, _, example = guide.partition("\n## Dashboards")[2].partition("POST /v1/dashboards\n")

    answer = ask("POST", "/v1/dashboards", key(), raw=example.partition("```")[0])

    assert (answer.status, answer.json["shared"]) == (201, ["manager"])


def test_a_list_has_no_widgets_and_the_own_one_of_the_survey() -> None:
    made()

    listed = ask("GET", "/v1/dashboards", key(), query={"survey": "visit"}).json

    assert [each["name"] for each in listed["items"]] == ["Visit", "Lojas"]
    assert "widgets" not in listed["items"][0]
    assert listed["next"] is None


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("pt-BR", 'widgets[1].position: o widget cobre o widget "score".'),
        ("en", 'widgets[1].position: the widget covers the widget "score".'),
        ("es", 'widgets[1].position: el widget cubre el widget "score".'),
    ],
)
def test_a_refusal_names_the_place_in_the_language_of_the_caller(language: str, said: str) -> None:
    body = {"name": "Lojas", "survey": "visit", "widgets": [TILE, {**TILE, "id": "two"}]}

    answer = ask("POST", "/v1/dashboards", key(), body=body, headers={"Accept-Language": language})

    assert (answer.status, answer.code, answer.json["field"]) == (422, "widget_overlap", "widgets[1].position")
    assert answer.json["detail"] == said


@pytest.mark.parametrize(
    ("widget", "field"),
    [
        ({**TILE, "kind": "pie"}, "widgets[0].kind"),
        ({**TILE, "color": "red"}, "widgets[0].color"),
        ({**TILE, "position": {"x": 12, "y": 0, "w": 3, "h": 3}}, "widgets[0].position.x"),
        ({**TILE, "id": "a b"}, "widgets[0].id"),
        ({**TILE, "query": {"metric": "net"}}, "widgets[0].query.metric"),
    ],
)
def test_what_no_widget_has_is_refused(widget: dict[str, Any], field: str) -> None:
    answer = made(widgets=[widget])

    assert (answer.status, answer.json["field"]) == (422, field)


def test_the_same_key_makes_one_dashboard_and_another_body_is_refused() -> None:
    text, once = key(), {"Idempotency-Key": "k1"}
    body = {"name": "Lojas", "survey": "visit"}

    first, again = (ask("POST", "/v1/dashboards", text, body=body, headers=once) for _ in range(2))
    other = ask("POST", "/v1/dashboards", text, body={**body, "name": "Outra"}, headers=once)

    assert first.json == again.json
    assert (other.status, other.code) == (422, "idempotency_key_reused")


def test_a_change_names_the_revision_that_it_changes() -> None:
    path = f"/v1/dashboards/{made().json['id']}"

    changed = ask("PATCH", path, key(), body={"name": "Sul", "shared": ["manager"]}, headers={"If-Match": '"1"'})
    late = ask("PATCH", path, key(), body={"name": "Norte"}, headers={"If-Match": '"1"'})

    assert (changed.json["name"], changed.json["shared"], changed.headers["ETag"]) == ("Sul", ["manager"], '"2"')
    assert (late.status, late.code) == (412, "rev_stale")


def test_a_dashboard_is_replaced_as_a_whole() -> None:
    path = f"/v1/dashboards/{made(shared=['manager']).json['id']}"

    found = ask("PUT", path, key(), body={"name": "Nova", "survey": "visit", "widgets": []}).json

    assert (found["name"], found["shared"], found["widgets"]) == ("Nova", [], [])


def test_a_deleted_dashboard_is_gone() -> None:
    path = f"/v1/dashboards/{made().json['id']}"

    assert ask("DELETE", path, key(), headers={"If-Match": '"9"'}).status == 412
    assert ask("DELETE", path, key(), headers={"If-Match": '"1"'}).json["name"] == "Lojas"
    assert (ask("GET", path, key()).status, ask("DELETE", path, key()).code) == (404, "dashboard_not_found")


def test_a_copy_is_private_and_lasts_when_the_first_one_goes() -> None:
    path = f"/v1/dashboards/{made(shared=['manager']).json['id']}"

    copy = ask("POST", f"{path}/copies", key(), body={"name": "Minha"})
    ask("DELETE", path, key())

    assert (copy.status, copy.headers["Location"]) == (201, f"../{copy.json['id']}")
    found = ask("GET", f"/v1/dashboards/{copy.json['id']}", key()).json
    assert (found["name"], found["shared"], found["widgets"][0]["id"]) == ("Minha", [], "score")


def test_a_key_of_a_part_of_the_hierarchy_reads_what_managers_read_and_writes_nothing() -> None:
    managers, private = kept("Managers", Role.MANAGER), kept("Private")
    bound = key(segment="sul")

    assert names(bound) == ["Visit", "Managers"]
    assert ask("GET", f"/v1/dashboards/{private}", bound).code == "dashboard_not_found"
    for method, path, body in (
        ("POST", "/v1/dashboards", {"name": "x", "survey": "visit"}),
        ("POST", f"/v1/dashboards/{managers}/copies", {"name": "x"}),
        ("PUT", f"/v1/dashboards/{managers}", {"name": "x", "survey": "visit"}),
        ("PATCH", f"/v1/dashboards/{managers}", {"name": "x"}),
        ("DELETE", f"/v1/dashboards/{managers}", None),
    ):
        assert ask(method, path, bound, body=body).code == "whole_hierarchy_only"


def test_who_sees_and_who_changes_a_dashboard() -> None:
    private, shared = (dashboards.get(kept("Private")), dashboards.get(kept("Shared", Role.ANALYST)))
    own = dashboards.get("default.visit")
    ana, admin, analyst = person(Role.ANALYST, ANA), person(Role.ADMIN), person(Role.ANALYST)
    manager = person(Role.MANAGER, "user:caio", "sul")

    sees = {
        (who.id, each.name): dashboards.is_shown_to(each, who)
        for who in (ana, analyst, manager)
        for each in (private, shared, own)
    }
    assert [place for place, seen in sees.items() if not seen] == [
        ("user:bruno", "Private"),
        ("user:caio", "Private"),
        ("user:caio", "Shared"),
    ]
    assert [dashboards.is_shown_to(each, admin) for each in (private, shared, own)] == [True, True, True]
    assert [dashboards.is_kept_by(shared, who) for who in (ana, admin, analyst)] == [True, True, False]
    assert dashboards.is_kept_by(own, analyst)


def test_managers_read_dashboards_and_analysts_write_them() -> None:
    assert Scope.DASHBOARDS_READ in access.SCOPES[Role.MANAGER]
    assert Scope.DASHBOARDS_WRITE not in access.SCOPES[Role.MANAGER]
    assert Scope.DASHBOARDS_WRITE in access.SCOPES[Role.ANALYST]


def looking(*segments: str) -> Request:
    caller = Caller(
        id="user:caio", name="Caio", scopes=access.SCOPES[Role.MANAGER], segments=segments, role=Role.MANAGER
    )
    return Request({"headers": {}, "requestContext": {}, "multiValueQueryStringParameters": None}, caller)


def test_a_manager_of_one_place_looks_there_and_one_of_several_chooses() -> None:
    assert manage.data(looking("poa"), "default.visit")["segment"] == "poa"

    with pytest.raises(InvalidError) as raised:
        manage.data(looking("poa", "manaus"), "default.visit")

    assert raised.value.code == "dashboard_segment_choose"
    assert raised.value.details == {"field": "segment", "allowed": ["manaus", "poa"]}
