"""The only adapter of Cognito: whether password and code are right, who that is, and the accounts themselves."""

from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from escuta import bounded, clock, i18n
from escuta.config import settings
from escuta.directory.model import Role
from escuta.errors import ConflictError, EscutaError, ForbiddenError, InvalidError, TooManyError, UnavailableError
from escuta.observe import logger

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

_FACTOR = "SOFTWARE_TOKEN_MFA"
_NEW_PASSWORD = "NEW_PASSWORD_REQUIRED"  # noqa: S105 - the name of a challenge
_REFUSED = frozenset(
    {
        "InvalidParameterException",
        "NotAuthorizedException",
        "UserNotConfirmedException",
        "UserNotFoundException",
    }
)
_WRONG_CODE = frozenset({"CodeMismatchException", "EnableSoftwareTokenMFAException", "ExpiredCodeException"})
_NOT_MAILED = frozenset(
    {
        "CodeDeliveryFailureException",
        "InvalidLambdaResponseException",
        "UnexpectedLambdaException",
        "UserLambdaValidationException",
    }
)
_SKEW, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_TOO_MANY = frozenset(
    {"LimitExceededException", "TooManyFailedAttemptsException", "TooManyRequestsException"},
)


class Person(NamedTuple):
    """Somebody as the pool knows them."""

    username: str
    name: str
    email: str
    language: str
    role: Role | None  # of their group
    enabled: bool
    second_factor: bool
    verified: bool = False  # that the address is theirs
    federated: bool = False  # comes through the organisation's own provider


class Proof(NamedTuple):
    """How far somebody came: `token` when Cognito is content, else what it asks for, and the state of the asking."""

    username: str
    token: str = ""  # opens what somebody may do with their own account, for five minutes
    asks: str = ""  # `new_password` or `code`
    state: str = ""


@cache
def _client() -> "CognitoIdentityProviderClient":
    client: CognitoIdentityProviderClient = bounded.client("cognito-idp", bounded.config())
    return client


@cache
def _patient() -> "CognitoIdentityProviderClient":
    """Return what asks for mails: Cognito asks our function for the words meanwhile, and asking again mails again."""
    client: CognitoIdentityProviderClient = bounded.client("cognito-idp", bounded.config(read=15, tries=1))
    return client


def authenticate(username: str, password: str) -> Proof:
    """Check a password; ForbiddenError `sign_in_refused` whatever is wrong with it or with the name."""
    if not username or not password:
        raise ForbiddenError("sign_in_refused")
    answer = _ask(
        "admin_initiate_auth",
        ClientId=settings().user_pool_client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": username, "PASSWORD": password},
    )
    return _proof(username, answer)


def give_code(proof: Proof, code: str) -> Proof:
    """Answer with the code of the telephone; ForbiddenError `code_wrong`, after which another may be given."""
    return _respond(proof, _FACTOR, SOFTWARE_TOKEN_MFA_CODE=code)


def give_password(proof: Proof, password: str) -> Proof:
    """Answer with a password of one's own; InvalidError `password_weak` for one that the rules do not allow."""
    return _respond(proof, _NEW_PASSWORD, NEW_PASSWORD=password)


def new_secret(token: str) -> str:
    """Return the secret that an authenticator app keeps from now on; it counts once a code of it was given."""
    try:
        return _client().associate_software_token(AccessToken=token)["SecretCode"]
    except (BotoCoreError, ClientError) as error:
        raise _refusal(error, "sign_in_expired") from error


def enrol(username: str, token: str, code: str) -> None:
    """Ask for a code at every sign-in from now on, if this one is right; ForbiddenError `code_wrong` else."""
    try:
        _client().verify_software_token(AccessToken=token, UserCode=code)
    except (BotoCoreError, ClientError) as error:
        raise _refusal(error, "sign_in_expired") from error
    _prefer(username, wanted=True)


def drop_factor(username: str) -> None:
    """Ask for no code any more."""
    _prefer(username, wanted=False)


def send_code(username: str, told: dict[str, str]) -> None:
    """Mail a code with which a forgotten password is replaced. Nobody learns whether there is such a person."""
    try:
        _patient().forgot_password(ClientId=settings().user_pool_client, Username=username, ClientMetadata=told)
    except (BotoCoreError, ClientError) as error:
        refused = _refusal(error)
        if not isinstance(refused, ForbiddenError | TooManyError):  # only who is there has mailed too often
            raise refused from error


def replace_password(username: str, code: str, password: str) -> None:
    """Replace a forgotten password; ForbiddenError `code_wrong`, InvalidError `password_weak`."""
    try:
        _client().confirm_forgot_password(
            ClientId=settings().user_pool_client, Username=username, ConfirmationCode=code, Password=password
        )
    except (BotoCoreError, ClientError) as error:
        raise _refusal(error, "code_wrong") from error


def set_password(username: str, password: str) -> None:
    """Set the password of somebody whose old one was checked; InvalidError `password_weak`."""
    _ask("admin_set_user_password", Username=username, Password=password, Permanent=True)


def person(username: str) -> Person:
    """Return who somebody is."""
    found = _ask("admin_get_user", Username=username)
    groups = _ask("admin_list_groups_for_user", Username=username)["Groups"]
    said = {attribute["Name"]: attribute.get("Value", "") for attribute in found["UserAttributes"]}
    names = {group["GroupName"] for group in groups}
    email = said.get("email", "")
    return Person(
        username=found["Username"],
        name=said.get("name") or email or username,
        email=email,
        language=i18n.match(said.get("locale", "")) or settings().language,
        role=next((role for role in Role if role in names), None),
        enabled=found.get("Enabled", True),
        second_factor=_FACTOR in found.get("UserMFASettingList", ()),
        verified=said.get("email_verified") == "true",
    )


def exists(username: str) -> bool:
    """Tell whether there is an account of this name."""
    try:
        _client().admin_get_user(UserPoolId=settings().user_pool, Username=username)
    except ClientError as error:
        if error.response["Error"]["Code"] != "UserNotFoundException":
            raise _refusal(error) from error
        return False
    except BotoCoreError as error:
        raise _refusal(error) from error
    return True


def admit(email: str, name: str, language: str, told: dict[str, str], *, since: datetime | None) -> str:
    """Make an account, mail its first password, and return its name; one that is there gets another first password.

    But not one that was made after `since`, within the hour: a call of which nobody heard made it, and had it mailed.
    """
    attributes = {"email": email, "email_verified": "true", "name": name, "locale": language}
    said: dict[str, Any] = {
        "Username": email,
        "UserAttributes": _attributes(attributes),
        "DesiredDeliveryMediums": ["EMAIL"],
        "ClientMetadata": told,
    }
    try:
        made = _patient().admin_create_user(UserPoolId=settings().user_pool, **said)
        return made["User"]["Username"]
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _NOT_MAILED:  # there may be an account now, of which its owner knows nothing
            remove(email)
        if code not in {"UsernameExistsException", "AliasExistsException"}:
            raise _refusal(error) from error
    except BotoCoreError as error:
        raise _refusal(error) from error
    known = _ask("admin_get_user", Username=email)
    if since is None or not since - _SKEW < known["UserCreateDate"] or clock.now() - known["UserCreateDate"] > _HOUR:
        invite_again(email, told)
    username: str = known["Username"]
    return username


def invite_again(username: str, told: dict[str, str]) -> None:
    """Mail another first password to somebody who never had one of their own; else ConflictError `user_is_active`."""
    try:
        _patient().admin_create_user(
            UserPoolId=settings().user_pool,
            Username=username,
            MessageAction="RESEND",
            DesiredDeliveryMediums=["EMAIL"],
            ClientMetadata=told,
        )
    except (BotoCoreError, ClientError) as error:
        refused = _refusal(error)
        raise ConflictError("user_is_active") if isinstance(refused, ForbiddenError) else refused from error


def demand_new_password(username: str, told: dict[str, str]) -> None:
    """Mail a code without which the password is not taken any more; ConflictError for who has none with us."""
    try:
        _patient().admin_reset_user_password(UserPoolId=settings().user_pool, Username=username, ClientMetadata=told)
    except (BotoCoreError, ClientError) as error:
        refused = _refusal(error)
        raise ConflictError("user_without_password") if isinstance(refused, ForbiddenError) else refused from error


def rename(username: str, name: str, language: str) -> None:
    """Tell Cognito how somebody is called and which language they read."""
    _ask(
        "admin_update_user_attributes",
        Username=username,
        UserAttributes=_attributes({"name": name, "locale": language}),
    )


def switch(username: str, *, enabled: bool) -> None:
    """Let somebody in, or nowhere."""
    _manage("admin_enable_user" if enabled else "admin_disable_user", Username=username)


def remove(username: str) -> None:
    """Forget an account; one that is not there is forgotten."""
    try:
        _client().admin_delete_user(UserPoolId=settings().user_pool, Username=username)
    except ClientError as error:
        if error.response["Error"]["Code"] != "UserNotFoundException":
            raise _refusal(error) from error
    except BotoCoreError as error:
        raise _refusal(error) from error


def _attributes(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


def _prefer(username: str, *, wanted: bool) -> None:
    preference = {"Enabled": wanted, "PreferredMfa": wanted}
    _manage("admin_set_user_mfa_preference", Username=username, SoftwareTokenMfaSettings=preference)


def _respond(proof: Proof, challenge: str, **responses: str) -> Proof:
    try:
        answer = _client().admin_respond_to_auth_challenge(
            UserPoolId=settings().user_pool,
            ClientId=settings().user_pool_client,
            ChallengeName=challenge,  # type: ignore[arg-type] # one of those of its enumeration
            Session=proof.state,
            ChallengeResponses={"USERNAME": proof.username, **responses},
        )
    except (BotoCoreError, ClientError) as error:
        raise _refusal(error, "sign_in_expired") from error
    return _proof(proof.username, answer)


def _proof(username: str, answer: Any) -> Proof:
    if "AuthenticationResult" in answer:
        return Proof(username, token=answer["AuthenticationResult"]["AccessToken"])
    asks = {_NEW_PASSWORD: "new_password", _FACTOR: "code"}.get(answer.get("ChallengeName", ""))
    if asks is None:
        raise ForbiddenError("sign_in_refused")
    known = answer.get("ChallengeParameters", {}).get("USER_ID_FOR_SRP", username)
    return Proof(known, asks=asks, state=answer["Session"])


def _ask(operation: str, **said: Any) -> Any:
    try:
        return getattr(_client(), operation)(UserPoolId=settings().user_pool, **said)
    except (BotoCoreError, ClientError) as error:
        raise _refusal(error) from error


def _manage(operation: str, **said: Any) -> None:
    try:
        _ask(operation, **said)
    except ForbiddenError as error:
        raise ConflictError("user_not_in_pool") from error


def _refusal(error: BotoCoreError | ClientError, refused: str = "sign_in_refused") -> EscutaError:
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
    logger().warning("refused by Cognito", extra={"reason": code})
    if code in _WRONG_CODE:
        return ForbiddenError("code_wrong")
    if code in {"InvalidPasswordException", "PasswordHistoryPolicyViolationException"}:
        return InvalidError("password_weak", field="password")
    if code == "PasswordResetRequiredException":
        return ForbiddenError("password_reset_required")
    if code in _REFUSED:
        return ForbiddenError(refused)
    if code in _TOO_MANY:
        return TooManyError("too_many_attempts", retry_after=60)
    return UnavailableError("sign_in_unavailable", retry_after=5)
