"""The headers of every answer, and the one line that each call logs."""

import re

from chalice.app import Request, Response

from escuta import ids
from escuta.observe import logger

ALWAYS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
        "microphone=(), payment=(), usb=()"
    ),
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}
POLICY = "Content-Security-Policy"
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_ORIGIN = re.compile(
    rf"https://{_LABEL}(?:\.{_LABEL})*(?::[0-9]{{1,5}})?|http://(?:localhost|127\.0\.0\.1)(?::[0-9]{{1,5}})?"
)


def policy(nonce: str, *, framed_by: tuple[str, ...] = (), installable: bool = False) -> str:
    """Return the content security policy of a page: only its own inline style and script, nothing from elsewhere.

    `framed_by` are the origins that may show it in a frame, each `https://host`; whatever else stands there is left
    out, since a wildcard or a semicolon would open the policy. An `installable` page has a manifest and a worker.
    """
    origins = " ".join(origin for origin in framed_by if _ORIGIN.fullmatch(origin)) or "'none'"
    own = "manifest-src 'self'; worker-src 'self'; " if installable else ""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'nonce-{nonce}'; "
        f"img-src 'self' data:; connect-src 'self'; font-src 'self'; {own}form-action 'self'; base-uri 'none'; "
        f"object-src 'none'; frame-ancestors {origins}"
    )


def finish(request: Request, response: Response) -> Response:
    """Add what every answer carries, and log which route answered how. Of a link only a piece of its hash is logged."""
    response.headers = {**ALWAYS, POLICY: NOTHING, **response.headers}
    token = (request.uri_params or {}).get("token", "")
    logger().info(
        "done",
        extra={
            "route": request.path,
            "method": request.method,
            "status": response.status_code,
            "link": ids.token_key(ids.clean_token(token))[:6],
        },
    )
    return response
