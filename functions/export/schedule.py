"""Every quarter of an hour: what is to be written out again and again is ordered when its hour has come."""

from typing import Any

from escuta.feedback import export_schedules
from escuta.observe import entry


@entry
def handler(_event: dict[str, Any], _context: Any) -> None:
    """Order what is due."""
    export_schedules.order_due()
