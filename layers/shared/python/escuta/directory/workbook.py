"""What a workbook says beside its cells: its sheets, its shared texts, which numbers are dates."""

import posixpath
import re
import sys
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeVar
from xml.sax import ContentHandler, SAXException  # names alone: defusedxml parses  # nosec B406
from xml.sax.xmlreader import AttributesImpl  # as a type  # nosec B406

from escuta.directory.archive import Archive
from escuta.directory.budget import RATIO, within_budget
from escuta.directory.decoding import RefusedFileError

_SILENCE = 1 << 20  # bytes that may bring no element and no text
_TEXT = 1 << 20  # characters of one cell; a spreadsheet program allows 32,767
_STRINGS = 48 << 20  # bytes of the shared texts, which have to be held
_HELD = 128 << 20  # bytes of memory that they may take
_NUMBER = 1_500_000  # of them: five to each of 300,000 rows fill _STRINGS
_PREFIX = re.compile(rb"<([\w.-]+:)?sst\b")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


_H = TypeVar("_H", bound="Handler")


class Sheet(NamedTuple):
    """The sheet to read, and what its cells refer to."""

    name: str
    part: str
    epoch_1904: bool
    strings: list[str]
    formats: list[str]  # number format of each style


class Handler(ContentHandler):
    """Elements by their local names, however their producer prefixes them, and the text of some of them.

    The methods that SAX calls are as flat as they are because a sheet has millions of elements.
    """

    def __init__(self, *texts: str) -> None:
        """Collect what stands in elements of these names, but not where it says how a text is pronounced."""
        super().__init__()
        self.events = 0
        self.over = False
        self._texts = frozenset(texts)
        self._open = False
        self._aside = False
        self._pieces: list[str] = []
        self._length = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - the name that SAX calls
        """Note an element that begins, and whether its text is wanted."""
        self.events += 1
        if ":" in name:
            name = name.rpartition(":")[2]
        if name in self._texts:
            self._open = not self._aside
        elif name == "rPh":
            self._aside = True
        self.begin(name, attrs)

    def endElement(self, name: str) -> None:  # noqa: N802 - as above
        """Note an element that ends."""
        self.events += 1
        if ":" in name:
            name = name.rpartition(":")[2]
        self._open = False
        if name == "rPh":
            self._aside = False
        self.end(name)

    def characters(self, content: str) -> None:
        """Keep a piece of text. RefusedFileError `workbook_unsafe` when there is no end of it."""
        self.events += 1
        if self._open:
            self._pieces.append(content)
            self._length += len(content)
            if self._length > _TEXT:
                raise RefusedFileError("workbook_unsafe")

    def begin(self, name: str, attrs: AttributesImpl) -> None:
        """Take in the start of an element."""

    def end(self, name: str) -> None:
        """Take in the end of an element."""

    def taken(self) -> str:
        """Return the text so far, and begin again."""
        pieces = self._pieces
        if not pieces:
            return ""
        text = pieces[0] if len(pieces) == 1 else "".join(pieces)
        self._pieces, self._length = [], 0
        if "_x" in text:
            text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
        return text


def parse(blocks: Iterable[bytes], handler: Handler) -> Iterator[None]:
    """Feed a part to its handler, stopping after each block, until the handler says that it has enough.

    RefusedFileError `workbook_damaged` for what is no XML, `workbook_unsafe` for XML that declares entities or hides
    its bytes.
    """
    from defusedxml.common import DefusedXmlException  # noqa: PLC0415 - most files are no workbook
    from defusedxml.sax import make_parser  # noqa: PLC0415 - as above

    parser = make_parser()
    parser.forbid_dtd = True
    parser.setContentHandler(handler)
    silent, events = 0, 0
    try:
        for block in blocks:
            parser.feed(block)
            silent = silent + len(block) if handler.events == events else 0
            events = handler.events
            if silent > _SILENCE:
                raise RefusedFileError("workbook_unsafe")
            yield
            if handler.over:
                return
        parser.close()
    except DefusedXmlException as error:
        raise RefusedFileError("workbook_unsafe") from error
    except (SAXException, ValueError) as error:
        raise RefusedFileError("workbook_damaged") from error


def first_visible(archive: Archive) -> Sheet:
    """Return the first sheet that its reader sees. RefusedFileError `workbook_damaged` when there is none."""
    part = next((part for kind, part in _related(archive, "", "_rels/.rels").values() if kind == "officeDocument"), "")
    folder, _, name = part.rpartition("/")
    related = _related(archive, folder, f"{folder}/_rels/{name}.rels".lstrip("/"))
    book = _read(archive, part, _Book())
    kinds = dict(related.values())
    for sheet, state, relation in book.sheets:
        kind, target = related.get(relation, ("", ""))
        if kind == "worksheet" and state == "visible":
            shared = kinds.get("sharedStrings", "")
            within_budget(archive.size(shared), archive.size(shared), _STRINGS)
            _count(archive, shared)
            strings = _read(archive, shared, _Strings()).strings
            formats = _read(archive, kinds.get("styles", ""), _Styles()).formats()
            return Sheet(sheet, target, book.epoch_1904, strings, formats)
    raise RefusedFileError("workbook_damaged")


def _read(archive: Archive, part: str, handler: _H) -> _H:
    """Have a part read by its handler; a part that the workbook does not have says nothing."""
    if part:
        for _ in parse(archive.blocks(part), handler):
            pass
    return handler


def _count(archive: Archive, part: str) -> None:
    """Refuse too many shared texts before one is read: counting their ends is a hundred times as fast."""
    if archive.size(part) <= _NUMBER * len("<si/>"):
        return
    ends: tuple[bytes, ...] = ()
    found, rest = 0, b""
    for block in archive.blocks(part):
        if not ends:
            prefix = first[1] or b"" if (first := _PREFIX.search(block)) else b""
            ends = b"</%bsi>" % prefix, b"<%bsi/>" % prefix
        read = rest + block
        found += sum(read.count(end) for end in ends)
        if found > _NUMBER:
            raise RefusedFileError("expands_too_much", limit=_STRINGS >> 20, ratio=RATIO)
        rest = read[1 - len(ends[0]) :]  # where none of them is whole


def _related(archive: Archive, folder: str, part: str) -> dict[str, tuple[str, str]]:
    """Return the id of each relation of a part -> what it is, and the part it names."""
    found = _read(archive, part, _Relations()).found
    return {name: (kind, posixpath.normpath(posixpath.join("/", folder, to)).lstrip("/")) for name, kind, to in found}


class _Relations(Handler):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []

    def begin(self, name: str, attrs: AttributesImpl) -> None:
        if name == "Relationship" and attrs.get("TargetMode") != "External":
            kind = attrs.get("Type", "").rpartition("/")[2]
            self.found.append((attrs.get("Id", ""), kind, attrs.get("Target", "")))


class _Book(Handler):
    def __init__(self) -> None:
        super().__init__()
        self.epoch_1904 = False
        self.sheets: list[tuple[str, str, str]] = []

    def begin(self, name: str, attrs: AttributesImpl) -> None:
        if name == "workbookPr":
            self.epoch_1904 = attrs.get("date1904", "") in {"1", "true", "on"}
        elif name == "sheet":
            relation = next((value for key, value in attrs.items() if key.endswith(":id")), "")
            self.sheets.append((attrs.get("name", ""), attrs.get("state", "visible"), relation))


class _Strings(Handler):
    def __init__(self) -> None:
        super().__init__("t")
        self.strings: list[str] = []
        self._memory = 0

    def end(self, name: str) -> None:
        if name != "si":
            return
        text = self.taken()
        self._memory += sys.getsizeof(text) + 8
        within_budget(self._memory, self._memory, _HELD)
        self.strings.append(text)


class _Styles(Handler):
    """The number format of each style that a cell may have."""

    def __init__(self) -> None:
        super().__init__()
        self._within = ""
        self._own: dict[str, str] = {}
        self._used: list[str] = []

    def begin(self, name: str, attrs: AttributesImpl) -> None:
        if name == "cellXfs":
            self._within = name
        elif name == "numFmt":
            self._own[attrs.get("numFmtId", "")] = attrs.get("formatCode", "")
        elif name == "xf" and self._within:
            self._used.append(attrs.get("numFmtId", "0"))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._within = ""

    def formats(self) -> list[str]:
        from openpyxl.styles.numbers import BUILTIN_FORMATS  # noqa: PLC0415 - most files are no workbook

        builtin = {str(number): code for number, code in BUILTIN_FORMATS.items()}
        return [self._own.get(number) or builtin.get(number, "General") for number in self._used]
