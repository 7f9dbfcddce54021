"""Every minute: webhooks for which something is due go before whoever calls them."""

from typing import Any

from escuta.observe import entry
from escuta.outreach import webhooks


@entry
def handler(_event: dict[str, Any], _context: Any) -> None:
    """Queue what nobody is about to call."""
    webhooks.due()
