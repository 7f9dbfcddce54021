"""Where calls by the clock are kept that could not be made, or failed three times."""

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.cdk.excuses import excuse

NAME = "missed"  # as operators read it


def make_missed(scope: Construct) -> sqs.Queue:
    """Make the queue. What is in it says that a call failed, and holds nothing else: the next call does its work."""
    made = sqs.Queue(
        scope,
        "Missed",
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=Duration.days(14),
    )
    for rule in ("SQS3", "Serverless-SQSRedrivePolicy"):
        excuse(made, rule, "this is a queue of dead letters itself")
    return made
