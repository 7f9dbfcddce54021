"""Taking in what customers reply to the mails of a ticket, where the organisation lets SES receive for a domain."""

from aws_cdk import Aws, CfnCondition, Fn
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_ses as ses
from constructs import Construct


class Inbound(Construct):
    """A set of rules that SES follows once somebody makes it the active one, of which an account has one.

    Without a domain there is none of it, and replies go to the sender of the mail.
    """

    def __init__(self, scope: Construct, construct_id: str, *, domain: str, bucket: s3.Bucket) -> None:
        """Make the rule: every mail to the domain goes into the bucket, whatever its size or sender."""
        super().__init__(scope, construct_id)
        switch = CfnCondition(self, "IsOn", expression=Fn.condition_not(Fn.condition_equals(domain, "")))
        bucket.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("ses.amazonaws.com")],
                actions=["s3:PutObject"],
                resources=[bucket.arn_for_objects("*")],
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )
        rules = ses.CfnReceiptRuleSet(self, "Rules")
        rule = ses.CfnReceiptRule(
            self,
            "Keep",
            rule_set_name=rules.ref,
            rule=ses.CfnReceiptRule.RuleProperty(
                enabled=True,
                recipients=[domain],
                scan_enabled=True,
                tls_policy="Optional",  # many honest servers still send without
                actions=[
                    ses.CfnReceiptRule.ActionProperty(
                        s3_action=ses.CfnReceiptRule.S3ActionProperty(bucket_name=bucket.bucket_name)
                    )
                ],
            ),
        )
        for each in (rules, rule):
            each.cfn_options.condition = switch
        if bucket.policy is not None:
            rule.node.add_dependency(bucket.policy)
