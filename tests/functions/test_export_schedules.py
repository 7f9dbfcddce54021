"""Exports that are ordered again and again: each occurrence once, none missed, to a folder that says its day."""

from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from escuta import clock, table
from escuta.directory import organisation, segments
from escuta.directory.model import Scope
from escuta.feedback import export_schedules, exports, occurrences, surveys
from escuta.feedback.model import Export, ExportFormat, ExportKind, ExportSchedule, ExportState
from export import schedule
from tests.conftest import NOON
from tests.functions.callers import answered, ask, found_company, key, open_survey
from tests.functions.exporting import BUCKET, records, work
from tests.functions.respondents import DRAFT
from tests.kit import factories, world
from tests.kit.faults import Call, Fault, survey_of_faults, untouched

DAILY = {"name": "daily", "what": "responses", "survey": "visit", "format": "jsonl", "reach": "yesterday"}


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()


def make(key_: str = "", **body: Any) -> Any:
    answer = ask("POST", "/v1/export-schedules", key_ or key(), body={**DAILY, **body})
    assert answer.status == 201, answer.json
    return answer.json


def sweep(**later: float) -> None:
    with clock.at(NOON + timedelta(**later)):
        schedule.handler({}, None)


def ordered() -> list[Export]:
    return sorted(table.query(Export, "exports", index="g1").items, key=lambda each: str(each.first))


def test_what_is_due_is_written_into_a_folder_of_its_day() -> None:
    answered("poa", "yesterday", received_at=NOON - timedelta(days=1))
    answered("poa", "today")
    make(hour=13)
    sweep(minutes=59)
    assert ordered() == []

    sweep(hours=1)
    sweep(hours=1, minutes=15)
    with clock.at(NOON + timedelta(hours=2)):
        assert work() == []

    (export,) = ordered()
    assert [line["id"] for line in records(export.id)] == ["yesterday"]
    with untouched():
        found = boto3.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="exports/scheduled/")["Contents"]
    place = "exports/scheduled/daily/date=2026-03-10/responses-20260310T160000Z.jsonl"
    assert [each["Key"] for each in found] == [place]


def test_what_was_missed_is_caught_up_each_day_once() -> None:
    make(hour=6)
    sweep(days=3)
    sweep(days=3)

    assert [str(export.first) for export in ordered()] == ["2026-03-10", "2026-03-11", "2026-03-12"]
    assert len({export.destination for export in ordered()}) == 3
    assert export_schedules.get("daily").next_at == NOON.replace(day=14, hour=9)


def test_a_day_is_written_out_when_it_is_over_everywhere() -> None:
    make(hour=0)
    sweep(hours=12)  # midnight in São Paulo: an hour is left of the day in Manaus
    (export,) = ordered()
    with clock.at(NOON + timedelta(hours=12)):
        assert exports.run(export.id, lambda: True).state is ExportState.QUEUED

    answered("manaus", "late", received_at=NOON + timedelta(hours=12, minutes=30), day="2026-03-10")
    with clock.at(NOON + timedelta(hours=13, minutes=5)):
        assert work() == []

    assert [line["id"] for line in records(export.id)] == ["late"]


def test_a_long_absence_is_caught_up_in_several_runs() -> None:
    make(hour=6)
    sweep(days=40)
    assert len(ordered()) == 31
    sweep(days=40)

    assert len(ordered()) == 40


def test_one_that_is_switched_off_is_never_due_and_begins_anew_when_it_is_switched_on() -> None:
    make(hour=6)
    mine = key()
    assert ask("PATCH", "/v1/export-schedules/daily", mine, body={"enabled": False}).json["enabled"] is False
    sweep(days=3)
    assert ordered() == []

    with clock.at(NOON + timedelta(days=3)):
        again = ask("PATCH", "/v1/export-schedules/daily", key(), body={"enabled": True}).json
    sweep(days=3)

    assert again["next_at"] == "2026-03-14T09:00:00Z"
    assert ordered() == []


def test_one_that_was_deleted_and_made_anew_is_another() -> None:
    make(hour=6)
    sweep(days=1)
    assert ask("DELETE", "/v1/export-schedules/daily", key()).status == 200
    assert ask("GET", "/v1/export-schedules/daily", key()).code == "export_schedule_not_found"

    make(hour=6)
    sweep(days=1)

    assert len({export.id for export in ordered()}) == 2


def test_a_change_keeps_what_it_does_not_name() -> None:
    made = make(segment="sul", timezone="America/Manaus")
    body = {"every": "week", "weekday": 5, "format": "parquet"}
    changed = ask("PATCH", "/v1/export-schedules/daily", key(), body=body).json

    kept = ("segments", "survey", "reach", "timezone", "hour", "language", "name", "created_by")
    assert {name: changed[name] for name in kept} == {name: made[name] for name in kept}
    assert (changed["segments"], changed["format"], changed["every"]) == (["sul"], "parquet", "week")
    assert changed["next_at"] == "2026-03-13T10:00:00Z"
    assert changed["folder"] == "exports/scheduled/daily/"


def test_a_stale_change_is_refused() -> None:
    make()
    answer = ask("PATCH", "/v1/export-schedules/daily", key(), body={"hour": 3}, headers={"If-Match": '"7"'})
    assert (answer.status, answer.code) == (412, "rev_stale")


def test_schedules_are_listed_by_name_and_a_bound_key_sees_its_own() -> None:
    bound = key(segment="sul")
    for name in ("weekly", "all"):
        make(name=name)
    mine = make(bound, name="mine")

    seen = [each["name"] for each in ask("GET", "/v1/export-schedules", key()).json["items"]]
    own = [each["name"] for each in ask("GET", "/v1/export-schedules", bound).json["items"]]

    assert (seen, own) == (["all", "mine", "weekly"], ["mine"])
    assert mine["segments"] == ["sul"]
    assert ask("GET", "/v1/export-schedules/all", bound).code == "export_schedule_not_found"
    widened = ask("PATCH", "/v1/export-schedules/mine", key(), body={"hour": 3}).json
    assert widened["segments"] == ["sul"]


def test_what_belonged_to_no_place_becomes_no_export_of_the_whole_hierarchy() -> None:
    bound = key(segment="sul")
    assert make(bound, name="mine", what="products", survey="", reach="everything")["segments"] == []
    table.put(factories.contact("Ana", segment="poa"))
    table.put(factories.contact("Bruno", segment="manaus"))

    changed = ask("PATCH", "/v1/export-schedules/mine", bound, body={"what": "contacts"}).json
    sweep(days=1)
    with clock.at(NOON + timedelta(days=1)):
        assert work() == []

    (export,) = ordered()
    assert changed["segments"] == ["sul"]
    assert [line["name"] for line in records(export.id)] == ["Ana"]


def test_who_lost_a_place_sees_neither_the_schedule_nor_what_it_wrote() -> None:
    bound = key(segment="sul")
    make(bound, name="mine", segment="poa")
    sweep(days=1)
    (export,) = ordered()
    assert ask("GET", f"/v1/exports/{export.id}", bound).status == 200

    segments.move(segments.get("poa"), "norte")

    assert ask("GET", f"/v1/exports/{export.id}", bound).code == "export_not_found"
    assert ask("GET", "/v1/export-schedules/mine", bound).code == "export_schedule_not_found"
    assert ask("GET", "/v1/exports", bound).json["items"] == []
    assert ask("PATCH", "/v1/export-schedules/mine", key(), body={"segment": ""}).json["segments"] == []
    assert ask("GET", "/v1/export-schedules/mine", bound).status == 404


def test_a_place_that_was_added_a_moment_ago_is_known_to_who_ordered_of_it() -> None:
    bound = key(segment="sul")
    segments.all()  # as a process knows it for a minute
    table.create(factories.segment("aurora", "sul", "gramado"))

    made = make(bound, name="mine", segment="gramado")

    assert ask("GET", "/v1/export-schedules/mine", bound).json["segments"] == made["segments"] == ["gramado"]


def test_one_that_filters_by_what_is_no_longer_asked_can_still_be_switched_off() -> None:
    make(filters=[{"field": "answer", "of": "reasons", "values": ["price"]}])
    left = tuple(question for question in DRAFT.questions if question.id != "reasons")
    surveys.publish("visit", DRAFT.changed(questions=left))

    changed = ask("PATCH", "/v1/export-schedules/daily", key(), body={"enabled": False})
    refused = ask("PATCH", "/v1/export-schedules/daily", key(), body={"format": "csv"})

    assert (changed.status, changed.json["enabled"]) == (200, False)
    assert refused.code == "value_not_allowed"


def test_names_as_they_were_written_take_their_right_with_every_change() -> None:
    make(personal=True)
    usual = key(*(set(Scope) - {Scope.RESPONSES_PERSONAL}))

    assert ask("GET", "/v1/export-schedules/daily", usual).code == "export_schedule_not_found"
    assert ask("POST", "/v1/export-schedules", usual, body={**DAILY, "name": "b", "personal": True}).status == 403
    make(usual, name="plain")
    assert ask("PATCH", "/v1/export-schedules/plain", usual, body={"personal": True}).code == "scope_missing"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "Daily"}, 422, "export_schedule_name"),
        ({"name": "../x"}, 422, "export_schedule_name"),
        ({"timezone": "Mars/Olympus"}, 422, "timezone_unknown"),
        ({"timezone": "America"}, 422, "timezone_unknown"),
        ({"hour": 24}, 422, "value_too_large"),
        ({"day": 29}, 422, "value_too_large"),
        ({"what": "contacts", "survey": ""}, 422, "export_field_unasked"),
        ({"from": "2026-03-01"}, 422, "field_unknown"),
        ({"reach": "tomorrow"}, 422, "value_not_allowed"),
        ({"survey": ""}, 422, "field_missing"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(body: dict[str, Any], status: int, code: str) -> None:
    answer = ask("POST", "/v1/export-schedules", key(), body={**DAILY, **body})

    assert (answer.status, answer.code) == (status, code)


def test_two_of_one_name_and_too_many_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    make()
    again = ask("POST", "/v1/export-schedules", key(), body=DAILY)
    monkeypatch.setattr(export_schedules, "MOST", 1)
    more = ask("POST", "/v1/export-schedules", key(), body={**DAILY, "name": "more"})

    assert (again.status, again.code) == (409, "export_schedule_exists")
    assert (more.status, more.code) == (409, "export_schedules_full")


def _prepare() -> None:
    made = ExportSchedule(
        name="daily",
        what=ExportKind.PRODUCTS,
        format=ExportFormat.CSV,
        language="en",
        timezone="UTC",
        next_at=NOON - timedelta(days=1),
        created_at=NOON - timedelta(days=9),
        created_by="ERP",
        updated_at=NOON,
    )
    table.create(made)
    organisation.current()  # kept for a minute


def _ordered() -> world.Snapshot:
    """Return what was ordered and what became of it: each is worked off, since a message of it waits."""
    assert work() == []
    told = [(each.id, each.destination, each.state) for each in ordered()]
    left = table.load(ExportSchedule, ExportSchedule.at("daily")).next_at
    return {("export", "daily", ""): {"ordered": told, "next": left.isoformat()}}


def _survey() -> list[str]:
    faults = (Fault.CRASH_AFTER, Fault.LOST_REPLY, Fault.THROTTLE)
    return survey_of_faults(_prepare, lambda: schedule.handler({}, None), view=_ordered, faults=faults, at=_writes)


def _writes(call: Call) -> bool:
    return not call.operation.startswith("Query")


def test_every_occurrence_is_ordered_once_whatever_fails() -> None:
    assert _survey() == []


def test_a_sweep_that_noted_the_next_time_before_ordering_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def hasty(current: ExportSchedule, now: datetime) -> int:
        due = current.next_at
        table.save(current.changed(next_at=occurrences.following(current, now)))
        export_schedules._export(current, due)  # noqa: SLF001 - the order of the two is what is broken here
        return 1

    monkeypatch.setattr(export_schedules, "_order", hasty)
    assert _survey() != []
