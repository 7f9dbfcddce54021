"""The web ACL before the API: rules that AWS keeps, and a rate for those who try links."""

from aws_cdk import ArnFormat, RemovalPolicy
from aws_cdk import aws_logs as logs
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from infra.cdk.api import STAGE, Api
from infra.cdk.asking import Asking

_LINKS = f"^/({STAGE}/)?[stiu]/"  # pages that anybody may open who has a link
_MANAGED = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesCommonRuleSet",
)
# Of the common rules: answers, files of contacts and templates are longer than 8 KB, and templates hold HTML.
_COUNTED = {"AWSManagedRulesCommonRuleSet": ("SizeRestrictions_BODY", "CrossSiteScripting_BODY")}


class Shield(Construct):
    """Counts first: what it would have stopped is looked at before it stops anything (`mode` of the stage)."""

    def __init__(self, scope: Construct, construct_id: str, *, api: Api) -> None:
        """Make the ACL and put it before the API."""
        super().__init__(scope, construct_id)
        stack = Asking.around(self)
        self._blocks = stack.stage.shield.mode == "block"
        acl = waf.CfnWebACL(
            self,
            "Acl",
            scope="REGIONAL",
            default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_seen("all"),
            rules=[
                self._rate(stack.stage.shield.rate),
                *(self._managed(n, name) for n, name in enumerate(_MANAGED, 1)),
            ],
        )
        waf.CfnWebACLAssociation(
            self, "Before", resource_arn=api.rest.deployment_stage.stage_arn, web_acl_arn=acl.attr_arn
        )
        log = logs.LogGroup(
            self,
            "Log",
            log_group_name=f"aws-waf-logs-{stack.stack_name}",  # the beginning is WAF's rule
            retention=logs.RetentionDays.ONE_MONTH,
            encryption_key=Asking.around(self).key,
            removal_policy=RemovalPolicy.DESTROY,
        )
        waf.CfnLoggingConfiguration(
            self,
            "Logging",
            resource_arn=acl.attr_arn,
            log_destination_configs=[
                stack.format_arn(
                    service="logs",
                    resource="log-group",
                    resource_name=log.log_group_name,
                    arn_format=ArnFormat.COLON_RESOURCE_NAME,
                )
            ],
            # A link is a secret, and so is what signs somebody in.
            redacted_fields=[
                waf.CfnLoggingConfiguration.FieldToMatchProperty(uri_path={}),
                waf.CfnLoggingConfiguration.FieldToMatchProperty(query_string={}),
                waf.CfnLoggingConfiguration.FieldToMatchProperty(single_header={"Name": "authorization"}),
                waf.CfnLoggingConfiguration.FieldToMatchProperty(single_header={"Name": "cookie"}),
                waf.CfnLoggingConfiguration.FieldToMatchProperty(single_header={"Name": "x-api-key"}),
            ],
        )

    def _rate(self, most: int) -> waf.CfnWebACL.RuleProperty:
        action = waf.CfnWebACL.RuleActionProperty(**{"block" if self._blocks else "count": {}})
        links = waf.CfnWebACL.StatementProperty(
            regex_match_statement=waf.CfnWebACL.RegexMatchStatementProperty(
                regex_string=_LINKS,
                field_to_match=waf.CfnWebACL.FieldToMatchProperty(uri_path={}),
                text_transformations=[waf.CfnWebACL.TextTransformationProperty(priority=0, type="NONE")],
            )
        )
        return waf.CfnWebACL.RuleProperty(
            name="links",
            priority=0,
            action=action,
            statement=waf.CfnWebACL.StatementProperty(
                rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(
                    limit=most, aggregate_key_type="IP", evaluation_window_sec=300, scope_down_statement=links
                )
            ),
            visibility_config=_seen("links"),
        )

    def _managed(self, priority: int, name: str) -> waf.CfnWebACL.RuleProperty:
        override = waf.CfnWebACL.OverrideActionProperty(**{"none" if self._blocks else "count": {}})
        return waf.CfnWebACL.RuleProperty(
            name=name,
            priority=priority,
            override_action=override,
            statement=waf.CfnWebACL.StatementProperty(
                managed_rule_group_statement=waf.CfnWebACL.ManagedRuleGroupStatementProperty(
                    vendor_name="AWS",
                    name=name,
                    rule_action_overrides=[
                        waf.CfnWebACL.RuleActionOverrideProperty(
                            name=rule, action_to_use=waf.CfnWebACL.RuleActionProperty(count={})
                        )
                        for rule in _COUNTED.get(name, ())
                    ]
                    or None,
                )
            ),
            visibility_config=_seen(name),
        )


def _seen(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True,
        metric_name=name,
        sampled_requests_enabled=False,  # samples would hold whole links
    )
