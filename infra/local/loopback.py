"""Runs ministack 1.5.33 with the loopback address standing for TLS.

The stack's buckets, queues and topics refuse plain HTTP, as they must on AWS. The embedded AWS enforces that and serves
plain HTTP, and it delivers between its own services outside of any request: so what it takes for the transport of a
request is set here, rather than weakening the stack.
"""

from contextvars import ContextVar

from ministack import app  # type: ignore[import-untyped]
from ministack.core import iam_evaluator  # type: ignore[import-untyped]

from infra.local.place import HOST


def trust() -> None:
    """Let every request and every delivery inside count as one over TLS."""
    iam_evaluator._request_origin = ContextVar("origin", default=(HOST, True))  # noqa: SLF001 - see above; pinned
    app.pin_request_origin = lambda address, _secure: iam_evaluator.pin_request_origin(address, True)  # noqa: FBT003


if __name__ == "__main__":
    trust()
    app.main()
