"""Accounts of the SFTP server: who drops files, into which folders, with which keys."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from escuta.config import settings
from escuta.directory import access, sftp_users
from escuta.directory.model import Scope, SftpUser
from escuta.directory.sftp_users import LONGEST_KEY, MOST_FOLDERS
from manage.asking import Asked, Created, Listing, Request

_PORT = 22

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
Folders = Annotated[tuple[str, ...], Field(min_length=1, max_length=MOST_FOLDERS)]
PublicKey = Annotated[str, Field(min_length=1, max_length=LONGEST_KEY)]


class NewSftpUser(Asked):
    """An account: its name, the folders that it drops into, and the public key that opens it."""

    name: Line
    folders: Folders
    key: PublicKey  # the line of a `.pub` file: ssh-ed25519, ecdsa, or RSA of 2048 bits or more
    label: Line = ""  # of the key; without one, what its owner called it
    note: Note = ""


class SftpUserPatch(Asked):
    """What can be changed; a field that is not sent stays. `paused`: nobody gets in."""

    folders: Folders | None = None
    paused: bool | None = None
    note: Note | None = None


class NewSftpKey(Asked):
    """One key more."""

    key: PublicKey
    label: Line = ""


def server(request: Request) -> dict[str, Any]:
    """Return where files are dropped by SFTP, and the fingerprint by which a client knows the server.

    Without a server `host` is "". Without `fingerprint` nobody told it: whoever runs the deployment can.
    """
    request.everywhere()
    request.query(Asked)
    host, _, port = settings().sftp_host.partition(":")
    number = int(port) if port else _PORT
    return {"host": host, "port": number, "fingerprint": settings().sftp_fingerprint}


def listing(request: Request) -> dict[str, Any]:
    """Return the accounts of the SFTP server by name."""
    request.everywhere()
    asked = request.query(Listing)
    return request.page(sftp_users.listing(limit=asked.limit, cursor=request.cursor(asked)), _shown)


def create(request: Request) -> Created:
    """Make an account with its first key. It drops into its folders, and reads the reports on them.

    Whoever has the private key drops people: this takes the scope `files:write`, too. A name that there is already is
    refused (409 `sftp_user_exists`); 422 `sftp_key_invalid`, `sftp_key_private`, `sftp_key_weak` for a key.
    """
    _allow(request)
    asked = request.body(NewSftpUser)
    with request.making():
        made = sftp_users.create(
            asked.name, asked.folders, asked.key, label=asked.label, note=asked.note, who=request.caller.id
        )
    return Created(_shown(made), f"sftp-users/{made.name}")


def get(request: Request, account: str) -> dict[str, Any]:
    """Return one account of the SFTP server."""
    request.everywhere()
    request.query(Asked)
    return _shown(sftp_users.get(account))


def change(request: Request, account: str) -> dict[str, Any]:
    """Give an account other folders, shut it (`paused`), or open it again, from its next login on."""
    _allow(request)
    asked = request.body(SftpUserPatch)
    found = _matched(request, account)
    fields: dict[str, Any] = {name: value for name, value in dict(asked).items() if value is not None}
    if asked.folders is not None:
        fields["folders"] = sftp_users.checked(asked.folders)
    return _shown(sftp_users.change(found, request.caller.id, **fields))


def delete(request: Request, account: str) -> dict[str, Any]:
    """Remove an account, and return it this last time. Who is inside stays until the session ends; files stay."""
    request.everywhere()
    request.query(Asked)
    found = _matched(request, account)
    sftp_users.remove(found)
    return _shown(found)


def add_key(request: Request, account: str) -> dict[str, Any]:
    """Add a public key to an account, beside those that it has: when it is used, the old one can be dropped.

    A key that the account has stays as it is. At most ten (409 `sftp_keys_many`).
    """
    _allow(request)
    asked = request.body(NewSftpKey)
    return _shown(sftp_users.add_key(_matched(request, account), asked.key, asked.label, request.caller.id))


def drop_key(request: Request, account: str, public_key: str) -> dict[str, Any]:
    """Drop a key of an account by its id: from the next login on it opens nothing. Without any key nobody gets in."""
    request.everywhere()
    request.query(Asked)
    return _shown(sftp_users.drop_key(_matched(request, account), public_key, request.caller.id))


def _allow(request: Request) -> None:
    """Nobody gives away what they do not have: files of the whole hierarchy."""
    request.everywhere()
    access.require(request.caller, Scope.FILES_WRITE)


def _matched(request: Request, account: str) -> SftpUser:
    found = sftp_users.get(account)
    request.match(found)
    return found


def _shown(user: SftpUser) -> dict[str, Any]:
    return user.model_dump(mode="json")
