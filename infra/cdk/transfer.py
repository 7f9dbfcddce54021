"""SFTP by AWS Transfer Family. Off unless asked for: it costs by the hour."""

from aws_cdk import CfnOutput, CfnParameter
from aws_cdk import aws_iam as iam
from aws_cdk import aws_transfer as transfer
from constructs import Construct

from infra.cdk.excuses import excuse
from infra.cdk.files import Files


class Transfer(Construct):
    """A server with one user: it writes into `/contacts` and reads `/reports`; results in progress stay hidden."""

    def __init__(self, scope: Construct, construct_id: str, *, files: Files) -> None:
        """Make the server and its user. The user's public key is a parameter of the stack."""
        super().__init__(scope, construct_id)
        key = CfnParameter(self, "SshPublicKey", description="OpenSSH public key of the SFTP user")
        key.override_logical_id("SftpPublicKey")
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("transfer.amazonaws.com"))
        self._allow(role, files)
        server = transfer.CfnServer(
            self,
            "Server",
            domain="S3",
            endpoint_type="PUBLIC",
            identity_provider_type="SERVICE_MANAGED",
            protocols=["SFTP"],
            security_policy_name="TransferSecurityPolicy-2024-01",
        )
        transfer.CfnUser(
            self,
            "Integrator",
            server_id=server.attr_server_id,
            user_name="integrator",
            role=role.role_arn,
            home_directory_type="LOGICAL",
            home_directory_mappings=[
                _folder("/contacts", f"/{files.drop.bucket_name}/contacts"),
                _folder("/reports", f"/{files.reports.bucket_name}"),
            ],
            ssh_public_keys=[key.value_as_string],
        )
        CfnOutput(self, "SftpServer", value=server.attr_server_id).override_logical_id("SftpServer")

    def _allow(self, role: iam.Role, files: Files) -> None:
        """Let the user drop, list, rename and remove in the one folder, and read the reports on it."""
        contacts, reports = files.drop.arn_for_objects("contacts/*"), files.reports.arn_for_objects("contacts/*")
        for actions, resources in (
            (("s3:PutObject", "s3:GetObject", "s3:DeleteObject"), (contacts,)),
            (("s3:GetObject",), (reports,)),
            (("s3:ListBucket",), (files.drop.bucket_arn, files.reports.bucket_arn)),
        ):
            role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=list(resources)))
        excuse(
            role.node.find_child("DefaultPolicy"), "IAM5", "objects under the two folders that the user sees, no other"
        )


def _folder(entry: str, target: str) -> transfer.CfnUser.HomeDirectoryMapEntryProperty:
    return transfer.CfnUser.HomeDirectoryMapEntryProperty(entry=entry, target=target)
