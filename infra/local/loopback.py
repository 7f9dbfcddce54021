"""Runs ministack 1.5.33, corrected in two places where it refuses what AWS allows, rather than bending the stack.

The stack's buckets, queues and topics refuse plain HTTP, as they must on AWS. The embedded AWS enforces that, serves
plain HTTP, and delivers between its own services outside of any request: here the loopback address stands for TLS.
And on AWS `sqs:SendMessage` covers a batch; the embedded AWS asks for a permission that does not exist.
"""

from contextvars import ContextVar
from typing import Any

from ministack import app  # type: ignore[import-untyped]
from ministack.core import iam_actions, iam_evaluator  # type: ignore[import-untyped]

from infra.local.place import HOST


def correct() -> None:
    """Make both corrections. To be called before it serves."""
    _trust_loopback()
    _name_batches_as_aws_does()


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


if __name__ == "__main__":
    correct()
    app.main()
