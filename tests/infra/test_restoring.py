"""The drill: what is restored is compared row by row and recounted by the product itself, and nothing of it stays."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from rich.console import Console

from escuta import clock, table
from escuta.config import variable
from escuta.entity import Table
from escuta.feedback.model import Response, Survey, SurveyStatus
from infra.cdk.stages import LAPTOP
from infra.operate import comparing, drill, recount, restoring
from infra.operate.account import Account, StoppedError
from metering import app
from tests import conftest
from tests.conftest import NOON, REGION
from tests.infra.conftest import Template
from tests.kit import faults
from tests.kit.factories import SURVEY, response
from tests.kit.stream import Context, event, record

pytestmark = pytest.mark.usefixtures("aws_of_moto")
ASKED = drill.Asked(tuple(Table), None, go=True, keep=False)


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    """Return an account whose stage has the tables that the product works on here."""
    made = Account(stage=LAPTOP, session=boto3.Session(region_name=REGION))
    client = made.aws("dynamodb")
    for name in client.list_tables()["TableNames"]:
        client.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
    monkeypatch.setattr(restoring, "names", lambda _account: {each: f"escuta-{each}" for each in Table})
    monkeypatch.setattr(drill, "REPORTS", tmp_path)
    return made


def here(tables: Mapping[str, str], days: int, until: int) -> dict[str, Any]:
    """Recount as the process of the drill does, in this one, where moto is."""
    with patch.dict(os.environ, tables):
        conftest.forget()
        found = recount.found(days, until=until)
    conftest.forget()
    return json.loads(json.dumps(found))  # type: ignore[no-any-return] # as it comes out of the process


def answered(*answers: Response) -> None:
    """Store a survey and answers of yesterday, and count them."""
    fields = {"id": SURVEY, "name": "Visit", "status": SurveyStatus.LIVE, "created_at": NOON, "updated_at": NOON}
    table.put(Survey.model_validate(fields))
    for each in answers:
        table.put(each.changed(rev=each.rev - 1))
    app.handler(event([record(each) for each in answers]), Context())


def yesterday(name: str, score: int) -> Response:
    day = clock.local_day(clock.now() - timedelta(days=1), "America/Sao_Paulo")
    return response(name, score, day=day)


def run(account: Account, asked: drill.Asked = ASKED) -> tuple[int, str]:
    said = Console(file=StringIO(), width=200)
    ended = drill.run(account, said, asked, here)
    assert isinstance(said.file, StringIO)
    return ended, said.file.getvalue()


def tables(account: Account) -> set[str]:
    return set(account.aws("dynamodb").list_tables()["TableNames"])


def test_what_comes_back_is_what_was_there_the_product_recounts_it_and_nothing_of_it_stays(
    account: Account, tmp_path: Path
) -> None:
    answered(yesterday("ana", 9), yesterday("bruno", 3))
    before = tables(account)

    ended, said = run(account)

    assert (ended, tables(account)) == (0, before)
    assert "30 days, 2 answers, drift 0" in said
    (told,) = tmp_path.glob("local-*.json")
    report = json.loads(told.read_text())
    assert report["holds"] is True
    assert report["tables"]["feedback"]["restored"]["response"] == 2
    assert report["tables"]["feedback"]["restored"] == report["tables"]["feedback"]["source"]


def test_before_anybody_says_go_the_price_is_told_and_nothing_is_restored(account: Account) -> None:
    before = tables(account)
    ended, said = run(account, ASKED._replace(go=False))
    assert (ended, tables(account)) == (0, before)
    assert "US dollars" in said
    assert "Nothing was done" in said


def test_counters_that_came_back_wrong_are_found(account: Account) -> None:
    answered(yesterday("ana", 9))
    (row, *_) = (
        item for item in account.aws("dynamodb").scan(TableName="escuta-feedback")["Items"] if "kind" not in item
    )
    broken = {**row, **{name: {"N": "7"} for name, value in row.items() if "N" in value and name != "ver"}}
    account.aws("dynamodb").put_item(TableName="escuta-feedback", Item=broken)

    ended, said = run(account)

    assert ended == 1
    assert "drift 0" not in said
    assert "What came back is NOT what was there." in said


def test_only_tables_that_were_asked_for_are_restored_and_kept_when_somebody_wants_to_look(account: Account) -> None:
    before = tables(account)
    ended, said = run(account, ASKED._replace(tables=(Table.OUTREACH,), keep=True))

    (made,) = tables(account) - before
    assert (ended, made.startswith("escuta-outreach-drill-")) == (0, True)
    assert "Not recounted: feedback is not among the tables." in said
    with pytest.raises(StoppedError, match=f"{made}.*CLEAN=1 GO=1"):
        run(account)


def test_a_drill_that_was_killed_anywhere_is_cleaned_up_and_no_other_table_is(account: Account) -> None:
    before = tables(account)
    screen = Console(file=StringIO(), width=200)
    with faults.recording() as calls:
        run(account, ASKED._replace(tables=(Table.AUDIT, Table.OUTREACH)))
    writes = [call for call in calls if call.operation in {"RestoreTableToPointInTime", "DeleteTable"}]
    assert len(writes) == 4
    for call in writes:
        with faults.injected(call.number, faults.Fault.CRASH_AFTER), pytest.raises(faults.Crash):
            run(account, ASKED._replace(tables=(Table.AUDIT, Table.OUTREACH)))
        drill.clean(account, screen, go=False)
        drill.clean(account, screen, go=True)
        assert tables(account) == before, call


def test_no_table_is_ever_removed_whose_name_is_not_of_a_drill(account: Account) -> None:
    with pytest.raises(ValueError, match="escuta-feedback is not of a drill"):
        restoring.remove(account, ["escuta-feedback"])
    assert "escuta-feedback" in tables(account)


def test_a_moment_that_cannot_be_restored_is_refused_with_those_that_can(account: Account) -> None:
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    with pytest.raises(StoppedError, match="the tables can be restored from"):
        run(account, ASKED._replace(at_time=long_ago))


@pytest.mark.parametrize(("name", "value"), [("TABLES", "answers"), ("AT", "yesterday"), ("AT", "2026-03-10T15:00:00")])
def test_what_cannot_be_understood_is_refused_with_an_example(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(StoppedError, match="2026-03-10T15:00:00Z"):
        drill.asked()


def test_a_table_without_point_in_time_recovery_stops_the_drill(account: Account) -> None:
    account.aws("dynamodb").update_continuous_backups(
        TableName="escuta-audit", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
    )
    with pytest.raises(StoppedError, match="escuta-audit cannot be restored"):
        run(account)


def compared(account: Account, at_time: datetime) -> comparing.Compared:
    client = account.aws("dynamodb")
    source, restored = (comparing.Walk(client, name, rate=10**9) for name in ("escuta-feedback", "restored"))
    return comparing.compare(source, restored, at_time)


@pytest.fixture
def restored(account: Account) -> Account:
    """Return an account with a copy of ten answers of noon, as it was a minute later."""
    for number in range(10):
        table.put(response(f"person{number}", number))
    account.aws("dynamodb").restore_table_to_point_in_time(
        SourceTableName="escuta-feedback", TargetTableName="restored", UseLatestRestorableTime=True
    )
    return account


LATER = NOON + timedelta(minutes=1)


def test_the_same_rows_are_the_same(restored: Account) -> None:
    found = compared(restored, LATER)
    assert found.restored == found.source == {"response": 10}
    assert (found.holds, found.newer, found.changed, found.gone, found.unexplained) == (True, 0, 0, 0, 0)


def test_what_the_source_did_since_is_told_and_is_no_fault(restored: Account) -> None:
    late = LATER + timedelta(minutes=1)
    table.put(response("late", 9, received_at=late, updated_at=late))
    first, second = (response(f"person{number}", number) for number in (0, 1))
    table.put(first.changed(rev=first.rev + 1, score=1))
    restored.aws("dynamodb").delete_item(TableName="escuta-feedback", Key=_key(second))

    found = compared(restored, LATER)

    assert (found.holds, found.newer, found.changed, found.gone) == (True, 1, 1, 1)


def test_a_row_that_did_not_come_back_is_found_although_the_numbers_agree(restored: Account) -> None:
    lost, other = (response(name, 0) for name in ("person0", "never"))
    client = restored.aws("dynamodb")
    client.delete_item(TableName="restored", Key=_key(lost))
    client.put_item(TableName="restored", Item=record(other)["dynamodb"]["NewImage"])

    found = compared(restored, LATER)

    assert found.restored == found.source
    assert (found.holds, found.missing, found.gone) == (False, (" ".join(lost.key()),), 1)


def test_a_row_that_came_back_later_than_it_is_is_found(restored: Account) -> None:
    client, one = restored.aws("dynamodb"), response("person0", 0)
    client.update_item(
        TableName="restored",
        Key=_key(one),
        UpdateExpression="SET rev = :rev",
        ExpressionAttributeValues={":rev": {"N": "9"}},
    )
    assert compared(restored, LATER).wrong == (" ".join(one.key()),)


def test_a_walk_takes_no_more_than_its_rate(restored: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    client = restored.aws("dynamodb")
    original = client.scan
    with patch.object(client, "scan", lambda **asked: original(**asked, Limit=1)):
        cells = comparing.Walk(client, "restored", rate=4).fold()
    assert sum(number for number, _ in cells.values()) == 10
    assert waited
    assert max(waited) > 0


def _key(entity: Response) -> dict[str, Any]:
    pk, sk = entity.key()
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def test_the_tables_of_the_real_stack_are_found_by_their_names(template: Template) -> None:
    logical = [name for name, each in template.resources.items() if each["Type"] == "AWS::DynamoDB::Table"]
    found = {Table(match[1].lower()) for name in logical if (match := restoring.CALLED.fullmatch(name))}
    assert found == set(Table)
    for each in template.of("DynamoDB::Table").values():
        assert each["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert variable("feedback_table") == "ESCUTA_FEEDBACK_TABLE"
