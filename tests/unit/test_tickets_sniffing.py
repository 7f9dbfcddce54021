"""Whether a file is what it says: harmless ones, and hostile ones that call themselves so."""

import io
import zipfile

import pytest

from escuta.feedback.tickets import sniffing

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(40)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(40)
OGG = b"OggS\x00\x02" + bytes(22) + b"\x01\x13OpusHead" + bytes(40)
EXE = b"MZ\x90\x00" + bytes(200)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"\n <!DOCTYPE html><script>alert(1)</script>"
OOXML = "application/vnd.openxmlformats-officedocument"
WORD, SHEET = f"{OOXML}.wordprocessingml.document", f"{OOXML}.spreadsheetml.sheet"
ODT = "application/vnd.oasis.opendocument.text"


def packed(*names: str, mimetype: str = "") -> bytes:
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w") as file:
        if mimetype:
            file.writestr("mimetype", mimetype)
        for name in names:
            file.writestr(name, "x")
    return room.getvalue()


DOCX = packed("[Content_Types].xml", "_rels/.rels", "word/document.xml")
XLSX = packed("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml")
BROKEN_ODT = packed("content.xml", mimetype=ODT)
DOCM = packed("[Content_Types].xml", "_rels/.rels", "word/document.xml", "word/vbaProject.bin")


@pytest.mark.parametrize(
    ("name", "said", "content"),
    [
        ("a.PNG", "image/png", PNG),
        ("a.jpeg", "image/jpg", JPEG),
        ("a.heic", "image/heic", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(40)),
        ("a.webp", "image/webp", b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(40)),
        ("nota.pdf", "application/pdf", b"%PDF-1.7\n" + bytes(40)),
        ("voz.ogg", "audio/ogg; codecs=opus", OGG),
        ("voz.m4a", "audio/x-m4a", b"\x00\x00\x00\x20ftypM4A " + bytes(40)),
        ("voz.mp3", "audio/mpeg", b"ID3\x03" + bytes(40)),
        ("voz.amr", "audio/amr", b"#!AMR\n" + bytes(40)),
        ("carta.docx", WORD, DOCX),
        ("conta.xlsx", SHEET, XLSX),
        ("carta.odt", ODT, packed("content.xml", mimetype=ODT)),
        ("lista.csv", "text/csv", "nome;nota\nÂngela;3\n".encode()),
        ("velho.txt", "text/plain", "Reclamação".encode("latin-1")),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value[-5:] and "/" not in value else "",
)
def test_files_of_harmless_kinds_are_what_they_say(name: str, said: str, content: bytes) -> None:
    kind = sniffing.kind(said, name)

    assert kind in sniffing.KINDS
    assert sniffing.fits(kind, content)


HOSTILE = {
    "a program as a picture": ("image/png", EXE),
    "a picture with a script": ("image/png", SVG),
    "another picture": ("image/png", JPEG),
    "a page as a document": ("application/pdf", HTML),
    "a page as text": ("text/plain", HTML),
    "a picture with a script as text": ("text/plain", SVG),
    "a program as text": ("text/plain", EXE),
    "markup as a table": ("text/csv", b"<?xml version='1.0'?><x/>"),
    "a document with macros": (WORD, DOCM),
    "an archive as a document": (WORD, packed("a.exe")),
    "a broken archive": (WORD, b"PK\x03\x04" + bytes(100)),
    "a letter as a sheet": (SHEET, DOCX),
    "an archive as an open document": (ODT, packed("content.xml", mimetype="application/zip")),
    "an open document without its kind": (ODT, packed("content.xml")),
    "an open document with macros": (ODT, packed("Basic/x", "content.xml", mimetype=ODT)),
    "an open document whose kind is damaged": (ODT, BROKEN_ODT.replace(b"opendocument", b"opendocumenT", 1)),
    "an open document with a header that is none": (ODT, b"PX" + BROKEN_ODT[2:]),
    "an open document that is packed as nobody packs": (
        ODT,
        BROKEN_ODT[:8]
        + b"\x63\x00"
        + BROKEN_ODT[10:].replace(
            b"PK\x01\x02\x14\x03\x14\x00\x00\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x00\x00\x63\x00"
        ),
    ),
    "a picture as a sound": ("audio/mpeg", PNG),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_not_what_it_says_is_known(what: str) -> None:
    assert not sniffing.fits(*HOSTILE[what])


@pytest.mark.parametrize("said", sorted(sniffing.KINDS))
def test_nothing_passes_for_any_kind_without_its_own_beginning(said: str) -> None:
    assert not any(sniffing.fits(said, content) for content in (b"", EXE, HTML, SVG, bytes(600)))
