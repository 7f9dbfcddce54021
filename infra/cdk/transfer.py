"""SFTP by AWS Transfer Family. Off unless partners are named: it costs by the hour."""

from collections.abc import Iterable

from aws_cdk import CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_transfer as transfer
from constructs import Construct

from infra.cdk.excuses import excuse
from infra.cdk.files import Files
from infra.cdk.partners import Partner


class Transfer(Construct):
    """A server on which each partner writes into its own folders, and reads the reports on them."""

    def __init__(self, scope: Construct, construct_id: str, *, files: Files, partners: Iterable[Partner]) -> None:
        """Make the server and its users, each with a role of its own."""
        super().__init__(scope, construct_id)
        self._files = files
        log = logs.LogGroup(
            self,
            "Log",
            log_group_name=f"/aws/transfer/{Stack.of(self).stack_name}",
            retention=logs.RetentionDays.THREE_MONTHS,
            removal_policy=RemovalPolicy.DESTROY,
        )
        server = transfer.CfnServer(
            self,
            "Server",
            domain="S3",
            endpoint_type="PUBLIC",
            identity_provider_type="SERVICE_MANAGED",
            protocols=["SFTP"],
            security_policy_name="TransferSecurityPolicy-2024-01",
            structured_log_destinations=[log.log_group_arn],
        )
        for partner in partners:
            self._user(server, partner)
        CfnOutput(self, "SftpServer", value=server.attr_server_id).override_logical_id("SftpServer")

    def _user(self, server: transfer.CfnServer, partner: Partner) -> None:
        place = Construct(self, partner.name)
        role = iam.Role(place, "Role", assumed_by=iam.ServicePrincipal("transfer.amazonaws.com"))
        self._allow(role, partner)
        transfer.CfnUser(
            place,
            "User",
            server_id=server.attr_server_id,
            user_name=partner.name,
            role=role.role_arn,
            home_directory_type="LOGICAL",
            home_directory_mappings=[
                *(_folder(f"/{name}", self._files.drop, name) for name in partner.folders),
                *(_folder(f"/reports/{name}", self._files.reports, name) for name in partner.folders),
            ],
            ssh_public_keys=list(partner.keys),
        )

    def _allow(self, role: iam.Role, partner: Partner) -> None:
        """Let the partner drop, list, rename and remove in its folders, and list and read the reports on them."""
        drop, reports = self._files.drop, self._files.reports
        within = [f"{name}/*" for name in partner.folders]
        for actions, bucket in (
            (("s3:PutObject", "s3:GetObject", "s3:DeleteObject"), drop),
            (("s3:GetObject",), reports),
        ):
            resources = [bucket.arn_for_objects(objects) for objects in within]
            role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=resources))
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["s3:ListBucket"],
                resources=[drop.bucket_arn, reports.bucket_arn],
                conditions={"StringLike": {"s3:prefix": [*partner.folders, *within]}},
            )
        )
        excuse(role.node.find_child("DefaultPolicy"), "IAM5", "objects under the folders of one partner, no other")


def _folder(entry: str, bucket: s3.Bucket, prefix: str) -> transfer.CfnUser.HomeDirectoryMapEntryProperty:
    return transfer.CfnUser.HomeDirectoryMapEntryProperty(entry=entry, target=f"/{bucket.bucket_name}/{prefix}")
