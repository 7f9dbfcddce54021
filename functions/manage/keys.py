"""API keys: what programs ask with."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from escuta import clock
from escuta.directory import access, segments
from escuta.directory.access import keys, networks, rates
from escuta.directory.model import RATE, ApiKey, Scope
from escuta.entity import Moment
from escuta.errors import InvalidError, NotFoundError
from manage.asking import Asked, Created, Listing, Request

_KEPT = {"secrets"}
_MOST_HOURS = int(keys.LONGEST_OVERLAP.total_seconds()) // 3600

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Scopes = Annotated[tuple[Scope, ...], Field(min_length=1)]
Addresses = Annotated[tuple[str, ...], Field(max_length=50)]
Rate = Annotated[int, Field(ge=1, le=60_000)]


class KeyState(StrEnum):
    """Whether a key opens anything."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


class NewKey(Asked):
    """A key: what it may do; where in the hierarchy, for good; from which networks, until when, and how often."""

    name: Name
    scopes: Scopes
    segment: str = ""
    addresses: Addresses = ()
    expires_at: Moment | None = None
    rate: Rate = RATE


class KeyPatch(Asked):
    """What can be changed; a field that is not sent stays. `expires_at` null: never."""

    name: Name | None = None
    scopes: Scopes | None = None
    addresses: Addresses | None = None
    expires_at: Moment | None = None
    rate: Rate | None = None


class KeyRotation(Asked):
    """For how long the secrets until now work beside the new one; 0: not at all."""

    overlap_hours: int = Field(default=24, ge=0, le=_MOST_HOURS)


def listing(request: Request) -> dict[str, Any]:
    """Return the keys that the caller may see, the oldest first, also those that are over.

    A caller bound to segments sees the keys bound to these or below. A page may be shorter although there is a next
    one. `last_used_at` is exact to the minute.
    """
    asked = request.query(Listing)
    page = keys.listing(limit=asked.limit, cursor=request.cursor(asked))
    seen = [key for key in page.items if _may_see(request, key)]
    used = rates.used(f"key:{key.id}" for key in seen)
    return {
        **request.page(page, lambda key: key),
        "items": [_told(key, used.get(f"key:{key.id}")) for key in seen],
    }


def create(request: Request) -> Created:
    """Make a key. Its text, `esk_{id}_{secret}`, is in this answer alone; the OAuth client is its id and secret.

    Nobody gives away what they do not have: scopes, a place, an end, networks or a rate beyond the caller's own are
    refused with 403.
    """
    asked = request.body(NewKey)
    if asked.segment:
        request.segment(asked.segment)
    else:
        request.everywhere()
    fields = dict(asked) | {"addresses": networks.read(asked.addresses, "addresses"), "expires_at": _end(asked)}
    keys.grant(request.caller, ApiKey(id="", secrets=(), created_at=clock.now(), **fields))
    text, made = access.issue(
        **fields, who=request.caller.id, identity=request.identity("api_key"), secret=_secret(request)
    )
    return Created({**_shown(made), "key": text}, f"keys/{made.id}")


def get(request: Request, key: str) -> dict[str, Any]:
    """Return one key, also when it is over; never its secret."""
    request.query(Asked)
    return _shown(_visible(request, key))


def change(request: Request, key: str) -> dict[str, Any]:
    """Change what a key may do, from where, until when and how often; its secret and its segment stay.

    It holds from the next request on. Nobody changes a key that can more than they can themselves, and none that was
    revoked.
    """
    asked = request.body(KeyPatch)
    found = _visible(request, key)
    request.match(found)
    fields = {name: value for name, value in dict(asked).items() if value is not None}
    if asked.addresses is not None:
        fields["addresses"] = networks.read(asked.addresses, "addresses")
    if asked.scopes is not None:
        fields["scopes"] = tuple(sorted(set(asked.scopes)))
    if "expires_at" in asked.model_fields_set:
        fields["expires_at"] = _end(asked)
    keys.grant(request.caller, found, found.changed(**fields))
    return _shown(keys.change(found, **fields))


def rotate(request: Request, key: str) -> dict[str, Any]:
    """Give a key a new secret, which is in this answer alone.

    Those before go on working for `overlap_hours`, though never longer than they would have; access tokens end with the
    secret that they were asked with. At most five secrets of a key work at the same time.
    """
    asked = request.body(KeyRotation)
    found, secret = _visible(request, key), _secret(request)
    if not keys.is_newest(found, secret):  # by this very call, whose answer was lost
        request.match(found)
    keys.grant(request.caller, found)
    text, changed = keys.rotate(found, timedelta(hours=asked.overlap_hours), secret)
    return {**_shown(changed), "key": text}


def revoke(request: Request, key: str) -> dict[str, Any]:
    """End a key for good, with its access tokens: from the next request on it opens nothing."""
    request.query(Asked)
    found = _visible(request, key)
    request.match(found)
    return _shown(keys.revoke(found.id))


def _secret(request: Request) -> str:
    return request.secret("api_key")[: keys.SECRET_LENGTH]


def _end(asked: NewKey | KeyPatch) -> datetime | None:
    """Return when a key is to end; what has passed is refused: who wants it to stop now revokes it."""
    if asked.expires_at and asked.expires_at <= clock.now():
        raise InvalidError("key_expiry_past", field="expires_at")
    return asked.expires_at.astimezone(UTC) if asked.expires_at else None


def _visible(request: Request, key: str) -> ApiKey:
    found = keys.find(key)
    if found is None or not _may_see(request, found):
        raise NotFoundError("key_not_found")
    return found


def _may_see(request: Request, key: ApiKey) -> bool:
    place = segments.by_code().get(key.segment)
    return not request.caller.segments or (place is not None and access.may_see(request.caller, place.path))


def _shown(key: ApiKey) -> dict[str, Any]:
    caller = f"key:{key.id}"
    return _told(key, rates.used([caller]).get(caller))


def _told(key: ApiKey, used_at: datetime | None) -> dict[str, Any]:
    former = [each.expires_at for each in keys.working(key) if each.expires_at]
    return {
        **key.model_dump(mode="json", exclude=_KEPT),
        "state": _state(key),
        "last_used_at": used_at,
        "rotates_at": max(former, default=None),
    }


def _state(key: ApiKey) -> KeyState:
    if key.revoked_at:
        return KeyState.REVOKED
    over = key.expires_at is not None and key.expires_at <= clock.now()
    return KeyState.EXPIRED if over else KeyState.ACTIVE
