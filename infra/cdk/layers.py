"""The layers: our package as it stands, the wheels it needs, and those that write Parquet."""

from dataclasses import dataclass
from pathlib import Path

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.cdk.function import NOT_SHIPPED

SHARED = "layers/shared"


@dataclass(frozen=True)
class Layers:
    """What every function has, and what only those have that write Parquet: it weighs more than all the rest."""

    common: tuple[lambda_.ILayerVersion, ...]
    parquet: lambda_.ILayerVersion


def make_layers(scope: Construct, *, deps: Path, parquet: Path) -> Layers:
    """Make all layers; `deps` and `parquet` are the folders that `infra.wheels` built for arm64 and Python 3.13."""
    return Layers(
        (_layer(scope, "Shared", SHARED, "escuta", NOT_SHIPPED), _layer(scope, "Deps", deps, "what escuta needs")),
        _layer(scope, "Parquet", parquet, "what writes Parquet"),
    )


def _layer(
    scope: Construct, name: str, path: str | Path, description: str, exclude: tuple[str, ...] = ()
) -> lambda_.LayerVersion:
    return lambda_.LayerVersion(
        scope,
        name,
        code=lambda_.Code.from_asset(str(path), exclude=list(exclude)),
        compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
        compatible_architectures=[lambda_.Architecture.ARM_64],
        description=description,
    )
