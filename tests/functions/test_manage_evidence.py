"""What an operator sees of scores that were tapped in messages, and how a response is switched in and out."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta import table
from escuta.directory.model import Scope
from escuta.entity import Key, Table
from escuta.feedback import domains, metrics
from escuta.feedback.model import Click, Human, Origin, Provisional, ProvisionalState, Response, Standing
from tests.conftest import NOON
from tests.functions.callers import PLACES, Answer, answered, ask, found_company, key, open_survey
from tests.kit.factories import response

QUERY = {"survey": "visit", "segment": "poa"}


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()


def tap(place: str, person: str, **fields: Any) -> Provisional:
    """Store a nine that somebody tapped in a message."""
    own = {
        "link_key": person.ljust(43, "_"),
        "survey": "visit",
        "version": 1,
        "segment": place,
        "segment_path": PLACES[place],
        "domain": "acme.example",
        "question": "nps",
        "score": 9,
        "language": "pt-BR",
        "human": Human(input="touch", after_ms=1500, at=NOON),
        "day": "2026-03-10",
        "at_time": NOON,
        "due_at": NOON + timedelta(minutes=30),
    }
    return table.create(Provisional(**{**own, **fields}))


def opened(person: str, score: str, place: str = "poa") -> None:
    click: dict[str, Any] = {
        "method": "GET",
        "agent": "browser",
        "network": "datacenter",
        "survey": "visit",
        "segment": place,
    }
    when: dict[str, Any] = {"day": "2026-03-10", "after_seconds": 4, "at_time": NOON}
    table.create(Click(link_key=person.ljust(43, "_"), score=score, domain="acme.example", **click, **when))


def shown(text: str, **query: Any) -> list[dict[str, Any]]:
    answer = ask("GET", "/v1/evidence", text, query={"survey": "visit", "day": "2026-03-10", **query})
    assert answer.status == 200
    items: list[dict[str, Any]] = answer.json["items"]
    return items


def test_a_tapped_score_is_shown_with_all_that_is_known_around_it() -> None:
    tap("poa", "ana", state=ProvisionalState.FLAGGED, flags=("fast", "data_centre"))
    opened("ana", "9")

    (item,) = shown(key())

    assert (item["score"], item["state"], item["flags"], item["weight"]) == (9, "flagged", ["fast", "data_centre"], 4)
    assert (item["link"], item["human"]["input"], item["domain"]) == ("ana___", "touch", "acme.example")
    assert [(click["score"], click["network"], click["after_seconds"]) for click in item["clicks"]] == [
        ("9", "datacenter", 4)
    ]
    assert "link_key" not in item


def test_a_manager_sees_the_taps_of_the_own_places_alone() -> None:
    tap("poa", "ana")
    tap("manaus", "bruno")
    opened("carla", "3", "poa")
    opened("dora", "3", "manaus")

    assert [item["segment"] for item in shown(key(segment="sul"))] == ["poa"]
    assert [item["segment"] for item in shown(key(segment="sul"), apart=True)] == ["poa"]


def test_openings_without_anybody_on_the_page_stand_apart_from_the_scores() -> None:
    tap("poa", "ana")
    opened("ana", "9")
    for score in "0123":
        opened("robot", score)

    assert [item["link"] for item in shown(key())] == ["ana___"]
    assert [(item["link"], item["score"]) for item in shown(key(), apart=True)] == [
        ("robot_", score) for score in "0123"
    ]


def test_taps_are_chosen_by_what_became_of_them() -> None:
    tap("poa", "ana", state=ProvisionalState.FLAGGED)
    tap("poa", "bruno", state=ProvisionalState.CONFIRMED)

    assert [item["link"] for item in shown(key(), state="confirmed")] == ["bruno_"]


def switch(name: str, standing: str, reason: str = "Somos nós testando", text: str = "", **headers: str) -> Answer:
    body = {"standing": standing, "reason": reason}
    return ask("PATCH", f"/v1/responses/{name}", text or key(), body=body, headers=headers)


def stored(name: str = "first") -> Response:
    return table.load(Response, Response.at(name))


def test_a_response_is_switched_off_and_on_and_its_record_says_by_whom_and_why() -> None:
    answered("poa")

    off = switch("first", "excluded", **{"If-Match": '"1"'})
    on = switch("first", "counted", "Engano", **{"If-Match": '"2"'})

    assert (off.json["standing"], on.json["standing"], on.headers["ETag"]) == ("excluded", "counted", '"3"')
    assert [(each["who"], each["was"], each["now"], each["reason"]) for each in on.json["switches"]] == [
        ("ERP", "counted", "excluded", "Somos nós testando"),
        ("ERP", "excluded", "counted", "Engano"),
    ]


def test_the_counters_follow_a_switch() -> None:
    metrics.apply([answered("poa", score=9)])

    switch("first", "excluded")
    metrics.apply([stored()])

    day = metrics.tally("visit", "segment", "poa", "2026-03-10", "2026-03-10")["2026-03-10"]
    assert metrics.viewed(day) == {}
    assert metrics.viewed(day, {Standing.EXCLUDED}) == {"n": 1, "promoter": 1, "q.nps.9": 1}
    assert metrics.reconcile("visit", "2026-03-10").total == 0


@pytest.mark.parametrize(
    ("standing", "reason", "headers", "code"),
    [
        ("counted", "Por quê", {}, "standing_same"),
        ("excluded", "  ", {}, "required"),
        ("excluded", "x" * 501, {}, "too_long"),
        ("excluded", "Por quê", {"If-Match": '"7"'}, "rev_stale"),
        ("gone", "Por quê", {}, "value_not_allowed"),
    ],
)
def test_a_switch_that_says_too_little_changes_nothing(
    standing: str, reason: str, headers: dict[str, str], code: str
) -> None:
    answered("poa")

    assert switch("first", standing, reason, **headers).code == code
    assert (stored().rev, stored().switches) == (1, ())


def test_a_switch_takes_a_right_and_the_place() -> None:
    answered("manaus")

    assert switch("first", "excluded", text=key(Scope.RESPONSES_READ)).status == 403
    assert switch("first", "excluded", text=key(segment="sul")).status == 404
    assert stored().standing is Standing.COUNTED


def test_responses_are_chosen_by_standing_origin_and_evidence() -> None:
    answered("poa", "one", standing=Standing.SUSPECT, evidence=("burst",))
    answered("poa", "two", origin=Origin.TAPPED)
    answered("poa", "three")

    def names(**query: str) -> list[str]:
        return [item["id"] for item in ask("GET", "/v1/responses", key(), query={**QUERY, **query}).json["items"]]

    assert names(standing="suspect") == names(evidence="burst") == ["one"]
    assert names(origin="tapped") == ["two"]
    assert sorted(names(standing="counted")) == ["three", "two"]


def many(count: int, score: int, **fields: Any) -> None:
    metrics.apply(
        response(f"{score} {fields} {number}", score, segment_path=PLACES["poa"], day="2026-03-10", **fields)
        for number in range(count)
    )


def figure(**query: str) -> dict[str, Any]:
    answer = ask("GET", "/v1/metrics", key(), query={**QUERY, "group_by": "day", "from": "2026-03-10", **query})
    found: dict[str, Any] = answer.json
    return found


def test_every_figure_can_be_read_with_and_without_what_is_in_doubt() -> None:
    many(10, 10)
    many(10, 0, standing=Standing.FLAGGED, origin=Origin.TAPPED)
    many(5, 0, standing=Standing.SUSPECT)
    many(2, 0, origin=Origin.TAPPED)

    plain, whole, bare = figure(), figure(include="flagged,suspect"), figure(without="tapped")

    assert (plain["n"], plain["nps"]) == (12, 66.7)
    assert plain["beside"] == {"suspect": 5, "flagged": 10, "excluded": 0, "tapped": 2, "pending": 0}
    assert (whole["n"], whole["counts"]) == (27, {"promoter": 10, "passive": 0, "detractor": 17})
    assert whole["series"][0]["n"] == 27
    assert (bare["n"], bare["nps"]) == (10, 100.0)
    assert figure(include="flagged", without="tapped")["n"] == 10


@pytest.mark.parametrize(("name", "value"), [("include", "counted"), ("include", "x"), ("without", "flagged")])
def test_what_cannot_be_left_in_or_out_is_refused_with_what_can(name: str, value: str) -> None:
    answer = ask("GET", "/v1/metrics", key(), query={**QUERY, name: value})

    assert (answer.status, answer.code, answer.json["field"]) == (422, "value_not_allowed", name)


def test_a_metric_says_how_many_taps_still_wait() -> None:
    tap("poa", "ana")
    tap("manaus", "bruno")

    assert figure()["beside"]["pending"] == 1
    assert [figure(segment="sul", subtree=each)["beside"]["pending"] for each in ("true", "false")] == [1, 0]


def settled(domain: str, n: int, flagged: int) -> None:
    for number in range(n):
        state = ProvisionalState.FLAGGED if number < flagged else ProvisionalState.CONFIRMED
        settled = tap("poa", f"{domain}{number}", domain=domain, state=state)
        marker = table.Create(response(f"{domain}{number}", rev=0))
        table.transact(marker, *domains.additions(settled))  # as confirming does, beside a guard


def test_a_domain_with_more_than_one_flag_in_twenty_is_named() -> None:
    settled("acme.example", 20, 2)
    settled("quiet.example", 20, 1)
    settled("small.example", 5, 5)

    (notice,) = figure()["notices"]

    assert (notice["domain"], notice["n"], notice["flagged"]) == ("acme.example", 20, 2)
    assert notice["text"].startswith("2 of 20 scores tapped in messages to acme.example")
    assert table.numbers_of(Table.FEEDBACK, [Key("taps#visit#aurora", "2026-03-10#acme.example")])
