"""What the domain refuses, by name. One place per HTTP function turns these into a page or a problem document."""

from typing import Any


class EscutaError(Exception):
    """A refusal with a stable `code`; the words come from the catalog `errors` in the reader's language."""

    def __init__(self, code: str, **details: Any) -> None:
        """Keep the code and the details that its words name."""
        super().__init__(code, details)
        self.code = code
        self.details = details

    def __str__(self) -> str:
        """Return the code alone: details may be what somebody sent, and this stands in logs."""
        return self.code


class NotFoundError(EscutaError):
    """There is no such thing, or the caller may not know that there is."""


class ConflictError(EscutaError):
    """The thing is in a state that does not allow this, or somebody else was first."""


class OvertakenError(EscutaError):
    """It is no longer what the caller has read, and said to have read. `current_rev` in the details is what it is."""


class GoneError(EscutaError):
    """It was there and is over: expired, revoked, closed, erased."""


class InvalidError(EscutaError):
    """The input breaks a rule. `field` in the details names the place."""


class ForbiddenError(EscutaError):
    """The caller has no right to this."""


class TooManyError(EscutaError):
    """A limit was reached. `retry_after` in the details is in seconds."""


class TooLargeError(EscutaError):
    """The input is larger than the limit in the details."""


class UnavailableError(EscutaError):
    """The store did not take it now; the same call may work later. `retry_after` in the details is in seconds."""
