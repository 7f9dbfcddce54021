"""What an integrator sees by SFTP: a folder to drop into, and the reports to read."""

from io import BytesIO

import boto3
import pytest

from infra.local.folders import Folders, NoSuchError, NotAllowedError


@pytest.fixture
def folders(aws: None) -> Folders:  # noqa: ARG001 - the buckets come first
    s3 = boto3.client("s3")
    s3.put_object(Bucket="escuta-reports", Key="contacts/ana.report.csv", Body=b"line;outcome")
    s3.put_object(Bucket="escuta-reports", Key="results/f1/000000.jsonl", Body=b"{}")
    return Folders(s3, drop="escuta-drop", reports="escuta-reports")


def names(folders: Folders, path: str) -> list[str]:
    return [entry.name for entry in folders.entries(path)]


def test_the_root_holds_the_drop_folders_and_the_reports(folders: Folders) -> None:
    assert names(folders, "/") == ["contacts", "managers", "products", "segments", "suppressions", "reports"]


def test_what_is_dropped_lies_in_the_bucket_under_its_folder(folders: Folders) -> None:
    folders.store("/contacts/João ação.csv", BytesIO(b"nome\nAna\n"))
    assert boto3.client("s3").get_object(Bucket="escuta-drop", Key="contacts/João ação.csv")["Body"].read() == (
        b"nome\nAna\n"
    )
    assert folders.entry("/contacts/João ação.csv").size == 9


def test_a_file_that_came_under_a_temporary_name_gets_its_own(folders: Folders) -> None:
    folders.store("/contacts/ana.csv.filepart", BytesIO(b"nome"))
    folders.move("/contacts/ana.csv.filepart", "/contacts/ana.csv")
    assert names(folders, "/contacts") == ["ana.csv"]


def test_a_report_can_be_read(folders: Folders) -> None:
    body = BytesIO()
    folders.fetch("/reports/contacts/ana.report.csv", body)
    assert body.getvalue() == b"line;outcome"


def test_results_on_their_way_into_a_report_are_not_there(folders: Folders) -> None:
    assert names(folders, "/reports") == ["contacts"]
    for path in ("/reports/results", "/reports/results/f1/000000.jsonl"):
        with pytest.raises(NoSuchError):
            folders.entry(path)
    with pytest.raises(NoSuchError):
        folders.fetch("/reports/results/f1/000000.jsonl", BytesIO())


@pytest.mark.parametrize("path", ["/reports/x.csv", "/reports/contacts/ana.report.csv", "/contacts"])
def test_nothing_is_put_where_only_reports_or_folders_are(folders: Folders, path: str) -> None:
    with pytest.raises(NotAllowedError):
        folders.check_writable(path)


@pytest.mark.parametrize("path", ["/x.csv", "/etc/passwd", "/contacts2/x.csv"])
def test_outside_the_folders_there_is_nothing(folders: Folders, path: str) -> None:
    with pytest.raises(NoSuchError):
        folders.check_writable(path)


def test_a_report_is_neither_renamed_nor_removed(folders: Folders) -> None:
    with pytest.raises(NotAllowedError):
        folders.move("/reports/contacts/ana.report.csv", "/contacts/ana.csv")
    with pytest.raises(NotAllowedError):
        folders.remove("/reports/contacts/ana.report.csv")


def test_what_is_not_there_is_said_to_be_not_there(folders: Folders) -> None:
    for ask in (folders.entry, folders.remove):
        with pytest.raises(NoSuchError):
            ask("/contacts/nobody.csv")


def test_an_account_sees_its_own_folders_and_the_reports_on_them_alone(folders: Folders) -> None:  # noqa: ARG001 - the buckets
    own = Folders(boto3.client("s3"), drop="escuta-drop", reports="escuta-reports", drops=["products"])
    assert names(own, "/") == ["products", "reports"]
    assert names(own, "/reports") == []
    for path in ("/contacts", "/reports/contacts", "/reports/contacts/ana.report.csv"):
        with pytest.raises(NoSuchError):
            own.entry(path)
    with pytest.raises(NoSuchError):
        own.check_writable("/contacts/ana.csv")
