"""An integrator's first week: places, people, closed addresses, a preview, an upload, an export, an erasure."""

import csv
import gzip
import io
import json
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest

from tests.e2e.house import House
from tests.e2e.waiting import eventually
from tests.e2e.web import ask

PLACES = "código,nome,código superior\r\nosasco-01,Osasco Centro,oeste\r\noeste,Oeste Paulista,aurora\r\n"
MANAGERS = "nome,e-mail,idioma,lojas\r\nQuitéria Lobo,quiteria@aurora.example,pt-BR,oeste\r\n"
TITLES = ["Código do cliente", "Nome", "E-mail", "Loja", "Nº do pedido", "Data da compra", "Valor"]


def _cell(text: str) -> datetime:
    """Return a time as a workbook has it: without a zone."""
    return datetime.fromisoformat(text)


AMELIA = ["I-1", "Amélia Porto", "amelia.porto@example.com", "osasco-01", "P-1", _cell("2026-03-02T14:30"), 129.9]
BRAS = ["I-2", "Brás Lima", "bras.lima@example.com", "osasco-99", "P-2", _cell("2026-03-03"), 80]


def _workbook(*rows: list[Any]) -> bytes:
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    for row in (TITLES, *rows):
        book.active.append(row)  # type: ignore[union-attr] # a new workbook has a sheet
    book.save(buffer)
    return buffer.getvalue()


def _person(house: House, email: str) -> dict[str, Any] | None:
    found: list[dict[str, Any]] = house.read("contacts", email=email)["items"]
    return found[0] if found else None


def _done(house: House, path: str, state: str = "done") -> dict[str, Any]:
    def look() -> dict[str, Any]:
        found: dict[str, Any] = house.read(path)
        assert found["state"] != "failed", found
        return found if found["state"] == state else {}

    return eventually(f"{path} {state}", look)


@pytest.fixture(scope="module")
def places(house: House) -> House:
    """Drop the hierarchy, a child before its parent, and who answers for it."""
    house.drop(folder="segments", lojas__csv=PLACES.encode("cp1252"))
    assert [row[0] for row in house.report("lojas", folder="segments")[1:]] == [
        "2,aceita,,,,osasco-01,Osasco Centro,oeste",
        "3,aceita,,,,oeste,Oeste Paulista,aurora",
    ]
    house.drop(folder="managers", gerentes__csv=MANAGERS.encode())
    assert house.summary("gerentes", folder="managers")["totals"]["accepted"] == 1
    return house


@pytest.fixture(scope="module")
def amelia(places: House) -> str:
    """Drop people in a workbook that gets its name when it is whole; return Amélia's id."""
    places.drop(pedidos__xlsx__filepart=_workbook(AMELIA, BRAS))
    places.sftp("rename contacts/pedidos.xlsx.filepart contacts/pedidos.xlsx")
    rows = places.report("pedidos")
    assert [(row[0], row[1], row[4], row[5]) for row in rows[1:]] == [
        ("2", "aceita", "", "I-1"),
        ("3", "recusada", "segment_unknown", "I-2"),
    ]
    found = _person(places, "amelia.porto@example.com")
    assert found is not None
    return str(found["id"])


def test_a_hierarchy_comes_by_file_in_any_order(places: House) -> None:
    assert places.read("segments/osasco-01")["path"] == ["aurora", "oeste", "osasco-01"]


def test_a_workbook_is_people_and_their_visits(places: House, amelia: str) -> None:
    (visit,) = places.read(f"contacts/{amelia}/transactions")["items"]

    assert (visit["reference"], visit["occurred_at"], visit["amount"]) == ("P-1", "2026-03-02T17:30:00Z", "129.90")
    mail = eventually("Amélia's mail", lambda: places.messages("amelia.porto@example.com"))
    assert len(mail) == 1


def test_the_corrected_rejected_rows_are_taken_in(places: House, amelia: str) -> None:
    assert amelia
    titles, bras = places.rejected("pedidos")
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([titles, [cell.replace("osasco-99", "osasco-01") for cell in bras]])

    places.drop(corrigidos__csv=text.getvalue().encode())

    assert places.summary("corrigidos")["totals"]["accepted"] == 1


def test_a_preview_says_what_would_happen_and_changes_nothing(places: House) -> None:
    packed = gzip.compress(b"Nome;E-mail;Loja\r\nCora;cora@example.com;osasco-01\r\n")

    places.drop(folder="contacts/preview", cora__csv__gz=packed)

    told = places.summary("cora.csv", folder="contacts/preview")
    assert (told["dry_run"], told["compression"], told["totals"]["accepted"]) == (True, "gzip", 1)
    assert sum(told["routed"].values()) == 1
    assert _person(places, "cora@example.com") is None


def test_a_file_is_uploaded_by_the_api_and_followed_to_its_report(places: House) -> None:
    lines = [
        {"name": "Dario", "email": "dario@example.com", "store": "osasco-01"},
        {"name": "Eva", "store": "osasco-01"},
    ]
    body = "\n".join(map(json.dumps, lines)).encode()
    announced = places.call("POST", "files", {"folder": "contacts", "name": "pessoas.jsonl"}).json

    assert ask(announced["method"], announced["url"], body, **_named(announced["headers"])).status == 200
    file = eventually("the file of the upload", lambda: places.read(f"uploads/{announced['id']}")["file"])

    done = _done(places, f"files/{file}")
    assert done["totals"] == {"accepted": 1, "updated": 0, "duplicate": 0, "rejected": 1, "skipped": 0}
    report = places.read(f"files/{file}/report", kind="rejected")
    assert "no_identity" in ask("GET", report["url"]).text


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("-", "_"): value for name, value in headers.items()}


def test_an_export_of_people_is_fetched_by_its_link(places: House, amelia: str) -> None:
    assert amelia
    ordered = places.call("POST", "exports", {"what": "contacts", "segment": "oeste"}).json

    link = _done(places, f"exports/{ordered['id']}")["link"]

    titles, *rows = csv.reader(io.StringIO(ask("GET", link).text.removeprefix("\ufeff")), delimiter=";")
    assert "Amélia Porto" in [row[titles.index("nome")] for row in rows]


def test_who_is_erased_is_gone_and_kept_out(places: House) -> None:
    row = "Nome;E-mail;Loja;Código do cliente\r\nFlora Sá;flora.sa@example.com;osasco-01;I-9\r\n"
    places.drop(flora__csv=row.encode())
    places.report("flora")
    flora = _person(places, "flora.sa@example.com")
    assert flora is not None
    mail = eventually("Flora's mail", lambda: places.messages("flora.sa@example.com"))
    assert "Flora" in mail[0]["text"]

    receipt = places.call("POST", f"contacts/{flora['id']}/erasures", {"keep_out": True})

    assert receipt.status == 201
    eventually("Flora is gone", lambda: places.call("GET", f"contacts/{flora['id']}").status == 404)
    tomorrow = f"{row}I-10;;;\r\n".replace("Flora Sá", "Flora de Sá")
    places.drop(amanha__csv=tomorrow.encode())
    assert [(line[1], line[4]) for line in places.report("amanha")[1:2]] == [("não incluída", "erased")]
    assert _person(places, "flora.sa@example.com") is None


def test_whoever_is_on_a_list_of_closed_addresses_is_skipped(places: House) -> None:
    places.drop(folder="suppressions", lista__csv=b"e-mail\r\ngil@example.com\r\n")
    assert places.summary("lista", folder="suppressions")["totals"]["accepted"] == 1

    places.drop(gil__csv=b"Nome;E-mail;Loja\r\nGil;gil@example.com;osasco-01\r\n")

    assert [(line[1], line[4]) for line in places.report("gil")[1:]] == [("não incluída", "opted_out")]
    assert places.messages("gil@example.com") == []


def test_a_scheduled_invitation_waits_for_its_time(places: House) -> None:
    at = datetime.now(UTC).replace(microsecond=0)
    route = {
        "name": "depois",
        "survey": "satisfacao",
        "strategy": "email",
        "send": {"when": "at", "at": "2099-01-01T12:00:00Z"},
    }
    made = places.call("POST", "rules", {"id": "depois", "name": "Depois", "default": route})
    assert made.status == 201, made.text
    assert places.call("PUT", "folders/depois", {"rules": "depois"}).status in {200, 201}
    announced = places.call("POST", "files", {"folder": "depois", "name": "hugo.csv"}).json
    body = b"Nome;E-mail;Loja\r\nHugo;hugo.later@example.com;osasco-01\r\n"
    ask(announced["method"], announced["url"], body, **_named(announced["headers"]))
    file = eventually("the file of the upload", lambda: places.read(f"uploads/{announced['id']}")["file"])
    (deployment,) = _done(places, f"files/{file}")["deployments"]

    (invitation,) = eventually("the invitation", lambda: places.read(f"deployments/{deployment}/invitations")["items"])

    assert (invitation["state"], invitation["rules"]) == ("queued", "depois@1#depois")
    assert invitation["send_at"] > at.isoformat()
    assert places.messages("hugo.later@example.com") == []
