"""From a figure to the answers behind it, to a file and to the lake: one number, however it is looked at."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from pyarrow import parquet

from tests.e2e.house import SURVEY, House
from tests.e2e.waiting import eventually
from tests.e2e.web import ask

TODAY = datetime.now(UTC).date()
FIRST, LAST = str(TODAY - timedelta(days=60)), str(TODAY - timedelta(days=2))  # days on which no other test answers
STORE = "poa-01"
ABOUT = {"survey": SURVEY, "segment": STORE}


def _figures(house: House, *queries: dict[str, Any]) -> list[dict[str, Any]]:
    span = {"first": FIRST, "last": LAST}
    wanted = [{"survey": SURVEY, "span": span, **query} for query in queries]
    answer = house.call("POST", "metrics/queries", {"queries": wanted})
    assert answer.status == 200, answer.text
    items: list[dict[str, Any]] = answer.json["items"]
    return items


def _behind(house: House, **query: str) -> list[dict[str, Any]]:
    """Return all answers behind a figure, page by page."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = house.read("responses", **ABOUT, **{"from": FIRST, "to": LAST}, limit="100", cursor=cursor, **query)
        found += page["items"]
        cursor = page["next"] or ""
        if not cursor:
            return found


def _exported(house: House, **wanted: Any) -> bytes:
    order = house.call("POST", "exports", {"what": "responses", **ABOUT, "from": FIRST, "to": LAST, **wanted})
    assert order.status == 201, order.text

    def done() -> dict[str, Any]:
        export: dict[str, Any] = house.read(f"exports/{order.json['id']}")
        assert export["state"] != "failed", export
        return export if export["state"] == "done" else {}

    return ask("GET", eventually("the export", done)["link"]).body


def test_a_figure_its_parts_its_answers_and_its_file_are_one_number(house: House) -> None:
    whole, by_class, root, children = _figures(
        house,
        {"segment": STORE, "metric": "nps"},
        {"segment": STORE, "metric": "responses", "filters": [{"field": "class", "values": ["detractor"]}]},
        {"segment": "aurora", "metric": "nps"},
        {"segment": "aurora", "metric": "nps", "group_by": "segment"},
    )

    assert whole["source"] == "counters"
    n, counts = whole["figure"]["n"], whole["figure"]["counts"]
    assert n == sum(counts.values()) >= 10
    behind = _behind(house, include="")
    assert len(behind) == whole["figure"]["responses"]
    assert len({each["id"] for each in behind}) == len(behind)
    assert sum(each["score_class"] == "detractor" for each in behind) == counts["detractor"]
    assert len(_behind(house, include="", filter="class:detractor")) == counts["detractor"]
    assert by_class["figure"]["n"] in {counts["detractor"], 0}  # of fewer than ten nothing is told
    assert sum(part["figure"]["n"] for part in children["parts"]) == root["figure"]["n"]
    table = parquet.read_table(io.BytesIO(_exported(house, format="parquet")))
    assert table.num_rows == len(behind)
    assert sorted(table.column("id").to_pylist()) == sorted(each["id"] for each in behind)
    lines = _exported(house, format="jsonl").decode().splitlines()
    assert len(lines) == len(behind)


def test_every_widget_of_the_own_dashboard_of_a_survey_has_something_to_draw(house: House) -> None:
    shown = house.read(f"dashboards/default.{SURVEY}/data", segment="aurora")

    assert {name: widget["problem"] for name, widget in shown["widgets"].items()} == dict.fromkeys(shown["widgets"])
    assert {widget["kind"] for widget in shown["widgets"].values()} >= {"tile", "trend", "ranking", "topics"}


def test_the_journey_of_an_answer_names_what_led_to_it_and_what_followed(house: House) -> None:
    angry = _behind(house, include="", filter="class:detractor")[0]

    told = house.read(f"responses/{angry['id']}/journey")

    whats = [event["what"] for event in told["events"]]
    assert [what for what in whats if what in {"answered", "ticket_opened"}] == ["answered", "ticket_opened"]
    assert all(event["text"] for event in told["events"])
    assert told["left_out"] == []


def test_the_lake_has_every_answer_of_a_day_once(house: House) -> None:
    day = max(each["day"] for each in _behind(house, include=""))
    (counted,) = _figures(house, {"segment": "aurora", "metric": "responses", "span": {"first": day, "last": day}})
    store = house.running.place.aws("s3")
    lake = next(each["Name"] for each in store.list_buckets()["Buckets"] if "lake" in each["Name"])

    def rows() -> list[str]:
        listed = store.list_objects_v2(Bucket=lake, Prefix=f"responses/survey={SURVEY}/day={day}/").get("Contents", [])
        bodies = [store.get_object(Bucket=lake, Key=each["Key"])["Body"].read() for each in listed]
        return [id_ for body in bodies for id_ in parquet.read_table(io.BytesIO(body)).column("id").to_pylist()]

    wanted = counted["figure"]["n"]
    found = eventually(f"{wanted} answers of {day} in the lake", lambda: rows() if len(rows()) >= wanted else [])
    assert len(found) == len(set(found)) == wanted


def test_a_key_of_one_store_sees_one_store(house: House) -> None:
    with house.inside():
        from escuta.directory import access  # noqa: PLC0415 - with the settings of the instance
        from escuta.directory.model import Scope  # noqa: PLC0415 - as above

        bound, _ = access.issue("BI", (Scope.METRICS_READ, Scope.RESPONSES_READ), STORE)
    spoken = urlencode({"survey": SURVEY, "segment": "aurora"})

    assert house.call("GET", f"metrics?{spoken}", key=bound).status == 404
    inside = house.call("GET", f"metrics?{urlencode(ABOUT)}", key=bound)
    assert inside.status == 200, inside.text
    everything = {"survey": SURVEY, "segment": "aurora", "metric": "nps"}
    answer = house.call("POST", "metrics/queries", {"queries": [everything]}, key=bound)
    assert "figure" not in answer.text
