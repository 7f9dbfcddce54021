"""Workbooks: as a spreadsheet library saves them, and put together part by part to be as bad as one wants."""

import io
import zipfile
from collections.abc import Callable, Mapping

from openpyxl import Workbook

_PARTS = {
    "[Content_Types].xml": "<Types/>",
    "_rels/.rels": '<Relationships><Relationship Id="r" Type="x/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>",
    "xl/workbook.xml": '<workbook xmlns:r="x"><sheets><sheet name="Clientes" sheetId="1" r:id="s"/></sheets>'
    "</workbook>",
    "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="s" Type="x/worksheet" Target="worksheets/s.xml"/>'
    '<Relationship Id="t" Type="x/sharedStrings" Target="/xl/sharedStrings.xml"/>'
    '<Relationship Id="f" Type="x/styles" Target="styles.xml"/></Relationships>',
    "xl/worksheets/s.xml": "<worksheet><sheetData/></worksheet>",
    "xl/sharedStrings.xml": "<sst/>",
    "xl/styles.xml": "<styleSheet/>",
}


def saved(fill: Callable[[Workbook], object]) -> bytes:
    """Return the bytes of a workbook that the library saved after somebody filled it."""
    book = Workbook()
    fill(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def made(cells: str = "", *, parts: Mapping[str, str] | None = None, extra: tuple[str, ...] = ()) -> bytes:
    """Return the bytes of a workbook whose first sheet holds this XML; `parts` replaces others, `extra` adds empty."""
    sheet = {"xl/worksheets/s.xml": f"<worksheet><sheetData>{cells}</sheetData></worksheet>"}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, text in {**_PARTS, **sheet, **(parts or {})}.items():
            zipped.writestr(name, text)
        for name in extra:
            zipped.writestr(name, "")
    return out.getvalue()


def zipped(**members: str) -> bytes:
    """Return a plain zip of text files, named without their dots: `a_csv`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("_", "."), text)
    return out.getvalue()
