"""The secret that signs links and keys hashes of addresses. The only module that knows the secret store."""

from functools import cache

import boto3

from escuta.config import settings


@cache
def link_secret() -> bytes:
    """Return the signing secret, read once per warm function."""
    answer = boto3.client("secretsmanager").get_secret_value(SecretId=settings().link_secret)
    return answer["SecretString"].encode()
