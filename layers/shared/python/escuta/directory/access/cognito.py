"""The only adapter of Cognito: whether a password is right, and who it is."""

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from escuta import i18n
from escuta.config import settings
from escuta.directory.model import Role
from escuta.errors import EscutaError, ForbiddenError, TooManyError, UnavailableError
from escuta.observe import logger

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

_REFUSED = frozenset(
    {
        "InvalidParameterException",
        "NotAuthorizedException",
        "PasswordResetRequiredException",
        "UserNotConfirmedException",
        "UserNotFoundException",
    }
)
_TOO_MANY = frozenset({"LimitExceededException", "TooManyRequestsException"})


class Person(NamedTuple):
    """Somebody as the pool knows them."""

    username: str
    name: str
    email: str
    language: str
    role: Role


@cache
def _client() -> "CognitoIdentityProviderClient":
    return boto3.client("cognito-idp", config=Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard"}))


def authenticate(username: str, password: str) -> None:
    """Check a password; ForbiddenError `sign_in_refused` whatever is wrong with it or with the name."""
    if not username or not password:
        raise ForbiddenError("sign_in_refused")
    try:
        answer = _client().admin_initiate_auth(
            UserPoolId=settings().user_pool,
            ClientId=settings().user_pool_client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username, "PASSWORD": password},
        )
    except (BotoCoreError, ClientError) as error:
        raise _refusal(error) from error
    if "AuthenticationResult" not in answer:
        raise ForbiddenError("password_change_required")


def person(username: str) -> Person:
    """Return who somebody is; ForbiddenError `role_missing` for one without a group."""
    pool = settings().user_pool
    try:
        found = _client().admin_get_user(UserPoolId=pool, Username=username)
        groups = _client().admin_list_groups_for_user(UserPoolId=pool, Username=username)["Groups"]
    except (BotoCoreError, ClientError) as error:
        raise _refusal(error) from error
    said = {attribute["Name"]: attribute.get("Value", "") for attribute in found["UserAttributes"]}
    names = {group["GroupName"] for group in groups}
    role = next((role for role in Role if role in names), None)
    if role is None:
        raise ForbiddenError("role_missing")
    email = said.get("email", "")
    language = i18n.match(said.get("locale", "")) or settings().language
    return Person(found["Username"], said.get("name") or email or username, email, language, role)


def _refusal(error: BotoCoreError | ClientError) -> EscutaError:
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
    logger().warning("sign-in refused", extra={"reason": code})
    if code in _REFUSED:
        return ForbiddenError("sign_in_refused")
    if code in _TOO_MANY:
        return TooManyError("too_many_attempts", retry_after=60)
    return UnavailableError("sign_in_unavailable", retry_after=5)
