"""The streams of tables, as their consumers read them."""

import jsii
from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources

from escuta.entity import Table
from infra.cdk.function import Function
from infra.cdk.ground import Ground


@jsii.implements(lambda_.IEventSourceDlq)
class _Parked:
    """Keeps a record that nobody could process, with its payload. The CDK's own would grant twice as much."""

    def __init__(self, ground: Ground, function: Function) -> None:
        self._ground = ground
        self._function = function

    def bind(
        self,
        _mapping: lambda_.IEventSourceMapping,
        _handler: lambda_.IFunction,
    ) -> lambda_.DlqDestinationConfig:
        parked = self._ground.files.parked
        self._ground.files.allow_write(self._function, parked)
        self._function.allow("s3:ListBucket", on=[parked.bucket_arn])
        return lambda_.DlqDestinationConfig(destination=parked.bucket_arn)


def consume(
    function: Function,
    ground: Ground,
    *kinds: str,
    window: Duration,
    table: Table = Table.FEEDBACK,
    mark: str = "kind",
    batch: int = 100,
) -> None:
    """Feed a function with rows of these kinds, so that what the consumers themselves write wakes none of them.

    Rows of one `window` are handed over together, up to a `batch`. `mark` is what says it of a row: its kind, or that a
    stream is to `follow` it.

    A batch that keeps failing is halved until the bad record stands alone; after ten tries or six hours it is parked
    with its payload, and the others go on.
    """
    function.alias.add_event_source(
        sources.DynamoEventSource(
            ground.store.tables[table],
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=batch,
            max_batching_window=window,
            bisect_batch_on_error=True,
            report_batch_item_failures=True,
            retry_attempts=10,
            max_record_age=Duration.hours(6),
            on_failure=_Parked(ground, function),
            filters=[
                lambda_.FilterCriteria.filter({"dynamodb": {"NewImage": {mark: {"S": lambda_.FilterRule.or_(*kinds)}}}})
            ],
        )
    )
    function.excuse("IAM5", "ListStreams cannot be restricted to one table", "Resource::*")
