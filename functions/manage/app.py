"""The management API: one table of routes that reads as the contract, one place where refusals become problems."""

from collections.abc import Callable
from typing import Any, NamedTuple

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from pydantic_core import to_json

from escuta import observe
from escuta.directory import access
from escuta.directory.model import Caller, Scope
from escuta.errors import EscutaError, InvalidError
from manage import (
    coaching,
    contacts,
    custom_fields,
    dashboards,
    definitions,
    deployments,
    dryruns,
    eligibility,
    events,
    evidence,
    export_schedules,
    exports,
    files,
    folders,
    funnels,
    intercepts,
    keys,
    managers,
    metrics,
    parked,
    prefills,
    privacy,
    problems,
    products,
    rates,
    recounts,
    responses,
    rules,
    segments,
    sending,
    sending_rules,
    service_hours,
    settings,
    sms_prices,
    suppressions,
    surveys,
    templates,
    ticket_alert_links,
    ticket_attachments,
    ticket_batches,
    ticket_causes,
    ticket_counts,
    ticket_links,
    ticket_listing,
    ticket_messages,
    ticket_rules,
    ticket_settings,
    ticket_views,
    tickets,
    tokens,
    topics,
    transactions,
    trying,
    uploads,
    webhooks,
)
from manage.asking import BODY_LIMIT, Created, Document, Request, language_of
from manage.headers import HEADERS
from manage.problems import RequestError


class Route(NamedTuple):
    """Who may ask what: method, path, the scope it takes and what serves it."""

    method: str
    path: str
    scope: Scope
    serve: Callable[..., Any]
    body: int = BODY_LIMIT  # characters of a body that are read


ROUTES = (
    Route("GET", "/v1/surveys", Scope.SURVEYS_READ, surveys.listing),
    Route("POST", "/v1/surveys", Scope.SURVEYS_WRITE, surveys.create),
    Route("GET", "/v1/surveys/<survey>", Scope.SURVEYS_READ, surveys.get),
    Route("PATCH", "/v1/surveys/<survey>", Scope.SURVEYS_WRITE, surveys.change),
    Route("DELETE", "/v1/surveys/<survey>", Scope.SURVEYS_WRITE, surveys.delete),
    Route("POST", "/v1/surveys/imports", Scope.SURVEYS_WRITE, definitions.create, definitions.BODY),
    Route("POST", "/v1/surveys/<survey>/copies", Scope.SURVEYS_WRITE, definitions.copy),
    Route("GET", "/v1/surveys/<survey>/definition", Scope.SURVEYS_READ, definitions.get),
    Route("GET", "/v1/surveys/<survey>/definition.yaml", Scope.SURVEYS_READ, definitions.get_yaml),
    Route("GET", "/v1/surveys/<survey>/versions", Scope.SURVEYS_READ, surveys.versions),
    Route("POST", "/v1/surveys/<survey>/versions", Scope.SURVEYS_WRITE, surveys.publish),
    Route("GET", "/v1/surveys/<survey>/versions/<version>", Scope.SURVEYS_READ, surveys.version),
    Route("GET", "/v1/surveys/<survey>/recounts", Scope.METRICS_READ, recounts.listing),
    Route("POST", "/v1/surveys/<survey>/recounts", Scope.SURVEYS_WRITE, recounts.create),
    Route("GET", "/v1/surveys/<survey>/templates", Scope.SURVEYS_READ, templates.listing),
    Route("POST", "/v1/surveys/<survey>/templates/preview", Scope.SURVEYS_READ, trying.preview),
    Route("POST", "/v1/surveys/<survey>/templates/test", Scope.SURVEYS_WRITE, trying.test),
    Route("GET", "/v1/surveys/<survey>/templates/<channel>/<language>", Scope.SURVEYS_READ, templates.get),
    Route("PUT", "/v1/surveys/<survey>/templates/<channel>/<language>", Scope.SURVEYS_WRITE, templates.put),
    Route("DELETE", "/v1/surveys/<survey>/templates/<channel>/<language>", Scope.SURVEYS_WRITE, templates.delete),
    Route("GET", "/v1/merge-fields", Scope.SURVEYS_READ, templates.fields),
    Route("GET", "/v1/intercepts", Scope.SURVEYS_READ, intercepts.listing),
    Route("POST", "/v1/intercepts", Scope.SURVEYS_WRITE, intercepts.create),
    Route("GET", "/v1/intercepts/<intercept>", Scope.SURVEYS_READ, intercepts.get),
    Route("PATCH", "/v1/intercepts/<intercept>", Scope.SURVEYS_WRITE, intercepts.change),
    Route("DELETE", "/v1/intercepts/<intercept>", Scope.SURVEYS_WRITE, intercepts.revoke),
    Route("GET", "/v1/segments", Scope.SEGMENTS_READ, segments.listing),
    Route("POST", "/v1/segments", Scope.SEGMENTS_WRITE, segments.create),
    Route("GET", "/v1/segments/<segment>", Scope.SEGMENTS_READ, segments.get),
    Route("PATCH", "/v1/segments/<segment>", Scope.SEGMENTS_WRITE, segments.change),
    Route("GET", "/v1/segments/<segment>/moves", Scope.SEGMENTS_READ, segments.moves),
    Route("GET", "/v1/segments/<segment>/service-hours", Scope.SEGMENTS_READ, service_hours.get),
    Route("PUT", "/v1/segments/<segment>/service-hours", Scope.SEGMENTS_WRITE, service_hours.put),
    Route("DELETE", "/v1/segments/<segment>/service-hours", Scope.SEGMENTS_WRITE, service_hours.delete),
    Route("GET", "/v1/managers", Scope.MANAGERS_READ, managers.listing),
    Route("POST", "/v1/managers", Scope.MANAGERS_WRITE, managers.create),
    Route("GET", "/v1/managers/<manager>", Scope.MANAGERS_READ, managers.get),
    Route("PATCH", "/v1/managers/<manager>", Scope.MANAGERS_WRITE, managers.change),
    Route("GET", "/v1/managers/<manager>/activity", Scope.MANAGERS_READ, managers.log),
    Route("GET", "/v1/managers/<manager>/digests", Scope.MANAGERS_READ, managers.digested),
    Route("GET", "/v1/managers/<manager>/digests/preview", Scope.METRICS_READ, managers.preview_digest),
    Route("GET", "/v1/managers/<manager>/coaching", Scope.TICKETS_READ, coaching.get),
    Route("GET", "/v1/products", Scope.PRODUCTS_READ, products.listing),
    Route("GET", "/v1/products/<product>", Scope.PRODUCTS_READ, products.get),
    Route("PATCH", "/v1/products/<product>", Scope.PRODUCTS_WRITE, products.change),
    Route("GET", "/v1/product-groups", Scope.PRODUCTS_READ, products.groups),
    Route("PATCH", "/v1/product-groups/<group>", Scope.PRODUCTS_WRITE, products.change_group),
    Route("GET", "/v1/tokens", Scope.TOKENS_READ, tokens.listing),
    Route("POST", "/v1/tokens", Scope.TOKENS_WRITE, tokens.create),
    Route("GET", "/v1/tokens/<token>", Scope.TOKENS_READ, tokens.get),
    Route("PATCH", "/v1/tokens/<token>", Scope.TOKENS_WRITE, tokens.change),
    Route("DELETE", "/v1/tokens/<token>", Scope.TOKENS_WRITE, tokens.revoke),
    Route("POST", "/v1/tokens/<token>/rotate", Scope.TOKENS_WRITE, tokens.rotate),
    Route("GET", "/v1/tokens/<token>/qr.svg", Scope.TOKENS_READ, tokens.svg),
    Route("GET", "/v1/tokens/<token>/qr.png", Scope.TOKENS_READ, tokens.png),
    Route("GET", "/v1/tokens/<token>/poster", Scope.TOKENS_READ, tokens.printed),
    Route("POST", "/v1/prefills", Scope.TOKENS_WRITE, prefills.create),
    Route("GET", "/v1/contacts", Scope.CONTACTS_READ, contacts.listing),
    Route("POST", "/v1/contacts", Scope.CONTACTS_WRITE, contacts.create),
    Route("GET", "/v1/contacts/<contact>", Scope.CONTACTS_READ, contacts.get),
    Route("PATCH", "/v1/contacts/<contact>", Scope.CONTACTS_WRITE, contacts.change),
    Route("GET", "/v1/contacts/<contact>/eligibility", Scope.CONTACTS_READ, eligibility.get),
    Route("GET", "/v1/contacts/<contact>/transactions", Scope.CONTACTS_READ, contacts.transactions),
    Route("POST", "/v1/transactions", Scope.CONTACTS_WRITE, transactions.create, transactions.BODY),
    Route("GET", "/v1/custom-fields", Scope.CONTACTS_READ, custom_fields.listing),
    Route("POST", "/v1/custom-fields", Scope.CONTACTS_WRITE, custom_fields.create),
    Route("GET", "/v1/custom-fields/<name>", Scope.CONTACTS_READ, custom_fields.get),
    Route("PATCH", "/v1/custom-fields/<name>", Scope.CONTACTS_WRITE, custom_fields.change),
    Route("DELETE", "/v1/custom-fields/<name>", Scope.CONTACTS_WRITE, custom_fields.delete),
    Route("GET", "/v1/suppressions", Scope.SUPPRESSIONS_READ, suppressions.get),
    Route("POST", "/v1/suppressions", Scope.SUPPRESSIONS_WRITE, suppressions.create),
    Route("POST", "/v1/suppressions/batch", Scope.SUPPRESSIONS_WRITE, suppressions.create_many),
    Route("DELETE", "/v1/suppressions", Scope.SUPPRESSIONS_WRITE, suppressions.lift),
    Route("GET", "/v1/folders", Scope.FILES_READ, folders.listing),
    Route("GET", "/v1/folders/<folder>", Scope.FILES_READ, folders.get),
    Route("PUT", "/v1/folders/<folder>", Scope.FILES_WRITE, folders.put),
    Route("DELETE", "/v1/folders/<folder>", Scope.FILES_WRITE, folders.delete),
    Route("POST", "/v1/folders/<folder>/mapping-preview", Scope.FILES_READ, folders.preview),
    Route("GET", "/v1/files", Scope.FILES_READ, files.listing),
    Route("POST", "/v1/files", Scope.FILES_WRITE, uploads.create),
    Route("GET", "/v1/uploads/<upload>", Scope.FILES_READ, uploads.get),
    Route("GET", "/v1/files/<file>", Scope.FILES_READ, files.get),
    Route("PATCH", "/v1/files/<file>", Scope.FILES_WRITE, files.change),
    Route("GET", "/v1/files/<file>/report", Scope.FILES_READ, files.report),
    Route("GET", "/v1/files/<file>/rows", Scope.FILES_READ, files.rows),
    Route("GET", "/v1/exports", Scope.EXPORTS_READ, exports.listing),
    Route("POST", "/v1/exports", Scope.EXPORTS_WRITE, exports.create),
    Route("GET", "/v1/exports/<export>", Scope.EXPORTS_READ, exports.get),
    Route("GET", "/v1/export-schedules", Scope.EXPORTS_READ, export_schedules.listing),
    Route("POST", "/v1/export-schedules", Scope.EXPORTS_WRITE, export_schedules.create),
    Route("GET", "/v1/export-schedules/<schedule>", Scope.EXPORTS_READ, export_schedules.get),
    Route("PATCH", "/v1/export-schedules/<schedule>", Scope.EXPORTS_WRITE, export_schedules.change),
    Route("DELETE", "/v1/export-schedules/<schedule>", Scope.EXPORTS_WRITE, export_schedules.delete),
    Route("GET", "/v1/events", Scope.EVENTS_READ, events.listing),
    Route("POST", "/v1/events/replays", Scope.EVENTS_WRITE, events.replay),
    Route("GET", "/v1/events/replays/<replay>", Scope.EVENTS_READ, events.replayed),
    Route("GET", "/v1/deployments", Scope.DEPLOYMENTS_READ, deployments.listing),
    Route("POST", "/v1/deployments", Scope.DEPLOYMENTS_WRITE, deployments.create),
    Route("GET", "/v1/deployments/dry-runs", Scope.DEPLOYMENTS_READ, dryruns.listing),
    Route("POST", "/v1/deployments/dry-runs", Scope.DEPLOYMENTS_WRITE, dryruns.create),
    Route("GET", "/v1/deployments/dry-runs/<run>", Scope.DEPLOYMENTS_READ, dryruns.get),
    Route("GET", "/v1/deployments/<deployment>", Scope.DEPLOYMENTS_READ, deployments.get),
    Route("PATCH", "/v1/deployments/<deployment>", Scope.DEPLOYMENTS_WRITE, deployments.change),
    Route("POST", "/v1/deployments/<deployment>/resends", Scope.DEPLOYMENTS_WRITE, deployments.resend),
    Route("GET", "/v1/deployments/<deployment>/resends", Scope.DEPLOYMENTS_READ, deployments.resends),
    Route("GET", "/v1/deployments/<deployment>/resends/<resend>", Scope.DEPLOYMENTS_READ, deployments.resent),
    Route("GET", "/v1/deployments/<deployment>/invitations", Scope.DEPLOYMENTS_READ, deployments.invitations),
    Route("GET", "/v1/deployments/<deployment>/funnel", Scope.DEPLOYMENTS_READ, funnels.of_deployment),
    Route("GET", "/v1/sending-rules", Scope.SENDING_READ, sending_rules.get),
    Route("PUT", "/v1/sending-rules", Scope.SENDING_WRITE, sending_rules.put),
    Route("PUT", "/v1/sending-rules/sms-prices", Scope.SENDING_WRITE, sms_prices.put, sms_prices.BODY),
    Route("GET", "/v1/sending", Scope.SENDING_READ, sending.get),
    Route("PATCH", "/v1/sending", Scope.SENDING_WRITE, sending.switch),
    Route("GET", "/v1/rules", Scope.RULES_READ, rules.listing),
    Route("POST", "/v1/rules", Scope.RULES_WRITE, rules.create),
    Route("GET", "/v1/rules/<rules>", Scope.RULES_READ, rules.get),
    Route("GET", "/v1/rules/<rules>/versions", Scope.RULES_READ, rules.versions),
    Route("POST", "/v1/rules/<rules>/versions", Scope.RULES_WRITE, rules.publish),
    Route("GET", "/v1/rules/<rules>/versions/<version>", Scope.RULES_READ, rules.version),
    Route("POST", "/v1/rules/<rules>/preview", Scope.RULES_READ, rules.preview),
    Route("GET", "/v1/responses", Scope.RESPONSES_READ, responses.listing),
    Route("GET", "/v1/responses/<response>", Scope.RESPONSES_READ, responses.get),
    Route("PATCH", "/v1/responses/<response>", Scope.RESPONSES_WRITE, responses.change),
    Route("GET", "/v1/responses/<response>/journey", Scope.RESPONSES_READ, responses.journey),
    Route("GET", "/v1/topics", Scope.SURVEYS_READ, topics.get),
    Route("PUT", "/v1/topics", Scope.SURVEYS_WRITE, topics.put),
    Route("POST", "/v1/topics/preview", Scope.RESPONSES_READ, topics.preview),
    Route("GET", "/v1/topics/rereadings", Scope.SURVEYS_READ, topics.rereadings),
    Route("POST", "/v1/topics/rereadings", Scope.SURVEYS_WRITE, topics.reread),
    Route("GET", "/v1/evidence", Scope.RESPONSES_READ, evidence.listing),
    Route("GET", "/v1/tickets", Scope.TICKETS_READ, ticket_listing.listing),
    Route("GET", "/v1/tickets/<ticket>", Scope.TICKETS_READ, tickets.get),
    Route("POST", "/v1/tickets", Scope.TICKETS_WRITE, tickets.create),
    Route("POST", "/v1/tickets/batch", Scope.TICKETS_WRITE, ticket_batches.create),
    Route("PATCH", "/v1/tickets/<ticket>", Scope.TICKETS_WRITE, tickets.change),
    Route("GET", "/v1/tickets/<ticket>/activity", Scope.TICKETS_READ, tickets.log),
    Route("GET", "/v1/tickets/<ticket>/alert-links", Scope.TICKETS_READ, ticket_alert_links.listing),
    Route("DELETE", "/v1/tickets/<ticket>/alert-links", Scope.TICKETS_WRITE, ticket_alert_links.revoke),
    Route("GET", "/v1/tickets/<ticket>/attachments", Scope.TICKETS_READ, ticket_attachments.listing),
    Route("POST", "/v1/tickets/<ticket>/attachments", Scope.TICKETS_WRITE, ticket_attachments.create),
    Route("GET", "/v1/tickets/<ticket>/attachments/<attachment>", Scope.TICKETS_READ, ticket_attachments.get),
    Route("PUT", "/v1/tickets/<ticket>/attachments/<attachment>", Scope.TICKETS_WRITE, ticket_attachments.confirm),
    Route("DELETE", "/v1/tickets/<ticket>/attachments/<attachment>", Scope.TICKETS_WRITE, ticket_attachments.delete),
    Route("GET", "/v1/tickets/<ticket>/messages", Scope.TICKETS_READ, ticket_messages.listing),
    Route("POST", "/v1/tickets/<ticket>/messages", Scope.TICKETS_WRITE, ticket_messages.create),
    Route("POST", "/v1/tickets/<ticket>/merge", Scope.TICKETS_WRITE, ticket_links.merge),
    Route("POST", "/v1/tickets/<ticket>/links", Scope.TICKETS_WRITE, ticket_links.link),
    Route("DELETE", "/v1/tickets/<ticket>/links/<other>", Scope.TICKETS_WRITE, ticket_links.unlink),
    Route("GET", "/v1/ticket-views", Scope.TICKETS_READ, ticket_views.listing),
    Route("POST", "/v1/ticket-views", Scope.TICKETS_READ, ticket_views.create),
    Route("GET", "/v1/ticket-views/<view>", Scope.TICKETS_READ, ticket_views.get),
    Route("PATCH", "/v1/ticket-views/<view>", Scope.TICKETS_READ, ticket_views.change),
    Route("DELETE", "/v1/ticket-views/<view>", Scope.TICKETS_READ, ticket_views.delete),
    Route("GET", "/v1/ticket-counts", Scope.TICKETS_READ, ticket_counts.get),
    Route("GET", "/v1/ticket-settings", Scope.TICKETS_READ, ticket_settings.get),
    Route("PUT", "/v1/ticket-settings", Scope.TICKETS_ADMIN, ticket_settings.put),
    Route("GET", "/v1/ticket-causes", Scope.TICKETS_READ, ticket_causes.get),
    Route("PUT", "/v1/ticket-causes", Scope.TICKETS_ADMIN, ticket_causes.put),
    Route("GET", "/v1/ticket-rules", Scope.TICKETS_READ, ticket_rules.get),
    Route("PUT", "/v1/ticket-rules", Scope.TICKETS_ADMIN, ticket_rules.put),
    Route("GET", "/v1/ticket-rules/versions", Scope.TICKETS_READ, ticket_rules.versions),
    Route("GET", "/v1/ticket-rules/versions/<version>", Scope.TICKETS_READ, ticket_rules.version),
    Route("POST", "/v1/ticket-rules/preview", Scope.TICKETS_ADMIN, ticket_rules.preview),
    Route("GET", "/v1/metrics", Scope.METRICS_READ, metrics.get),
    Route("POST", "/v1/metrics/queries", Scope.METRICS_READ, metrics.queries),
    Route("GET", "/v1/dashboards", Scope.DASHBOARDS_READ, dashboards.listing),
    Route("POST", "/v1/dashboards", Scope.DASHBOARDS_WRITE, dashboards.create),
    Route("GET", "/v1/dashboards/<dashboard>", Scope.DASHBOARDS_READ, dashboards.get),
    Route("PUT", "/v1/dashboards/<dashboard>", Scope.DASHBOARDS_WRITE, dashboards.put),
    Route("PATCH", "/v1/dashboards/<dashboard>", Scope.DASHBOARDS_WRITE, dashboards.change),
    Route("DELETE", "/v1/dashboards/<dashboard>", Scope.DASHBOARDS_WRITE, dashboards.delete),
    Route("GET", "/v1/dashboards/<dashboard>/data", Scope.DASHBOARDS_READ, dashboards.data),
    Route("POST", "/v1/dashboards/<dashboard>/copies", Scope.DASHBOARDS_WRITE, dashboards.copy),
    Route("GET", "/v1/settings", Scope.SETTINGS_READ, settings.get),
    Route("PUT", "/v1/settings", Scope.SETTINGS_WRITE, settings.put),
    Route("GET", "/v1/contacts/<contact>/data", Scope.PRIVACY_ADMIN, privacy.data),
    Route("POST", "/v1/contacts/<contact>/erasures", Scope.PRIVACY_ADMIN, privacy.erase),
    Route("GET", "/v1/erasures", Scope.PRIVACY_ADMIN, privacy.erasures),
    Route("GET", "/v1/erasures/<erasure>", Scope.PRIVACY_ADMIN, privacy.erasure),
    Route("GET", "/v1/privacy-requests", Scope.PRIVACY_ADMIN, privacy.listing),
    Route("GET", "/v1/privacy-requests/<wanted>", Scope.PRIVACY_ADMIN, privacy.get),
    Route("PATCH", "/v1/privacy-requests/<wanted>", Scope.PRIVACY_ADMIN, privacy.change),
    Route("GET", "/v1/webhooks", Scope.WEBHOOKS_READ, webhooks.listing),
    Route("POST", "/v1/webhooks", Scope.WEBHOOKS_WRITE, webhooks.create),
    Route("GET", "/v1/webhooks/<webhook>", Scope.WEBHOOKS_READ, webhooks.get),
    Route("PATCH", "/v1/webhooks/<webhook>", Scope.WEBHOOKS_WRITE, webhooks.change),
    Route("DELETE", "/v1/webhooks/<webhook>", Scope.WEBHOOKS_WRITE, webhooks.delete),
    Route("POST", "/v1/webhooks/<webhook>/rotate", Scope.WEBHOOKS_WRITE, webhooks.rotate),
    Route("POST", "/v1/webhooks/<webhook>/test", Scope.WEBHOOKS_WRITE, webhooks.test),
    Route("POST", "/v1/webhooks/<webhook>/replays", Scope.WEBHOOKS_WRITE, webhooks.replays),
    Route("GET", "/v1/webhooks/<webhook>/deliveries", Scope.WEBHOOKS_READ, webhooks.deliveries),
    Route("GET", "/v1/webhooks/<webhook>/deliveries/<delivery>", Scope.WEBHOOKS_READ, webhooks.delivery),
    Route("POST", "/v1/webhooks/<webhook>/deliveries/<delivery>/replay", Scope.WEBHOOKS_WRITE, webhooks.replay),
    Route("GET", "/v1/keys", Scope.KEYS_READ, keys.listing),
    Route("POST", "/v1/keys", Scope.KEYS_WRITE, keys.create),
    Route("GET", "/v1/keys/<key>", Scope.KEYS_READ, keys.get),
    Route("PATCH", "/v1/keys/<key>", Scope.KEYS_WRITE, keys.change),
    Route("DELETE", "/v1/keys/<key>", Scope.KEYS_WRITE, keys.revoke),
    Route("POST", "/v1/keys/<key>/rotate", Scope.KEYS_WRITE, keys.rotate),
    Route("GET", "/v1/parked", Scope.PARKED_ADMIN, parked.listing),
    Route("GET", "/v1/parked/<parked>", Scope.PARKED_ADMIN, parked.get),
    Route("DELETE", "/v1/parked/<parked>", Scope.PARKED_ADMIN, parked.drop),
)
LARGE = {(route.method, route.path): route.body for route in ROUTES if route.body > BODY_LIMIT}
MOST_ANSWER = 6_000_000  # bytes, as a text within the JSON that a function answers with: Lambda hands over 6 MB
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")

app = APIGatewayRestResolver(serializer=lambda body: to_json(body).decode(), debug=False)


@observe.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request of the gateway."""
    rates.begin()
    answer: dict[str, Any] = app.resolve(event, context)
    always = {name: [value] for name, value in (HEADERS | rates.headers()).items()}
    answer["multiValueHeaders"] = always | answer["multiValueHeaders"]
    return answer


def admitted(resolver: APIGatewayRestResolver, following: NextMiddleware) -> Any:
    """Let in who has passed the authorizer, with a plain path and a body of a size that we read."""
    event = resolver.current_event.raw_event
    said = (event["requestContext"].get("authorizer") or {}).get("caller")
    if not said:
        raise RequestError(401, "unauthenticated")
    caller = resolver.context["caller"] = Caller.model_validate_json(said)
    rates.take(caller)
    if event["path"].endswith("/") or "//" in event["path"]:
        raise RequestError(404, "route_unknown")
    most = LARGE.get((event["httpMethod"], event["path"]), BODY_LIMIT)
    if len(event.get("body") or "") > most:
        raise RequestError(413, "body_too_large", most=most)
    return following(resolver)


def _served(route: Route) -> Callable[..., Response[Any]]:
    def serve(**names: str) -> Response[Any]:
        request = Request(app.current_event.raw_event, app.context["caller"])
        access.require(request.caller, route.scope)
        return _response(route.serve(request, **names))

    return serve


def _response(result: Any) -> Response[Any]:
    if isinstance(result, Document):
        return Response(200, result.kind, result.body, dict(result.headers))
    status, headers = 200, {}
    if isinstance(result, Created):
        status, headers, result = 201, {"Location": result.location}, result.body
    if "rev" in result:
        headers["ETag"] = f'"{result["rev"]}"'
    body = to_json(result)
    if len(body) + body.count(b'"') + body.count(b"\\") > MOST_ANSWER:
        raise InvalidError("answer_too_large")
    return Response(status, "application/json", body.decode(), headers)


def _refused(path: str) -> Callable[..., Response[Any]]:
    allow = ", ".join(route.method for route in ROUTES if route.path == path)

    def refuse(**_: str) -> Response[Any]:
        raise RequestError(405, "method_unknown", allow=allow)

    return refuse


def _told(error: EscutaError) -> Response[Any]:
    event = app.current_event.raw_event
    language = language_of(event, app.context.get("caller"))
    said = problems.problem(error, language, event["requestContext"].get("requestId", ""))
    return Response(said.status, "application/problem+json", to_json(said.body).decode(), said.headers)


def _unknown(_: Exception) -> Response[Any]:
    return _told(RequestError(404, "route_unknown"))


def _failed(error: Exception) -> Response[Any]:
    observe.logger().exception("request failed", exc_info=error)
    return _told(RequestError(500, "failed"))


def _declare() -> None:
    app.use([admitted])
    for route in ROUTES:
        app.route(route.path, route.method)(_served(route))
    for path in dict.fromkeys(route.path for route in ROUTES):
        taken = {route.method for route in ROUTES if route.path == path}
        app.route(path, [method for method in METHODS if method not in taken])(_refused(path))
    app.not_found(_unknown)
    app.exception_handler(EscutaError)(_told)
    app.exception_handler(Exception)(_failed)


_declare()
