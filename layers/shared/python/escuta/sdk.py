"""What botocore does anew for each request of a client, done once: for clients that send thousands of one shape.

botocore has no public way to these parts. What takes their place signs and reads as botocore does, by its own classes.
Wherever a thread lets others run, among ten senders it waits for its turn, some milliseconds: so nothing here does
that draws from the system, or hashes more at once than Python keeps its lock for.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from typing import Any
from uuid import UUID

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, HeadersDict
from botocore.endpoint import convert_to_response_dict
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from botocore.hooks import first_non_none_response
from botocore.parsers import ResponseParser, ResponseParserFactory, create_parser

from escuta.errors import UnavailableError

_AT_ONCE = 2047  # bytes that are hashed without letting others run

_SLOWER = frozenset(  # what services say to who asks too fast, or at a bad moment
    {
        "KMS.ThrottlingException",
        "InternalError",
        "InternalFailure",
        "InternalServiceError",
        "KmsThrottled",
        "LimitExceededException",
        "OperationAborted",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_THEIR_FAULT = 500  # statuses of HTTP from here on


@contextmanager
def answering(code: str) -> Iterator[None]:
    """Turn a service that did not answer, or would not now, into UnavailableError; what it refuses stays as it is."""
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if status < _THEIR_FAULT and error.response["Error"].get("Code") not in _SLOWER:
            raise
        raise UnavailableError(code, retry_after=2) from error
    except ParamValidationError:  # asked for what cannot be: later, it cannot be either
        raise
    except BotoCoreError as error:
        raise UnavailableError(code, retry_after=2) from error


def lighten(client: Any, serializer: object, parser: ResponseParser | None = None) -> None:
    """Let a client send its requests with this serializer, and without what is the same for all of them.

    Without rules, the endpoint is that of the region, as it was found when the client was made: the rules ask each
    request anew whether it is meant for another. Answers are read by `parser`, by default botocore's own.
    """
    client._serializer, client._ruleset_resolver = serializer, None  # noqa: SLF001 - as said above
    client._endpoint._response_parser_factory = _Parsers(parser)  # noqa: SLF001
    signer = client._request_signer  # noqa: SLF001
    usual = signer.get_auth_instance

    def auth(signing_name: str, region_name: str, signature_version: str | None = None, **more: Any) -> Any:
        made = usual(signing_name, region_name, signature_version, **more)
        if type(made) is SigV4Auth:
            return _Once(made.credentials, signing_name, region_name)
        return made

    signer.get_auth_instance = auth
    client.meta.events.register("provide-client-params", _named)


def _named(context: dict[str, Any], **_: Any) -> None:
    """Name a request, for the log of the service: botocore would draw the name from the system."""
    name = UUID(int=random.getrandbits(128), version=4)
    context.setdefault("retries", {})["invocation-id"] = str(name)


def straight(client: Any, operation: str) -> None:
    """Let the requests of this operation leave as soon as they are signed, of a client that tries once.

    All that botocore does between that and the answer is about trying again, or told to nobody; whoever listens to
    `before-send` is told.
    """
    usual, signer, listeners = client._make_request, client._request_signer, client.meta.events  # noqa: SLF001
    session, parser = client._endpoint.http_session, create_parser("rest-json")  # noqa: SLF001
    event = f"before-send.{client.meta.service_model.service_id.hyphenize()}.{operation}"

    def send(model: Any, request: dict[str, Any], context: dict[str, Any]) -> Any:
        if model.name != operation:
            return usual(model, request, context)
        prepared = _signed(request, signer)
        response = first_non_none_response(listeners.emit(event, request=prepared)) or session.send(prepared)
        return response, parser.parse(convert_to_response_dict(response, model), model.output_shape)

    client._make_request = send  # noqa: SLF001


def _signed(request: dict[str, Any], signer: Any) -> AWSPreparedRequest:
    method, url, body = request["method"], request["url"], request["body"]
    wanted = AWSRequest(method, url, request["headers"], body)
    credentials = signer._credentials  # noqa: SLF001
    frozen = credentials and credentials.get_frozen_credentials()
    _Once(frozen, signer.signing_name, signer.region_name).add_auth(wanted)
    headers: Any = HeadersDict({**dict(wanted.headers.items()), "Content-Length": str(len(body))})
    return AWSPreparedRequest(method, url, headers, body, stream_output=False, context={})


class _Once(SigV4Auth):
    """Signs one request, and gathers what is signed once: botocore does so twice, and copies the request for its body.

    One is made for each request.
    """

    _gathered: Any = None

    def headers_to_sign(self, request: AWSRequest) -> Any:
        """Return the headers that are signed: none comes or goes between the two times they are asked for."""
        if self._gathered is None:
            self._gathered = super().headers_to_sign(request)
        return self._gathered

    def payload(self, request: AWSRequest) -> str:
        """Return what stands for the body: always its hash, as far as it is bytes at all."""
        if not isinstance(request.data, bytes):
            return super().payload(request)
        hashed, body = sha256(), memoryview(request.data)
        for place in range(0, len(body), _AT_ONCE):
            hashed.update(body[place : place + _AT_ONCE])
        return hashed.hexdigest()


class _Parsers(ResponseParserFactory):
    """Keeps the reader of answers, which has no state; botocore makes three objects for each answer."""

    def __init__(self, parser: ResponseParser | None) -> None:
        super().__init__()
        usual = super().create_parser
        self._kept = cache(usual) if parser is None else lambda _protocol: parser

    def create_parser(self, protocol_name: str) -> ResponseParser:
        """Return the reader of answers in this protocol."""
        return self._kept(protocol_name)
