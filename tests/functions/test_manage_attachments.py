"""Files at tickets: announced, put, looked at, downloaded, removed; hostile ones, and none that anybody forgot."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from escuta import clock, table
from escuta.directory.model import Scope
from escuta.feedback import emptying, tickets
from escuta.feedback.belongings import Belongings
from escuta.feedback.model import Announcement, Emptied, Ticket
from escuta.feedback.tickets import Actor, attaching, keeping
from tests.conftest import NOON, owner
from tests.functions.callers import ask, found_company, key, ticketed
from tests.kit.faults import Fault, survey_of_faults, untouched
from tests.kit.world import Snapshot, snapshot

pytestmark = pytest.mark.usefixtures("aws", "noon")
BUCKET = "escuta-attachments"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(40)
PDF = b"%PDF-1.7\n" + b"x" * 40
EXE = b"MZ\x90\x00" + bytes(200)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"\n <!DOCTYPE html><script>alert(1)</script>"
PATH = "/v1/tickets/first/attachments"


def company() -> Ticket:
    found_company()
    return ticketed("poa")


def announce(name: str, kind: str, content: bytes, by: str = "") -> Any:
    return ask("POST", PATH, by or key(), body={"name": name, "content_type": kind, "size": len(content)})


def place(url: str) -> str:
    return unquote(urlsplit(url).path).split("escuta-attachments/")[-1].lstrip("/")


def put(url: str, content: bytes) -> None:
    owner("s3").put_object(Bucket=BUCKET, Key=place(url), Body=content)


def sent(name: str, kind: str, content: bytes) -> Any:
    announced = announce(name, kind, content)
    assert announced.status == 201, announced.body
    put(announced.json["url"], content)
    return ask("PUT", f"{PATH}/{announced.json['id']}", key())


def objects() -> dict[str, bytes]:
    listed = owner("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return {each["Key"]: owner("s3").get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read() for each in listed}


def test_a_file_is_announced_put_looked_at_and_downloaded_under_its_name() -> None:
    company()
    announced = announce("nota fiscal.PDF", "application/pdf", PDF)
    link = parse_qs(urlsplit(announced.json["url"]).query)

    assert (announced.status, announced.json["method"]) == (201, "PUT")
    assert announced.json["headers"] == {"Content-Type": "application/pdf", "Content-Length": "49"}
    assert link["X-Amz-SignedHeaders"] == ["content-length;content-type;host"]
    assert link["X-Amz-Expires"] == ["900"]
    put(announced.json["url"], PDF)
    name = f"{PATH}/{announced.json['id']}"
    confirmed = ask("PUT", name, key())
    got = ask("GET", name, key())
    shown = parse_qs(urlsplit(got.json["url"]).query)

    assert (confirmed.status, confirmed.json["name"], confirmed.json["size"]) == (200, "nota fiscal.PDF", 49)
    assert list(objects().items()) == [(f"kept/first/{announced.json['id']}", PDF)]
    assert place(got.json["url"]) == f"kept/first/{announced.json['id']}"
    assert shown["response-content-disposition"] == ["attachment; filename*=UTF-8''nota%20fiscal.PDF"]
    assert (shown["response-content-type"], shown["X-Amz-Expires"]) == (["application/pdf"], ["300"])
    assert [each["id"] for each in ask("GET", PATH, key()).json["items"]] == [announced.json["id"]]
    assert "key" not in confirmed.json
    last = tickets.log("first").items[0]
    assert (last.what, last.text) == ("attached", "nota fiscal.PDF")


def test_confirming_again_changes_nothing_and_what_is_put_afterwards_is_nobodys() -> None:
    company()
    announced = announce("a.png", "image/png", PNG).json
    put(announced["url"], PNG)
    first = ask("PUT", f"{PATH}/{announced['id']}", key())
    put(announced["url"], EXE)  # the link still lives
    again = ask("PUT", f"{PATH}/{announced['id']}", key())

    assert first.json == again.json
    assert keeping.get("first").rev == 2
    assert objects()[f"kept/first/{announced['id']}"] == PNG


@pytest.mark.parametrize(
    ("name", "kind", "content"),
    [("foto.png", "image/png", EXE), ("foto.png", "image/png", SVG), ("nota.txt", "text/plain", HTML)],
    ids=["a program", "a picture with a script", "a page"],
)
def test_a_file_that_is_not_what_it_says_is_refused_and_removed(name: str, kind: str, content: bytes) -> None:
    company()
    refused = sent(name, kind, content)

    assert (refused.status, refused.code) == (422, "attachment_lies")
    assert (objects(), keeping.get("first").attachments) == ({}, ())
    assert keeping.get("first").rev == 1


@pytest.mark.parametrize(
    ("name", "kind", "size", "code"),
    [
        ("a.svg", "image/svg+xml", 10, "attachment_kind"),
        ("a.html", "text/html", 10, "attachment_kind"),
        ("a.exe", "image/png", 10, "attachment_kind"),
        ("a.docm", "application/vnd.ms-word.document.macroEnabled.12", 10, "attachment_kind"),
        ("a.zip", "application/zip", 10, "attachment_kind"),
        ("png", "image/png", 10, "attachment_kind"),
        ("a.png", "image/png", 0, "attachment_size"),
        ("a.png", "image/png", -1, "attachment_size"),
        ("a.png", "image/png", 10_000_001, "attachment_size"),
        ("...", "image/png", 10, "upload_name"),
    ],
)
def test_what_is_not_taken_is_refused_before_anything_is_put(name: str, kind: str, size: int, code: str) -> None:
    company()
    answer = ask("POST", PATH, key(), body={"name": name, "content_type": kind, "size": size})

    assert (answer.status, answer.code) == (422, code)
    assert answer.json["detail"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd.png", "passwd.png"),
        ("C:\\fotos\\loja.png", "loja.png"),
        ("foto\u202egnp.exe.png", "foto_gnp.exe.png"),
        ('a"; filename="b.png', "a_ filename_b.png"),
        ("a\r\nSet-Cookie: x.png", "a_Set-Cookie_ x.png"),
        ("Ação às 8h.png", "Ação às 8h.png"),
    ],
)
def test_names_cannot_lead_elsewhere_nor_look_like_something_else(name: str, safe: str) -> None:
    company()

    assert announce(name, "image/png", PNG).json["name"] == safe


@pytest.mark.parametrize("content", [b"", PNG + b"more", PNG[:-1]], ids=["nothing", "more", "less"])
def test_another_number_of_bytes_than_announced_is_refused(content: bytes) -> None:
    company()
    announced = announce("a.png", "image/png", PNG).json
    put(announced["url"], content)

    assert ask("PUT", f"{PATH}/{announced['id']}", key()).code == "attachment_lies"
    assert objects() == {}
    assert ask("PUT", f"{PATH}/{announced['id']}", key()).code == "attachment_not_found"


def test_a_file_that_did_not_come_may_still_come() -> None:
    company()
    announced = announce("a.png", "image/png", PNG).json
    early = ask("PUT", f"{PATH}/{announced['id']}", key())
    put(announced["url"], PNG)

    assert (early.status, early.code) == (409, "attachment_absent")
    assert ask("PUT", f"{PATH}/{announced['id']}", key()).status == 200


def test_a_ticket_has_twenty_files_and_announcements_that_nobody_came_back_to_make_room() -> None:
    company()
    for number in range(20):
        assert announce(f"{number}.png", "image/png", PNG).status == 201

    assert announce("one more.png", "image/png", PNG).code == "attachments_full"
    with clock.at(NOON + timedelta(days=1, hours=1)):
        assert announce("one more.png", "image/png", PNG).status == 201
    assert len(table.query(Announcement, "ticket#first", prefix="announced#").items) == 1


def test_a_file_is_removed_with_its_object_and_an_announcement_with_what_was_put() -> None:
    company()
    kept = sent("a.png", "image/png", PNG).json["id"]
    announced = announce("b.png", "image/png", PNG).json
    put(announced["url"], PNG)

    gone = ask("DELETE", f"{PATH}/{kept}", key())
    taken_back = ask("DELETE", f"{PATH}/{announced['id']}", key())

    assert (gone.status, gone.json, taken_back.status, objects()) == (200, {"items": []}, 200, {})
    assert [line.what for line in keeping.whole_log("first")] == ["attached", "detached"]
    assert ask("DELETE", f"{PATH}/{kept}", key()).status == 404
    assert ask("GET", f"{PATH}/{kept}", key()).code == "attachment_not_found"


def test_who_may_not_see_the_ticket_or_personal_data_gets_no_link() -> None:
    company()
    kept = sent("a.png", "image/png", PNG).json["id"]

    assert ask("GET", f"{PATH}/{kept}", key(segment="norte")).status == 404
    assert announce("a.png", "image/png", PNG, by=key(segment="norte")).status == 404
    assert ask("DELETE", f"{PATH}/{kept}", key(segment="norte")).status == 404
    assert ask("GET", f"{PATH}/{kept}", key(Scope.TICKETS_READ)).status == 403
    assert ask("GET", f"{PATH}/{kept}", key(Scope.TICKETS_READ, Scope.RESPONSES_PERSONAL)).status == 200
    assert announce("a.png", "image/png", PNG, by=key(Scope.TICKETS_READ)).status == 403


def test_an_erasure_leaves_no_object_and_takes_no_file_any_more() -> None:
    company()
    sent("a.png", "image/png", PNG)
    announced = announce("b.png", "image/png", PNG).json
    put(announced["url"], PNG)

    nothing: dict[str, Any] = dict.fromkeys(Belongings._fields, ())
    emptying.answers(Belongings(**{**nothing, "tickets": (keeping.get("first"),)}), Emptied.ERASED)

    assert objects() == {}
    assert ask("PUT", f"{PATH}/{announced['id']}", key()).code == "attachment_not_found"
    assert announce("c.png", "image/png", PNG).code == "ticket_emptied"


def put_one() -> None:
    made = attaching.announce(company(), "a.png", "image/png", len(PNG))
    put(made.url, PNG)


def confirmed() -> None:
    (announced,) = table.query(Announcement, "ticket#first", prefix="announced#").items or (None,)
    with untouched():
        known = [each.id for each in keeping.get("first").attachments]
    attaching.confirm("first", announced.id if announced else known[0], who=Actor(name="Ana", id="ana"))


def seen() -> Snapshot:
    """Return the rows and the objects; which id an attachment has is nobody's business."""
    rows = snapshot(ignore=("attachments", "text", "details"))
    shape = sorted((key.rpartition("/")[0], content) for key, content in objects().items())
    with untouched():
        listed = [each.name for each in keeping.get("first").attachments]
    return {**rows, ("objects", "", ""): {"all": shape, "listed": listed}}


def test_a_confirmation_that_dies_anywhere_and_is_made_again_attaches_one_file() -> None:
    faults = (Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.LOST_REPLY)

    assert survey_of_faults(put_one, confirmed, view=seen, faults=faults) == []
