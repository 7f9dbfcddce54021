"""The two gateways before us: the calls of an HTTP API become those of a REST API, which alone Chalice knows."""

import base64
import gzip
import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from chalice.app import Chalice

Event = Mapping[str, Any]
NOWHERE = ""  # the path of a call that no route of ours takes
_HTTP = "2.0"  # the format of an HTTP API's payload; a REST API names none, or 1.0
_ROOT = "$default"  # the route of what no other takes, and the stage that stands in no path
_PACKED_FROM = 1024  # bytes: below that, packing makes answers longer
_NEVER = re.compile(r";\s*q=0(?:\.0*)?\s*(?:;|$)")


class Gateway(Chalice):
    """An app of Chalice that an HTTP API may call, too."""

    def __call__(self, event: Any, context: Any) -> dict[str, Any]:
        """Answer in the format of the gateway that asks."""
        if event.get("version") != _HTTP:
            return dict(super().__call__(event, context))
        answer = super().__call__(_asked(event, self.routes), context)
        return _told(answer, event["headers"].get("accept-encoding", ""))


def _asked(event: Event, routes: Iterable[str]) -> dict[str, Any]:
    """Return the call as a REST API would make it."""
    asked = event["requestContext"]
    path, parameters = _route(event, routes)
    headers = dict(event["headers"])
    if cookies := event.get("cookies"):
        headers["cookie"] = "; ".join(cookies)
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(event.get("rawQueryString", ""), keep_blank_values=True):
        query.setdefault(name, []).append(value)
    return {
        "resource": path,
        "path": event["rawPath"],
        "httpMethod": asked["http"]["method"],
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": parameters or None,
        "stageVariables": event.get("stageVariables"),
        "body": event.get("body"),
        "isBase64Encoded": event.get("isBase64Encoded", False),
        "requestContext": {
            "requestId": asked.get("requestId"),
            "stage": asked.get("stage"),
            "httpMethod": asked["http"]["method"],
            "resourcePath": path,
            "path": event["rawPath"],
            "identity": {"sourceIp": asked["http"].get("sourceIp"), "userAgent": asked["http"].get("userAgent")},
        },
    }


def _route(event: Event, routes: Iterable[str]) -> tuple[str, dict[str, str]]:
    """Return the declared path and what stands in its place holders.

    A slash at the end is none of the path, for a REST API; an HTTP API finds no route for it, so we look ourselves.
    """
    key = str(event["routeKey"]).rpartition(" ")[2]
    if key != _ROOT:
        return key, dict(event.get("pathParameters") or {})
    stage = event["requestContext"].get("stage", _ROOT)
    whole = str(event["rawPath"])
    own = whole if stage == _ROOT else whole.removeprefix(f"/{stage}")
    for route in routes:
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", route)
        if found := re.fullmatch(pattern, own.rstrip("/")):
            return route, found.groupdict()
    return NOWHERE, {}


def _told(answer: Mapping[str, Any], accepted: str) -> dict[str, Any]:
    """Return the answer as an HTTP API takes it, packed where the browser can unpack it: this gateway never does."""
    many = {name: list(values) for name, values in answer["multiValueHeaders"].items()}
    cookies = [cookie for name, values in many.items() if name.lower() == "set-cookie" for cookie in values]
    joined = {name: ", ".join(values) for name, values in many.items() if name.lower() != "set-cookie"}
    headers = {**answer["headers"], **joined, "Vary": "Accept-Encoding"}
    told = {"statusCode": answer["statusCode"], "headers": headers, "isBase64Encoded": False}
    if cookies:
        told["cookies"] = cookies
    body = str(answer["body"]).encode()
    if answer["statusCode"] == HTTPStatus.NOT_MODIFIED or len(body) <= _PACKED_FROM or not _takes_gzip(accepted):
        return {**told, "body": answer["body"]}
    packed = base64.b64encode(gzip.compress(body, mtime=0)).decode()
    return {**told, "headers": {**headers, "Content-Encoding": "gzip"}, "body": packed, "isBase64Encoded": True}


def _takes_gzip(accepted: str) -> bool:
    """Tell whether a browser unpacks what gzip packed (RFC 9110, 12.5.3)."""
    named = {each.strip().partition(";")[0].strip(): each for each in accepted.lower().split(",")}
    said = named.get("gzip", named.get("*", ""))
    return bool(said) and not _NEVER.search(said)
