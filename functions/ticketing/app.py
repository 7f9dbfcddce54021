"""The stream of feedback: what happened is queued to be published, and answers are followed up.

Of answers, bursts are marked, the unhappy become tickets, who answered rests.
"""

from typing import Any

from escuta import observe
from escuta.feedback import alerts, announcing, bursts, parking, tickets
from escuta.feedback.model import AlertState, Response, ResponseState
from escuta.feedback.tickets import asking, recovering, unanswered
from escuta.observe import entry, logger
from escuta.outreach import rest

_OF_THE_RECORD = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)  # what another try cannot help


@entry
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Follow up every record; on a failure name its sequence number, from which the stream delivers again."""
    announcing.pass_on(event["Records"])  # all at once; when the queue takes them not, the whole batch comes again
    for record in event["Records"]:
        try:
            _apply(record)
        except _OF_THE_RECORD as error:  # it fails however often it comes, and would hold up all that come after it
            logger().exception("record cannot be followed up", extra={"sequence_number": _number(record)})
            parking.park_record("unprocessable", record, type(error).__name__)
        except Exception:  # noqa: BLE001 - the stream keeps the record and everything after it
            logger().exception("record failed", extra={"sequence_number": _number(record)})
            return {"batchItemFailures": [{"itemIdentifier": _number(record)}]}
    return {"batchItemFailures": []}


def _number(record: dict[str, Any]) -> str:
    return str(record["dynamodb"]["SequenceNumber"])


def _apply(record: dict[str, Any]) -> None:
    response = parking.response_of(record)
    if response is None:
        return
    with observe.following(response.id):
        _follow_up(response, record)


def _follow_up(response: Response, record: dict[str, Any]) -> None:
    announcing.response(response, record)
    bursts.judge(response)  # first: one of a burst opens no ticket
    if asking.is_follow_up(response):  # it says how a ticket went: it opens none, and begins no rest
        alerts.queue(recovering.answered(response))
        return
    unanswered.answered(response)
    opened = tickets.follow_up(response)
    logger().info("answer followed up", extra={"tickets": [ticket.id for ticket, _ in opened]})
    alerts.queue(alert for _, told in opened for alert in told if alert.state is AlertState.PENDING)
    if response.state is ResponseState.FINAL:
        rest.answered(response.contact, response.survey, response.answered_at or response.received_at)
