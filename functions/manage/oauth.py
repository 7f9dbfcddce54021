"""`POST /oauth/token`: OAuth 2 client credentials (RFC 6749, 2.3.1 and 4.4) for who prefers them to a key itself.

A function of its own, since anybody may call it: it reads keys, counts requests and notes in the audit what a key was
given, and can do nothing else. What no key of ours asks is not noted: anybody could write as much of it as they like.
"""

import base64
import binascii
import json
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from escuta import errors, i18n, observe, snapshot, table
from escuta.directory import audit
from escuta.directory.access import access_tokens, keys
from escuta.directory.model import ApiKey, Caller, Scope
from escuta.directory.model.audit import Via
from manage import rates
from manage.headers import HEADERS
from manage.problems import words

_LONGEST = 8192  # bytes of a form
_MOST_FIELDS = 20
_FORM = "application/x-www-form-urlencoded"


class RefusedError(Exception):
    """A refusal as RFC 6749, 5.2 names them. Its words are those of `oauth_{why}`."""

    def __init__(self, error: str, why: str, status: int = 400, **headers: str) -> None:
        """Keep what the client's program reads, and what its author does."""
        super().__init__(error)
        self.error, self.why, self.status, self.headers = error, why, status, headers


@observe.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - the signature of Lambda
    """Answer a client with an access token, or with why there is none."""
    rates.begin()
    try:
        return _answer(event, 200, _granted(event), {})
    except RefusedError as refused:
        return _answer(event, refused.status, _told(event, refused.error, refused.why), refused.headers)
    except (errors.TooManyError, errors.UnavailableError) as error:
        status = 429 if isinstance(error, errors.TooManyError) else 503
        body = _told(event, "temporarily_unavailable", "busy" if status == 429 else "unavailable")  # noqa: PLR2004 - HTTP's own number
        return _answer(event, status, body, {"Retry-After": str(error.details.get("retry_after", 5))})


def _granted(event: dict[str, Any]) -> dict[str, Any]:
    form = _form(event)
    client, secret, realm = _credentials(event, form)
    secret = secret.removeprefix(f"{keys.KEY_PREFIX}{client}_")  # the whole key serves as well
    key = keys.opened(client, secret, event["requestContext"]["identity"]["sourceIp"])
    if key is None:
        raise RefusedError("invalid_client", "client", 401, **realm)
    caller = keys.speaking(key, key.scopes, key.expires_at)
    rates.take(caller)
    asked = _asked(event, caller, key)
    try:
        scopes = _wanted(key, form)
    except RefusedError as refused:
        audit.told(asked, refused.status, refused.error)
        raise
    token = access_tokens.access_token(key, secret, scopes)
    audit.told(asked, 200)
    return {
        "access_token": token.text,
        "token_type": "Bearer",
        "expires_in": token.seconds,
        "scope": " ".join(sorted(scopes)),
    }


def _wanted(key: ApiKey, form: dict[str, str]) -> frozenset[Scope]:
    scopes = _scopes(key, form.get("scope", ""))
    if form.get("grant_type") != "client_credentials":
        raise RefusedError("unsupported_grant_type" if form.get("grant_type") else "invalid_request", "grant")
    return scopes


def _asked(event: dict[str, Any], caller: Caller, key: ApiKey) -> audit.Asked:
    return audit.Asked(
        actor=caller.id,
        actor_name=caller.name,
        via=Via.API,
        ip=event["requestContext"]["identity"]["sourceIp"],
        agent=_header(event, "user-agent"),
        request_id=event["requestContext"].get("requestId", ""),
        action="sign_in",
        noun="keys",
        thing=key.id,
        operation="POST /oauth/token",
    )


def _form(event: dict[str, Any]) -> dict[str, str]:
    """Return the fields of the form; one without a value counts as not sent, one sent twice is refused."""
    if event["httpMethod"] != "POST":
        raise RefusedError("invalid_request", "method", 405, Allow="POST")
    if _header(event, "content-type").partition(";")[0].strip().lower() != _FORM:
        raise RefusedError("invalid_request", "form")
    text = event.get("body") or ""
    if len(text) > _LONGEST:
        raise RefusedError("invalid_request", "large", 413)
    try:
        sent = (base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()).decode()
        pairs = parse_qsl(sent, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise RefusedError("invalid_request", "form") from error
    if len(dict(pairs)) < len(pairs):
        raise RefusedError("invalid_request", "twice")
    return dict(pairs)


def _credentials(event: dict[str, Any], form: dict[str, str]) -> tuple[str, str, dict[str, str]]:
    """Return who the client says it is, its secret, and the header that a refusal of these owes it."""
    scheme, _, packed = _header(event, "authorization").strip().partition(" ")
    realm = {"WWW-Authenticate": 'Basic realm="escuta", charset="UTF-8"'} if scheme else {}
    if not scheme:
        if not form.get("client_id") or not form.get("client_secret"):
            raise RefusedError("invalid_client", "credentials", 401, **realm)
        return form["client_id"], form["client_secret"], realm
    if "client_secret" in form:
        raise RefusedError("invalid_request", "both")
    try:
        name, _, secret = base64.b64decode(packed.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError) as error:
        raise RefusedError("invalid_client", "credentials", 401, **realm) from error
    client = unquote_plus(name)
    if scheme.lower() != "basic" or form.get("client_id", client) != client:
        raise RefusedError("invalid_client", "credentials", 401, **realm)
    return client, unquote_plus(secret), realm


def _scopes(key: ApiKey, asked: str) -> frozenset[Scope]:
    """Return the scopes of the token: those asked for, or all that the key has."""
    wanted = frozenset(asked.split(" ")) - {""}
    if not wanted <= frozenset(key.scopes):
        raise RefusedError("invalid_scope", "scope")
    return frozenset(map(Scope, wanted)) or frozenset(key.scopes)


def _told(event: dict[str, Any], error: str, why: str) -> dict[str, Any]:
    """Return a refusal: `error_description` may be written in ASCII only, so `detail` says it in the reader's words."""
    language = i18n.negotiate("", _header(event, "accept-language"), i18n.LANGUAGES)
    return {
        "error": error,
        "error_description": words("en", f"oauth_{why}", 400, {}),
        "detail": words(language, f"oauth_{why}", 400, {}),
        "request_id": event["requestContext"].get("requestId", ""),
    }


def _header(event: dict[str, Any], name: str) -> str:
    sent = {each.lower(): value for each, value in (event.get("headers") or {}).items()}
    return str(sent.get(name, ""))


def _answer(event: dict[str, Any], status: int, body: dict[str, Any], more: dict[str, str]) -> dict[str, Any]:
    headers = {**HEADERS, "Content-Type": "application/json;charset=UTF-8", "Pragma": "no-cache", **rates.headers()}
    text = "" if event["httpMethod"] == "HEAD" else json.dumps(body, ensure_ascii=False)
    return {
        "statusCode": status,
        "multiValueHeaders": {name: [value] for name, value in (headers | more).items()},
        "body": text,
        "isBase64Encoded": False,
    }


snapshot.before(table.ready)
