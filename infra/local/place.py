"""Where an instance lives: its folder and its ports. Two instances with different places do not meet."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
REGION = "us-east-1"
ACCOUNT = "000000000000"
API = "escuta"  # the id that the stack's tag pins
DOOR = "escuta-door"  # likewise
_KEY = "test"  # the embedded AWS takes this key for the account's owner


@dataclass(frozen=True, kw_only=True)
class Place:
    """A folder for state, logs and keys, and three ports on the loopback address."""

    folder: Path = ROOT / ".escuta"
    port: int = 4566
    sftp_port: int = 2222
    outbox_port: int = 4580

    @classmethod
    def from_environment(cls) -> "Place":
        """Return the place that ESCUTA_FOLDER, ESCUTA_PORT, ESCUTA_SFTP_PORT and ESCUTA_OUTBOX_PORT ask for."""
        asked = {name: os.environ.get(f"ESCUTA_{name.upper()}") for name in ("port", "sftp_port", "outbox_port")}
        ports = {name: int(value) for name, value in asked.items() if value}
        folder = Path(os.environ.get("ESCUTA_FOLDER") or cls.folder).resolve()
        return cls(folder=folder, **ports)

    @property
    def endpoint(self) -> str:
        """Return the address of the embedded AWS."""
        return f"http://{HOST}:{self.port}"

    @property
    def api(self) -> str:
        """Return the address of the REST API's stage, as a browser on this machine reaches it."""
        return f"http://localhost:{self.port}/_aws/execute-api/{API}/live"

    @property
    def door(self) -> str:
        """Return the address of the HTTP API. Its host differs from the REST API's, so that it is another origin."""
        return f"http://{HOST}:{self.port}/_aws/execute-api/{DOOR}"

    @property
    def outbox(self) -> str:
        """Return the address of the outbox."""
        return f"http://localhost:{self.outbox_port}/"

    @property
    def keys(self) -> dict[str, str]:
        """Return the environment that points an AWS client at this instance, with the owner's key."""
        return {
            "AWS_ACCESS_KEY_ID": _KEY,
            "AWS_SECRET_ACCESS_KEY": _KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint,
        }

    def aws(self, service: str) -> Any:
        """Return a client of this instance's embedded AWS, as the account's owner."""
        return boto3.client(
            service,  # type: ignore[call-overload] # any service by name
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=_KEY,
            aws_secret_access_key=_KEY,
        )

    def log(self, name: str) -> Path:
        """Return the log file of a process."""
        return self.folder / f"{name}.log"
