"""API Gateway's REQUEST authorizer: a key, a token or a session becomes a policy for the whole API, with the caller."""

import re
from typing import Any

from escuta import observe, snapshot, table
from escuta.directory import access
from escuta.directory.model import Caller

_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)


@observe.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - the signature of Lambda
    """Let a known caller in; what the caller may do is decided where it is done."""
    address = event["requestContext"]["identity"]["sourceIp"]
    caller = _caller(_credential(event.get("headers") or {}), address)
    if caller is None:
        raise Exception(observe.UNAUTHORIZED)  # noqa: TRY002 - API Gateway reads the message alone
    return _policy(caller, event["methodArn"])


def _credential(headers: dict[str, str]) -> str:
    sent = {name.lower(): value for name, value in headers.items()}
    bearer = _BEARER.fullmatch(sent.get("authorization", "").strip())
    return bearer[1] if bearer else sent.get("x-api-key", "").strip()


def _caller(credential: str, address: str) -> Caller | None:
    """Return who calls. The address is the one that the gateway saw: what headers say of it anybody can write."""
    if credential.startswith(access.KEY_PREFIX):
        return access.caller_of_key(credential, address)
    if credential.startswith(access.TOKEN_PREFIX):
        return access.caller_of_token(credential, address)
    session = access.session(credential)
    return access.caller_of_session(session) if session else None


def _policy(caller: Caller, method_arn: str) -> dict[str, Any]:
    """Allow the whole stage: the gateway keeps this answer for the caller's next request, to whatever path."""
    api, stage, *_ = method_arn.split("/")
    return {
        "principalId": caller.id,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": f"{api}/{stage}/*"}],
        },
        "context": {"caller": caller.model_dump_json()},
    }


snapshot.before(table.ready)
