"""The CDK app: `python -m infra.cdk.app`. Needs neither credentials nor Docker."""

from pathlib import Path

from aws_cdk import App, Aspects

from infra.cdk.data import Data
from infra.cdk.stack import Escuta
from infra.cdk.stages import FOLDER, LAPTOP, Stage, read
from infra.cdk.watch import Watch

DEPS = Path("build/layers/arm64")
PARQUET = Path("build/layers/parquet-arm64")
_FLAGS = {
    "@aws-cdk/aws-iam:minimizePolicies": True,
    "@aws-cdk/aws-lambda:recognizeLayerVersion": True,
    "@aws-cdk/aws-lambda:recognizeVersionProps": True,
    "@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy": True,
    "@aws-cdk/core:checkSecretUsage": True,
    "@aws-cdk/core:defaultCrossStackReferences": "strong",  # what functions name cannot be removed under them
    "@aws-cdk/core:enablePartitionLiterals": True,
    "@aws-cdk/core:target-partitions": ["aws"],
}


def make() -> App:
    """Return the app. Of the context: `-c stage=prod` reads that stage, `-c nag=true` writes the findings of cdk-nag.

    Stages are in the folder `-c stages=...`. Without a stage it is the one that the embedded AWS runs, which asks its
    questions as parameters.
    """
    app = App(analytics_reporting=False, tree_metadata=False, context=_FLAGS)
    name, folder = (app.node.try_get_context(key) for key in ("stage", "stages"))
    build(app, read(str(name), Path(folder) if folder else FOLDER) if name else LAPTOP)
    if str(app.node.try_get_context("nag")).lower() == "true":
        _check(app)
    return app


def build(app: App, stage: Stage) -> None:
    """Make the stacks of a stage, each on top of the one before."""
    data = Data(app, f"{stage.stack}-data", stage=stage)
    functions = Escuta(app, stage.stack, stage=stage, data=data, deps=DEPS, parquet=PARQUET)
    Watch(app, f"{stage.stack}-watch", stage=stage, data=data, app=functions)


def _check(app: App) -> None:
    """Check the stacks by the rules of others; the findings are in a report for each stack and pack."""
    from cdk_nag import AwsSolutionsChecks, ServerlessChecks  # noqa: PLC0415 - loads for seconds, only a test asks

    Aspects.of(app).add(AwsSolutionsChecks(reports=True))
    Aspects.of(app).add(ServerlessChecks(reports=True))


if __name__ == "__main__":
    make().synth()
