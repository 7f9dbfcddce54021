"""Running a function by the clock."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets

from infra.cdk.function import Function


def run_every(function: Function, schedule: events.Schedule) -> None:
    """Call the function on schedule. A missed call is not repeated for long: the next one does its work too."""
    rule = events.Rule(function, "Schedule", schedule=schedule)
    rule.add_target(
        targets.LambdaFunction(
            function.alias,
            event=events.RuleTargetInput.from_object({}),
            retry_attempts=2,
            max_event_age=Duration.minutes(5),
        )
    )
