"""How often somebody may try what can be guessed, or have a mail sent: counted before it is tried, for all functions.

What is counted is kept under a hash of the name that was typed, whether there is such a person or not.
"""

import math
from datetime import timedelta

from escuta import clock, ids, table
from escuta.directory.model import Attempts
from escuta.errors import TooManyError

MOST = 10  # in a window: one who guesses six digits needs years
MAILS = 5
WINDOW = timedelta(minutes=15)


def spend(purpose: str, name: str, most: int = MOST) -> None:
    """Count one attempt; TooManyError `too_many_attempts` with the seconds until there may be another one."""
    now = clock.now()

    def counted(row: Attempts) -> Attempts:
        ends = row.began_at + WINDOW
        if not row.taken or not row.began_at <= now < ends:
            return row.changed(began_at=now, taken=1)
        if row.taken >= most:
            raise TooManyError("too_many_attempts", retry_after=math.ceil((ends - now).total_seconds()))
        return row.changed(taken=row.taken + 1)

    identity = ids.derive("attempts", purpose, name.casefold())
    known = table.find(Attempts, Attempts.at(identity), consistent=True)
    table.change(known or Attempts(id=identity, began_at=now), counted)
