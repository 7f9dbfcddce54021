"""The secret that signs links and keys hashes of addresses. The only module that knows the secret store."""

from functools import cache
from typing import TYPE_CHECKING

from escuta import bounded, sdk
from escuta.config import settings

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


def _client() -> "SecretsManagerClient":
    client: SecretsManagerClient = bounded.client("secretsmanager", bounded.config(read=3))
    return client


@cache
def link_secret() -> bytes:
    """Return the signing secret, read once per warm function; UnavailableError while nobody tells it."""
    with sdk.answering("secrets_unavailable"):
        answer = _client().get_secret_value(SecretId=settings().link_secret)
    return answer["SecretString"].encode()
