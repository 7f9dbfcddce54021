"""Runs ministack 1.5.33, corrected where it differs from AWS, rather than bending the stack.

The stack's buckets, queues and topics refuse plain HTTP, as they must on AWS. The embedded AWS enforces that, serves
plain HTTP, and delivers between its own services outside of any request: here the loopback address stands for TLS.
And on AWS `sqs:SendMessage` covers a batch; the embedded AWS asks for a permission that does not exist.
Sending a mail asks for the sender's identity on AWS; the embedded AWS names no resource, so that only `*` would do.
It gives every function that starts a session, and walks all sessions meanwhile: two that start together could end in
"dictionary changed size during iteration", and the function in state Failed for good.
It unpacks every layer for every function, 35,000 files in all: here they share one unpacked copy, read-only on AWS too.
Of a version of an object it gives all bytes, whatever range was asked for.
And it refuses without a word in its log: here each one stands there, since code that retries hides a missing grant.
"""

import json
import logging
import tempfile
import threading
import zipfile
from base64 import b64decode
from collections.abc import Iterator
from contextvars import ContextVar
from email import message_from_bytes
from email.utils import parseaddr
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack import app  # type: ignore[import-untyped]
from ministack.core import iam_actions, iam_evaluator, lambda_runtime  # type: ignore[import-untyped]
from ministack.services import eventbridge, s3, ses_v2, sts  # type: ignore[import-untyped]
from ministack.services.cloudformation import provisioners  # type: ignore[import-untyped]

from infra.local.place import HOST


def correct() -> None:
    """Make the corrections. To be called before it serves."""
    _trust_loopback()
    _name_batches_as_aws_does()
    _name_senders_as_aws_does()
    _start_sessions_one_by_one()
    _unpack_layers_once()
    _log_refusals()
    _keep_reply_addresses()
    _deploy_archives()
    _receive_no_mail()
    _cut_versions()


def _trust_loopback() -> None:
    """Let every request and every delivery inside count as one over TLS."""
    iam_evaluator._request_origin = ContextVar("origin", default=(HOST, True))  # noqa: SLF001 - see above; pinned
    app.pin_request_origin = lambda address, _secure: iam_evaluator.pin_request_origin(address, True)  # noqa: FBT003


def _name_batches_as_aws_does() -> None:
    named = iam_actions.extract_iam_action

    def action(*request: Any, **options: Any) -> Any:
        found = named(*request, **options)
        return "sqs:SendMessage" if found == "sqs:SendMessageBatch" else found

    iam_actions.extract_iam_action = action


def _name_senders_as_aws_does() -> None:
    named = iam_actions._ses_v2_resource_arn  # noqa: SLF001 - see above; pinned

    def resource(method: str, path: str, body: bytes, region: str, account: str) -> Any:
        if (method, path.rstrip("/")) != ("POST", "/v2/email/outbound-emails"):
            return named(method, path, body, region, account)
        _, sender = parseaddr(json.loads(body).get("FromEmailAddress", ""))
        return f"arn:aws:ses:{region}:{account}:identity/{sender}"

    iam_actions._ses_v2_resource_arn = resource  # noqa: SLF001 - see above; pinned


def _cut_versions() -> None:
    read = s3._get_object  # noqa: SLF001 - see above; pinned

    def answered(bucket: str, key: str, headers: dict[str, str], query: Any = None) -> Any:
        status, told, body = read(bucket, key, headers, query)
        asked = headers.get("range", "")
        if status != HTTPStatus.OK or not asked or "versionId" not in (query or {}):
            return status, told, body
        found = s3._parse_range(asked, len(body))  # noqa: SLF001 - as above
        if found is None:
            return HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, {"Content-Range": f"bytes */{len(body)}"}, b""
        first, last = found
        part = body[first : last + 1]
        whole = {"Content-Length": str(len(part)), "Content-Range": f"bytes {first}-{last}/{len(body)}"}
        plain = {name: value for name, value in told.items() if not name.lower().startswith("x-amz-checksum")}
        return HTTPStatus.PARTIAL_CONTENT, plain | whole, part

    s3._get_object = answered  # noqa: SLF001 - see above; pinned


def _start_sessions_one_by_one() -> None:
    register, alone = sts.register_session, threading.Lock()

    def register_alone(*session: Any) -> None:
        with alone:
            register(*session)

    sts.register_session = register_alone


class _Shared(zipfile.ZipFile):
    """A zip that is unpacked once by its content when it is a layer, and linked from then on."""

    _alone = threading.Lock()

    def extractall(self, path: Any = None, members: Any = None, pwd: bytes | None = None) -> None:
        folder = Path(path)
        if not folder.name.startswith("layer_"):
            super().extractall(path, members, pwd)
            return
        unpacked = Path(tempfile.gettempdir()) / "layers" / sha256(Path(self.filename or "").read_bytes()).hexdigest()
        with self._alone:
            if not unpacked.exists():
                making = unpacked.with_suffix(".making")
                super().extractall(making)
                making.rename(unpacked)
        for entry in unpacked.iterdir():
            (folder / entry.name).symlink_to(entry)


def _unpack_layers_once() -> None:
    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": _Shared})


def _log_refusals() -> None:
    refuse = iam_actions.access_denied_response

    def refuse_aloud(service: str, action: str, principal: str, *more: Any, **options: Any) -> Any:
        where = options.get("resource_arn", "")
        logging.getLogger("iam").warning("AccessDenied: %s may not %s on %s", principal, action, where)
        return refuse(service, action, principal, *more, **options)

    iam_actions.access_denied_response = refuse_aloud


class _Kept:
    """The list of sent mails, to which each is added with the address that it wants to be replied to.

    It stands behind the type, which is shown with the mail; what is not known is left out there.
    """

    def __init__(self, sent: list[dict[str, Any]], reply_to: str) -> None:
        self._sent = sent
        self._reply_to = reply_to

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self._sent)

    def append(self, record: dict[str, Any]) -> None:
        self._sent.append({**record, "Type": f"{record['Type']} {self._reply_to}"})


def _keep_reply_addresses() -> None:
    parse, listed = ses_v2._parse_raw_mime, ses_v2._sent_emails_list  # noqa: SLF001 - see above; pinned
    address: ContextVar[str] = ContextVar("address", default="")

    def parsed(raw: str) -> Any:
        address.set(message_from_bytes(b64decode(raw))["Reply-To"] or "")
        return parse(raw)

    ses_v2._parse_raw_mime = parsed  # noqa: SLF001 - pinned
    ses_v2._sent_emails_list = lambda: _Kept(listed(), address.get())  # noqa: SLF001 - pinned


def _deploy_archives() -> None:
    """Let a template have an archive of events, which the embedded EventBridge keeps and plays again."""

    def create(logical_id: str, asked: dict[str, Any], stack_name: str) -> tuple[str, dict[str, Any]]:
        name = asked.get("ArchiveName") or f"{stack_name}-{logical_id}"[:48]
        wanted = {"ArchiveName": name, "EventSourceArn": asked["SourceArn"], "RetentionDays": asked["RetentionDays"]}
        pattern = json.dumps(asked["EventPattern"])
        status, _, body = eventbridge._create_archive({**wanted, "EventPattern": pattern})  # noqa: SLF001 - pinned
        if status != HTTPStatus.OK:
            raise ValueError(f"the archive {name} cannot be made: {body!r}")
        return name, {"Arn": json.loads(body)["ArchiveArn"], "ArchiveName": name}

    def delete(physical_id: str, _: dict[str, Any]) -> None:
        eventbridge._delete_archive({"ArchiveName": physical_id})  # noqa: SLF001 - pinned

    provisioners._RESOURCE_HANDLERS["AWS::Events::Archive"] = {"create": create, "delete": delete}  # noqa: SLF001


def _receive_no_mail() -> None:
    """Let a template say where SES puts mail that comes in. None comes here: the outbox puts replies there."""

    def create(logical_id: str, _: dict[str, Any], stack_name: str) -> tuple[str, dict[str, Any]]:
        return f"{stack_name}-{logical_id}", {}

    def delete(_: str, __: dict[str, Any]) -> None:
        """Nothing was made."""

    for kind in ("AWS::SES::ReceiptRuleSet", "AWS::SES::ReceiptRule"):
        provisioners._RESOURCE_HANDLERS[kind] = {"create": create, "delete": delete}  # noqa: SLF001 - pinned


if __name__ == "__main__":
    correct()
    app.main()
