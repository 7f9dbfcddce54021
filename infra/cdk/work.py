"""A queue before something slow, with its dead-letter queue."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from escuta.config import TRIES
from infra.cdk.excuses import excuse
from infra.cdk.function import Function


class Work(Construct):
    """A queue whose messages one function works off. After five tries a message is kept in the dead-letter queue."""

    def __init__(
        self, scope: Construct, construct_id: str, *, timeout: Duration, bound: bool = False, tries: int = TRIES
    ) -> None:
        """Make the queue for a function with this timeout: a message stays hidden six times as long.

        From a queue with a `bound` no more messages are fetched than may be worked on at once. That costs: Lambda
        keeps five polls open at it instead of two. Without, a message for which no function was free is offered until
        it is visible again, and has used one of its `tries` (docs/decisions/0039-*.md).
        """
        super().__init__(scope, construct_id)
        self._bound = bound
        self.timeout = timeout
        self.dead = sqs.Queue(
            self,
            "Dead",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            removal_policy=RemovalPolicy.RETAIN,
            retention_period=Duration.days(14),
        )
        for rule in ("SQS3", "Serverless-SQSRedrivePolicy"):
            excuse(self.dead, rule, "this is the dead-letter queue")
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            removal_policy=RemovalPolicy.RETAIN,
            retention_period=Duration.days(14),
            visibility_timeout=Duration.seconds(timeout.to_seconds() * 6),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead, max_receive_count=tries),
        )

    def feed(self, function: Function, *, batch: int, at_once: int, window: Duration | None = None) -> None:
        """Let a function work the queue off; `at_once` is how many may run side by side: what it has reserved.

        What it does may end with a message to itself: an export goes on so, part by part, and an erasure waits for a
        file. So Lambda is not to take the function off after sixteen of these, as it does where nobody says so.
        """
        made = function.function.node.default_child
        if at_once != function.reserved or not isinstance(made, lambda_.CfnFunction):
            raise ValueError(f"{function.name}: {at_once} side by side, and {function.reserved} reserved")
        made.recursive_loop = "Allow"
        function.alias.add_event_source(
            sources.SqsEventSource(
                self.queue,
                batch_size=batch,
                max_batching_window=window,
                max_concurrency=at_once if self._bound else None,
                report_batch_item_failures=True,
            )
        )
        for each in function.alias.node.find_all():
            if isinstance(each, lambda_.CfnEventSourceMapping):
                excuse(
                    each,
                    "Serverless-LambdaEventSourceMappingDestination",
                    "what fails five times goes to the dead letters of the queue itself",
                )

    def allow_send(self, function: Function) -> None:
        """Let a function put work into this queue, one message or a batch: it is the same permission."""
        function.allow("sqs:SendMessage", on=[self.queue.queue_arn])
