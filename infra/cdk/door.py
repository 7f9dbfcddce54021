"""The respondents' own door: an HTTP API, at a third of the price of a call of the REST API, and an origin apart."""

import json
from collections.abc import Iterable

from aws_cdk import RemovalPolicy, Tags
from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_logs as logs
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from infra.cdk.api import BURST, LOG_FORMAT, RATE
from infra.cdk.asking import Asking
from infra.cdk.excuses import excuse
from infra.cdk.function import Function

STAGE = "$default"  # stands in no path, so that links are short
_ELSE = gateway.HttpRouteKey.DEFAULT


class Door(Construct):
    """One HTTP API with one stage. What no route takes goes to the function all the same, which refuses in words."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Make the API without routes."""
        super().__init__(scope, construct_id)
        stack = Asking.around(self)
        self.http = gateway.HttpApi(self, "Http", api_name=f"{stack.stage.stack}-door", create_default_stage=False)
        # Pins the id of the API on the embedded AWS, as that of the REST API.
        Tags.of(self.http).add("ms-custom-id", "escuta-door", include_resource_types=["AWS::ApiGatewayV2::Api"])
        log = logs.LogGroup(
            self,
            "Log",
            log_group_name=f"/aws/vendedlogs/{stack.stack_name}-door",  # so begins what API Gateway may always write to
            retention=logs.RetentionDays.ONE_MONTH,
            encryption_key=Asking.around(self).key,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.stage = gateway.CfnStage(
            self,
            "Stage",
            api_id=self.http.api_id,
            stage_name=STAGE,
            auto_deploy=True,
            access_log_settings=gateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=log.log_group_arn, format=json.dumps(LOG_FORMAT | {"route": "$context.routeKey"})
            ),
            default_route_settings=gateway.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=RATE, throttling_burst_limit=BURST
            ),
        )

    @property
    def url(self) -> str:
        """Return the address that links begin with."""
        stack = self.http.stack
        return f"https://{self.http.api_id}.execute-api.{stack.region}.{stack.url_suffix}"

    def open_routes(self, routes: Iterable[tuple[str, str]], function: Function) -> None:
        """Add the (path, method) pairs that a public function declares; it refuses all else itself."""
        declared = sorted(routes)
        integration = HttpLambdaIntegration("Function", function.alias, scope_permission_to_route=False)
        others = ((path, "ANY") for path in dict(declared))
        for path, method in [*declared, *others, ("else", "")]:
            key = gateway.HttpRouteKey.with_(path, gateway.HttpMethod(method)) if method else _ELSE
            name = f"{method} {path}".strip()
            route = gateway.HttpRoute(self, name, http_api=self.http, route_key=key, integration=integration)
            excuse(route, "APIG4", "respondents have no account: who has a link may answer")
