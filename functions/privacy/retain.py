"""Every day: each survey that keeps answers for so long, and no longer, is gone through, by a message of its own."""

from typing import Any

from escuta.feedback import retention
from escuta.observe import entry


@entry
def handler(_event: dict[str, Any], _context: Any) -> dict[str, int]:
    """Queue a message for each of these surveys; say how many there are."""
    return {"surveys": retention.begin()}
