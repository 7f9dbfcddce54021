"""The secret that signs links and keys hashes of addresses. The only module that knows the secret store."""

from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from escuta import sdk
from escuta.config import settings

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


def _client() -> "SecretsManagerClient":
    """Return a client that gives up while somebody still waits for the answer."""
    limits = Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard"})
    return boto3.client("secretsmanager", config=limits)


@cache
def link_secret() -> bytes:
    """Return the signing secret, read once per warm function; UnavailableError while nobody tells it."""
    with sdk.answering("secrets_unavailable"):
        answer = _client().get_secret_value(SecretId=settings().link_secret)
    return answer["SecretString"].encode()
