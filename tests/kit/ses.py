"""What the mail service says of the account: moto does not know, so that a test tells it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from moto.sesv2.responses import SESV2Response


@contextmanager
def saying(*, rate: float = 14.0, per_day: float = 50_000.0, sent: float = 0.0, enabled: bool = True) -> Iterator[None]:
    """Answer GetAccount with these figures. An account without a daily quota has -1."""
    quota = {"Max24HourSend": per_day, "MaxSendRate": rate, "SentLast24Hours": sent}
    told = json.dumps({"SendQuota": quota, "SendingEnabled": enabled, "ProductionAccessEnabled": True})
    with patch.object(SESV2Response, "get_account", lambda _self: told, create=True):
        yield
