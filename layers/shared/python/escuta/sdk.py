"""What botocore does anew for each request of a client, done once: for clients that send thousands of one shape.

botocore has no public way to these parts. What takes their place signs and reads as botocore does, by its own classes.
"""

from functools import cache
from hashlib import sha256
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.parsers import ResponseParser, ResponseParserFactory


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
        return sha256(request.data).hexdigest() if isinstance(request.data, bytes) else super().payload(request)


class _Parsers(ResponseParserFactory):
    """Keeps the reader of answers, which has no state; botocore makes three objects for each answer."""

    def __init__(self, parser: ResponseParser | None) -> None:
        super().__init__()
        usual = super().create_parser
        self._kept = cache(usual) if parser is None else lambda _protocol: parser

    def create_parser(self, protocol_name: str) -> ResponseParser:
        """Return the reader of answers in this protocol."""
        return self._kept(protocol_name)
