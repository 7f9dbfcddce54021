"""SFTP on the loopback address, in the place of AWS Transfer Family: `python -m infra.local.sftp`.

Files are kept aside until the client closes them and then put into the bucket whole, so an upload that breaks off
leaves nothing; the bucket then notifies the importer as it does on AWS. Who gets in is who the API says, as on AWS.
"""

import asyncio
import logging
import os
import posixpath
import signal
import stat
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

import asyncssh
import boto3

from escuta.directory import sftp_users
from escuta.directory.model import SftpUser
from escuta.errors import ConflictError
from infra.local.folders import DROPS, Entry, Folders, NoSuchError, NotAllowedError
from infra.local.place import HOST, Place

USER = "integrator"
T = TypeVar("T")


def key_file(place: Place) -> Path:
    """Return the file with the integrator's private key."""
    return place.folder / "sftp_key"


def command(place: Place) -> str:
    """Return the OpenSSH command that opens the drop, without a question."""
    known = f"-o UserKnownHostsFile={_short(place.folder / 'known_hosts')}"
    return f"sftp -P {place.sftp_port} -i {_short(key_file(place))} {known} {USER}@{HOST}"


def fingerprint(place: Place) -> str:
    """Return the fingerprint of the server's key, as a client shows it."""
    return str(asyncssh.read_public_key(place.folder / "sftp_host_key.pub").get_fingerprint())


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def make_keys(place: Place) -> None:
    """Make the server's and the integrator's keys once, and the file that lets the client know the server."""
    for name in ("sftp_host_key", "sftp_key"):
        path = place.folder / name
        if not path.exists():
            key = asyncssh.generate_private_key("ssh-ed25519")
            path.touch(mode=0o600)
            key.write_private_key(path)
            key.write_public_key(path.with_suffix(".pub"))
    host = (place.folder / "sftp_host_key.pub").read_text()
    (place.folder / "known_hosts").write_text(f"[{HOST}]:{place.sftp_port} {host}")


def welcome(place: Place) -> None:
    """Make the integrator's account, unless it is there: with this key, to every folder that the demo has."""
    public = key_file(place).with_suffix(".pub").read_text()
    try:
        sftp_users.create(USER, DROPS, public, label="laptop", who="make up")
    except ConflictError:
        sftp_users.add_key(sftp_users.get(USER), public, "laptop", "make up")


class Door(asyncssh.SSHServer):
    """Lets in whose account has the key, and notes with the connection who it is."""

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Keep the connection."""
        self._connection = conn

    def public_key_auth_supported(self) -> bool:
        """Tell that keys open the door, and nothing else does."""
        return True

    async def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Tell whether this key opens this account."""
        user = await asyncio.to_thread(sftp_users.who_may_enter, username)
        shown = " ".join(key.export_public_key("openssh").decode().split()[:2])
        if user is None or shown not in {each.public for each in user.public_keys}:
            return False
        self._connection.set_extra_info(user=user)
        return True


@dataclass
class _File:
    path: str
    body: IO[bytes]
    written: bool
    size: int = 0


class _Server(asyncssh.SFTPServer):
    """One session. Every call to the bucket runs in a thread, so that sessions do not wait for each other."""

    def __init__(self, channel: Any, folders: Folders) -> None:
        super().__init__(channel)
        self._folders = folders

    async def _do(self, work: Callable[..., T], *arguments: Any) -> T:
        try:
            return await asyncio.to_thread(work, *arguments)
        except NoSuchError as error:
            raise asyncssh.SFTPNoSuchFile(f"no such file: {error}") from error
        except NotAllowedError as error:
            raise asyncssh.SFTPPermissionDenied(f"not allowed: {error}") from error
        except Exception:
            logging.getLogger(__name__).exception("the bucket failed")  # the client is told no more than that it failed
            raise

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> _File:  # noqa: ARG002 - no attributes here
        name = _text(path)
        body = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `close`
        writing = bool(pflags & asyncssh.FXF_WRITE)
        try:
            if writing:
                await self._do(self._folders.check_writable, name)
            if not writing or not pflags & asyncssh.FXF_TRUNC:
                await self._fill(name, body, may_be_new=bool(pflags & asyncssh.FXF_CREAT))
        except BaseException:
            body.close()
            raise
        return _File(name, body, written=writing)

    async def _fill(self, name: str, body: IO[bytes], *, may_be_new: bool) -> None:
        try:
            await self._do(self._folders.fetch, name, body)
        except asyncssh.SFTPNoSuchFile:
            if not may_be_new:
                raise

    async def close(self, file_obj: object) -> None:
        file = _file(file_obj)
        with file.body:
            if not file.written or self._broken_off():
                return
            file.body.seek(0)
            await self._do(self._folders.store, file.path, file.body)

    def _broken_off(self) -> bool:
        """Tell whether the session ended before the client closed the file: then it is not whole."""
        return bool(self.channel.is_closing()) or self.connection.is_closed()

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        body = _file(file_obj).body
        body.seek(offset)
        return body.read(size)

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        body = _file(file_obj).body
        body.seek(offset)
        return body.write(data)

    async def stat(self, path: bytes) -> asyncssh.SFTPAttrs:
        return _attributes(await self._do(self._folders.entry, _text(path)))

    async def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
        return await self.stat(path)

    def fstat(self, file_obj: object) -> asyncssh.SFTPAttrs:
        size = _file(file_obj).body.seek(0, os.SEEK_END)
        return _attributes(Entry("", is_folder=False, size=size))

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        for entry in await self._do(self._folders.entries, _text(path)):
            yield asyncssh.SFTPName(entry.name.encode(), attrs=_attributes(entry))

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        await self._do(self._folders.move, _text(oldpath), _text(newpath))

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        await self.rename(oldpath, newpath)

    async def remove(self, path: bytes) -> None:
        await self._do(self._folders.remove, _text(path))

    def realpath(self, path: bytes) -> bytes:
        return _text(path).encode()

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Accept times and modes, which a bucket does not keep, so that `put -p` works."""

    def fsetstat(self, file_obj: object, attrs: asyncssh.SFTPAttrs) -> None:
        """Accept times and modes, which a bucket does not keep."""

    def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:  # noqa: ARG002 - the protocol's signature
        raise asyncssh.SFTPPermissionDenied(f"not allowed: {_text(path)}")

    def rmdir(self, path: bytes) -> None:
        raise asyncssh.SFTPPermissionDenied(f"not allowed: {_text(path)}")

    def readlink(self, path: bytes) -> bytes:
        raise asyncssh.SFTPNoSuchFile(f"no such link: {_text(path)}")

    def symlink(self, oldpath: bytes, newpath: bytes) -> None:  # noqa: ARG002 - the protocol's signature
        raise asyncssh.SFTPPermissionDenied(f"not allowed: {_text(newpath)}")

    def link(self, oldpath: bytes, newpath: bytes) -> None:  # noqa: ARG002 - the protocol's signature
        raise asyncssh.SFTPPermissionDenied(f"not allowed: {_text(newpath)}")


def _file(file_obj: object) -> _File:
    if not isinstance(file_obj, _File):
        raise asyncssh.SFTPInvalidHandle("not a file of this session")
    return file_obj


def _text(path: bytes) -> str:
    """Return the absolute path; relative ones begin at the root, and nothing leads out of it."""
    try:
        return posixpath.normpath(posixpath.join("/", path.decode())).replace("//", "/")
    except UnicodeDecodeError as error:
        raise asyncssh.SFTPNoSuchFile("the name is not UTF-8") from error


def _attributes(entry: Entry) -> asyncssh.SFTPAttrs:
    mode = stat.S_IFDIR | 0o755 if entry.is_folder else stat.S_IFREG | 0o644
    when = int(entry.modified.timestamp())
    return asyncssh.SFTPAttrs(size=entry.size, uid=0, gid=0, permissions=mode, atime=when, mtime=when, nlink=1)


async def serve(place: Place, folders: Callable[[SftpUser], Folders]) -> None:
    """Serve until the process is asked to end; `folders` is what an account sees."""

    def session(channel: Any) -> _Server:
        return _Server(channel, folders(channel.get_connection().get_extra_info("user")))

    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    server = await asyncssh.listen(
        HOST,
        place.sftp_port,
        server_host_keys=[str(place.folder / "sftp_host_key")],
        server_factory=Door,
        sftp_factory=session,
        allow_scp=False,
    )
    async with server:
        await ended.wait()


def main() -> None:
    """Serve the buckets that the environment names."""
    logging.basicConfig(level=logging.WARNING)
    place = Place.from_environment()
    make_keys(place)
    welcome(place)
    buckets = {"drop": os.environ["ESCUTA_DROP_BUCKET"], "reports": os.environ["ESCUTA_REPORTS_BUCKET"]}
    s3 = boto3.client("s3")
    asyncio.run(serve(place, lambda user: Folders(s3, **buckets, drops=user.folders)))


if __name__ == "__main__":
    main()
