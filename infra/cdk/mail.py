"""Sending by SES and SNS, and what they report back."""

from aws_cdk import Aws, Fn, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ses as ses
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.cdk.asking import Asking
from infra.cdk.function import Function
from infra.cdk.work import Work

REPORTED = (
    ses.EmailSendingEvent.SEND,
    ses.EmailSendingEvent.DELIVERY,
    ses.EmailSendingEvent.BOUNCE,
    ses.EmailSendingEvent.COMPLAINT,
    ses.EmailSendingEvent.REJECT,
    ses.EmailSendingEvent.RENDERING_FAILURE,
    ses.EmailSendingEvent.DELIVERY_DELAY,
    ses.EmailSendingEvent.OPEN,
)


class Mail(Construct):
    """The configuration set that every mail goes out with; its events reach the feedback queue."""

    def __init__(self, scope: Construct, construct_id: str, *, feedback: Work) -> None:
        """Make the set. The identity of the sender, or of its domain, must be verified in SES."""
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(self, "Events", enforce_ssl=True, master_key=Asking.around(self).key)
        self.topic.add_subscription(_into(feedback))
        self.sms = self._sms(feedback)
        self.set = ses.ConfigurationSet(
            self, "Set", reputation_metrics=True, tls_policy=ses.ConfigurationSetTlsPolicy.REQUIRE
        )
        self.set.add_event_destination(
            "Feedback", destination=ses.EventDestination.sns_topic(self.topic), events=list(REPORTED)
        )

    def _sms(self, feedback: Work) -> sns.Topic:
        """Make the topic for what carriers report and people reply.

        It is named at the telephone number (two-way SMS) and at its configuration set, neither of which is made here:
        a number is leased by a person.
        """
        topic = sns.Topic(self, "Sms", enforce_ssl=True, master_key=Asking.around(self).key)
        topic.add_subscription(_into(feedback))
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("sms-voice.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )
        return topic

    def names(self) -> dict[str, str]:
        """Return the setting that names the set."""
        return {"configuration_set": self.set.configuration_set_name}

    def allow_send(self, function: Function) -> None:
        """Let a function send e-mail as the sender and SMS to telephones."""
        stack = Asking.around(function)
        sender = stack.ask("Sender")
        domain = Fn.select(1, Fn.split("@", sender))
        names = [
            f"identity/{sender}",
            f"identity/{domain}",
            f"configuration-set/{self.set.configuration_set_name}",
        ]
        function.allow(
            "ses:SendEmail",
            "ses:SendRawEmail",
            on=[stack.format_arn(service="ses", resource=name) for name in names],
        )
        self.allow_text(function)

    def allow_account(self, function: Function) -> None:
        """Let a function ask how much the account may send."""
        function.allow("ses:GetAccount", on=["*"])
        function.excuse("IAM5", "the account has no ARN", "Resource::*")

    @staticmethod
    def allow_text(function: Function) -> None:
        """Let a function send SMS to telephones, and publish to nothing else."""
        stack = Stack.of(function)
        function.allow("sns:Publish", on=["*"])
        function.deny("sns:Publish", on=[stack.format_arn(service="sns", resource="*", region="*", account="*")])
        function.excuse(
            "IAM5",
            "SNS publishes an SMS to a telephone number, which has no ARN; publishing to any topic is denied",
            "Resource::*",
        )


def _into(work: Work) -> subscriptions.SqsSubscription:
    """Return what brings a topic's messages into a queue, and those that it will not take to its dead letters."""
    return subscriptions.SqsSubscription(work.queue, dead_letter_queue=work.dead)
