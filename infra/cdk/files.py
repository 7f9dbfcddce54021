"""The buckets: what comes in, what goes out, what could not be processed, the lake, and who looked."""

from collections.abc import Mapping
from types import MappingProxyType

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.cdk.excuses import excuse
from infra.cdk.function import Function

_REPENT = Duration.days(7)  # as long as what was overwritten or removed by mistake can be had back
_NONE: Mapping[str, Duration] = MappingProxyType({})


class Files(Construct):
    """Private buckets, TLS only. Nothing is ever triggered by the ones that functions write to."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        drops: sqs.Queue,
        inbound: sqs.Queue,
        origin: str,
        key: kms.IKey | None,
    ) -> None:
        """Make the buckets; tell `drops` of every object in the drop bucket, `inbound` of every mail that came.

        Pages of `origin` may put files by the links that they are given. Without a `key` of one's own objects are
        encrypted with one of S3's.
        """
        super().__init__(scope, construct_id)
        self._origin = origin
        self._key = key
        self._logs = self._bucket("AccessLog", keep=Duration.days(90))
        excuse(self._logs, "S1", "the bucket of the access logs does not log the access to itself")
        self.drop = self._bucket("Drop", keep=Duration.days(90), put_by_pages=True)
        sooner = {"staged/": Duration.days(90), "exports/": Duration.days(8)}
        self.reports = self._bucket("Reports", keep=Duration.days(365), sooner=sooner)
        self.parked = self._bucket("Parked", keep=Duration.days(90))
        # Answers stay in it for as long as they stay in the table: what goes there, goes here.
        self.lake = self._bucket("Lake", sooner={"athena/": Duration.days(30)})
        # What is put at a ticket stays for as long as the ticket; what nobody confirmed does not.
        self.attachments = self._bucket("Attachments", sooner={"new/": Duration.days(2)}, put_by_pages=True)
        self.received = self._bucket("Received", keep=Duration.days(30))
        _notify(self.drop, drops)
        _notify(self.received, inbound)

    def _bucket(
        self,
        name: str,
        *,
        keep: Duration | None = None,
        sooner: Mapping[str, Duration] = _NONE,
        put_by_pages: bool = False,
    ) -> s3.Bucket:
        """Make a bucket whose objects end after `keep`, if ever, and those under the prefixes of `sooner` before."""
        key = None if name == "AccessLog" else self._key  # S3 writes access logs with its own key alone
        return s3.Bucket(
            self,
            name,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=key,
            bucket_key_enabled=True if key else None,  # one call of the key for many objects
            versioned=True,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            removal_policy=RemovalPolicy.RETAIN,
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=keep,
                    noncurrent_version_expiration=_REPENT,
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                ),
                *(s3.LifecycleRule(prefix=prefix, expiration=days) for prefix, days in sooner.items()),
            ],
            cors=[self._puts()] if put_by_pages else None,
            server_access_logs_bucket=None if name == "AccessLog" else self._logs,
            server_access_logs_prefix=None if name == "AccessLog" else f"{name.lower()}/",
        )

    def _puts(self) -> s3.CorsRule:
        """Return what lets a browser put a file from one of our pages: by a signed link, and nothing else."""
        return s3.CorsRule(
            allowed_methods=[s3.HttpMethods.PUT], allowed_origins=[self._origin], allowed_headers=["*"], max_age=3600
        )

    def names(self) -> dict[str, str]:
        """Return the settings that name the buckets."""
        return {
            "drop_bucket": self.drop.bucket_name,
            "reports_bucket": self.reports.bucket_name,
            "lake_bucket": self.lake.bucket_name,
            "attachments_bucket": self.attachments.bucket_name,
        }

    def allow_read(self, function: Function, bucket: s3.Bucket, prefix: str = "") -> None:
        """Let a function read objects, and learn that one is not there instead of being refused."""
        self._allow_objects(function, "s3:GetObject", bucket, prefix)
        if bucket is self.drop:  # a file is read as it was when it was noticed, whatever is put in its place
            self._allow_objects(function, "s3:GetObjectVersion", bucket, prefix)
        function.allow("s3:ListBucket", on=[bucket.bucket_arn])

    def allow_write(self, function: Function, bucket: s3.Bucket, prefix: str = "") -> None:
        """Let a function store objects."""
        self._allow_objects(function, "s3:PutObject", bucket, prefix)

    def allow_delete(self, function: Function, bucket: s3.Bucket, prefix: str = "") -> None:
        """Let a function remove objects."""
        self._allow_objects(function, "s3:DeleteObject", bucket, prefix)

    def _allow_objects(self, function: Function, action: str, bucket: s3.Bucket, prefix: str) -> None:
        function.allow(action, on=[bucket.arn_for_objects(f"{prefix}*")])
        resource = bucket.node.default_child
        if not isinstance(resource, s3.CfnBucket):
            raise TypeError("a bucket without its resource")
        name = bucket.stack.get_logical_id(resource)
        function.excuse(
            "IAM5", "objects of one bucket, whose names come from outside", f"Resource::<{name}.Arn>/{prefix}*"
        )


def _notify(made: s3.Bucket, queue: sqs.Queue) -> None:
    """Write the notification into the bucket itself: the CDK's own way would deploy a helper function for it.

    S3 checks the queue's policy when the bucket is made, so the policy cannot name the bucket; it names the
    account instead.
    """
    allowed = queue.add_to_resource_policy(
        iam.PolicyStatement(
            actions=["sqs:SendMessage"],
            principals=[iam.ServicePrincipal("s3.amazonaws.com")],
            resources=[queue.queue_arn],
            conditions={"StringEquals": {"aws:SourceAccount": made.stack.account}},
        )
    )
    bucket = made.node.default_child
    if not isinstance(bucket, s3.CfnBucket):
        raise TypeError("a bucket without its resource")
    bucket.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        queue_configurations=[
            s3.CfnBucket.QueueConfigurationProperty(event="s3:ObjectCreated:*", queue=queue.queue_arn)
        ]
    )
    if allowed.policy_dependable is None:
        raise TypeError("the queue has no policy")
    bucket.node.add_dependency(allowed.policy_dependable)
