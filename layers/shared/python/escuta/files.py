"""S3: dropped files, reports, exports. The only module that knows the object store."""

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import IO, TYPE_CHECKING, Literal, NamedTuple, cast
from urllib.parse import quote, urlsplit

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from escuta import bounded, sdk
from escuta.errors import ConflictError, EscutaError, ForbiddenError, NotFoundError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BLOCK = 1 << 20
_LONGEST_LINK = 7 * 86400  # that S3 knows


@cache
def _client() -> "S3Client":
    client: S3Client = bounded.client("s3", bounded.config(read=8, signature_version="s3v4"))
    return client


@cache
def _signer() -> "S3Client":
    """Return the client whose links name the region: the address without one leads a new bucket's links elsewhere.

    They are signed for one host, and a redirected one is refused. An emulator has one host for all buckets.
    """
    ours = urlsplit(_client().meta.endpoint_url).hostname or ""
    style: Literal["virtual", "path"] = "virtual" if ours.endswith((".amazonaws.com", ".amazonaws.com.cn")) else "path"
    client: S3Client = bounded.client("s3", bounded.config(signature_version="s3v4", s3={"addressing_style": style}))
    return client


def stream(
    bucket: str, key: str, *, etag: str = "", version: str = "", first: int = 0, last: int = -1
) -> Iterator[bytes]:
    """Yield the bytes of an object in blocks of at most 1 MiB, from byte `first` to `last` (included; -1: to the end).

    With `etag` the object must still be that one. NotFoundError when it is gone or was replaced, ForbiddenError when
    S3 or the key that it is encrypted with refuses it, UnavailableError when S3 wants it slower.
    """
    options = {"Range": f"bytes={first}-{'' if last < 0 else last}"} if first or last >= 0 else {}
    if etag:
        options["IfMatch"] = etag
    if version:
        options["VersionId"] = version
    with _answering():
        body = _client().get_object(Bucket=bucket, Key=key, **options)["Body"]  # type: ignore[arg-type] # options
    with body:
        blocks = body.iter_chunks(BLOCK)
        while block := _next(blocks):
            yield block


def _next(blocks: Iterator[bytes]) -> bytes:
    """Return the next block, b"" after the last. What goes wrong at the reader's is none of ours."""
    with _answering():
        return next(blocks, b"")


@contextmanager
def _answering() -> Iterator[None]:
    """Turn what S3 refuses, and that it does not answer, into what it means."""
    try:
        with sdk.answering("object_store_unavailable"):
            yield
    except ClientError as error:
        meaning = _meaning(error)
        if meaning is None:
            raise
        raise meaning from error


def _meaning(error: ClientError) -> EscutaError | None:
    """Return what a refusal of S3 means; None for one that nobody foresaw."""
    code = error.response["Error"]["Code"]
    if code in {"NoSuchKey", "404", "PreconditionFailed", "412", "NoSuchVersion"}:
        return NotFoundError("object_not_found")
    if code in {"AccessDenied", "403", "InvalidObjectState"} or code.startswith("KMS"):
        return ForbiddenError("object_denied")
    return None


def read(bucket: str, key: str) -> bytes:
    """Return a whole small object."""
    return b"".join(stream(bucket, key))


def write(bucket: str, key: str, body: bytes, content_type: str) -> None:
    """Store a small object, replacing what was there."""
    with _answering():
        _client().put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type)


def replace(bucket: str, key: str, body: bytes, content_type: str, *, etag: str) -> None:
    """Store an object in place of the one with this tag, or where none is when it is "".

    ConflictError `object_changed` when something else is there by now.
    """
    wanted = {"IfMatch": f'"{etag}"'} if etag else {"IfNoneMatch": "*"}
    with _answering():
        try:
            _client().put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type, **wanted)  # type: ignore[arg-type] # options
        except ClientError as error:
            if error.response["Error"]["Code"] in {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"}:
                raise ConflictError("object_changed") from error
            raise


def write_blocks(bucket: str, key: str, blocks: Iterable[bytes], content_type: str) -> None:
    """Store an object of any size while its blocks are made, in bounded memory."""
    body = cast("IO[bytes]", _Blocks(blocks))
    options = {"ContentType": content_type}
    with _answering():
        _client().upload_fileobj(body, bucket, key, ExtraArgs=options, Config=TransferConfig(use_threads=False))


class _Blocks(io.RawIOBase):
    """Blocks of bytes as a file to read from."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = iter(blocks)
        self._held = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._held) < size:
            block = next(self._blocks, None)
            if block is None:
                break
            self._held += block
        cut = len(self._held) if size < 0 else size
        taken, self._held = self._held[:cut], self._held[cut:]
        return taken


def presigned_put(bucket: str, key: str, *, seconds: int, content_type: str, size: int | None = None) -> str:
    """Return a link with which anybody may store this one object, sent with this `Content-Type`, for `seconds`.

    With `size` it takes so many bytes and no other number. It ends sooner where the function's own credentials do.
    """
    wanted: dict[str, object] = {"Bucket": bucket, "Key": key, "ContentType": content_type}
    if size is not None:
        wanted["ContentLength"] = size
    return _signer().generate_presigned_url("put_object", Params=wanted, ExpiresIn=_bounded(seconds))


def presigned_get(bucket: str, key: str, *, seconds: int, name: str = "", content_type: str = "") -> str:
    """Return a link with which anybody may read this one object for `seconds`; browsers save it under `name`.

    It ends sooner where the function's own credentials do.
    """
    wanted = {"Bucket": bucket, "Key": key}
    if name:
        wanted["ResponseContentDisposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    if content_type:
        wanted["ResponseContentType"] = content_type
    return _signer().generate_presigned_url("get_object", Params=wanted, ExpiresIn=_bounded(seconds))


def origin(bucket: str) -> str:
    """Return the origin of a bucket's links: what a page must be allowed to ask that puts a file through one."""
    place = urlsplit(_signer().generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "any"}))
    return f"{place.scheme}://{place.netloc}"


def _bounded(seconds: int) -> int:
    if not 0 < seconds <= _LONGEST_LINK:
        raise ValueError(f"a link lasts 1 to {_LONGEST_LINK} seconds, not {seconds}")
    return seconds


class Head(NamedTuple):
    """What is known of an object without reading it."""

    etag: str
    size: int
    modified: datetime


def head(bucket: str, key: str) -> Head | None:
    """Return what is known of the object that is there now, None when there is none."""
    with _answering():
        try:
            found = _client().head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in {"NoSuchKey", "404"}:
                return None
            raise
    return Head(found["ETag"].strip('"'), found["ContentLength"], found["LastModified"])


def etag(bucket: str, key: str) -> str:
    """Return the tag of the object that is there now, "" when there is none."""
    found = head(bucket, key)
    return found.etag if found else ""


def begin_parts(bucket: str, key: str, content_type: str) -> str:
    """Begin an object that is put together of parts, by several calls of a function; return what it is called."""
    with _answering():
        return _client().create_multipart_upload(Bucket=bucket, Key=key, ContentType=content_type)["UploadId"]


def put_part(bucket: str, key: str, upload: str, number: int, body: bytes) -> str:
    """Store a part, the first is 1, in place of one of that number; return its tag. All but the last have 5 MiB."""
    with _answering():
        stored = _client().upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=body)
    return stored["ETag"].strip('"')


def join_parts(bucket: str, key: str, upload: str, tags: Iterable[str]) -> None:
    """Make the object of its parts; done before, nothing happens. ConflictError when the parts are not these."""
    parts = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, 1)]
    with _answering():
        try:
            _client().complete_multipart_upload(
                Bucket=bucket,
                Key=key,
                UploadId=upload,
                MultipartUpload={"Parts": parts},  # type: ignore[typeddict-item] # the stub wants literals
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "NoSuchUpload" and etag(bucket, key):  # the reply of the first call was lost
                return
            if code in {"InvalidPart", "NoSuchUpload"}:
                raise ConflictError("parts_changed") from error
            raise


def delete(bucket: str, key: str) -> None:
    """Remove an object, if it is there."""
    with _answering():
        _client().delete_object(Bucket=bucket, Key=key)
