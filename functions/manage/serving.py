"""How a route is served: who is let in, what all answers have, and one place where refusals become problems."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from pydantic_core import to_json

from escuta import observe, snapshot, table
from escuta.directory import access
from escuta.directory.model import Caller, Scope
from escuta.errors import EscutaError, InvalidError, OvertakenError, UnavailableError
from manage import auditing, calls, conditions, problems, rates, sparse
from manage.asking import BODY_LIMIT, Created, Document, Request, language_of
from manage.calls import Reply
from manage.headers import HEADERS
from manage.problems import RequestError

LARGE_BODY = 4 * 1024 * 1024  # the function takes 6 MB, in which every quotation mark of the body counts twice
MOST_ANSWER = 6_000_000  # bytes, as a text within the JSON that a function answers with: Lambda hands over 6 MB
JSON = "application/json"
_BODILESS = {204, 304}


class Deprecated(NamedTuple):
    """Since when a route should not be used any more, until when it is served, and where that is told."""

    since: datetime
    sunset: datetime
    link: str

    def headers(self) -> dict[str, str]:
        """Return what every answer of the route says about it (RFC 9745, RFC 8594)."""
        return {
            "Deprecation": f"@{int(self.since.timestamp())}",
            "Sunset": format_datetime(self.sunset, usegmt=True),
            "Link": f'<{self.link}>; rel="deprecation"',
        }


class Route(NamedTuple):
    """Who may ask what: method, path, the scope it takes (None: any caller may) and what serves it."""

    method: str
    path: str
    scope: Scope | None
    serve: str  # module.function, loaded when it is first asked for
    body: int = BODY_LIMIT  # characters of a body that are read
    shown_once: tuple[str, ...] = ()  # fields of the answer that are secrets, and kept nowhere in clear
    deprecated: Deprecated | None = None

    def view(self) -> Callable[..., Any]:
        """Return what serves it."""
        return _view(self.serve)


@cache
def _view(serve: str) -> Callable[..., Any]:
    module, _, function = serve.rpartition(".")
    view: Callable[..., Any] = getattr(import_module(f"{__package__}.{module}"), function)
    return view


def warm_up(routes: Sequence[Route]) -> None:
    """Load everything before Lambda takes its snapshot, so that a restored function has it."""
    snapshot.before(table.ready)
    snapshot.before(lambda: load(routes))


def load(routes: Sequence[Route]) -> None:
    """Load what serves every route, and the descriptions that `fields` is read by: else one request pays for them."""
    for route in routes:
        route.view()
    import_module("manage.described.document").operations()


def resolver(routes: Sequence[Route]) -> APIGatewayRestResolver:
    """Return what answers the requests of the gateway by this table."""
    app = APIGatewayRestResolver(serializer=lambda body: to_json(body).decode(), debug=False)
    large = {(route.method, route.path): route.body for route in routes if route.body > BODY_LIMIT}
    allowed = cache(lambda: _allowed(routes))

    def told(error: EscutaError) -> Response[Any]:
        event = app.current_event.raw_event
        language = language_of(event, app.context.get("caller"))
        if isinstance(error, UnavailableError):
            observe.logger().warning("unavailable", extra={"code": error.code, "cause": type(error.__cause__).__name__})
        said = problems.problem(error, language, event["requestContext"].get("requestId", ""))
        return Response(said.status, "application/problem+json", to_json(said.body).decode(), said.headers)

    def failed(error: Exception) -> Response[Any]:
        observe.logger().exception("request failed", exc_info=error)
        return told(RequestError(500, "failed"))

    def unknown(_: Exception) -> Response[Any]:
        event = app.current_event.raw_event
        methods = next((methods for path, methods in allowed() if path.fullmatch(event["path"])), "")
        if methods and event["httpMethod"] == "OPTIONS":
            return Response(204, None, "", {"Allow": methods})
        if not methods or event["httpMethod"] in methods.split(", "):  # a name that no route reads, as `a#b`
            return told(RequestError(404, "route_unknown"))
        return told(RequestError(405, "method_unknown", allow=methods))

    app.use([_admitted(large)])
    for route in routes:
        app.route(route.path, route.method)(_served(app, route))
    app.not_found(unknown)
    app.exception_handler(EscutaError)(told)
    app.exception_handler(Exception)(failed)
    return app


def answered(app: APIGatewayRestResolver, event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request of the gateway. HEAD is a GET whose body stays here."""
    is_head = event["httpMethod"] == "HEAD"
    rates.begin()
    answer: dict[str, Any] = app.resolve({**event, "httpMethod": "GET"} if is_head else event, context)
    always = {name: [value] for name, value in (HEADERS | rates.headers()).items()}
    answer["multiValueHeaders"] = always | answer["multiValueHeaders"]
    if is_head or answer["statusCode"] in _BODILESS:
        answer |= {"body": "", "isBase64Encoded": False}
    return answer


def _admitted(large: Mapping[tuple[str, str], int]) -> Callable[..., Any]:
    def admitted(app: APIGatewayRestResolver, following: NextMiddleware) -> Any:
        """Let in who has passed the authorizer, with a plain path and a body of a size that we read."""
        event = app.current_event.raw_event
        said = (event["requestContext"].get("authorizer") or {}).get("caller")
        if not said:
            raise RequestError(401, "unauthenticated")
        caller = app.context["caller"] = Caller.model_validate_json(said)
        rates.take(caller)
        if event["path"].endswith("/") or "//" in event["path"]:
            raise RequestError(404, "route_unknown")
        most = large.get((event["httpMethod"], event["path"]), BODY_LIMIT)
        if len(event.get("body") or "") > most:
            raise RequestError(413, "body_too_large", most=most)
        return following(app)

    return admitted


def _served(app: APIGatewayRestResolver, route: Route) -> Callable[..., Response[Any]]:
    def serve(**names: str) -> Response[Any]:
        return served(route, Request(app.current_event.raw_event, app.context["caller"]), names)

    return serve


def served(route: Route, request: Request, names: Mapping[str, str]) -> Response[Any]:
    """Answer a request to a route: noted, for whom it is for, and in the form that is asked for.

    What is refused is an EscutaError.
    """
    with auditing.noted(request, route.method, route.path, names) as noted:
        if route.scope:
            access.require(request.caller, route.scope)
        response = _read(request, route, names) if route.method == "GET" else _written(request, route, names)
        noted.answered(response.status_code, response.headers, response.body)
    if route.deprecated:
        response.headers.update(route.deprecated.headers())
    return response


def _read(request: Request, route: Route, names: Mapping[str, str]) -> Response[Any]:
    """Answer a GET: whole, in the fields that are asked for, or with 304 to whom knows it already."""
    result = route.view()(request, **names)
    if isinstance(result, Document):
        _accepted(request, result.kind)
        content = result.body.encode() if isinstance(result.body, str) else result.body
        kind, headers, tag = result.kind, dict(result.headers), conditions.tag(None, content)
        body: str | bytes = result.body
    else:
        _accepted(request, JSON)
        rev = result.get("rev")
        if fields := (request.event.get("multiValueQueryStringParameters") or {}).get(sparse.FIELDS):
            result = sparse.cut(result, fields[0], route.view())
        content = _fitting(result)
        kind, headers, tag, body = JSON, {}, conditions.tag(rev, content), content.decode()
    if conditions.is_known(request.headers, tag):
        return Response(304, None, "", {"ETag": tag})
    return Response(200, kind, body, {**headers, "ETag": tag})


def _written(request: Request, route: Route, names: Mapping[str, str]) -> Response[Any]:
    """Answer what changes something; with an `Idempotency-Key` once and for all."""
    _accepted(request, JSON)

    def serve(asked: Request) -> Reply:
        try:
            with table.holding():
                return _reply(route.view()(asked, **names))
        except OvertakenError as error:
            sent = request.headers.get("if-match", "").strip()[:64]
            raise RequestError(412, error.code, field="If-Match", sent=sent, **error.details) from error

    if route.method == "POST" and calls.HEADER in request.headers:
        reply = calls.once(request, route.scope, route.shown_once, serve)
    else:
        reply = serve(request)
    return Response(reply.status, JSON, reply.body, reply.headers)


def _reply(result: Any) -> Reply:
    status, headers = 200, {}
    if isinstance(result, Created):
        status, headers, result = 201, {"Location": result.location}, result.body
    if "rev" in result:
        headers["ETag"] = f'"{result["rev"]}"'
    return Reply(status, headers, _fitting(result).decode())


def _fitting(result: Any) -> bytes:
    body = to_json(result)
    if len(body) + body.count(b'"') + body.count(b"\\") > MOST_ANSWER:
        raise InvalidError("answer_too_large")
    return body


def _accepted(request: Request, kind: str) -> None:
    """Refuse to answer in a kind that the caller says not to read."""
    said = request.headers.get("accept", "")
    if not said or (";" not in said and ("*/*" in said or kind in said)):
        return
    best: dict[str, float] = {}
    for part in said.lower().split(","):
        name, *parameters = (each.strip() for each in part.split(";"))
        weight = next((each[2:] for each in parameters if each.startswith("q=")), "1")
        best[name] = float(weight) if re.fullmatch(r"[01](\.\d{0,3})?", weight) else 1.0
    named = next((best[each] for each in (kind, f"{kind.partition('/')[0]}/*", "*/*") if each in best), 0.0)
    if not named:
        raise RequestError(406, "kind_unacceptable", field="Accept", sent=said[:64], allowed=kind)


def _allowed(routes: Sequence[Route]) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the methods of every path, those without names in them first."""
    found: dict[str, list[str]] = {}
    for route in sorted(routes, key=lambda route: "<" in route.path):
        found.setdefault(route.path, []).append(route.method)
    return tuple(
        (re.compile(re.sub("<.*?>", "[^/]+", path)), ", ".join(_methods(methods))) for path, methods in found.items()
    )


def _methods(methods: Sequence[str]) -> list[str]:
    return [*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"]
