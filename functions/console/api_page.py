"""The page on which the management API is read and tried out: Swagger UI, as Powertools brings it, on our document."""

from functools import cache
from hashlib import sha256
from importlib.resources import files

from aws_lambda_powertools.event_handler import Response

from console import pages
from console.visit import Visit
from escuta.errors import NotFoundError

_SWAGGER = "aws_lambda_powertools.event_handler.openapi.swagger_ui"
# name -> where it lies, and what it is
_FILES = {
    "openapi.json": ("console", "static", "application/json"),
    "api.js": ("console", "static", "text/javascript; charset=utf-8"),
    "swagger-ui-bundle.min.js": (_SWAGGER, "", "text/javascript; charset=utf-8"),
    "swagger-ui.min.css": (_SWAGGER, "", "text/css; charset=utf-8"),
}
# Scripts and styles of ours alone, and calls to this host alone. Swagger UI draws its icons from `data:`.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)
_KEPT = "public, max-age=31536000, immutable"


def show(visit: Visit) -> Response[str]:
    """Show the page. It needs no session: what it asks, it asks with the key that is typed into it."""
    shown = pages.page(visit, "api", parts={name: f"api/{name}?{_version(name)}" for name in _FILES})
    shown.headers["Content-Security-Policy"] = _POLICY.format(nonce=visit.nonce)
    return shown


def file(name: str) -> Response[str]:
    """Return one of its files. Their links change with what is in them, so browsers keep them for good."""
    if name not in _FILES:
        raise NotFoundError("page_not_found")
    return Response(200, _FILES[name][2], _text(name), {"Cache-Control": _KEPT, "Vary": "Accept-Encoding"})


@cache
def _text(name: str) -> str:
    package, folder, _ = _FILES[name]
    return (files(package) / folder / name).read_text(encoding="utf-8")


@cache
def _version(name: str) -> str:
    return sha256(_text(name).encode()).hexdigest()[:12]
