"""What is counted for CloudWatch: every metric of ours is named here, for the code that counts and for the dashboard.

Counting is adding to a list; `observe` writes one line for a whole call, and none where there was nothing to count. A
metric costs by the month, so there is one of a kind, whatever its channel or survey: the product itself says the rest.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum

NAMESPACE = "Escuta"
DIMENSION = "service"  # the only one: which deployment, as POWERTOOLS_SERVICE_NAME says it
SERVICE = "escuta"  # where nobody says it
COUNT, SECONDS = "Count", "Seconds"


class Measure(Enum):
    """A metric: its name in CloudWatch, what it is about, its unit, and whether it is a level.

    Counts of one call are added up. Of a level the highest is told, and 0 as well, so that an alarm sees it fall.
    """

    ANSWERS_TAKEN = "AnswersTaken", "answers of customers that were stored"
    ANSWERS_REFUSED = "AnswersRefused", "times that a customer who sent something was told no: wrong, over, taken back"
    CAPTURE_FAILED = "CaptureFailed", "times that a customer was told to come again, because of us"
    PARKED = "Parked", "answers and messages of carriers that could not be taken, and are kept for a person to see"
    MAILS_SENT = "MailsSent", "mails that the mail service took: invitations, replies, alerts, digests"
    SMS_SENT = "SmsSent", "SMS that the carriers' service took"
    MESSAGES_IN_DOUBT = "MessagesInDoubt", "messages of which no answer came back"
    BOUNCES = "Bounces", "hard bounces that count against the sender"
    COMPLAINTS = "Complaints", "complaints that count against the sender"
    IMPORTS_DONE = "ImportsDone", "files that were loaded"
    IMPORTS_FAILED = "ImportsFailed", "files that were refused or given up"
    IMPORT_ROWS_REJECTED = "ImportRowsRejected", "rows of loaded files that were rejected"
    TICKETS_OPENED = "TicketsOpened", "tickets that were opened"
    TICKETS_OVERDUE = "TicketsOverdue", "tickets that are overdue", COUNT, True
    ALERTS_NOT_SENT = "AlertsNotSent", "alerts that nobody got: refused for good, or in doubt twice"
    DRIFT = "Drift", "differences between figures and answers that a recount found; must be 0", COUNT, True
    WEBHOOK_FAILURES = "WebhookFailures", "calls of webhooks that failed"
    ERRORS_LOGGED = "ErrorsLogged", "lines of level ERROR in the log, each of which somebody has to see"
    BEHIND = "BehindSeconds", "age of the oldest thing that a sweep found due", SECONDS, True
    PUT_ASIDE = "PutAside", "messages and calls by the clock that lie in dead-letter queues", COUNT, True
    LATE = "Late", "queues and streams whose oldest work waits for longer than it should", COUNT, True

    def __init__(self, label: str, meaning: str, unit: str = COUNT, is_level: bool = False) -> None:  # noqa: FBT001, FBT002 - the values of an enum have no keywords
        """Keep what a metric is."""
        self.label, self.meaning, self.unit, self.is_level = label, meaning, unit, is_level


Counted = list[tuple[Measure, float]]
_current: ContextVar[Counted | None] = ContextVar("counted", default=None)


@contextmanager
def counting() -> Iterator[Counted]:
    """Collect what is counted inside the block, also by threads that run in a copy of its context."""
    counted: Counted = []
    token = _current.set(counted)
    try:
        yield counted
    finally:
        _current.reset(token)


def count(measure: Measure, number: float = 1) -> None:
    """Count so many of something, or tell a level. Where nobody collects it is nothing."""
    counted = _current.get()
    if counted is not None and (number or measure.is_level):
        counted.append((measure, number))


def summed(counted: Iterable[tuple[Measure, float]]) -> dict[Measure, float]:
    """Return one number for each measure."""
    found: dict[Measure, float] = {}
    for measure, number in counted:
        known = found.get(measure, 0)
        found[measure] = max(known, number) if measure.is_level else known + number
    return found
