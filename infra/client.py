"""The typed Python client of the API, made from the document: `make client` for integrators, and for our own tests."""

import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "openapi.json"
SETTINGS = ROOT / "infra" / "client.yaml"
BUILT = ROOT / "build" / "client"


def made() -> Path:
    """Return the folder of the client, a package that pip installs, made anew if the document changed.

    What the generator cannot express it leaves out with a warning; for us that is a failure.
    """
    wanted = sha256(DOCUMENT.read_bytes() + SETTINGS.read_bytes()).hexdigest()
    stamp = BUILT.with_suffix(".sha256")
    if stamp.exists() and stamp.read_text() == wanted:
        return BUILT
    stamp.unlink(missing_ok=True)
    shutil.rmtree(BUILT, ignore_errors=True)
    BUILT.parent.mkdir(exist_ok=True)
    done = subprocess.run(  # noqa: S603 - our own arguments
        [
            *(Path(sys.executable).with_name("openapi-python-client"), "generate", "--fail-on-warning"),
            *("--path", DOCUMENT, "--config", SETTINGS, "--meta", "setup", "--output-path", BUILT, "--overwrite"),
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"no client can be made from the document:\n{done.stdout}{done.stderr}")
    stamp.write_text(wanted)
    return BUILT


if __name__ == "__main__":
    print(made())  # noqa: T201 - the command's answer
