"""How a line of the log is written: of an exception what kind it was and where, and never what it says.

What an exception says may be what somebody wrote, an address or a link: a fault that was met while working with data
names that data. The place in the code, and the codes of ours and of AWS, tell what is to be mended.
"""

import copy
import logging
import traceback
from collections.abc import Iterator

from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from escuta.errors import EscutaError

_MOST = 10  # exceptions, each of which led to the next


class Valueless(LambdaPowertoolsFormatter):
    """Powertools' lines, without what exceptions say."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a line."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            record = copy.copy(record)
            record.exc_info = record.exc_text = None
            record.__dict__ |= {"exception": "".join(_told(error)), "exception_name": type(error).__name__}
        return super().format(record)


def _told(error: BaseException) -> Iterator[str]:
    """Yield where it came up, and that of what led to it, the first first."""
    chain = [error]
    while len(chain) < _MOST and (before := _before(chain[-1])) is not None:
        chain.append(before)
    for each in reversed(chain):
        yield from traceback.format_tb(each.__traceback__)
        yield f"{named(each)}\n"


def _before(error: BaseException) -> BaseException | None:
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def named(error: BaseException) -> str:
    """Return what kind of exception it is, with the code of one of ours or of AWS."""
    code = error.code if isinstance(error, EscutaError) else ""
    if operation := getattr(error, "operation_name", ""):  # what AWS refused
        code = f"{operation} {getattr(error, 'response', {}).get('Error', {}).get('Code', '')}"
    return f"{type(error).__name__}: {code}" if code else type(error).__name__
