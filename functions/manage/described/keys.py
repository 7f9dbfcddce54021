"""API keys."""

from datetime import datetime

from escuta.directory.model import ApiKey
from manage import keys
from manage.asking import Asked, Listing
from manage.described.operation import Operation, Operations, page, shape

_TOLD = {"state": keys.KeyState, "last_used_at": datetime | None, "rotates_at": datetime | None}
KeyShown = shape(ApiKey, "ApiKey", without={"secrets"}, more=_TOLD)
KeyIssued = shape(ApiKey, "ApiKeyIssued", without={"secrets"}, more={**_TOLD, "key": str})

OPERATIONS: Operations = {
    keys.listing: Operation(name="list_keys", query=Listing, answer=page(KeyShown)),
    keys.create: Operation(name="create_key", body=keys.NewKey, answer=KeyIssued, statuses=(201,)),
    keys.get: Operation(name="get_key", query=Asked, answer=KeyShown),
    keys.change: Operation(name="change_key", body=keys.KeyPatch, answer=KeyShown, matched=True),
    keys.rotate: Operation(name="rotate_key", body=keys.KeyRotation, answer=KeyIssued, matched=True),
    keys.revoke: Operation(name="revoke_key", query=Asked, answer=KeyShown, matched=True),
}
