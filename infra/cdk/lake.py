"""The lake: the function that writes answers as Parquet, and the table by which Athena reads them."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue
from constructs import Construct

from escuta.entity import Table
from escuta.feedback.lake import COLUMNS, PREFIX
from infra.cdk.function import Function
from infra.cdk.ground import Ground

_WRITERS = 2
_TOGETHER = 1000  # notes that one call takes; most name the same part
_FROM = "2024-01-01"  # nothing was answered before there was this product
_MOST_READ = 100 * 1 << 30  # bytes that one query may read: half a dollar
_RESULTS = "athena/"


class Lake(Construct):
    """Answers of the last minutes are written together, whole quarters of a day at a time."""

    def __init__(self, scope: Construct, construct_id: str, *, ground: Ground) -> None:
        """Make the function, the table, and a group for those who ask it."""
        super().__init__(scope, construct_id)
        self.function = Function(
            self,
            "Write",
            handler="export.lake.handler",
            ground=ground,
            timeout=ground.lake.timeout,
            memory=1769,  # one whole processor: packing is most of the work
            reserved=_WRITERS,
            besides=(ground.parquet,),
        )
        ground.lake.feed(self.function, batch=_TOGETHER, at_once=_WRITERS, window=Duration.minutes(5))
        ground.store.allow(self.function, Table.FEEDBACK, "GetItem")
        ground.store.allow_index(self.function, Table.FEEDBACK)
        ground.files.allow_read(self.function, ground.files.lake, PREFIX)
        ground.files.allow_write(self.function, ground.files.lake, PREFIX)
        self.database = Stack.of(self).stack_name.lower().replace("-", "_")
        bucket = ground.files.lake.bucket_name
        self._describe(bucket)
        self._let_ask(bucket)

    def _describe(self, bucket: str) -> None:
        """Make the table. Its partitions follow from the names of the objects: nothing has to be registered."""
        catalog = Stack.of(self).account
        database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=catalog,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=self.database, description="What customers answered"
            ),
        )
        location = f"s3://{bucket}/{PREFIX}"
        made = glue.CfnTable(
            self,
            "Responses",
            catalog_id=catalog,
            database_name=self.database,
            table_input=glue.CfnTable.TableInputProperty(
                name="responses",
                description="An answer a row, as it is now; comments are masked",
                table_type="EXTERNAL_TABLE",
                partition_keys=[_column("survey", "string"), _column("day", "string")],
                parameters={
                    "classification": "parquet",
                    "projection.enabled": "true",
                    "projection.survey.type": "injected",
                    "projection.day.type": "date",
                    "projection.day.format": "yyyy-MM-dd",
                    "projection.day.range": f"{_FROM},NOW+1DAYS",
                    "storage.location.template": f"{location}survey=${{survey}}/day=${{day}}/",
                },
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    columns=[_column(name, kind) for name, kind in COLUMNS.items()],
                    location=location,
                    input_format="org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
                    output_format="org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
                    serde_info=glue.CfnTable.SerdeInfoProperty(
                        serialization_library="org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
                    ),
                ),
            ),
        )
        made.add_resource_dependency(database)

    def _let_ask(self, bucket: str) -> None:
        athena.CfnWorkGroup(
            self,
            "Group",
            name=self.database,
            description="Asks the answers of customers",
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                enforce_work_group_configuration=True,
                publish_cloud_watch_metrics_enabled=True,
                bytes_scanned_cutoff_per_query=_MOST_READ,
                result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
                    output_location=f"s3://{bucket}/{_RESULTS}",
                    encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(
                        encryption_option="SSE_S3"
                    ),
                ),
            ),
        )


def _column(name: str, kind: str) -> glue.CfnTable.ColumnProperty:
    return glue.CfnTable.ColumnProperty(name=name, type=kind)
