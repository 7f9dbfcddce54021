"""New code takes a tenth of the calls for five minutes. When an alarm rings meanwhile all of them go back."""

from collections.abc import Iterable

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.cdk.asking import Asking
from infra.cdk.excuses import excuse
from infra.cdk.function import DOORS, Function

_SHIFT = codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES


class Gradual(Construct):
    """A deployment group for each function, all under one application and one role.

    Functions that somebody waits for have an alarm of their own; the others share the one on all errors of the
    account, since an alarm costs by the month.
    """

    def __init__(self, scope: Construct, construct_id: str, *, functions: Iterable[Function]) -> None:
        """Shift the traffic of these functions gradually from now on."""
        super().__init__(scope, construct_id)
        application = codedeploy.LambdaApplication(self, "Application")
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("codedeploy.amazonaws.com"),
            managed_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name("service-role/AWSCodeDeployRoleForLambdaLimited")
            ],
        )
        excuse(role, "IAM4", "the managed policy that CodeDeploy documents for its role")
        anything = _errors(self, "Anything", "an error of any function of this account, while new code is tried", {})
        for function in functions:
            own = function.handler.rpartition(".")[0] in DOORS
            alarm = (
                _errors(
                    function,
                    "Failing",
                    "an error of this function, while new code is tried",
                    {
                        "FunctionName": function.name,
                        "Resource": f"{function.name}:{function.alias.alias_name}",
                    },
                )
                if own
                else anything
            )
            codedeploy.LambdaDeploymentGroup(
                function,
                "Shift",
                application=application,
                role=role.without_policy_updates(),
                alias=function.alias,
                deployment_config=_SHIFT,
                alarms=[alarm],
                auto_rollback=codedeploy.AutoRollbackConfig(
                    deployment_in_alarm=True, failed_deployment=True, stopped_deployment=True
                ),
            )
        stack = Asking.around(self)
        stack.say("RollsBackOn", "errors of functions in the five minutes after a deployment")


def _errors(scope: Construct, name: str, words: str, dimensions: dict[str, str]) -> cloudwatch.Alarm:
    metric = cloudwatch.Metric(
        namespace="AWS/Lambda",
        metric_name="Errors",
        dimensions_map=dimensions or None,
        statistic="Sum",
        period=Duration.minutes(1),
    )
    return metric.create_alarm(
        scope,
        name,
        alarm_description=f"Rolls back: {words}.",
        threshold=0,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluation_periods=1,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
