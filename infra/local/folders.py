"""The two buckets as an integrator sees them by SFTP: a drop folder to write into, and the reports to read."""

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

from botocore.exceptions import ClientError

DROPS = ("contacts", "managers", "products", "segments", "suppressions")
REPORTS = "reports"


class NoSuchError(Exception):
    """There is nothing at this path."""


class NotAllowedError(Exception):
    """The path is not one to do that at."""


@dataclass(frozen=True)
class Entry:
    """A folder or a file of the view."""

    name: str
    is_folder: bool
    size: int = 0
    modified: datetime = datetime(2026, 1, 1, tzinfo=UTC)


class Folders:
    """The view. Paths are absolute and normalised: `/contacts/clientes.csv`, `/reports/contacts/...`."""

    def __init__(self, s3: Any, *, drop: str, reports: str, drops: Sequence[str] = DROPS) -> None:
        """Look at these two buckets through this client: at these folders, and at the reports on them."""
        self._s3 = s3
        self._drops = tuple(drops)
        self._drop = drop
        self._reports = reports

    def entry(self, path: str) -> Entry:
        """Return what is at a path. NoSuchError when nothing is."""
        name = posixpath.basename(path)
        if path in {"/", f"/{REPORTS}", *(f"/{drop}" for drop in self._drops)}:
            return Entry(name or "/", is_folder=True)
        for entry in self.entries(posixpath.dirname(path)):
            if entry.name == name:
                return entry
        raise NoSuchError(path)

    def entries(self, path: str) -> list[Entry]:
        """Return what a folder holds."""
        if path == "/":
            return [Entry(name, is_folder=True) for name in (*self._drops, REPORTS)]
        bucket, key = self._place(path)
        prefix = f"{key}/" if key else ""
        found = [entry for entry in self._scan(bucket, prefix) if entry.name]
        top = key in {"", *self._drops}
        if not found and not top:
            raise NoSuchError(path)
        return [entry for entry in found if bucket == self._drop or prefix or entry.name in self._drops]

    def fetch(self, path: str, target: IO[bytes]) -> None:
        """Copy a file out."""
        bucket, key = self._place(path)
        try:
            self._s3.download_fileobj(bucket, key, target)
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"404", "NoSuchKey"}:
                raise
            raise NoSuchError(path) from error

    def store(self, path: str, source: IO[bytes]) -> None:
        """Put a whole file into a drop folder; the bucket tells the importer."""
        self._s3.upload_fileobj(source, *self._drop_place(path))

    def move(self, old: str, new: str) -> None:
        """Rename within the drop folders, as clients do that upload under a temporary name."""
        bucket, source = self._drop_place(old)
        _, target = self._drop_place(new)
        self.entry(old)
        self._s3.copy({"Bucket": bucket, "Key": source}, bucket, target)
        self._s3.delete_object(Bucket=bucket, Key=source)

    def remove(self, path: str) -> None:
        """Take a file out of a drop folder."""
        self.entry(path)
        bucket, key = self._drop_place(path)
        self._s3.delete_object(Bucket=bucket, Key=key)

    def check_writable(self, path: str) -> None:
        """NotAllowedError unless a file may be put at this path."""
        self._drop_place(path)

    def _drop_place(self, path: str) -> tuple[str, str]:
        if path.split("/")[1] == REPORTS:
            raise NotAllowedError(path)
        bucket, key = self._place(path)
        _, _, name = key.partition("/")
        if not name:
            raise NotAllowedError(path)
        return bucket, key

    def _place(self, path: str) -> tuple[str, str]:
        top, _, rest = path.lstrip("/").partition("/")
        if top == REPORTS:
            if rest and rest.split("/")[0] not in self._drops:
                raise NoSuchError(path)
            return self._reports, rest
        if top in self._drops:
            return self._drop, path.lstrip("/")
        raise NoSuchError(path)

    def _scan(self, bucket: str, prefix: str) -> Iterator[Entry]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter="/")
        for page in pages:
            for folder in page.get("CommonPrefixes", []):
                yield Entry(folder["Prefix"][len(prefix) : -1], is_folder=True)
            for item in page.get("Contents", []):
                yield Entry(
                    item["Key"][len(prefix) :], is_folder=False, size=item["Size"], modified=item["LastModified"]
                )
