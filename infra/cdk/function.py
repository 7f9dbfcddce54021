"""One Lambda function with its own role and log, published behind the alias `live`."""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import Annotations, Duration, RemovalPolicy, Stack, SymlinkFollowMode
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.cdk.asking import Asking
from infra.cdk.excuses import excuse
from infra.cdk.stages import Stage

SOURCES = "functions"
ALWAYS = {"PYDANTIC_DISABLE_PLUGINS": "__all__"}  # there are none, and looking for them is a part of each start
NOT_SHIPPED = ("**/__pycache__", "**/*.pyc")
_CAPTURE = frozenset({"respond.app"})
DOORS = frozenset({*_CAPTURE, "console.app", "manage.app", "manage.oauth", "authorize.app"})  # somebody waits for them
_SNAPSHOTS = {"off": frozenset[str](), "capture": _CAPTURE, "doors": DOORS}


@dataclass(frozen=True, kw_only=True)
class Base:
    """What is the same for every function."""

    layers: tuple[lambda_.ILayerVersion, ...]
    environment: Mapping[str, str]


class Function(Construct):
    """A handler such as `importer.load.handler`: the zip holds its package, the rest comes from the layers."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        handler: str,
        ground: Base,
        timeout: Duration,
        memory: int = 512,
        reserved: int,
        besides: tuple[lambda_.ILayerVersion, ...] = (),
        asks: tuple[str, ...] = (),
    ) -> None:
        """Make the function. `reserved` is its share of the account's concurrency: at least and at most this.

        `besides` are layers that not every function has; `asks`, other packages of ours whose code it asks in process.
        """
        super().__init__(scope, construct_id)
        package, module, _ = handler.split(".")
        name = f"{Stack.of(self).stack_name}-{package}" + ("" if module == "app" else f"-{module}")
        log = logs.LogGroup(
            self,
            "Log",
            log_group_name=f"/aws/lambda/{name}",
            retention=logs.RetentionDays.ONE_MONTH,
            encryption_key=Asking.around(self).key,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"), description=name)
        self.name = name
        self.handler = handler
        self.reserved = reserved
        stage = Asking.around(self).stage
        traced = stage.watching.traces
        self.timeout = timeout
        log.grant_write(self.role)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=name,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            code=lambda_.Code.from_asset(
                SOURCES,
                exclude=["*", *(f"!{own}{below}" for own in (package, *asks) for below in ("", "/**")), *NOT_SHIPPED],
                follow_symlinks=SymlinkFollowMode.EXTERNAL,  # the document of the API is kept with the other documents
            ),
            handler=handler,
            layers=[*ground.layers, *besides],
            environment={**ground.environment, **ALWAYS, "POWERTOOLS_SERVICE_NAME": Stack.of(self).stack_name},
            role=self.role,
            log_group=log,
            logging_format=lambda_.LoggingFormat.JSON,
            system_log_level_v2=lambda_.SystemLogLevel.WARN,  # that each call begins and ends costs more than it tells
            timeout=timeout,
            memory_size=memory,
            reserved_concurrent_executions=reserved,
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if self._is_awaited(stage) else None,
            tracing=lambda_.Tracing.ACTIVE if traced else lambda_.Tracing.DISABLED,
        )
        for rule in ("L1", "Serverless-LambdaLatestVersion"):
            excuse(self.function, rule, "Python 3.13 is the newest runtime that the wheels of the layer are built for")
        excuse(
            self.function,
            "Serverless-LambdaDLQ",
            "who calls keeps what fails: the caller of the API, the queue, the stream; of the clock, its destination",
        )
        if traced:
            self.excuse("IAM5", "a trace has no ARN", "Resource::*")
        else:
            excuse(
                self.function, "Serverless-LambdaTracing", "traces cost by the call and are the organisation's choice"
            )
        Annotations.of(self.function).acknowledge_warning(
            "@aws-cdk/aws-lambda:snapStartRequirePublish", "the alias stands for a version, which is published"
        )
        self.alias = lambda_.Alias(self, "Live", alias_name="live", version=self.function.current_version)

    @property
    def follows(self) -> bool:
        """Tell whether the function is woken by a stream."""
        inside = self.alias.node.find_all()
        return any(isinstance(each, lambda_.CfnEventSourceMapping) and each.starting_position for each in inside)

    def _is_awaited(self, stage: Stage) -> bool:
        """Tell whether somebody waits for this function's start, and the stage pays for that.

        A snapshot of a Python function is kept for a price by the month and gigabyte, used or not.
        """
        kept = _SNAPSHOTS.get(stage.snapshots)
        return kept is None or self.handler.rpartition(".")[0] in kept

    def allow(self, *actions: str, on: list[str]) -> None:
        """Let the function do these actions on these resources, and nothing else."""
        self.role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=on))

    def excuse(self, rule: str, reason: str, *findings: str) -> None:
        """Accept a finding of cdk-nag on what the function is allowed."""
        excuse(self.role.node.find_child("DefaultPolicy"), rule, reason, *findings)

    def deny(self, *actions: str, on: list[str]) -> None:
        """Forbid the function these actions, whatever else allows them."""
        self.role.add_to_policy(iam.PolicyStatement(effect=iam.Effect.DENY, actions=list(actions), resources=on))
