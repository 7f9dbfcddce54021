"""Building the `deps` layer with uv, without Docker: one for Lambda (arm64, Python 3.13), one for this machine.

`python -m infra.wheels` builds both, `python -m infra.wheels lock` writes the hash-locked list anew.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from uv import find_uv_bin

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "layers" / "deps"
LOCK = SOURCES / "requirements.lock"
BUILT = ROOT / "build" / "layers"
LAMBDA_PYTHON = "3.13"
LAMBDA_PLATFORM = "aarch64-manylinux_2_28"
# Where a layer's wheels lie. Lambda puts this folder on the path after the function's own code; on the embedded AWS,
# which runs another Python than Lambda's, the wheels of that Python are found first.
SITE = Path("python") / "lib" / f"python{LAMBDA_PYTHON}" / "site-packages"
# Never used by us, and most of the weight. Tested by importing every handler with nothing else on the path.
_TRIMMED = (
    "*.dist-info",
    "aws_lambda_powertools/event_handler/openapi/swagger_ui/*.[cj]*s*",
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
)


def uv(*arguments: str | Path) -> str:
    """Run uv and return what it prints; a failure is shown and stops."""
    done = subprocess.run(  # noqa: S603 - our own arguments
        [find_uv_bin(), *map(str, arguments)], check=True, capture_output=True, text=True, cwd=ROOT
    )
    return done.stdout


def lock() -> None:
    """Write the list of the layer: pyproject's dependencies at the versions of requirements.lock, without overrides."""
    uv(
        *("pip", "compile", "pyproject.toml", "--quiet", "--generate-hashes", "--no-header", "--no-annotate"),
        *("--constraint", "requirements.lock", "--override", SOURCES / "overrides.txt"),
        *("--python-version", LAMBDA_PYTHON, "--python-platform", LAMBDA_PLATFORM, "--output-file", LOCK),
    )


def arm64() -> Path:
    """Return the folder of the layer for Lambda, built if its list changed."""
    python = _python_of_lambda()
    target = ("--python-version", LAMBDA_PYTHON, "--python-platform", LAMBDA_PLATFORM)
    return _build(BUILT / "arm64", SITE, target, python)


def host() -> Path:
    """Return the folder of the same wheels for this machine's Python, for tests and benchmarks."""
    return _build(BUILT / "host", Path("python"), ("--python", sys.executable), sys.executable)


def _build(target: Path, site: Path, options: Sequence[str], python: str | None) -> Path:
    wanted = sha256(repr((LOCK.read_bytes(), Path(__file__).read_bytes(), site, options, python)).encode()).hexdigest()
    stamp = target.with_suffix(".sha256")
    if stamp.exists() and stamp.read_text() == wanted:
        return target
    stamp.unlink(missing_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    packages = target / site
    uv(
        *("pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes"),
        *("--requirement", LOCK, "--target", packages, "--link-mode", "copy"),
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
    print(arm64(), host())  # noqa: T201 - the command's answer
