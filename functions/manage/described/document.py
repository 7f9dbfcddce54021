"""The OpenAPI 3.1 document: Powertools reads the shapes, and what it has no words for is added here."""

import inspect
import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import NoneType
from typing import Annotated, Any, Union, get_args, get_origin

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi import params
from pydantic.fields import FieldInfo

from manage import described
from manage.described.naming import named
from manage.described.operation import Operation, Problem
from manage.described.remarks import remark
from manage.routes import ROUTES
from manage.serving import Route

EXAMPLES = Path(__file__).parent / "examples"
VERSION = "1"
TITLE = "Escuta"
_BYTES = {"type": "string", "format": "binary"}
_METHODS = {"get", "post", "put", "patch", "delete"}
_COMMON = """
What holds for every operation; `docs/api.md` says more.

* `Authorization`: `Bearer` and an API key (`esk_...`), or an access token that a key gets at `POST /oauth/token`. Each
  operation names the scope that it takes. Whoever is bound to segments finds nothing outside of them: 404.
* A list is read page by page: `next` of an answer is `cursor` of the next request; null on the last page.
* `fields=id,name` of a GET answers with these fields alone. HEAD and OPTIONS are served wherever GET is.
* `ETag` of an answer goes into `If-Match` of a change (412 when it was changed meanwhile) and into `If-None-Match` of a
  GET (304 when it was not).
* `Idempotency-Key` on a POST: the same call under the same key is done once, and answered alike for 24 hours.
* What PATCH does not name stays. A batch answers 200 with a result for each item, in the order of the call.
* Refusals are `application/problem+json` (RFC 9457): act on `code`, show `detail`, quote `request_id`.
* `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` tell what is left of the minute; 429 says in
  `Retry-After` when to come again.
* What is going to end says so in `Deprecation` and `Sunset`, at least twelve months apart. New operations, optional
  fields and new fields of answers come at any time: ignore what you do not know.
""".strip()
_PROBLEMS = {
    "4XX": (
        "A refusal: 400 what cannot be read, 401 no key or one that is over, 403 a scope that the caller lacks, 404 "
        "nothing there, or nothing that the caller may see, 409 it stands against what is there, 410 it was there and "
        "is over, 412 changed meanwhile, 413 too large, 415 no JSON, 422 a field that is missing, unknown or wrong, "
        "429 too many requests: wait for `Retry-After`."
    ),
    "5XX": "Our fault: 503 with `Retry-After` when something that we depend on does not answer, else 500.",
}
_HEADERS = {
    "Idempotency-Key": (
        "Any text of up to 255 characters that is new for every call: the same call under the same key is answered "
        "with what was answered first, for 24 hours."
    ),
    "If-Match": "The `ETag` that was read: 412 when it was changed meanwhile. Without it the last one wins.",
}
_TAG = r'(W/)?"[!#-~]*"'
_WRITTEN = {
    "Idempotency-Key": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
    "If-Match": {"type": "string", "maxLength": 2000, "pattern": rf"^(\*|{_TAG}( *, *{_TAG})*)$"},
}


@cache
def operations() -> dict[Callable[..., Any], Operation]:
    """Return the description of everything that is served, by what serves it."""
    found: dict[Callable[..., Any], Operation] = {}
    for module in iter_modules(described.__path__):
        found |= getattr(import_module(f"{described.__name__}.{module.name}"), "OPERATIONS", {})
    return found


def described_routes() -> Iterator[tuple[Route, Operation]]:
    """Yield the routes with their descriptions."""
    known = operations()
    yield from ((route, known[route.view()]) for route in ROUTES if route.view() in known)


@cache
def document() -> dict[str, Any]:
    """Return the whole document, as JSON has it."""
    resolver = APIGatewayRestResolver()
    for route, operation in described_routes():
        _declare(resolver, route, operation)
    for declared in resolver._dynamic_routes + resolver._static_routes:  # noqa: SLF001 - answers always hold defaults
        for model in declared.dependant.response_extra_models:
            model.mode = "serialization"
    made: dict[str, Any] = json.loads(resolver.get_openapi_json_schema(title=TITLE, version=VERSION))
    return _completed(made)


def _declare(resolver: APIGatewayRestResolver, route: Route, operation: Operation) -> None:
    def serve(**_: Any) -> None:
        """Stand for what serves the route: only the signature is read."""

    serve.__signature__ = _signature(route, operation)  # type: ignore[attr-defined]
    serve.__annotations__ = {}
    told, _, _ = (inspect.getdoc(route.view()) or "").partition("\n")
    resolver.route(
        route.path,
        route.method,
        summary=re.split(r"(?<=\w)[.:;] ", told)[0].rstrip("."),
        description=inspect.getdoc(route.view()),
        operation_id=operation.name,
        tags=[route.path.split("/")[2]],
        responses={status: _answer(operation) for status in operation.statuses},
        deprecated=route.deprecated is not None,
    )(serve)


def _answer(operation: Operation) -> Any:
    if operation.kinds:
        return {"description": "The document.", "content": {kind: {"schema": _raw(kind)} for kind in operation.kinds}}
    return {"description": "The answer.", "content": {"application/json": {"model": operation.answer}}}


def _raw(kind: str) -> dict[str, str]:
    """Return the schema of what has no model: anything that is read, as JSON and YAML are, text, or bytes."""
    if kind.endswith(("json", "yaml")):
        return {}
    return {"type": "string"} if kind.startswith("text/") or kind.endswith("xml") else _BYTES


def _signature(route: Route, operation: Operation) -> inspect.Signature:
    taken = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[str, params.Path()])
        for name in re.findall(r"<(\w+)>", route.path)
    ]
    if operation.query:
        taken += [_asked(name, field) for name, field in operation.query.model_fields.items()]
    if operation.body is not None:
        body: Any = Annotated.__class_getitem__((operation.body, params.Body()))  # type: ignore[attr-defined]
        taken.append(inspect.Parameter("body", inspect.Parameter.KEYWORD_ONLY, annotation=body))
    return inspect.Signature(taken)


def _asked(name: str, field: FieldInfo) -> inspect.Parameter:
    kind, extra = _plain(field.annotation), [*field.metadata]
    query = params.Query(alias=field.alias or name, description=field.description)
    default = inspect.Parameter.empty if field.is_required() else field.default
    annotation: Any = Annotated.__class_getitem__((kind, *extra, query))  # type: ignore[attr-defined]
    return inspect.Parameter(f"asked_{name}", inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _plain(kind: Any) -> Any:
    """Return a type without None: nothing stands for it in a query."""
    if get_origin(kind) in {Union, type(int | None)} and NoneType in get_args(kind):
        return Union[tuple(each for each in get_args(kind) if each is not NoneType)]  # noqa: UP007 - made from parts
    return kind


def _completed(made: dict[str, Any]) -> dict[str, Any]:
    components = made["components"]
    for unused in ("HTTPValidationError", "ValidationError", "ResponseValidationError"):
        components["schemas"].pop(unused, None)
    components["schemas"]["Problem"] = Problem.model_json_schema()
    remark(components["schemas"], (operation for _, operation in described_routes()))
    components["responses"] = {
        status: {
            "description": words,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, words in _PROBLEMS.items()
    }
    components["headers"] = {"ETag": {"description": "The revision, for `If-Match`.", "schema": {"type": "string"}}}
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, `esk_...`."}
    }
    made["security"] = [{"bearer": []}]
    made["info"]["description"] = _COMMON
    made["servers"] = [{"url": "/", "description": "The output `Api` of the stack."}]
    _without_defaults(made)
    for route, operation in described_routes():
        _complete(made["paths"][re.sub(r"<(\w+)>", r"{\1}", route.path)][route.method.lower()], route, operation)
    made["paths"] = dict(sorted(made["paths"].items()))
    named(made)
    return made


def _without_defaults(made: dict[str, Any]) -> None:
    """Take away what PATCH does not assume: what is not sent stays, and a client must not send it by itself."""
    for methods in made["paths"].values():
        for content in methods.get("patch", {}).get("requestBody", {}).get("content", {}).values():
            patch = made["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
            for field in patch["properties"].values():
                field.pop("default", None)


def _complete(told: dict[str, Any], route: Route, operation: Operation) -> None:
    """Add what Powertools does not say: scope, headers, refusals, and the example."""
    told["description"] = f"{told['description']}\n\nScope: {f'`{route.scope}`' if route.scope else 'none'}."
    told["x-scope"] = route.scope.value if route.scope else None
    due = {"Idempotency-Key": route.method == "POST", "If-Match": operation.matched}
    headers = [
        {"name": name, "in": "header", "required": False, "description": _HEADERS[name], "schema": _WRITTEN[name]}
        for name in filter(due.__getitem__, due)
    ]
    told["parameters"] = told.get("parameters", []) + headers
    if operation.sent:
        modelled = told.get("requestBody", {}).get("content", {})
        sent = {kind: modelled.get("application/json") or {"schema": _raw(kind)} for kind in operation.sent}
        told["requestBody"] = {"required": True, "content": modelled | deepcopy(sent)}
    told["responses"] |= {status: {"$ref": f"#/components/responses/{status}"} for status in _PROBLEMS}
    _exemplify(told, operation)


def _exemplify(told: dict[str, Any], operation: Operation) -> None:
    file = EXAMPLES / f"{operation.name}.json"
    if not file.exists():
        return
    example = json.loads(file.read_text(encoding="utf-8"))
    for parameter in told["parameters"]:
        value = example.get(parameter["in"], {}).get(parameter["name"])
        if value is not None:
            parameter["example"] = value
    if "body" in example:
        kind = next((kind for kind in operation.sent if isinstance(example["body"], str)), "application/json")
        told["requestBody"]["content"][kind]["example"] = example["body"]
    if "answer" in example:
        (content,) = told["responses"][str(example["status"])]["content"].values()
        content["example"] = example["answer"]
