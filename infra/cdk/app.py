"""The CDK app: `python -m infra.cdk.app`. Needs neither credentials nor Docker."""

from pathlib import Path

from aws_cdk import App, Aspects

from infra.cdk.stack import Escuta

DEPS = Path("build/layers/arm64")
PARQUET = Path("build/layers/parquet-arm64")
_FLAGS = {
    "@aws-cdk/aws-iam:minimizePolicies": True,
    "@aws-cdk/aws-lambda:recognizeLayerVersion": True,
    "@aws-cdk/aws-lambda:recognizeVersionProps": True,
    "@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy": True,
    "@aws-cdk/core:checkSecretUsage": True,
    "@aws-cdk/core:enablePartitionLiterals": True,
    "@aws-cdk/core:target-partitions": ["aws"],
}


def make() -> App:
    """Return the app. Of the context: `-c sftp=true` adds the SFTP server, `-c nag=true` writes the findings."""
    app = App(analytics_reporting=False, tree_metadata=False, context=_FLAGS)
    Escuta(app, "Escuta", deps=DEPS, parquet=PARQUET, sftp=_is_on(app, "sftp"))
    if _is_on(app, "nag"):
        _check(app)
    return app


def _is_on(app: App, switch: str) -> bool:
    return str(app.node.try_get_context(switch)).lower() == "true"


def _check(app: App) -> None:
    """Check the stack by the rules of AwsSolutions; the findings are in `AwsSolutions-Escuta-NagReport.csv`."""
    from cdk_nag import AwsSolutionsChecks  # noqa: PLC0415 - loads for seconds, and only the test asks for it

    Aspects.of(app).add(AwsSolutionsChecks(reports=True))


if __name__ == "__main__":
    make().synth()
