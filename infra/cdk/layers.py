"""The two layers: our package as it stands, and the wheels it needs."""

from pathlib import Path

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.cdk.function import NOT_SHIPPED

SHARED = "layers/shared"


def make_layers(scope: Construct, *, deps: Path) -> tuple[lambda_.ILayerVersion, ...]:
    """Make both layers; `deps` is the folder that `infra.local.wheels` built for arm64 and Python 3.13."""
    return tuple(
        lambda_.LayerVersion(
            scope,
            name,
            code=lambda_.Code.from_asset(str(path), exclude=list(exclude)),
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
            compatible_architectures=[lambda_.Architecture.ARM_64],
            description=description,
        )
        for name, path, exclude, description in (
            ("Shared", SHARED, NOT_SHIPPED, "escuta"),
            ("Deps", deps, (), "what escuta needs"),
        )
    )
