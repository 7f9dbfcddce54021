"""`GET /v1/events`: what happened, in one order, nothing left out and nothing twice; and telling it once more."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta import clock, events
from escuta.directory.model import Scope
from escuta.events import DeploymentData, EventType, SurveyData
from publish import app
from tests.conftest import NOON
from tests.functions.callers import Answer, ask, found_company, key
from tests.kit.queue import Queue

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def told(name: str, at: timedelta = timedelta(), path: tuple[str, ...] = ()) -> str:
    """Store that a sending was paused, noted so long after noon; return the id of the event."""
    data = DeploymentData(deployment=name, name="Março", survey="visit", state="paused")
    with clock.at(NOON + at):
        event = events.made(
            EventType.DEPLOYMENT_PAUSED, data, name, subject=f"deployment/{name}", segment_path=path, revision=1
        )
    events.tell(event)
    return event.id


def published(at: timedelta) -> str:
    data = SurveyData(survey="visit", survey_version=1, name="Visit")
    with clock.at(NOON + at):
        event = events.made(EventType.SURVEY_PUBLISHED, data, "visit", 1, subject="survey/visit")
    events.tell(event)
    return event.id


def get(token: str, at: timedelta = HOUR, **query: Any) -> Answer:
    with clock.at(NOON + at):
        return ask("GET", "/v1/events", token, query=query)


def names(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.json
    return [item["id"] for item in answer.json["items"]]


def test_events_are_listed_as_they_left_in_the_order_in_which_they_were_noted() -> None:
    second, first = told("b", timedelta(seconds=5)), told("a")

    answer = get(key(Scope.EVENTS_READ))

    assert names(answer) == [first, second]
    assert answer.json["more"] is False
    assert answer.json["items"][0] == {
        "specversion": "1.0",
        "id": first,
        "source": "escuta",
        "type": "deployment.paused",
        "time": answer.json["items"][0]["recordedat"],
        "subject": "deployment/a",
        "dataschema": "deployment.paused.v1.json",
        "datacontenttype": "application/json",
        "revision": 1,
        "recordedat": answer.json["items"][0]["recordedat"],
        "segment": "",
        "segmentpath": "",
        "survey": "",
        "data": {"deployment": "a", "name": "Março", "survey": "visit", "state": "paused", "reason": ""},
    }


def test_what_was_noted_a_minute_ago_may_still_be_overtaken_and_is_not_listed() -> None:
    token = key(Scope.EVENTS_READ)
    later = told("later", timedelta(seconds=10))

    early = get(token, timedelta(seconds=65))
    sooner = told("sooner", timedelta(seconds=8))  # was noted before, and its transaction took until now
    after = get(token, timedelta(seconds=75), after=early.json["next"])

    assert names(early) == []
    assert names(after) == [sooner, later]


def test_who_comes_back_with_the_cursor_gets_every_event_once_whatever_is_noted_meanwhile() -> None:
    token, cursor, seen, wanted = key(Scope.EVENTS_READ), "", [], []
    for minute in range(12):
        wanted += [told(f"{minute}.{second}", timedelta(minutes=minute, seconds=second)) for second in (0, 20, 20, 40)]
        answer = get(token, timedelta(minutes=minute, seconds=50), limit=3, **({"after": cursor} if cursor else {}))
        seen += names(answer)
        cursor = answer.json["next"]
    for _ in range(20):
        answer = get(token, limit=3, after=cursor)
        seen += names(answer)
        cursor = answer.json["next"]
    assert len(seen) == len(set(seen)) == len(set(wanted)) == 36
    assert seen == [each.id for each in sorted(events.of(wanted), key=lambda each: each.place)]


def test_a_reader_that_lists_what_is_not_settled_leaves_out_what_comes_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("escuta.events.reading.SETTLED", timedelta())
    token = key(Scope.EVENTS_READ)
    told("later", timedelta(seconds=10))
    early = get(token, timedelta(seconds=12))

    sooner = told("sooner", timedelta(seconds=5))

    assert sooner not in names(get(token, after=early.json["next"]))


def test_pages_go_over_midnight_and_over_days_without_any_event() -> None:
    token = key(Scope.EVENTS_READ)
    wanted = [told(f"{hours}", timedelta(hours=hours)) for hours in (0, 8, 9, 10, 300)]

    first = get(token, timedelta(hours=310), limit=3)
    second = get(token, timedelta(hours=310), limit=3, after=first.json["next"])

    assert (names(first), first.json["more"]) == (wanted[:3], True)
    assert (names(second), second.json["more"]) == (wanted[3:], False)


def test_a_type_or_a_noun_narrows_the_list() -> None:
    token, paused = key(Scope.EVENTS_READ), told("a")
    survey = published(timedelta(seconds=1))

    assert names(get(token, type="survey.published")) == [survey]
    assert names(get(token, type="deployment,ticket.closed")) == [paused]
    assert names(get(token, type="survey,deployment")) == [paused, survey]


def test_an_unknown_type_is_refused_with_those_that_there_are() -> None:
    answer = get(key(Scope.EVENTS_READ), type="ticket.lost")

    assert (answer.status, answer.code) == (422, "event_type_unknown")
    assert "ticket.closed" in answer.json["detail"]


def test_a_key_of_a_segment_sees_its_subtree_alone() -> None:
    told("company")
    mine = told("mine", timedelta(seconds=1), ("aurora", "sul", "poa"))
    told("other", timedelta(seconds=2), ("aurora", "norte", "manaus"))

    answer = get(key(Scope.EVENTS_READ, segment="sul"))

    assert names(answer) == [mine]


def test_a_page_full_of_what_one_may_not_see_is_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("escuta.events.reading.LOOKED_AT", 2)
    token = key(Scope.EVENTS_READ, segment="sul")
    for second in range(3):
        told(f"company {second}", timedelta(seconds=second))
    mine = told("mine", timedelta(seconds=5), ("aurora", "sul"))

    first = get(token)
    second_page = get(token, after=first.json["next"])

    assert (names(first), first.json["more"]) == ([], True)
    assert names(second_page) == [mine]


def test_it_begins_where_somebody_wants_to() -> None:
    told("old")
    new = told("new", timedelta(minutes=10))

    assert names(get(key(Scope.EVENTS_READ), since="2026-03-10T15:10:00Z")) == [new]


@pytest.mark.parametrize("since", ["2026-03-10T12:10:00-03:00", "2026-03-11T00:10:00+09:00"])
def test_it_begins_at_that_moment_whatever_the_zone_it_is_said_in(since: str) -> None:
    told("old")
    new = told("new", timedelta(minutes=10))

    assert names(get(key(Scope.EVENTS_READ), since=since)) == [new]


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_the_first_and_the_last_moment_of_all_are_moments(since: str) -> None:
    event = told("a")

    assert names(get(key(Scope.EVENTS_READ), since=since)) == ([event] if since < "2" else [])


def test_a_cursor_goes_on_with_another_key_and_another_filter() -> None:
    told("a")
    cursor = get(key(Scope.EVENTS_READ)).json["next"]
    new = told("b", 2 * HOUR)

    assert names(get(key(Scope.EVENTS_READ), 3 * HOUR, after=cursor, type="deployment")) == [new]


def test_a_cursor_that_was_made_up_is_refused() -> None:
    answer = get(key(Scope.EVENTS_READ), after="bm90IGEgY3Vyc29yIGF0IGFsbCwgcmVhbGx5")

    assert (answer.status, answer.code) == (400, "cursor_invalid")


def test_a_cursor_and_a_moment_contradict_each_other() -> None:
    cursor = get(key(Scope.EVENTS_READ)).json["next"]

    answer = get(key(Scope.EVENTS_READ), after=cursor, since="2026-03-10T15:10:00Z")

    assert (answer.status, answer.code) == (422, "events_since_or_after")


def test_a_cursor_older_than_what_is_kept_is_refused_with_what_to_do() -> None:
    token = key(Scope.EVENTS_READ)
    cursor = get(token).json["next"]

    within = get(token, timedelta(days=30), after=cursor)
    late = get(token, timedelta(days=30, hours=2), after=cursor)

    assert within.status == 200
    assert (late.status, late.code) == (410, "events_gone")
    assert "since=" in late.json["detail"]


def test_what_is_older_than_30_days_is_not_listed_though_the_store_still_has_it() -> None:
    told("old")
    new = told("new", timedelta(days=2))

    assert names(get(key(Scope.EVENTS_READ), timedelta(days=31))) == [new]


def test_events_take_their_own_scope() -> None:
    others = tuple(scope for scope in Scope if scope is not Scope.EVENTS_READ)

    assert get(key(*others)).status == 403


def replay(token: str, **fields: Any) -> Answer:
    body = {"from": "2026-03-10T15:00:00Z", "to": "2026-03-10T15:30:00Z", **fields}
    with clock.at(NOON + HOUR):
        return ask("POST", "/v1/events/replays", token, body=body, headers={"Idempotency-Key": "one"})


def test_a_replay_is_begun_once_and_says_how_far_it_is() -> None:
    token = key(Scope.EVENTS_READ, Scope.EVENTS_WRITE)
    told("a", timedelta(minutes=1))
    told("b", timedelta(minutes=40))

    begun, again = replay(token, types=["deployment"]), replay(token, types=["deployment"])
    with clock.at(NOON + HOUR):
        Queue("event", app.handler).run()
    done = ask("GET", f"/v1/events/replays/{begun.json['id']}", token)

    assert (begun.status, begun.headers["Location"]) == (201, f"replays/{begun.json['id']}")
    assert begun.json["id"] == again.json["id"]
    assert (begun.json["finished"], done.json["finished"], done.json["queued"]) == (False, True, 1)


def test_a_replay_of_what_happened_until_now_says_that_it_ends_a_minute_ago() -> None:
    token = key(Scope.EVENTS_READ, Scope.EVENTS_WRITE)

    begun = replay(token, to="2026-03-10T18:00:00Z")

    before = datetime.fromisoformat(begun.json["before"])
    assert timedelta() <= before - (NOON + HOUR - timedelta(minutes=1)) < timedelta(seconds=30)


def test_a_replay_begins_at_its_moment_whatever_the_zone_it_is_said_in() -> None:
    token = key(Scope.EVENTS_READ, Scope.EVENTS_WRITE)
    told("a", timedelta(minutes=1))
    told("b", timedelta(minutes=10))

    begun = replay(token, **{"from": "2026-03-10T12:05:00-03:00", "to": "2026-03-11T00:15:00+09:00"})
    with clock.at(NOON + HOUR):
        Queue("event", app.handler).run()

    assert ask("GET", f"/v1/events/replays/{begun.json['id']}", token).json["queued"] == 1


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"from": "2026-03-10T15:30:00Z", "to": "2026-03-10T15:00:00Z"}, 422, "period_invalid"),
        ({"from": "2025-03-10T15:00:00Z"}, 422, "period_invalid"),
        ({"types": ["nothing"]}, 422, "event_type_unknown"),
        ({"webhook": "nobody"}, 404, "webhook_not_found"),
    ],
)
def test_a_replay_that_cannot_be_is_refused(fields: dict[str, Any], status: int, code: str) -> None:
    answer = replay(key(Scope.EVENTS_WRITE), **fields)

    assert (answer.status, answer.code) == (status, code)


def test_the_same_key_for_another_replay_is_refused() -> None:
    token = key(Scope.EVENTS_WRITE)
    replay(token)

    answer = replay(token, types=["ticket"])

    assert (answer.status, answer.code) == (422, "idempotency_key_reused")


def test_whoever_is_bound_to_a_segment_replays_nothing() -> None:
    answer = replay(key(Scope.EVENTS_WRITE, segment="sul"))

    assert (answer.status, answer.code) == (403, "whole_hierarchy_only")
