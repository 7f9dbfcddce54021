"""Building the layers of wheels with uv, without Docker: for Lambda (arm64, Python 3.13), and for this machine.

`deps` is what every function needs, `parquet` what writes Parquet. `python -m infra.wheels` builds all,
`python -m infra.wheels lock` writes their hash-locked lists anew.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from uv import find_uv_bin

ROOT = Path(__file__).resolve().parents[1]
LISTS = ROOT / "layers"
DEPS, PARQUET = "deps", "parquet"
BUILT = ROOT / "build" / "layers"
LAMBDA_PYTHON = "3.13"
LAMBDA_PLATFORM = "aarch64-manylinux_2_28"
# Where a layer's wheels lie. Lambda puts this folder on the path after the function's own code; on the embedded AWS,
# which runs another Python than Lambda's, the wheels of that Python are found first.
SITE = Path("python") / "lib" / f"python{LAMBDA_PYTHON}" / "site-packages"
# Never used by us, and most of the weight. Tested by importing every handler with nothing else on the path.
_TRIMMED = (
    "*.dist-info",
    "aws_lambda_powertools/utilities/auth_alpha",
    "aws_lambda_powertools/utilities/batch",
    "aws_lambda_powertools/utilities/circuit_breaker",
    "aws_lambda_powertools/utilities/data_masking",
    "aws_lambda_powertools/utilities/feature_flags",
    "aws_lambda_powertools/utilities/idempotency",
    "aws_lambda_powertools/utilities/kafka",
    "aws_lambda_powertools/utilities/metadata",
    "aws_lambda_powertools/utilities/parser",
    "aws_lambda_powertools/utilities/streaming",
    "bin",
    "**/tests",
    "**/*.pyi",
    "chalice/[!_ac]*",
    "chalice/cdk",
    "chalice/cli",
    "chalice/analyzer.py",
    "chalice/api",
    "chalice/awsclient.py",
    "chalice/config.py",
    "chalice/constants.py",
    "phonenumbers/carrierdata",
    "phonenumbers/geodata",
    "phonenumbers/shortdata/region_*.py",
    "phonenumbers/tzdata",
    # Of Arrow nothing but what reads and writes Parquet.
    "pyarrow/_acero*",
    "pyarrow/_dataset*",
    "pyarrow/_flight*",
    "pyarrow/_orc*",
    "pyarrow/_substrait*",
    "pyarrow/include",
    "pyarrow/includes",
    "pyarrow/libarrow_flight*",
    "pyarrow/libarrow_python*.so",  # the same as the ones that the others are linked to
    "pyarrow/libarrow_python*.so.*.*",
    "pyarrow/libarrow_python_flight*",
    "pyarrow/libarrow_s3*",
    "pyarrow/_s3fs*",
    "pyarrow/_gcsfs*",
    "pyarrow/_azurefs*",
    "pyarrow/_hdfs*",
    "pyarrow/src",
    "pyarrow/**/*.p[xy][xdi]*",
)


def uv(*arguments: str | Path) -> str:
    """Run uv and return what it prints; a failure is shown and stops."""
    done = subprocess.run(  # noqa: S603 - our own arguments
        [find_uv_bin(), *map(str, arguments)], check=True, capture_output=True, text=True, cwd=ROOT
    )
    return done.stdout


def lock() -> None:
    """Write the lists of the layers: pyproject's dependencies at the versions of requirements.lock."""
    _lock(DEPS, "pyproject.toml", "--override", LISTS / DEPS / "overrides.txt")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = LISTS / PARQUET / "requirements.in"
    wanted.parent.mkdir(exist_ok=True)
    wanted.write_text("\n".join(project["optional-dependencies"][PARQUET]) + "\n")
    _lock(PARQUET, wanted)
    wanted.unlink()


def _lock(layer: str, source: str | Path, *options: str | Path) -> None:
    uv(
        *("pip", "compile", source, "--quiet", "--generate-hashes", "--no-header", "--no-annotate", *options),
        *("--constraint", "requirements.lock", "--python-version", LAMBDA_PYTHON),
        *("--python-platform", LAMBDA_PLATFORM, "--output-file", LISTS / layer / "requirements.lock"),
    )


def arm64(layer: str = DEPS) -> Path:
    """Return the folder of a layer for Lambda, built if its list changed."""
    python = _python_of_lambda()
    target = ("--python-version", LAMBDA_PYTHON, "--python-platform", LAMBDA_PLATFORM)
    return _build(layer, "arm64", SITE, target, python)


def host(layer: str = DEPS) -> Path:
    """Return the folder of the same wheels for this machine's Python, for tests and benchmarks."""
    return _build(layer, "host", Path("python"), ("--python", sys.executable), sys.executable)


def _build(layer: str, machine: str, site: Path, options: Sequence[str], python: str | None) -> Path:
    target = BUILT / (machine if layer == DEPS else f"{layer}-{machine}")
    listed = LISTS / layer / "requirements.lock"
    sources = (listed.read_bytes(), Path(__file__).read_bytes(), site, options, python)
    wanted = sha256(repr(sources).encode()).hexdigest()
    stamp = target.with_suffix(".sha256")
    if stamp.exists() and stamp.read_text() == wanted:
        return target
    stamp.unlink(missing_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    packages = target / site
    uv(
        *("pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes"),
        *("--requirement", listed, "--target", packages, "--link-mode", "copy"),
        *options,
    )
    _trim(packages)
    if python:
        _compile(packages, python)
    stamp.write_text(wanted)
    return target


def _trim(packages: Path) -> None:
    for pattern in _TRIMMED:
        for found in sorted(packages.glob(pattern)):
            if found.is_dir():
                shutil.rmtree(found)
            else:
                found.unlink()
    for note in packages.glob(".*"):
        note.unlink()


def _compile(packages: Path, python: str) -> None:
    """Compile to bytecode that is never checked against its source: the layer is read-only and complete."""
    command = [python, "-I", "-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash"]
    subprocess.run([*command, str(packages)], check=True)  # noqa: S603 - our own arguments


def _python_of_lambda() -> str | None:
    """Return an interpreter of Lambda's version, if this machine has one: bytecode fits one version only.

    Without it the layer holds sources alone, which SnapStart compiles once, when a version is published.
    """
    name = f"python{LAMBDA_PYTHON}"
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()  # its shims answer only for chosen versions
    kept = sorted(map(str, pyenv.glob(f"versions/{LAMBDA_PYTHON}.*/bin/{name}")))
    return next(filter(_runs, filter(None, (shutil.which(name), *kept))), None)


def _runs(python: str) -> bool:
    return subprocess.run([python, "-I", "-c", ""], check=False, capture_output=True).returncode == 0  # noqa: S603 - of this machine


if __name__ == "__main__":
    if sys.argv[1:] == ["lock"]:
        lock()
    print(*(make(layer) for layer in (DEPS, PARQUET) for make in (arm64, host)))  # noqa: T201 - the command's answer
