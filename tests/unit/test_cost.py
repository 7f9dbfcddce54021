"""What `escuta cost` reckons: units times prices, by hand where that can be done, and what is wrong in a table."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from benchmarks import cost_page
from escuta_cli.cost import tables
from escuta_cli.cost.bill import Asked, Bill, reckon
from escuta_cli.cost.tables import Figures
from escuta_cli.cost.taking import Company
from escuta_cli.exits import StoppedError

TABLES = Path(tables.__file__).parent


def table(name: str) -> Any:
    return json.loads((TABLES / f"{name}.json").read_text(encoding="utf-8"))


def bill(**asked: Any) -> Bill:
    return reckon(Asked(**asked), tables.read("prices"), tables.read("units"))


def amounts(found: Bill, group: str) -> dict[str, float]:
    return {line.unit: line.amount for line in found.lines if line.group == group}


def test_an_answer_costs_the_requests_and_write_units_that_were_measured_times_their_price() -> None:
    units, prices = table("units"), table("prices")["prices"]
    parts, assumed = units["parts"], {name: each["value"] for name, each in units["assumptions"].items()}
    writes = {name: part["units"].get("dynamodb.writes", 0) for name, part in parts.items()}
    expected = assumed["pages"] * writes["page.link"] + writes["answer.link"]
    expected += min(1, assumed["drafts"]) * writes["began.link"] + max(0, assumed["drafts"] - 1) * writes["draft.link"]
    expected += sum(writes[f"{name}.link.together"] for name in ("count", "follow", "publish", "alert"))

    found = amounts(bill(responses=1000, channel="link", pace="together"), "answers")

    assert found["dynamodb.writes"] == pytest.approx(
        1000 * expected * prices["dynamodb.writes"]["usd"]["us-east-1"] / 1e6
    )
    requests = assumed["pages"] + assumed["drafts"] + 1
    assert found["http_api.requests"] == pytest.approx(1000 * requests * 1.0 / 1e6)


def test_a_function_is_billed_by_its_memory_for_working_and_for_waiting() -> None:
    units = table("units")
    units["parts"] = {
        "x": {"units": {}, "functions": {"respond": {"runs": 2, "cpu_ms": 10, "waits": {"read": 4}}}, "metrics": []},
    }
    units["standing"]["functions"]["respond"] = {"memory": 1024, "snapshot": True}
    for name, value in {"cpu_factor": 2, "call_cpu_ms": 0.5, "whole_processor_mb": 2048, "cold_share": 0.1}.items():
        units["assumptions"][name]["value"] = value
    units["assumptions"]["wait_ms"]["value"] = {"read": 5}

    taken = Company(Figures("units", units)).part("x", 100)

    worked = (10 + 4 * 0.5) * 2 * 2  # half a processor, and one that is half as fast
    assert taken["lambda.gb_seconds"] == pytest.approx(100 * (worked + 4 * 5) / 1000)
    assert taken["lambda.requests"] == 200
    assert taken["lambda.snapshot_restored_gb"] == pytest.approx(20)


def snapshots(*, on: bool) -> dict[str, float]:
    """Return what an idle month costs where every function has a snapshot, or none has."""
    units = table("units")
    for each in units["standing"]["functions"].values():
        each["snapshot"] = on
    return amounts(reckon(Asked(responses=0), tables.read("prices"), Figures("units", units)), "month")


def test_without_a_snapshot_the_start_is_billed_and_nothing_is_kept() -> None:
    kept, started = snapshots(on=True), snapshots(on=False)
    assert kept.keys() - started.keys() == {"lambda.snapshot_gb_seconds", "lambda.snapshot_restored_gb"}
    assert started["lambda.gb_seconds"] > kept["lambda.gb_seconds"]


def test_an_idle_queue_is_polled_all_month_by_fewer_where_nothing_bounds_it() -> None:
    units = table("units")
    units["standing"] |= {"queues": 3, "bounded_queues": 1, "runs": {}}
    found = Company(Figures("units", units)).month(in_use=False)
    assert found["sqs.requests"] == (5 + 2 * 2) * 3 * 60 * 730


def test_a_month_in_use_costs_the_month_and_the_answers() -> None:
    whole = bill(responses=1000, month=True)
    groups = [whole.total(group) for group in ("answers", "asking", "messages", "month")]
    assert whole.total() == pytest.approx(sum(groups))
    assert groups[0] == pytest.approx(bill(responses=1000).total("answers"))
    assert groups[3] >= bill(responses=0).total("month")


def test_who_stands_before_a_link_is_asked_by_nobody() -> None:
    found = bill(channel="link")
    assert found.total("asking") == 0
    assert amounts(found, "messages").keys() == {"ses.messages"}  # the alerts about the unhappy


def test_messages_are_told_apart_by_their_channel() -> None:
    rate = table("units")["assumptions"]["response_rate"]["value"]["sms"]
    found = bill(responses=1000, channel="sms", country="PE")
    assert amounts(found, "messages")["sms.messages"] == pytest.approx(1000 / rate * 0.23252)
    assert bill(responses=1000, channel="email").total("messages") == pytest.approx((1000 / rate + 125) * 0.1 / 1000)


def test_what_aws_gives_for_nothing_is_taken_off_once_and_never_below_nothing() -> None:
    paid, given = bill(responses=1e6, month=True), bill(responses=1e6, month=True, free=True)
    runs = [sum(line.quantity for line in each.lines if line.unit == "lambda.requests") for each in (paid, given)]
    assert runs[0] - runs[1] == pytest.approx(1e6)
    assert min(line.amount for line in given.lines) >= 0
    assert not [line for line in given.lines if line.unit == "dashboards"]


def test_every_price_says_when_and_where_it_was_read_and_holds_for_every_region() -> None:
    prices = table("prices")
    regions = set(prices["prices"]["lambda.requests"]["usd"])
    assert {"us-east-1", "sa-east-1", "eu-west-1"} <= regions
    for name, price in prices["prices"].items():
        assert set(price["usd"]) == regions, name
        assert date.fromisoformat(price["as_of"]) <= date.today(), name  # noqa: DTZ011 - a day, anywhere
        assert price["source"].startswith("https://aws.amazon.com/"), name
    assert all(set(units) <= set(prices["prices"]) for units in prices["unsure"].values())
    assert set(prices["free"]["units"]) <= set(prices["prices"])


def test_the_tables_of_the_page_are_those_of_today() -> None:
    page = cost_page.PAGE.read_text(encoding="utf-8")
    assert page == cost_page.filled(page), "run `make cost`"


def test_what_is_assumed_says_why() -> None:
    for name, each in table("units")["assumptions"].items():
        assert all((each["note"], each["source"])), name


def drop_price(prices: Any) -> None:
    del prices["prices"]["sqs.requests"]["usd"]["us-east-1"]


def write_words(prices: Any) -> None:
    prices["prices"]["sqs.requests"]["usd"]["us-east-1"] = "0.40"


def owe(prices: Any) -> None:
    prices["prices"]["sqs.requests"]["per"] = -1


def divide_by_nothing(prices: Any) -> None:
    prices["prices"]["sqs.requests"]["per"] = 0


@pytest.mark.parametrize(
    ("spoil", "code", "place"),
    [
        (divide_by_nothing, "cost_zero", "prices/sqs.requests/per"),
        (drop_price, "cost_missing", "prices/sqs.requests/usd/us-east-1"),
        (write_words, "cost_number", "prices/sqs.requests/usd/us-east-1"),
        (owe, "cost_number", "prices/sqs.requests/per"),
    ],
)
def test_a_table_that_is_wrong_is_named_with_the_place(
    spoil: Callable[[Any], None], code: str, place: str, tmp_path: Path
) -> None:
    prices, file = table("prices"), tmp_path / "mine.json"
    spoil(prices)
    file.write_text(json.dumps(prices), encoding="utf-8")
    with pytest.raises(StoppedError) as stopped:
        reckon(Asked(), tables.read("prices", str(file)), tables.read("units"))
    assert (stopped.value.code, stopped.value.details["path"], stopped.value.details["place"]) == (
        code,
        str(file),
        place,
    )


@pytest.mark.parametrize(
    ("assumption", "value", "place"),
    [("response_rate", {"email": 0}, "response_rate/value/email"), ("poll_seconds", 0, "poll_seconds/value")],
)
def test_nothing_is_divided_by_an_assumption_of_nothing(assumption: str, value: Any, place: str) -> None:
    units = table("units")
    units["assumptions"][assumption]["value"] = value
    with pytest.raises(StoppedError) as stopped:
        reckon(Asked(month=True), tables.read("prices"), Figures("units", units))
    assert (stopped.value.code, stopped.value.details["place"]) == ("cost_zero", f"assumptions/{place}")


@pytest.mark.parametrize("text", ["", "{", "[1, 2"])
def test_a_table_that_is_no_json_is_named(text: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(StoppedError) as stopped:
        tables.read("prices", str(file))
    assert (stopped.value.code, stopped.value.details["path"]) == ("cost_unreadable", str(file))


def test_a_region_and_a_country_without_a_price_are_refused_with_those_that_have_one() -> None:
    with pytest.raises(StoppedError) as stopped:
        bill(region="mars-1")
    assert "sa-east-1" in str(stopped.value.details["regions"])
    with pytest.raises(StoppedError) as stopped:
        bill(channel="sms", country="ZZ")
    assert "PE" in str(stopped.value.details["countries"])
