"""Who drops files by SFTP: accounts with folders and public keys. What is changed here holds from the next login on."""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from hashlib import sha256

from escuta import clock, table
from escuta.directory import folders
from escuta.directory.model import SftpKey, SftpUser
from escuta.errors import ConflictError, InvalidError, NotFoundError

MOST_FOLDERS, MOST_KEYS = 5, 10
LONGEST_KEY = 4_000  # characters of a line with a public key
_LONGEST_FOLDERS = 160  # letters of all folders of an account: what AWS is told of them for a session is short
_NAME = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]{2,63}")
_KINDS = frozenset({"ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"})
_LEAST_BITS = 2048  # of RSA
_PARTS = 2


def listing(*, limit: int, cursor: str | None = None) -> table.Page[SftpUser]:
    """Return accounts by name."""
    return table.query(SftpUser, "sftp_users", index="g1", limit=limit, cursor=cursor)


def get(name: str) -> SftpUser:
    """Return an account. NotFoundError `sftp_user_not_found`."""
    return table.load(SftpUser, SftpUser.at(name), consistent=True)


def who_may_enter(name: str) -> SftpUser | None:
    """Return the account of somebody at the door; None for whom it does not open to."""
    found = table.find(SftpUser, SftpUser.at(name), consistent=True) if _NAME.fullmatch(name) else None
    return found if found and not found.paused and found.public_keys else None


def create(name: str, places: Iterable[str], key: str, *, label: str = "", note: str = "", who: str) -> SftpUser:
    """Make an account with its first key. ConflictError `sftp_user_exists`; InvalidError for what is not right."""
    if not _NAME.fullmatch(name):
        raise InvalidError("sftp_user_name", field="name")
    now = clock.now()
    return table.create(
        SftpUser(
            name=name,
            folders=checked(places),
            public_keys=(read(key, label, who),),
            note=note,
            created_at=now,
            created_by=who,
            updated_at=now,
            updated_by=who,
        )
    )


def change(user: SftpUser, who: str, **fields: object) -> SftpUser:
    """Return an account with other folders, another note, or shut or opened; stored as it was read."""
    if user.changed(**fields) == user:
        return user
    return table.save(user.changed(**fields, updated_at=clock.now(), updated_by=who))


def add_key(user: SftpUser, key: str, label: str, who: str) -> SftpUser:
    """Return an account with one key more; one that it has stays. ConflictError `sftp_keys_many`."""
    added = read(key, label, who)
    if any(each.id == added.id for each in user.public_keys):
        return user
    if len(user.public_keys) >= MOST_KEYS:
        raise ConflictError("sftp_keys_many", most=MOST_KEYS)
    return change(user, who, public_keys=(*user.public_keys, added))


def drop_key(user: SftpUser, key: str, who: str) -> SftpUser:
    """Return an account without a key. NotFoundError `sftp_key_not_found`."""
    left = tuple(each for each in user.public_keys if each.id != key)
    if len(left) == len(user.public_keys):
        raise NotFoundError("sftp_key_not_found")
    return change(user, who, public_keys=left)


def remove(user: SftpUser) -> None:
    """Take an account away."""
    table.delete(SftpUser, user.key())


def checked(places: Iterable[str]) -> tuple[str, ...]:
    """Return the folders of an account, each once. InvalidError for what is no folder, is ours, or is too much."""
    found = tuple(dict.fromkeys(folders.check_name(place) for place in places))
    if not found:
        raise InvalidError("required", field="folders")
    if len(found) > MOST_FOLDERS or sum(map(len, found)) > _LONGEST_FOLDERS:
        raise InvalidError("sftp_folders_many", field="folders", most=MOST_FOLDERS)
    return found


def read(text: str, label: str, who: str) -> SftpKey:
    """Return a public key as OpenSSH writes it into a `.pub` file. InvalidError says what else it is."""
    if "PRIVATE KEY" in text:
        raise InvalidError("sftp_key_private", field="key")
    kind, _, rest = text.strip().partition(" ")
    encoded, _, comment = rest.strip().partition(" ")
    blob = _decoded(encoded)
    parts = list(_fields(blob))
    if kind not in _KINDS or len(parts) < _PARTS or parts[0] != kind.encode() or "\n" in text.strip():
        raise InvalidError("sftp_key_invalid", field="key")
    if kind == "ssh-rsa" and int.from_bytes(parts[-1]).bit_length() < _LEAST_BITS:
        raise InvalidError("sftp_key_weak", field="key", least=_LEAST_BITS)
    digest = sha256(blob)
    return SftpKey(
        id=digest.hexdigest()[:16],
        kind=kind,
        fingerprint=f"SHA256:{b64encode(digest.digest()).decode().rstrip('=')}",
        public=f"{kind} {encoded}",
        label=(label or comment)[:100],
        added_at=clock.now(),
        added_by=who,
    )


def _decoded(encoded: str) -> bytes:
    try:
        return b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidError("sftp_key_invalid", field="key") from error


def _fields(blob: bytes) -> Iterable[bytes]:
    """Yield the parts of a key: each is preceded by its length (RFC 4253, section 6.6)."""
    place = 0
    while place + 4 <= len(blob):
        length = int.from_bytes(blob[place : place + 4])
        part = blob[place + 4 : place + 4 + length]
        if len(part) < length:
            return
        yield part
        place += 4 + length
