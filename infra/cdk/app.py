"""The CDK app: `python -m infra.cdk.app`. Needs neither credentials nor Docker."""

from pathlib import Path

from aws_cdk import App

from infra.cdk.stack import Escuta

DEPS = Path("build/layers/arm64")
_FLAGS = {
    "@aws-cdk/aws-iam:minimizePolicies": True,
    "@aws-cdk/aws-lambda:recognizeLayerVersion": True,
    "@aws-cdk/aws-lambda:recognizeVersionProps": True,
    "@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy": True,
    "@aws-cdk/core:checkSecretUsage": True,
    "@aws-cdk/core:enablePartitionLiterals": True,
    "@aws-cdk/core:target-partitions": ["aws"],
}


def make(outdir: Path | None = None) -> App:
    """Return the app. The switch `sftp` is read from the context (`-c sftp=true`)."""
    app = App(
        outdir=None if outdir is None else str(outdir),
        analytics_reporting=False,
        tree_metadata=False,
        context=_FLAGS,
    )
    Escuta(app, "Escuta", deps=DEPS, sftp=str(app.node.try_get_context("sftp")).lower() == "true")
    return app


if __name__ == "__main__":
    make().synth()
