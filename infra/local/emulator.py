"""The embedded AWS: ministack, on the loopback address, with roles enforced and state kept across a clean stop."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from infra.local import processes
from infra.local.place import ACCOUNT, HOST, REGION, Place

NAME = "emulator"
_COMMAND = (sys.executable, "-m", "infra.local.loopback")
_PASSED_ON = ("HOME", "LANG", "LC_ALL", "PATH", "SSL_CERT_FILE")


def start(place: Place, *, roles: bool = True) -> bool:
    """Start it unless it runs; return whether it was started now.

    `roles`: who calls may do what their role allows. The CDK's own command line asks for roles that are not there.
    """
    if processes.running(place.folder, NAME):
        return False
    processes.require_free(place.port, "ESCUTA_PORT")
    _empty(place.folder / "tmp")
    _forget_stream_positions(place)
    process = processes.start(place.folder, NAME, _COMMAND, _environment(place, roles=roles))
    processes.wait(process, place.log(NAME), lambda: _answers(place))
    return True


def stop(place: Place) -> bool:
    """Stop it; its state is written while it stops."""
    return processes.stop(place.folder, NAME)


def _empty(folder: Path) -> None:
    """Empty the folder where functions are unpacked. The thousands of old files go in the background."""
    if folder.exists():
        old = folder.with_name(f"old-{time.time_ns()}")
        folder.rename(old)
        subprocess.run(["/bin/sh", "-c", 'rm -rf "$0" &', str(old)], check=True, start_new_session=True)  # noqa: S603 - ours
    folder.mkdir(parents=True)


def _environment(place: Place, *, roles: bool) -> Mapping[str, str]:
    """Return its whole environment: the functions inherit it, so nothing of the caller's AWS settings may leak in."""
    state = place.folder / "state"
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return kept | {
        "AUTH": str(roles).lower(),
        "BIND_HOST": HOST,
        "DOCKER_HOST": f"unix://{place.folder}/no-docker",  # it would look for containers of its own to remove
        "GATEWAY_PORT": str(place.port),
        "IOT_MTLS_ENABLED": "0",
        "LAMBDA_WARM_TTL_SECONDS": "1800",
        "LOG_LEVEL": "INFO",
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "PERSIST_STATE": "1",
        "S3_DATA_DIR": str(state / "s3"),
        "S3_PERSIST": "1",
        "SFTP_ENABLED": "0",
        "SFTP_HOST": HOST,
        "STATE_DIR": str(state),
        "TMPDIR": str(place.folder / "tmp"),
    }


def _answers(place: Place) -> bool:
    try:
        with urllib.request.urlopen(f"{place.endpoint}/_ministack/ready", timeout=5) as answer:  # noqa: S310 - loopback
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's own number
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _forget_stream_positions(place: Place) -> None:
    """Let the stream consumers begin anew.

    It keeps a consumer's position across a restart but not the records, so the first new ones would lie before the
    position and never be read.
    """
    path = place.folder / "state" / "lambda.json"
    if path.exists():
        kept = json.loads(path.read_text())
        kept.get("payload", kept)["dynamodb_stream_positions"] = {}
        path.write_text(json.dumps(kept))
