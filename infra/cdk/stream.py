"""The stream of the feedback table, as its two consumers read it."""

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources

from escuta.entity import Table
from escuta.feedback.model import Response
from infra.cdk.excuses import excuse_policy
from infra.cdk.function import Function
from infra.cdk.ground import Ground

_ONLY_RESPONSES = {
    "dynamodb": {"NewImage": {"kind": {"S": lambda_.FilterRule.is_equal(Response.kind)}}},
}


def consume(function: Function, ground: Ground) -> None:
    """Feed a function with the responses of the stream, and with nothing that the consumers themselves write.

    A batch that keeps failing is halved until the bad record stands alone; after ten tries or six hours it is parked
    with its payload, and the others go on.
    """
    function.alias.add_event_source(
        sources.DynamoEventSource(
            ground.store.tables[Table.FEEDBACK],
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=100,
            max_batching_window=Duration.seconds(1),
            bisect_batch_on_error=True,
            report_batch_item_failures=True,
            retry_attempts=10,
            max_record_age=Duration.hours(6),
            on_failure=sources.S3OnFailureDestination(ground.files.parked),
            filters=[lambda_.FilterCriteria.filter(_ONLY_RESPONSES)],
        )
    )
    excuse_policy(function.role, "IAM5[Resource::*]", "ListStreams cannot be restricted to one table")
