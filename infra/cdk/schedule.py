"""Running a function by the clock."""

from collections.abc import Mapping
from typing import Any

import jsii
from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.cdk.function import Function
from infra.cdk.ground import Ground


@jsii.implements(lambda_.IDestination)
class _Kept:
    """Keeps a call that failed three times. The CDK's own would grant twice as much."""

    def __init__(self, ground: Ground, function: Function) -> None:
        self._ground = ground
        self._function = function

    def bind(
        self,
        _scope: Construct,
        _from: lambda_.IFunction,
        *,
        type: lambda_.DestinationType,  # noqa: A002, ARG002 - its name in the CDK
    ) -> lambda_.DestinationConfig:
        missed = self._ground.missed
        self._function.allow("sqs:SendMessage", on=[missed.queue_arn])
        return lambda_.DestinationConfig(destination=missed.queue_arn)


def run_every(
    function: Function, schedule: events.Schedule, ground: Ground, told: Mapping[str, Any] | None = None
) -> None:
    """Call the function on schedule. A missed call is not repeated for long: the next one does its work too.

    `told` is the event that it is called with.
    What could not be called, or failed three times, is kept in the queue of missed calls, which has an alarm.
    """
    function.alias.configure_async_invoke(
        on_failure=_Kept(ground, function), retry_attempts=2, max_event_age=Duration.minutes(15)
    )
    rule = events.Rule(function, "Schedule", schedule=schedule)
    rule.add_target(
        targets.LambdaFunction(
            function.alias,
            event=events.RuleTargetInput.from_object(told or {}),
            retry_attempts=2,
            max_event_age=Duration.minutes(5),
            dead_letter_queue=ground.missed,
        )
    )
