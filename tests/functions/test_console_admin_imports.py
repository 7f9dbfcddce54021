"""Files in the console: sent, looked at before anything is taken in, followed, corrected, held; folders."""

import json
from datetime import datetime
from urllib.parse import quote_plus

import boto3
import pytest
import requests

from escuta import table
from escuta.directory import drops, folders
from escuta.directory.model import FileKind, FileState, Folder
from tests.functions import console_company as company
from tests.functions import droppers
from tests.functions.console_company import HOSTILE, Browser, signed_in
from tests.functions.console_forms import Form, deliver, form, go, send, then, undo

NEW = "admin/imports/new"
ROWS = "Código do cliente;Nome;E-mail;Loja;Plano\r\nC-1;Ana;ana@example.com;poa;ouro\r\nC-2;Bia;bia@;poa;prata\r\n"


@pytest.fixture(autouse=True)
def console(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    company.found()


def notice() -> dict[str, object]:
    """Return S3's notice of the object that was put last."""
    stored = boto3.client("s3").list_objects_v2(Bucket="escuta-drop")["Contents"]
    last = max(stored, key=lambda each: each["LastModified"])
    place = {"key": quote_plus(last["Key"], safe="/"), "size": last["Size"], "eTag": last["ETag"].strip('"')}
    record = {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "escuta-drop"}, "object": place}}
    return {"Records": [record]}


def dropped(name: str = "clientes.csv", rows: str = ROWS, folder: str = "contacts") -> str:
    """Drop a file and take it in; return its page."""
    droppers.notify(droppers.put(rows.encode(), f"{folder}/{name}"))
    droppers.load_all()
    (file,) = [each for each in drops.listing(limit=50).items if each.object_key.endswith(name)]
    return f"admin/imports/{file.id}"


def pasted(browser: Browser, **typed: str | None) -> str:
    """Paste rows into the form, and let them arrive; return the page on which they are waited for."""
    answer = send(browser, NEW, "/new", rows=ROWS, **typed)
    assert answer.status == 303, answer.words[-3000:]
    droppers.notify(notice())
    droppers.load_all()
    return answer.header("location").partition("console/")[2]


def test_rows_that_are_pasted_are_first_only_looked_at() -> None:
    browser = signed_in("helena")
    page = then(browser, NEW, browser.get(f"/console/{pasted(browser)}")).words
    assert "Só conferido" in page
    assert 'Seriam novas</span><b class="">1</b>' in page
    assert "Seriam recusadas</span>" in page
    assert go(browser, "admin/contacts?q=ana@example.com").words.count("Ninguém encontrado") == 1


def test_rows_that_are_pasted_are_taken_in_when_nobody_wants_to_look_first() -> None:
    browser = signed_in("helena")
    page = then(browser, NEW, browser.get(f"/console/{pasted(browser, dry_run=None)}")).words
    assert 'Novas</span><b class="">1</b>' in page
    assert "Ana" in go(browser, "admin/contacts?q=ana@example.com").words


def test_until_a_file_has_arrived_the_page_waits() -> None:
    browser = signed_in("helena")
    waiting = then(browser, NEW, send(browser, NEW, "/new", rows=ROWS))
    assert "O arquivo está chegando" in waiting.words
    assert 'hx-trigger="every 2s"' in waiting.text


def test_the_script_gets_a_link_puts_the_file_there_and_sees_what_would_happen() -> None:
    browser = signed_in("helena")
    page = go(browser, NEW)
    fields = dict(form(page, "/new").fields) | {"name": "clientes.csv", "dry_run": "on"}
    place = json.loads(browser.post("/console/admin/imports/announce", fields).text)
    origin = "/".join(place["url"].split("/")[:3])
    assert f"connect-src 'self' {origin};" in page.header("content-security-policy")
    sent = requests.put(place["url"], data=ROWS.encode(), headers=place["headers"], timeout=5)
    assert sent.status_code == 200
    wait = "/console/" + place["wait"].partition("console/")[2]
    assert "data-waiting" in browser.send("GET", wait, headers={"HX-Request": "true"}).text
    droppers.notify(notice())
    droppers.load_all()
    found = browser.send("GET", wait, headers={"HX-Request": "true"})
    assert "data-found" in found.text
    assert "<html" not in found.text
    for words in ("O que aconteceria", "Plano", "Automático: Ignorada", "bia@", "Importar"):
        assert words in found.words


def test_a_folder_that_there_cannot_be_is_refused_with_words() -> None:
    browser = signed_in("helena")
    fields = dict(form(go(browser, NEW), "/new").fields) | {"name": "a.csv", "folder": "exports"}
    answer = browser.post("/console/admin/imports/announce", fields)
    assert answer.status == 422
    assert "exports" in json.loads(answer.text)["detail"]


def test_how_columns_are_read_is_changed_where_the_file_is_looked_at() -> None:
    browser = signed_in("helena")
    page = dropped()
    assert "Ignorada" in go(browser, page).words
    folder = f"admin/imports/folders/contacts?file={page.rpartition('/')[2]}"
    shown = go(browser, folder)
    columns = dict(form(shown, "/folders/contacts").fields)
    number = next(name.partition(".")[2] for name, value in columns.items() if value == "Plano")
    answer = send(browser, folder, "/folders/contacts", **{f"field__{number}": "reference"})
    after = then(browser, folder, answer)
    assert "Pasta salva." in after.words
    assert folders.get("contacts").mapping == {"Plano": "reference"}
    changed = send(browser, folder, "/folders/contacts", **{f"field__{0}": "none"})
    undo(browser, then(browser, folder, changed))
    assert folders.get("contacts").mapping == {"Plano": "reference"}


def test_a_file_tells_of_each_row_what_was_wrong_and_gives_back_those_to_be_corrected() -> None:
    browser = signed_in("helena")
    page = dropped()
    words = go(browser, page).words
    assert "Recusada" in words
    assert "bia@" in words
    assert "Coluna: E-mail" in words
    assert "Ana" in go(browser, f"{page}?outcome=accepted").words
    answer = go(browser, f"{page}/report?kind=rejected")
    assert answer.status == 303
    assert "C-2" in requests.get(answer.header("location"), timeout=5).text


def test_the_list_is_filtered_by_state_and_folder() -> None:
    browser = signed_in("helena")
    dropped()
    dropped("produtos.csv", "Código;Nome\r\nsofa;Sofá\r\n", "products")
    assert "clientes.csv" in go(browser, "admin/imports?state=done").words
    assert "clientes.csv" not in go(browser, "admin/imports?folder=products").words
    assert "Nenhum arquivo assim" in go(browser, "admin/imports?state=refused").words


@pytest.mark.parametrize(
    ("state", "words"), [("approved", "está sendo carregado"), ("discarded", "Arquivo descartado")]
)
def test_a_held_file_goes_on_or_ends(state: str, words: str) -> None:
    browser = signed_in("helena")
    table.put(Folder(folder="contacts", marker=".done"))
    droppers.notify(droppers.put(ROWS.encode(), "contacts/hoje.csv"))
    droppers.register_all()
    (file,) = drops.listing(limit=5).items
    assert file.state is FileState.HELD
    page = f"admin/imports/{file.id}"
    sent = send_to(browser, page, state)
    assert words in sent


def send_to(browser: Browser, page: str, state: str) -> str:
    """Press one of the two buttons of a held file; return the words of the page after."""
    shown = go(browser, page)
    token = dict(form(shown, "/theme").fields)["csrf"]
    sent = Form(f"/console/{page}", "post", [("csrf", token), ("state", state), ("rev", "")])
    return then(browser, page, deliver(browser, page, sent)).words


def test_files_are_for_who_sees_the_whole_hierarchy() -> None:
    for path in ("admin/imports", NEW, "admin/imports/folders"):
        assert go(signed_in("bruno"), path).status == 403


def test_a_folder_is_described_and_forgotten_and_brought_back() -> None:
    browser, page = signed_in("helena"), "admin/imports/folders/vendas"
    answer = send(browser, page, "/vendas", file_kind="contacts", date_format="DD/MM/YYYY", segment="poa")
    assert "vendas/" in then(browser, page, answer).words
    assert folders.get("vendas").date_format == "DD/MM/YYYY"
    gone = then(browser, page, send(browser, page, "/forget"))
    assert folders.of("vendas").date_format == ""
    undo(browser, gone)
    assert (folders.get("vendas").date_format, folders.get("vendas").file_kind) == ("DD/MM/YYYY", FileKind.CONTACTS)


def test_what_is_wrong_with_a_folder_stands_beside_the_field() -> None:
    answer = send(signed_in("helena"), "admin/imports/folders/vendas", "/vendas", timezone="Lua/Norte")
    assert answer.status == 422
    assert 'id="timezone-fault"' in answer.text
    assert 'value="Lua/Norte"' in answer.text


def test_what_files_say_cannot_run() -> None:
    browser = signed_in("helena")
    page = dropped("maus.csv", f"Código do cliente;Nome;{HOSTILE};Loja\r\nC-1;{HOSTILE};x;lua\r\n")
    file = page.rpartition("/")[2]
    for path in (page, f"{page}?outcome=rejected", f"admin/imports/folders/contacts?file={file}", "admin/imports"):
        assert HOSTILE not in go(browser, path).text
