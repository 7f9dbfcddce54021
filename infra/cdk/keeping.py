"""The key that what is kept is encrypted with, and the weekly backups of it."""

from collections.abc import Sequence

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_backup as backup
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.cdk.asking import Asking
from infra.cdk.excuses import excuse
from infra.cdk.stages import Data

_USES = ("CreateGrant", "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey*", "ReEncrypt*")
_STORES = ("dynamodb", "s3", "secretsmanager")
_TELLING = ("cloudwatch.amazonaws.com", "ses.amazonaws.com", "sms-voice.amazonaws.com")  # on topics of ours
_DAYS_TO_REPENT = 30  # between the removal of a key and its end, the longest that there is


def make_key(scope: Construct, construct_id: str) -> kms.Key:
    """Make the key. Who may read a table may use it for that, by way of the store alone: the roles stay the gate.

    Services that write logs, or tell something on our topics, use it for that in our name, and for nothing else.
    """
    key = kms.Key(
        scope,
        construct_id,
        description="What Escuta keeps",
        enable_key_rotation=True,
        pending_window=Duration.days(_DAYS_TO_REPENT),
        removal_policy=RemovalPolicy.RETAIN,
    )
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid="ByWayOfTheStores",
            principals=[iam.AnyPrincipal()],
            actions=[f"kms:{verb}" for verb in _USES],
            resources=["*"],
            conditions={
                "StringEquals": {
                    "kms:CallerAccount": Aws.ACCOUNT_ID,
                    "kms:ViaService": [f"{name}.{Aws.REGION}.amazonaws.com" for name in _STORES],
                }
            },
        )
    )
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid="MailsThatCome",
            principals=[iam.ServicePrincipal("ses.amazonaws.com")],
            actions=["kms:Decrypt", "kms:GenerateDataKey*"],
            resources=["*"],
            conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
        )
    )
    ours = f"{Aws.REGION}:{Aws.ACCOUNT_ID}"
    _let(key, "Topics", _TELLING, "aws:sns:topicArn", f"arn:{Aws.PARTITION}:sns:{ours}:*")
    logs = [f"logs.{Aws.REGION}.amazonaws.com"]
    _let(key, "Logs", logs, "aws:logs:arn", f"arn:{Aws.PARTITION}:logs:{ours}:log-group:*", "Encrypt*", "ReEncrypt*")
    return key


def _let(key: kms.Key, sid: str, services: Sequence[str], context: str, named: str, *verbs: str) -> None:
    """Let services use the key for what has such a name. Not all of them say for which account they ask."""
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid=sid,
            principals=[iam.ServicePrincipal(each) for each in services],
            actions=[f"kms:{verb}" for verb in sorted(("Decrypt", "GenerateDataKey*", *verbs))],
            resources=["*"],
            conditions={"ArnLike": {f"kms:EncryptionContext:{context}": named}},
        )
    )


class Backups(Construct):
    """Each week a copy of every table in a vault of its own, and of what cannot be made again from the tables.

    Beside it every second of the last 35 days of the tables can be restored (point-in-time recovery). The vault is for
    what that does not survive, such as the loss of the account; a copy of a table is always a whole one, and is paid
    for as long as it lies there, so there are few.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        tables: list[dynamodb.Table],
        buckets: list[s3.Bucket],
        key: kms.IKey | None,
    ) -> None:
        """Make the vault, the plan and the role of AWS Backup."""
        super().__init__(scope, construct_id)
        wanted = Asking.around(self).stage.data
        vault = backup.BackupVault(self, "Vault", encryption_key=key, removal_policy=RemovalPolicy.RETAIN)
        plan = backup.BackupPlan(self, "Plan", backup_vault=vault)
        plan.add_rule(self._weekly(wanted))
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("backup.amazonaws.com"),
            managed_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name(name)
                for name in (
                    "service-role/AWSBackupServiceRolePolicyForBackup",
                    "service-role/AWSBackupServiceRolePolicyForRestores",
                    "AWSBackupServiceRolePolicyForS3Backup",
                    "AWSBackupServiceRolePolicyForS3Restore",
                )
            ],
        )
        excuse(role, "IAM4", "the managed policies that AWS Backup documents for its role")
        backup.BackupSelection(
            self,
            "Selection",
            backup_plan=plan,
            role=role,
            disable_default_backup_policy=True,
            resources=[
                *(backup.BackupResource.from_dynamo_db_table(each) for each in tables),
                *(backup.BackupResource.from_arn(each.bucket_arn) for each in buckets),
            ],
        )

    def _weekly(self, wanted: Data) -> backup.BackupPlanRule:
        keep = Duration.days(wanted.backup_days)
        elsewhere = (
            backup.BackupVault.from_backup_vault_arn(self, "Elsewhere", wanted.copies_to) if wanted.copies_to else None
        )
        return backup.BackupPlanRule(
            rule_name="weekly",
            schedule_expression=events.Schedule.cron(week_day="SUN", hour="5", minute="0"),
            start_window=Duration.hours(1),
            completion_window=Duration.hours(8),
            delete_after=keep,
            copy_actions=[backup.BackupPlanCopyActionProps(destination_backup_vault=elsewhere, delete_after=keep)]
            if elsewhere
            else [],
        )
