"""The audit."""

from escuta.directory.model.audit import AuditEntry
from manage import audit
from manage.asking import Asked
from manage.described.operation import Operation, Operations, page, shape

Entry = shape(AuditEntry, without={"rev", "is_done", "expires_at"})

OPERATIONS: Operations = {
    audit.listing: Operation(name="list_audit_entries", query=audit.AuditListing, answer=page(Entry)),
    audit.get: Operation(name="get_audit_entry", query=Asked, answer=Entry),
}
