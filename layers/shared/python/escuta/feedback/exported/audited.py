"""The export of the audit: a row for each entry, the newest first."""

from datetime import datetime, time, timedelta
from operator import attrgetter
from zoneinfo import ZoneInfo

from pydantic_core import to_json

from escuta import table
from escuta.config import settings
from escuta.directory import audit
from escuta.directory.model import AuditEntry
from escuta.feedback.exported import walking
from escuta.feedback.exported.columns import Column, Type, plain, times
from escuta.feedback.model import Export

ENTRY = (
    *plain("id"),
    *times("asked_at", "done_at"),
    *plain("actor", "actor_name", "role", "via", "ip", "agent", "request_id", "action", "noun", "thing", "operation"),
    *plain("outcome"),
    *plain("status", kind=Type.INT),
    Column("problem", attrgetter("code")),
    Column("changes", lambda entry: to_json(entry.changes).decode() if entry.changes else ""),
    Column("more", attrgetter("more"), Type.INT),
)


def page(export: Export) -> table.Page[AuditEntry]:
    """Return entries of days of the organisation; what came after the export was ordered is in none of its parts."""
    zone = ZoneInfo(settings().timezone)
    first = datetime.combine(export.first, time(), zone) if export.first else None
    last = datetime.combine(export.last + timedelta(days=1), time(), zone) if export.last else export.created_at
    end = min(last - timedelta(milliseconds=1), export.created_at)
    return audit.page(audit.Sought(first=first, last=end), limit=walking.PAGE, cursor=export.cursor or None)
