"""The stack that watches: alarms, who is told, one dashboard, and what a month may cost."""

from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.cdk.alarms import alarms
from infra.cdk.asking import Asking
from infra.cdk.dashboard import dashboard
from infra.cdk.data import Data
from infra.cdk.excuses import excuse
from infra.cdk.stack import Escuta
from infra.cdk.stages import Stage

_SHARE = 80  # per cent of the budget at which somebody is told


class Watch(Asking):
    """Nothing needs it: it can be removed and made again."""

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, data: Data, app: Escuta, **options: Any
    ) -> None:
        """Watch what `data` keeps and `app` runs."""
        super().__init__(scope, construct_id, stage=stage, **options)
        topic = sns.Topic(self, "Alarms", enforce_ssl=True, master_key=data.key)
        for mail in stage.watching.mails:
            told = topic.add_subscription(subscriptions.EmailSubscription(mail))
            made = told.node.default_child
            if isinstance(made, sns.CfnSubscription):
                excuse(made, "Serverless-SNSRedrivePolicy", "a mail to a person has no dead letters; the alarm stays")
        ring = actions.SnsAction(topic)
        for each in alarms(data, app):
            alarm = cloudwatch.Alarm(
                self,
                each.id,
                alarm_description=each.described,
                metric=each.metric,
                threshold=each.over,
                comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
                evaluation_periods=each.of,
                treat_missing_data=cloudwatch.TreatMissingData.BREACHING
                if each.silence_rings
                else cloudwatch.TreatMissingData.NOT_BREACHING,
            )
            alarm.add_alarm_action(ring)
            alarm.add_ok_action(ring)
        dashboard(self, data, app)
        if stage.watching.budget:
            self._limit(stage)
        self.say("AlarmTopic", topic.topic_arn)
        self.say(
            "Dashboard", f"https://{Aws.REGION}.console.aws.amazon.com/cloudwatch/home#dashboards:name={app.stack_name}"
        )

    def _limit(self, stage: Stage) -> None:
        """Tell people before a month costs more than was meant. It stops nothing."""
        budgets.CfnBudget(
            self,
            "Budget",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=stage.watching.budget, unit="USD"),
            ),
            notifications_with_subscribers=[
                budgets.CfnBudget.NotificationWithSubscribersProperty(
                    notification=budgets.CfnBudget.NotificationProperty(
                        notification_type=kind,
                        comparison_operator="GREATER_THAN",
                        threshold=_SHARE,
                        threshold_type="PERCENTAGE",
                    ),
                    subscribers=[
                        budgets.CfnBudget.SubscriberProperty(subscription_type="EMAIL", address=mail)
                        for mail in stage.watching.mails
                    ],
                )
                for kind in ("ACTUAL", "FORECASTED")
            ]
            if stage.watching.mails
            else None,
        )
