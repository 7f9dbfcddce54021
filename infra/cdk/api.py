"""The REST API: management API behind the authorizer, console, and the survey routes as Chalice declares them."""

from collections.abc import Iterable

from aws_cdk import Duration, RemovalPolicy, Size, Tags
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.cdk import refusals
from infra.cdk.asking import Asking
from infra.cdk.excuses import excuse
from infra.cdk.function import Function

STAGE = "live"
RATE, BURST = 1000, 2000  # calls a second
# The path of a survey link is a secret, so the log names the route and never the path.
LOG_FORMAT = {
    "at": "$context.requestTime",
    "request": "$context.requestId",
    "method": "$context.httpMethod",
    "route": "$context.resourcePath",
    "status": "$context.status",
    "caller": "$context.authorizer.principalId",
    "milliseconds": "$context.responseLatency",
    "bytes": "$context.responseLength",
}


class Api(Construct):
    """One regional REST API with the stage `live`."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Make the API without routes."""
        super().__init__(scope, construct_id)
        self.name = Asking.around(self).stage.stack
        self.rest = apigateway.RestApi(
            self,
            "Rest",
            rest_api_name=self.name,
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            min_compression_size=Size.kibibytes(1),
            binary_media_types=["image/png"],
            cloud_watch_role=True,
            cloud_watch_role_removal_policy=RemovalPolicy.DESTROY,
            deploy_options=self._stage(),
        )
        refusals.teach(self.rest)
        # Pins the id of the API on the embedded AWS, so that its addresses are the same after every start.
        Tags.of(self.rest).add("ms-custom-id", "escuta", include_resource_types=["AWS::ApiGateway::RestApi"])
        excuse(self.rest, "APIG2", "the functions validate: their answers are in the reader's language")
        if Asking.around(self).stage.shield.mode == "off":
            excuse(self.rest.deployment_stage, "APIG3", "a web ACL costs by the month and is the organisation's choice")
        if not Asking.around(self).stage.watching.traces:
            reason = "traces cost by the call and are the organisation's choice"
            excuse(self.rest.deployment_stage, "Serverless-APIGWXrayEnabled", reason)
        excuse(
            self.rest.deployment_stage,
            "APIG6",
            "execution logs hold whole paths, and that of a survey link is a secret; the access log names the route",
        )
        excuse(
            self.rest.node.find_child("CloudWatchRole"),
            "IAM4",
            "the managed policy that API Gateway documents for its access log",
            "Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs",
        )

    def _stage(self) -> apigateway.StageOptions:
        log = logs.LogGroup(
            self,
            "Log",
            retention=logs.RetentionDays.ONE_MONTH,
            encryption_key=Asking.around(self).key,
            removal_policy=RemovalPolicy.DESTROY,
        )
        return apigateway.StageOptions(
            stage_name=STAGE,
            throttling_rate_limit=RATE,
            throttling_burst_limit=BURST,
            tracing_enabled=Asking.around(self).stage.watching.traces,
            access_log_destination=apigateway.LogGroupLogDestination(log),
            access_log_format=apigateway.AccessLogFormat.custom(_json(LOG_FORMAT)),
        )

    @property
    def url(self) -> str:
        """Return the address of the stage. It names the stage as text, so that a function may know the address."""
        stack = self.rest.stack
        return f"https://{self.rest.rest_api_id}.execute-api.{stack.region}.{stack.url_suffix}/{STAGE}"

    def open_routes(self, routes: Iterable[tuple[str, str]], function: Function) -> None:
        """Add the (path, method) pairs that a public function declares; it also refuses the other methods itself."""
        declared = sorted(routes)
        for path, method in [*declared, *((path, "ANY") for path in dict(declared))]:
            self._method(self.rest.root.resource_for_path(path), method, function)

    def open_tree(self, name: str, function: Function) -> None:
        """Hand everything under a path, and the path itself, to a function that signs its callers in by itself."""
        root = self.rest.root.add_resource(name)
        for resource in (root, root.add_resource("{proxy+}")):
            self._method(resource, "ANY", function)

    def guarded_tree(self, name: str, function: Function, guard: Function) -> None:
        """Hand everything under a path to a function, behind the authorizer.

        The verdict is not cached: a revoked key stops at once, and callers may use either of two headers, which a
        cached verdict would forbid.
        """
        authorizer = apigateway.RequestAuthorizer(
            self, "Authorizer", handler=guard.alias, identity_sources=[], results_cache_ttl=Duration.seconds(0)
        )
        self._method(self.rest.root.add_resource(name).add_resource("{proxy+}"), "ANY", function, authorizer)

    def _method(
        self,
        resource: apigateway.IResource,
        verb: str,
        function: Function,
        authorizer: apigateway.IAuthorizer | None = None,
    ) -> None:
        method = resource.add_method(
            verb,
            apigateway.LambdaIntegration(function.alias, scope_permission_to_method=False),
            authorizer=authorizer,
        )
        if authorizer is None:
            excuse(
                method,
                "APIG4",
                "respondents have no account; the console and clients of OAuth are identified by their functions",
            )
        excuse(method, "COG4", "machines come with API keys, so the authorizer is a function and not the user pool")


def _json(fields: dict[str, str]) -> str:
    """Return a log line as JSON text; API Gateway fills the `$context` variables in."""
    return "{" + ", ".join(f'"{name}": "{value}"' for name, value in fields.items()) + "}"
