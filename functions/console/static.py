"""The files of the pages: style, scripts, what others wrote. A link names a file with the hash of what is in it."""

from functools import cache
from hashlib import sha256
from importlib.resources import files

from aws_lambda_powertools.event_handler import Response

from escuta.errors import NotFoundError

_KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
_KEPT = "public, max-age=31536000, immutable"  # another content has another link
# What is made of several files, so that a page needs one request for it.
_JOINED = {
    "console.css": ("templates/console.css", "static/console.css"),
    "analyze.css": ("static/vendor/gridstack.min.css", "static/analyze.css"),
}


def file(name: str) -> Response[str]:
    """Return one of them; NotFoundError when there is none."""
    if name not in names():
        raise NotFoundError("page_not_found")
    kind = _KINDS[name.rpartition(".")[2]]
    return Response(200, kind, text(name), {"Cache-Control": _KEPT, "Vary": "Accept-Encoding"})


@cache
def names() -> frozenset[str]:
    """Return which there are."""
    top = files("console") / "static"
    found = {each.name for folder in (top, top / "vendor") for each in folder.iterdir()}
    return frozenset(name for name in found | set(_JOINED) if name.rpartition(".")[2] in _KINDS)


@cache
def text(name: str) -> str:
    """Return what is in a file."""
    top = files("console")
    if name in _JOINED:
        parts = [top.joinpath(*path.split("/")) for path in _JOINED[name]]
        return "\n".join(part.read_text(encoding="utf-8") for part in parts if part.is_file())
    own = top / "static" / name
    return (own if own.is_file() else top / "static" / "vendor" / name).read_text(encoding="utf-8")


@cache
def link(name: str) -> str:
    """Return the link to a file, relative to `/console`."""
    return f"static/{name}?{sha256(text(name).encode()).hexdigest()[:12]}"
