"""The entities of the directory, a module per kind of thing. Pure: no clock, no table."""

from escuta.directory.model.file import Content, DropFile, FileState, FolderRule, RowOutcome, RowResult
from escuta.directory.model.person import CONTACT_SHARDS, Contact, PrivacyKind, PrivacyRequest
from escuta.directory.model.place import AlertChannel, Assignment, Manager, Product, Root, Segment, SegmentDraft
from escuta.directory.model.right import ApiKey, Caller, Role, Scope, Session

__all__ = [
    "CONTACT_SHARDS",
    "AlertChannel",
    "ApiKey",
    "Assignment",
    "Caller",
    "Contact",
    "Content",
    "DropFile",
    "FileState",
    "FolderRule",
    "Manager",
    "PrivacyKind",
    "PrivacyRequest",
    "Product",
    "Role",
    "Root",
    "RowOutcome",
    "RowResult",
    "Scope",
    "Segment",
    "SegmentDraft",
    "Session",
]
