"""Logs and correlation, made once. Personal data and tokens never go through here."""

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from aws_lambda_powertools import Logger

from escuta import deadline

type_of_handler = Callable[[dict[str, Any], Any], Any]


@cache
def logger() -> Logger:
    """Return the structured logger of this function."""
    return Logger(service="escuta", log_uncaught_exceptions=False)


def entry(handler: type_of_handler) -> type_of_handler:
    """Give a Lambda handler its log context, its deadline and one line per call. Nothing happens before."""

    @wraps(handler)
    def call(event: dict[str, Any], context: Any) -> Any:
        log = logger()
        name = getattr(context, "function_name", handler.__module__)
        log.set_correlation_id(getattr(context, "aws_request_id", None))
        with deadline.of(context):
            result = handler(event, context)
        log.info("done", extra={"function": name, "records": len(event.get("Records", ()))})
        return result

    return call
