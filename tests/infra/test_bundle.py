"""What is deployed is complete: every handler can be imported with nothing but its zip, the layers and Lambda's own."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from infra import wheels
from infra.local import deploy
from tests.infra.conftest import Template

ROOT = Path(__file__).resolve().parents[2]
# What the Lambda runtime for Python brings along with boto3.
RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")
IMPORT = """
import sys, importlib
module, _, name = sys.argv[1].rpartition(".")
loaded = importlib.import_module(module)
assert callable(getattr(loaded, name))
if hasattr(loaded, "ROUTES"):
    importlib.import_module("manage.serving").load(loaded.ROUTES)
print(importlib.import_module("escuta").__file__)
"""


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with what the runtime brings, and nothing else of this environment."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in RUNTIME:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        source = Path(spec.origin)
        source = source.parent if source.name == "__init__.py" else source
        (folder / source.name).symlink_to(source)
    return folder


HANDLERS = (
    "authorize.app.handler",
    "console.app.handler",
    "console.mails.handler",
    "distribute.deliver.handler",
    "distribute.due.handler",
    "distribute.feedback.handler",
    "distribute.plan.handler",
    "export.app.handler",
    "export.lake.handler",
    "export.schedule.handler",
    "importer.close.handler",
    "importer.load.handler",
    "importer.register.handler",
    "manage.app.handler",
    "manage.oauth.handler",
    "metering.app.handler",
    "metering.funnel.handler",
    "metering.sweep.handler",
    "privacy.erase.handler",
    "privacy.retain.handler",
    "publish.app.handler",
    "publish.deliver.handler",
    "publish.sweep.handler",
    "respond.app.app",
    "respond.confirm.handler",
    "rounds.app.handler",
    "ticketing.alert.handler",
    "ticketing.app.handler",
    "ticketing.digest.handler",
    "ticketing.receive.handler",
    "ticketing.sweep.handler",
)


def test_the_stack_deploys_these_handlers(template: Template) -> None:
    deployed = sorted(function["Handler"] for function in template.of("Lambda::Function").values())
    assert deployed == list(HANDLERS)


ASKS = {"console.app.handler": ("manage",)}  # whose code it asks in process, and carries along
AARCH64 = b"\xb7\x00"  # the processor in the head of an ELF file


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_handler_is_importable_with_only_its_bundle_and_needs_no_environment(
    handler: str, runtime: Path, tmp_path: Path
) -> None:
    package = handler.partition(".")[0]
    for own in (package, *ASKS.get(handler, ())):
        (tmp_path / own).symlink_to(ROOT / "functions" / own)
    path = [tmp_path, wheels.host() / "python", ROOT / "layers" / "shared" / "python", runtime]
    code = f"import sys; sys.path[:0] = {[str(one) for one in path]!r}\n{IMPORT}"
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-I", "-S", "-c", code, handler], capture_output=True, text=True, check=False, env={}
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(ROOT / "layers" / "shared" / "python" / "escuta" / "__init__.py")


def test_what_writes_parquet_is_complete_in_its_layer(runtime: Path) -> None:
    layers = [wheels.host() / "python", wheels.host(wheels.PARQUET) / "python"]
    path = [str(one) for one in (*layers, ROOT / "layers" / "shared" / "python", runtime)]
    code = f"import sys; sys.path[:0] = {path!r}\nfrom escuta.feedback import lake; print(lake.packed([])[0][:4])"
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False, env={}
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "b'PAR1'"


@pytest.mark.parametrize("layer", ["host", "arm64"])
def test_the_layer_leaves_out_what_the_runtime_brings(layer: str) -> None:
    folder = {"host": wheels.host, "arm64": wheels.arm64}[layer]()
    assert [path for name in RUNTIME for path in (*folder.rglob(name), *folder.rglob(f"{name}.py"))] == []


def test_the_layer_for_lambda_holds_binaries_of_its_processor_and_python() -> None:
    binaries = [found for layer in (wheels.DEPS, wheels.PARQUET) for found in wheels.arm64(layer).rglob("*.so")]
    assert {path.name.partition(".")[2] for path in binaries} == {"cpython-313-aarch64-linux-gnu.so", "abi3.so"}
    assert {path.read_bytes()[18:20] for path in binaries} == {AARCH64}


def test_the_layers_leave_room_in_a_function() -> None:
    deps, parquet = (
        sum(path.stat().st_size for path in wheels.arm64(layer).rglob("*") if path.is_file())
        for layer in (wheels.DEPS, wheels.PARQUET)
    )
    assert deps < 60_000_000
    assert deps + parquet < 150_000_000  # of the 250 MB that a function may unpack


def test_a_zip_holds_only_its_own_package(template: Template) -> None:
    folder = template.folder
    files = json.loads((folder / "Escuta.assets.json").read_text())["files"]
    tops = {
        source.name
        for asset in files.values()
        if asset["source"]["packaging"] == "zip"
        for source in (folder / asset["source"]["path"]).iterdir()
    }
    assert tops == {handler.split(".")[0] for handler in HANDLERS} | {"python"}
    # Wheels come compiled for Lambda. Our own sources are compiled afterwards, for the Python that runs them here.
    ours = [
        found for found in folder.rglob("*.pyc") if str(wheels.SITE) not in str(found) and "dist" not in found.parts
    ]
    assert {found.name.split(".")[1] for found in ours if "escuta" in found.parts} == {sys.implementation.cache_tag}


def test_the_same_files_make_the_same_zip(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    first = deploy.zipped(tmp_path)
    (tmp_path / "a").touch()
    assert deploy.zipped(tmp_path) == first
