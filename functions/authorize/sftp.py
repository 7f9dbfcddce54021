"""The door of the SFTP server: AWS Transfer Family asks who somebody is and what they may reach, at each login."""

import json
from typing import Any

from escuta import observe
from escuta.config import settings
from escuta.directory import sftp_users
from escuta.directory.model import SftpUser


@observe.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - the signature of Lambda
    """Return the keys that open an account, and what it reaches; nothing at all for whom there is no way in.

    The server compares the keys itself. Nobody gets in with a password.
    """
    user = None if event.get("password") else sftp_users.who_may_enter(str(event.get("username") or ""))
    if user is None:
        observe.logger().warning("sftp login refused", extra={"source_ip": event.get("sourceIp", "")})
        return {}
    return {
        "Role": settings().sftp_role,
        "Policy": _policy(user),
        "HomeDirectoryType": "LOGICAL",
        "HomeDirectoryDetails": json.dumps(_folders(user)),
        "PublicKeys": [key.public for key in user.public_keys],
    }


def _folders(user: SftpUser) -> list[dict[str, str]]:
    """Return what an account sees: its folders, and the reports on each of them."""
    drop, reports = settings().drop_bucket, settings().reports_bucket
    return [
        *({"Entry": f"/{name}", "Target": f"/{drop}/{name}"} for name in user.folders),
        *({"Entry": f"/reports/{name}", "Target": f"/{reports}/{name}"} for name in user.folders),
    ]


def _policy(user: SftpUser) -> str:
    """Return what a session may do at most, of what the server's role may: it is short, since AWS takes no long one."""
    drop, reports = (f"arn:aws:s3:::{name}" for name in (settings().drop_bucket, settings().reports_bucket))
    own = [f"{drop}/{name}/*" for name in user.folders]
    prefixes = [prefix for name in user.folders for prefix in (name, f"{name}/*")]
    statements = [
        {"Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"], "Resource": own},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": [f"{reports}/{name}/*" for name in user.folders]},
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": [drop, reports],
            "Condition": {"StringLike": {"s3:prefix": prefixes}},
        },
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))
