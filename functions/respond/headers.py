"""The headers of every answer, and the one line that each call logs."""

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


def policy(nonce: str) -> str:
    """Return the content security policy of a page: only its own inline style and script, nothing from elsewhere."""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'nonce-{nonce}'; "
        "img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
        "object-src 'none'; frame-ancestors 'none'"
    )


def finish(request: Request, response: Response) -> Response:
    """Add what every answer carries, and log which route answered how. Of a link only a piece of its hash is logged."""
    response.headers = {**ALWAYS, POLICY: NOTHING, **response.headers}
    token = (request.uri_params or {}).get("token", "")
    log = logger()
    log.set_correlation_id(getattr(request.lambda_context, "aws_request_id", None))
    log.info(
        "done",
        extra={
            "route": request.path,
            "method": request.method,
            "status": response.status_code,
            "link": ids.token_key(ids.clean_token(token))[:6],
        },
    )
    return response
