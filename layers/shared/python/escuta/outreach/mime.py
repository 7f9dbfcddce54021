"""A mail as the bytes that go out. Pure.

Written here and not by `email.message`, which takes longer for one header than all of this for a mail. So the two rules
that keep a name from becoming a header stand here, too: a line break in a header is a ValueError, and whatever is not
plain ASCII is coded whole. The tests read every kind of mail again with two readers that know nothing of this.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

_LONGEST = 254  # characters of an address, RFC 5321
_LINE = 900  # characters of a header that is left on one line; 998 are allowed
_CHUNK = 39  # bytes of a coded word: with the longest header's name before it a line stays under 76 (RFC 2047)
_ONE_ADDRESS = re.compile(r"[^\s@,;:<>()\[\]\"\\]+@[^\s@,;:<>()\[\]\"\\]+\.[^\s@,;:<>()\[\]\"\\.]+", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
_VALUE = re.compile(r"[\x20-\x7e]*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_WIDEST = 76  # characters of a line of quoted-printable
_EQUALS = ord("=")
_CODED = re.compile(rb"[^ -~]")
_HEXADECIMAL = tuple(b"=%02X" % byte for byte in range(256))
_BOUNDARY = "=_escuta"  # no line of quoted-printable can hold it
_KIND = f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="{_BOUNDARY}"\r\n\r\n'


class AddressError(ValueError):
    """It is not exactly one address."""


def is_address(text: str) -> bool:
    """Tell whether this is one address that a mail may go to."""
    try:
        address(text)
    except AddressError:
        return False
    return True


@lru_cache(maxsize=1024)
def address(text: str) -> str:
    """Return one address with its domain in ASCII; AddressError for anything else."""
    local, _, domain = text.rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode()
        except UnicodeError as error:
            raise AddressError(text) from error
    plain = f"{local}@{domain}"
    dots = local.startswith(".") or local.endswith(".") or ".." in plain
    if dots or not plain.isascii() or len(plain) > _LONGEST or not _ONE_ADDRESS.fullmatch(plain):
        raise AddressError(text)
    return plain


@lru_cache(maxsize=1024)
def mailbox(name: str, where: str) -> str:
    """Return an address with the name of whose it is, folded where it is long. AddressError as `address`."""
    plain = address(where)
    if not name:
        return plain
    if not _plain(name) or len(name) > _CHUNK:
        return f"{coded(name)}\r\n <{plain}>"
    whole = name if _ATOMS.fullmatch(name) else '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{whole} <{plain}>"


def _plain(text: str) -> bool:
    return _VALUE.fullmatch(text) is not None and "=?" not in text


def coded(text: str) -> str:
    """Return a text as coded words (RFC 2047), one a line; no character is split over two."""
    words: list[bytes] = []
    chunk = b""
    for character in text:
        more = character.encode("utf-8", "replace")
        if len(chunk) + len(more) > _CHUNK:
            words, chunk = [*words, chunk], b""
        chunk += more
    return "\r\n ".join(f"=?utf-8?b?{b64encode(word).decode()}?=" for word in (*words, chunk))


def unstructured(text: str) -> str:
    """Return a text as it stands in a subject."""
    return text if _plain(text) and len(text) <= _LINE else coded(text)


def message(
    *,
    sender: str,
    to: str,
    subject: str,
    date: datetime,
    text: str,
    html: str,
    headers: Mapping[str, str],
) -> bytes:
    """Return a mail with both parts; `sender` and `to` come of `mailbox`, `subject` of `unstructured`.

    ValueError when a line break, or anything but ASCII, stands in a header.
    """
    own = (("From", sender), ("To", to), ("Subject", subject), ("Date", format_datetime(date)))
    head = [*_headers(own, folded=True), *_headers(headers.items(), folded=False), _KIND]
    parts = b"".join(_part("plain", text) + _part("html", html))
    return "".join(head).encode("ascii") + parts + f"--{_BOUNDARY}--\r\n".encode()


def _headers(pairs: Iterable[tuple[str, str]], *, folded: bool) -> Iterator[str]:
    """Yield headers. Only what was `folded` here may have line breaks, and then goes on after each."""
    for name, value in pairs:
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value.replace("\r\n ", " ") if folded else value):
            raise ValueError(name)
        yield f"{name}: {value}\r\n"


def _part(kind: str, content: str) -> list[bytes]:
    head = (
        f"--{_BOUNDARY}\r\nContent-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
    )
    return [head.encode(), b"\r\n", quoted(content).replace(b"\n", b"\r\n"), b"\r\n"]


def quoted(text: str) -> bytes:
    """Return a text in quoted-printable, its lines ended by a line feed."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return b"\n".join(map(_line, lines))


@lru_cache(maxsize=2048)
def _line(text: str) -> bytes:
    """Return one line. Most lines of a mail are the same for all: kept, they cost a tenth of `binascii.b2a_qp`."""
    line = text.encode("utf-8", "replace").replace(b"=", b"=3D")
    if not (text.isascii() and text.isprintable()):
        line = _CODED.sub(_hexadecimal, line)
    if line.endswith(b" "):
        line = line[:-1] + b"=20"
    if len(line) <= _WIDEST:
        return b"=2E" if line == b"." else line  # alone it would end the mail for some servers
    return b"=\n".join(_wrapped(line))


def _hexadecimal(found: re.Match[bytes]) -> bytes:
    return _HEXADECIMAL[found.group()[0]]


def _wrapped(line: bytes) -> Iterator[bytes]:
    """Yield a long line in pieces, never cut within `=C3`."""
    place = 0
    while len(line) - place > _WIDEST:
        end = place + _WIDEST - 1
        end -= 1 if line[end - 1] == _EQUALS else 2 if line[end - 2] == _EQUALS else 0
        yield line[place:end]
        place = end
    yield line[place:]
