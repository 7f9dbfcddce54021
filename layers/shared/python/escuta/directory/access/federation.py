"""The way in through the organisation's own identity provider: the user pool's hosted domain, code and PKCE.

The pool talks to the provider (OIDC or SAML); we get a code back and exchange it, over TLS, at the pool's own token
endpoint, which is why the signature of what comes from there need not be checked again (OpenID Connect Core, 3.1.3.7).
"""

import base64
import hashlib
import hmac
import json
import secrets
from typing import Any, NamedTuple
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from escuta import clock
from escuta.config import settings
from escuta.directory.access import users
from escuta.directory.access.cognito import Person
from escuta.directory.access.signing_in import Passed
from escuta.errors import ForbiddenError, InvalidError, UnavailableError
from escuta.i18n import match
from escuta.observe import logger

CALLBACK = "/console/sign-in/callback"
_SECONDS = 5
_MOST = 64 * 1024


class Trip(NamedTuple):
    """What the browser keeps while somebody is at the provider: none of it can be guessed, and all of it is needed."""

    state: str
    nonce: str
    verifier: str

    def text(self) -> str:
        """Return it as the text of a cookie."""
        return ".".join(self)


def provider() -> str:
    """Return the name of the provider, as the button calls it; "" when there is none."""
    return settings().federation_provider if settings().federation_domain else ""


def begin() -> tuple[str, Trip]:
    """Return where to send the browser, and what it has to bring back."""
    if not provider():
        raise ForbiddenError("federation_refused")
    trip = Trip(*(secrets.token_urlsafe(32) for _ in Trip._fields))
    digest = hashlib.sha256(trip.verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": settings().federation_client,
        "redirect_uri": _callback(),
        "identity_provider": provider(),
        "scope": "openid email profile",
        "state": trip.state,
        "nonce": trip.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    return f"{settings().federation_domain}/oauth2/authorize?{urlencode(asked)}", trip


def finish(kept: str, state: str, code: str) -> Passed:
    """Return who came back with this state and code; `kept` is the text of the trip.

    ForbiddenError `federation_refused` for whatever does not belong together, `federation_unknown` for somebody whom
    nobody invited where the stack names no role for such people.
    """
    trip = _trip(kept)
    if trip is None or not code or not hmac.compare_digest(trip.state.encode(), state.encode()):
        raise ForbiddenError("federation_refused")
    claims = _claims(_exchange(code, trip.verifier))
    if not _is_ours(claims, trip.nonce):
        logger().warning("federated sign-in refused", extra={"reason": "claims"})
        raise ForbiddenError("federation_refused")
    return _passed(claims)


def _passed(claims: dict[str, Any]) -> Passed:
    email = _address(str(claims.get("email", "")))
    allowed = settings().federation_mail_domains.casefold().split()
    if email.rpartition("@")[2] not in allowed:
        raise ForbiddenError("federation_unknown")
    known = users.find(users.identity(email))
    if known is None and not settings().federation_role:
        raise ForbiddenError("federation_unknown")
    subject = str(claims["cognito:username"])
    language = match(str(claims.get("locale", ""))) or settings().language
    name = str(claims.get("name") or email)
    person = Person(subject, name, email, language, None, enabled=True, second_factor=False, federated=True)
    if known:
        users.bind(known, subject)
    return Passed(
        users.bind(users.adopt(person, settings().federation_role), subject), second_factor=False, federated=True
    )


def _address(text: str) -> str:
    """Return an address as one is invited by; letters that only look like ours name nobody."""
    from escuta.directory import addresses  # noqa: PLC0415 - heavy, and only who comes from the provider needs it

    try:
        return addresses.email(text)
    except InvalidError as error:
        raise ForbiddenError("federation_unknown") from error


def _trip(kept: str) -> Trip | None:
    parts = kept.split(".")
    return Trip(*parts) if len(parts) == len(Trip._fields) and all(parts) else None


def _exchange(code: str, verifier: str) -> dict[str, Any]:
    asked = {
        "grant_type": "authorization_code",
        "client_id": settings().federation_client,
        "code": code,
        "redirect_uri": _callback(),
        "code_verifier": verifier,
    }
    request = Request(  # noqa: S310 - the address is the stack's own setting
        f"{settings().federation_domain}/oauth2/token",
        data=urlencode(asked).encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
    )
    try:
        with urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - as above
            found: dict[str, Any] = json.loads(answer.read(_MOST))
    except URLError as error:
        status = getattr(error, "code", 0)
        logger().warning("code not exchanged", extra={"status": status})
        if 400 <= status < 500:  # noqa: PLR2004 - HTTP's own numbers
            raise ForbiddenError("federation_refused") from error
        raise UnavailableError("sign_in_unavailable", retry_after=5) from error
    except (OSError, ValueError) as error:
        raise UnavailableError("sign_in_unavailable", retry_after=5) from error
    return found


def _claims(answer: dict[str, Any]) -> dict[str, Any]:
    try:
        _, body, _ = str(answer["id_token"]).split(".")
        found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (KeyError, ValueError) as error:
        raise ForbiddenError("federation_refused") from error
    return found


def _is_ours(claims: dict[str, Any], nonce: str) -> bool:
    """Tell whether this was said to us, now, by our pool, about somebody who came from the provider."""
    identities = claims.get("identities") or ()
    told = json.loads(identities) if isinstance(identities, str) else identities
    return (
        claims.get("aud") == settings().federation_client
        and str(claims.get("iss", "")).endswith(f"/{settings().user_pool}")
        and claims.get("token_use") == "id"
        and int(claims.get("exp", 0)) > clock.epoch()
        and hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode())
        and bool(claims.get("cognito:username"))
        and any(each.get("providerName") == provider() for each in told)
    )


def _callback() -> str:
    return f"{settings().house}{CALLBACK}"
