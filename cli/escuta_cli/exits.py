"""With what a command ends: scripts decide by it, so these numbers stay."""

from enum import IntEnum


class Exit(IntEnum):
    """The codes that `escuta --help` tells of."""

    DONE = 0
    REFUSED = 1  # by the API, or what was asked cannot be done
    DIFFERENT = 2  # `plan` found something to do
    ROWS_REJECTED = 3  # `import`: the file is done, not all of its rows
    NO_ACCESS = 4  # no key, or one that may not do this
    UNREACHABLE = 5  # the API did not answer, or asked for patience too long
    USAGE = 64
    INTERRUPTED = 130
    NOT_READ = 141  # whoever read the results has gone: what a shell says of a closed pipe


class StoppedError(Exception):
    """A command cannot go on. `code` is that of the catalog of words; `ends` what the process ends with."""

    def __init__(self, code: str, ends: Exit = Exit.REFUSED, **details: object) -> None:
        """Keep what happened, for whoever says it in a language."""
        super().__init__(code)
        self.code, self.ends, self.details = code, ends, details
