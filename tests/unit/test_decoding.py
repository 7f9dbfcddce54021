"""The bytes of a file tell their encoding; what is no text is refused by name."""

import codecs
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escuta.directory import decoding
from escuta.directory.decoding import RefusedFileError, Watch

ROWS = "Código;Nome;Loja\r\nC-1;Conceição Ângelo “Lú”;spo-01\r\n"


def blocks(body: bytes, size: int = 7) -> Iterator[bytes]:
    return (body[place : place + size] for place in range(0, len(body), size))


def taken_for(body: bytes) -> str:
    begin = decoding.start(body)
    watch = Watch(begin)
    for _ in decoding.units(watch.over(blocks(body)), begin):
        pass
    return watch.encoding()


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (ROWS.encode(), "utf-8"),
        (codecs.BOM_UTF8 + ROWS.encode(), "utf-8"),
        (codecs.BOM_UTF16_LE + ROWS.encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + ROWS.encode("utf-16-be"), "utf-16-be"),
        (ROWS.encode("utf-16-le"), "utf-16-le"),
        (ROWS.encode("utf-16-be"), "utf-16-be"),
        (ROWS.encode("cp1252"), "cp1252"),
        (ROWS.replace("“Lú”", "").encode("latin-1"), "cp1252"),  # the same bytes
        (ROWS.encode("mac_roman"), "mac_roman"),
        (b"only ASCII", "utf-8"),
        (codecs.BOM_UTF8 + ROWS.encode("cp1252"), "cp1252"),  # a mark that lies
    ],
)
def test_f1_every_usual_encoding_is_told(body: bytes, encoding: str) -> None:
    assert taken_for(body) == encoding
    assert decoding.text(body[decoding.start(body).skip :], encoding).startswith("Código" if body[0] != 111 else "only")


def test_f1_one_wrong_byte_at_the_end_of_a_long_file_makes_it_a_code_page() -> None:
    assert taken_for("ção".encode() * 100_000 + b"\xe7") == "cp1252"


def test_f1_a_character_cut_by_the_end_is_not_utf8() -> None:
    assert taken_for("ção".encode()[:-1] + b"\xc3") == "cp1252"


def test_f1_letters_converted_twice_raise_a_warning() -> None:
    begin = decoding.start(b"")
    twice, once = Watch(begin), Watch(begin)
    list(twice.over([ROWS.encode().decode("cp1252", "ignore").encode()]))
    list(once.over([ROWS.encode()]))
    assert (twice.mojibake, once.mojibake) == (True, False)
    assert twice.encoding() == "utf-8"


@settings(deadline=None)  # other work on the machine is no failure
@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30),
    st.integers(1, 5),
    st.sampled_from(["utf-16-le", "utf-16-be"]),
)
def test_f1_each_unit_of_utf16_keeps_its_place(text: str, size: int, encoding: str) -> None:
    bom = codecs.BOM_UTF16_LE if encoding == "utf-16-le" else codecs.BOM_UTF16_BE
    body = text.encode(encoding)
    units = b"".join(decoding.units(blocks(bom + body, 2 + size), decoding.start(bom + body)))
    assert len(units) * 2 == len(body)
    structure = [place for place, unit in enumerate(units) if chr(unit) in '\r\n;,"']
    assert [chr(units[place]) for place in structure] == [
        body[place * 2 : place * 2 + 2].decode(encoding, "replace") for place in structure
    ]


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"PK\x03\x04\x14\x00", "ZIP, XLSX, ODS"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "XLS"),
        (b"%PDF-1.7", "PDF"),
        (b"BZh91AY&SY", "BZIP2"),
        (b"\x1f\x8b\x08", "GZIP"),
        (b"\n<!DOCTYPE html><table>", "HTML, XML"),
        (b'<?xml version="1.0"?>', "HTML, XML"),
    ],
)
def test_f13_what_is_no_csv_is_named(head: bytes, kind: str) -> None:
    with pytest.raises(RefusedFileError) as refused:
        decoding.start(head)
    assert (refused.value.code, refused.value.details) == ("binary_file", {"kind": kind})


def test_f14_a_workbook_with_a_password_is_told_from_an_old_one() -> None:
    with pytest.raises(RefusedFileError) as refused:
        decoding.start(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1000 + "EncryptedPackage".encode("utf-16-le"))
    assert (refused.value.code, refused.value.details) == ("file_encrypted", {})


def test_f6_a_nul_in_a_text_is_binary() -> None:
    with pytest.raises(RefusedFileError) as refused:
        taken_for(b"name,store\n" * 100 + b"Ana\0,x\n")
    assert (refused.value.code, refused.value.details) == ("binary_file", {"kind": "NUL"})
