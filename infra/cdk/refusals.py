"""What the gateway answers by itself, before any function runs: as a problem for programs, as a page for people.

The gateway knows no reader, so the words stand in all three languages.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from http import HTTPStatus

from aws_cdk import aws_apigateway as apigateway

from escuta import i18n

_TYPE = apigateway.ResponseType
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "sandbox",  # says most with no quotes in it: the gateway has no way to write them
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}
_PAGE = """<!doctype html><html lang="{lang}"><meta charset="utf-8">\
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{status}</title>{words}</html>"""


@dataclass(frozen=True)
class Refusal:
    """One kind of answer: its status, its stable code, and after how many seconds to try again (0: never)."""

    kind: apigateway.ResponseType
    status: int
    code: str
    retry_after: int = 0


REFUSALS = (
    Refusal(_TYPE.UNAUTHORIZED, 401, "unauthenticated"),
    Refusal(_TYPE.ACCESS_DENIED, 403, "forbidden"),
    Refusal(_TYPE.MISSING_AUTHENTICATION_TOKEN, 404, "route_unknown"),  # so the gateway calls a path without a route
    Refusal(_TYPE.RESOURCE_NOT_FOUND, 404, "route_unknown"),
    Refusal(_TYPE.REQUEST_TOO_LARGE, 413, "too_large"),
    Refusal(_TYPE.THROTTLED, 429, "too_many", retry_after=2),
    Refusal(_TYPE.AUTHORIZER_FAILURE, 503, "unavailable", retry_after=2),
    Refusal(_TYPE.INTEGRATION_FAILURE, 503, "unavailable", retry_after=2),
    Refusal(_TYPE.INTEGRATION_TIMEOUT, 503, "unavailable", retry_after=2),
    Refusal(_TYPE.DEFAULT_5_XX, 503, "unavailable", retry_after=2),
)


def teach(rest: apigateway.RestApi) -> None:
    """Give the API these answers."""
    for refusal in REFUSALS:
        rest.add_gateway_response(
            refusal.kind.response_type.title().replace("_", ""),
            type=refusal.kind,
            status_code=str(refusal.status),
            response_headers={name: f"'{value}'" for name, value in _said(refusal)},
            templates={"application/json": _problem(refusal), "text/html": _page(refusal)},
        )


def _said(refusal: Refusal) -> Iterator[tuple[str, str]]:
    yield from _HEADERS.items()
    if refusal.retry_after:
        yield "Retry-After", str(refusal.retry_after)


def _words(refusal: Refusal) -> dict[str, str]:
    return {language: i18n.say("infra.cdk", language, refusal.code) for language in i18n.LANGUAGES}


def _problem(refusal: Refusal) -> str:
    return json.dumps(
        {
            "type": f"urn:escuta:problem:{refusal.code}",
            "title": HTTPStatus(refusal.status).phrase,
            "status": refusal.status,
            "code": refusal.code,
            "detail": " / ".join(_words(refusal).values()),
            "request_id": "$context.requestId",
        },
        ensure_ascii=False,
    )


def _page(refusal: Refusal) -> str:
    words = "".join(f'<p lang="{language}">{escape(text)}</p>' for language, text in _words(refusal).items())
    return _PAGE.format(lang=i18n.LANGUAGES[0], status=refusal.status, words=words)
