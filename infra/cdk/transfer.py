"""SFTP by AWS Transfer Family. Off unless it is asked for: it costs by the hour."""

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_transfer as transfer
from constructs import Construct

from escuta.config import variable
from escuta.directory.naming import RESERVED
from escuta.entity import Table
from infra.cdk.asking import Asking
from infra.cdk.excuses import excuse
from infra.cdk.files import Files
from infra.cdk.function import Function
from infra.cdk.ground import Ground


class Transfer(Construct):
    """A server that asks a function at each login who somebody is, and which folders they reach."""

    def __init__(self, scope: Construct, construct_id: str, *, ground: Ground) -> None:
        """Make the server, the function that it asks, and the role of its sessions."""
        super().__init__(scope, construct_id)
        role = self._role(ground.files)
        self.door = Function(
            self, "Door", handler="authorize.sftp.handler", ground=ground, timeout=Duration.seconds(5), reserved=5
        )
        self.door.function.add_environment(variable("sftp_role"), role.role_arn)
        ground.store.allow(self.door, Table.DIRECTORY, "GetItem")
        log = logs.LogGroup(
            self,
            "Log",
            log_group_name=f"/aws/transfer/{Stack.of(self).stack_name}",
            retention=logs.RetentionDays.THREE_MONTHS,
            encryption_key=Asking.around(self).key,
            removal_policy=RemovalPolicy.DESTROY,
        )
        server = transfer.CfnServer(
            self,
            "Server",
            domain="S3",
            endpoint_type="PUBLIC",
            identity_provider_type="AWS_LAMBDA",
            identity_provider_details=transfer.CfnServer.IdentityProviderDetailsProperty(
                function=self.door.alias.function_arn, sftp_authentication_methods="PUBLIC_KEY"
            ),
            protocols=["SFTP"],
            security_policy_name="TransferSecurityPolicy-2024-01",
            structured_log_destinations=[log.log_group_arn],
        )
        lambda_.CfnPermission(
            self,
            "Ask",
            action="lambda:InvokeFunction",
            function_name=self.door.alias.function_arn,
            principal="transfer.amazonaws.com",
            source_arn=server.attr_arn,
        )
        self.host = f"{server.attr_server_id}.server.transfer.{Stack.of(self).region}.amazonaws.com"
        CfnOutput(self, "SftpServer", value=server.attr_server_id).override_logical_id("SftpServer")

    def _role(self, files: Files) -> iam.Role:
        """Return what any session may do at most; the function that is asked narrows it to the folders of the account.

        What functions keep beside the drops and the reports is for none.
        """
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("transfer.amazonaws.com"))
        drop, reports = files.drop, files.reports
        for actions, bucket in (
            (("s3:PutObject", "s3:GetObject", "s3:DeleteObject"), drop),
            (("s3:GetObject",), reports),
        ):
            role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=[bucket.arn_for_objects("*")]))
        role.add_to_policy(
            iam.PolicyStatement(actions=["s3:ListBucket"], resources=[drop.bucket_arn, reports.bucket_arn])
        )
        kept = [bucket.arn_for_objects(f"{name}/*") for bucket in (drop, reports) for name in sorted(RESERVED)]
        role.add_to_policy(iam.PolicyStatement(effect=iam.Effect.DENY, actions=["s3:*"], resources=kept))
        excuse(role.node.find_child("DefaultPolicy"), "IAM5", "each session is narrowed to the folders of one account")
        return role
