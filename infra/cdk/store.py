"""The DynamoDB tables, one per write profile and one for the audit, and what a function may do with them."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from constructs import Construct

from escuta.entity import Table
from escuta.table import INDEXES, index_name
from infra.cdk.asking import Asking
from infra.cdk.function import Function

_STREAMS = {  # what their records hold
    Table.FEEDBACK: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
    Table.OUTREACH: dynamodb.StreamViewType.NEW_IMAGE,
}


class Store(Construct):
    """On-demand tables that cannot be deleted by mistake and can be restored to any second of the last 35 days."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey | None) -> None:
        """Make a table for each name in `escuta.entity.Table`; `feedback` and `outreach` have streams.

        Without a `key` of one's own they are encrypted with one of AWS's.
        """
        super().__init__(scope, construct_id)
        self._wanted = Asking.around(self).stage.data
        self._key = key
        self.tables = {table: self._table(table) for table in Table}

    def _table(self, table: Table) -> dynamodb.Table:
        made = dynamodb.Table(
            self,
            table.title(),
            partition_key=_text("pk"),
            sort_key=_text("sk"),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=True,
            removal_policy=RemovalPolicy.RETAIN,
            time_to_live_attribute="expires_at",
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED if self._key else None,
            encryption_key=self._key,
            warm_throughput=self._warm(table),
            contributor_insights_specification=dynamodb.ContributorInsightsSpecification(enabled=True)
            if self._wanted.insights
            else None,
            stream=_STREAMS.get(table),
        )
        for name in INDEXES:
            made.add_global_secondary_index(
                index_name=index_name(name), partition_key=_text(f"{name}pk"), sort_key=_text(f"{name}sk")
            )
        return made

    def _warm(self, table: Table) -> dynamodb.WarmThroughput | None:
        """Return what a table can do at once; only the one that campaigns write and answers come into is warmed."""
        if not self._wanted.warm_reads or table not in {Table.OUTREACH, Table.FEEDBACK}:
            return None
        return dynamodb.WarmThroughput(
            read_units_per_second=self._wanted.warm_reads, write_units_per_second=self._wanted.warm_writes
        )

    def names(self) -> dict[str, str]:
        """Return the settings that name the tables."""
        return {f"{table}_table": made.table_name for table, made in self.tables.items()}

    def allow(self, function: Function, table: Table, *actions: str) -> None:
        """Let a function do these actions on the items of a table. A transaction counts as the actions in it."""
        function.allow(*(f"dynamodb:{action}" for action in actions), on=[self.tables[table].table_arn])

    def allow_index(self, function: Function, table: Table) -> None:
        """Let a function query a table by its indexes, each by its name."""
        arn = self.tables[table].table_arn
        function.allow("dynamodb:Query", on=[f"{arn}/index/{index_name(name)}" for name in INDEXES])

    def allow_audit(self, function: Function) -> None:
        """Let a function write into the audit. Nothing may change or delete there: time alone does."""
        self.allow(function, Table.AUDIT, "PutItem")

    def allow_audit_reading(self, function: Function) -> None:
        """Let a function read the audit."""
        self.allow(function, Table.AUDIT, "Query", "BatchGetItem")
        self.allow_index(function, Table.AUDIT)


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
