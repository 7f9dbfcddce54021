"""Files as people really drop them: each gets an answer in the language of the folder's owner, and nothing is lost."""

import io
import zipfile

import pytest

from tests.e2e.house import House

HEADER = "Código do cliente;Nome;E-mail;Loja\r\n"


def _row(number: int, name: str, shop: str = "bnu-01") -> str:
    return f"B-{number};{name};b{number}@blumenau.example;{shop}\r\n"


def _zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("clientes.csv", HEADER + _row(1, "Karen"))
    return buffer.getvalue()


FILES = {
    "empty": b"",
    "unclosed": (HEADER + _row(2, "Lia") + 'B-3;"Mara;mara@blumenau.example;bnu-01\r\n' + _row(4, "Nina")).encode(),
    "ragged": (HEADER + _row(5, "Olga") + "B-6;Paula\r\n" + _row(7, "Rita").rstrip() + ";;sobra\r\n").encode("cp1252"),
    "twice": ("Código do cliente;Nome;Loja;nome\r\nB-8;Sara;bnu-01;Tina\r\n").encode(),
    "zipped": _zipped(),
    "titles": HEADER.encode(),
    "fresh": (HEADER + _row(9, "Úrsula")).encode("utf-16"),
}
REFUSED = {
    "empty": "O arquivo está vazio. Exporte-o de novo com a linha de títulos e as linhas de clientes.",
    "unclosed": (
        "As aspas abertas na linha 3 não são fechadas. Feche-as ou apague-as e envie o arquivo de novo; nenhuma linha "
        "foi carregada."
    ),
    "twice": "Duas colunas têm o mesmo título: “Nome”, “nome”. Renomeie uma delas.",
    "zipped": (
        "Isto é um arquivo zip, e nada é extraído de arquivos zip. Envie sozinho o arquivo que está nele, ou "
        "compactado com gzip."
    ),
    "titles": "O arquivo só tem a linha de títulos, sem nenhuma linha de cliente.",
}


CODES = {
    "empty": "empty_file",
    "unclosed": "quote_unclosed",
    "twice": "header_duplicate",
    "zipped": "zip_archive",
    "titles": "no_rows",
}


@pytest.fixture(scope="module")
def dropped(house: House) -> House:
    """Drop all of them at once."""
    files = {f"{name}__csv": content for name, content in FILES.items()}
    house.drop(folder="contacts", **files)
    return house


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_read_is_refused_with_its_reason(dropped: House, name: str) -> None:
    titles = ["escuta: resultado", "escuta: motivo", "escuta: código"]
    assert dropped.report(name) == [titles, ["arquivo recusado", REFUSED[name], CODES[name]]]


def test_a_refused_file_stays_where_it_was_put(dropped: House) -> None:
    dropped.report("unclosed")

    dropped.sftp(f'get contacts/unclosed.csv "{dropped.desk}/back.csv"')

    assert (dropped.desk / "back.csv").read_bytes() == FILES["unclosed"]


def test_a_ragged_row_does_not_stop_the_others(dropped: House) -> None:
    _, *rows = dropped.report("ragged")

    assert [[*row[:4], *row[5:7]] for row in rows] == [
        ["2", "aceita", "", "", "B-5", "Olga"],
        [
            *("3", "recusada", ""),
            "A linha tem 2 campos; são esperados 4. Confira os separadores e as aspas.",
            "B-6",
            "Paula",
        ],
        [
            *("4", "recusada", ""),
            "A linha tem 6 campos; são esperados 4. Confira os separadores e as aspas.",
            "B-7",
            "Rita",
        ],
    ]
    assert rows[2][-1] == "sobra"
    assert dropped.summary("ragged")["totals"] == {
        "accepted": 1,
        "updated": 0,
        "duplicate": 0,
        "rejected": 2,
        "skipped": 0,
    }


def test_a_file_in_utf_16_is_read_like_any_other(dropped: House) -> None:
    assert [row[1:7] for row in dropped.report("fresh")[1:]] == [["aceita", "", "", "", "B-9", "Úrsula"]]


def test_the_same_content_again_loads_nothing_and_asks_nobody_again(dropped: House) -> None:
    dropped.report("fresh")
    people = len(dropped.read("contacts", segment="bnu-01", limit="100")["items"])

    dropped.drop(copy__csv=FILES["fresh"])

    ((_, reason, code),) = dropped.report("copy")[1:]
    assert code == "same_content"
    assert reason.startswith("Este arquivo tem o mesmo conteúdo de “contacts/fresh.csv”, recebido em ")
    assert reason.endswith(" Nada foi carregado e nenhum convite foi enviado de novo.")
    assert len(dropped.read("contacts", segment="bnu-01", limit="100")["items"]) == people


def test_a_corrected_file_under_the_same_name_is_another_file(dropped: House) -> None:
    first = dropped.report("titles")

    dropped.drop(titles__csv=(HEADER + _row(10, "Vera")).encode())

    assert dropped.report("titles", 1)[1][1] == "aceita"
    assert dropped.report("titles") == first
