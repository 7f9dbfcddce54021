"""Logs, correlation and metrics, made once. Personal data and tokens never go through here."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics

from escuta import deadline, measured, snapshot, streams
from escuta.errors import EscutaError
from escuta.measured import Measure
from escuta.valueless import Valueless

type_of_handler = Callable[[dict[str, Any], Any], Any]
UNAUTHORIZED = "Unauthorized"  # this very message of an exception is API Gateway's protocol for a 401


class FailedError(EscutaError):
    """A call failed. What Lambda itself writes into the log of it, and keeps with the event, is this and no more."""


@cache
def logger() -> Logger:
    """Return the structured logger of this function."""
    made = Logger(service="escuta", logger_formatter=Valueless(), log_uncaught_exceptions=False)
    made.addFilter(_counted)
    return made


def _counted(line: logging.LogRecord) -> bool:
    """Count what is logged as an error, so that one alarm stands for all of them; every line is let through."""
    if line.levelno >= logging.ERROR:
        measured.count(Measure.ERRORS_LOGGED)
    return True


def entry(handler: type_of_handler) -> type_of_handler:
    """Give a Lambda handler its log context, its deadline and one line per call. Nothing happens before."""
    snapshot.fresh()

    @wraps(handler)
    def call(event: dict[str, Any], context: Any) -> Any:
        name = getattr(context, "function_name", handler.__module__)
        request = event.get("requestContext") or {}
        with serving(context, name, request.get("requestId")), _valueless():
            streams.note_age(event)
            result = handler(event, context)
        logger().info("done", extra={"function": name, "records": len(event.get("Records", ()))})
        return result

    return call


@contextmanager
def serving(context: Any, name: str, request: str | None = None) -> Iterator[None]:
    """Do what one call asks for within its time, and tell CloudWatch what was counted, whatever came of it.

    `request` is the gateway's name for it, which whoever asked is told as well; all lines of the call bear it.
    """
    own = getattr(context, "aws_request_id", None)
    logger().set_correlation_id(request or own)
    logger().append_keys(function_request_id=own)
    with deadline.of(context), measured.counting() as counted:
        try:
            yield
        finally:
            if counted:
                _tell(counted, name)


@contextmanager
def _valueless() -> Iterator[None]:
    """Keep what an exception says from the log that Lambda writes of it: it may be somebody's data."""
    try:
        yield
    except EscutaError:
        raise
    except Exception as error:
        if str(error) == UNAUTHORIZED:
            raise
        logger().exception("failed")
        raise FailedError(type(error).__name__) from None


def correlation() -> str:
    """Return what the lines of this call bear, for the words to who asked: "" where nobody said it."""
    return logger().get_correlation_id() or ""


@contextmanager
def following(name: str) -> Iterator[None]:
    """Let the lines inside bear the name of what they are about, from call to call the same: the id of an answer."""
    log = logger()
    before = log.get_correlation_id()
    log.set_correlation_id(name)
    try:
        yield
    finally:
        log.set_correlation_id(before)


def _tell(counted: measured.Counted, name: str) -> None:
    """Write the one line that CloudWatch reads metrics from. Made anew each time: nothing is left from call to call."""
    metrics = EphemeralMetrics(namespace=measured.NAMESPACE)
    metrics.add_dimension(measured.DIMENSION, metrics.service or measured.SERVICE)
    metrics.add_metadata("function", name)
    for measure, number in measured.summed(counted).items():
        metrics.add_metric(measure.label, measure.unit, number)
    metrics.flush_metrics()
