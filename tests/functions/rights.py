"""In which ways an operation of the API is classified: where what it is about lies, and what is answered otherwise."""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, NamedTuple

from tests.functions.nouns import AT


class Kind(Enum):
    """Where what an operation is about lies."""

    PLACED = "at a place: for bound callers there is none elsewhere"
    SHARED = "at no place: anybody with the scope may"
    WHOLE = "the whole hierarchy: no bound caller may"
    BATCH = "at a place, in an item of a batch: the item is refused, the call is not"


class Rule(NamedTuple):
    """How an operation is asked: as its example, but for what is said here.

    `<noun>` stands for the id of a thing of that noun, in the relation that a cell is about; `<noun:own>` always for
    an own one. `path` has the nouns whose names are not those of the route.

    `otherwise` are the answers of single cells, by who asks and of what ("*": all), where they differ from the rule.
    """

    kind: Kind
    path: Mapping[str, str] = MappingProxyType({})
    query: dict[str, Any] | None = None
    body: Any = None
    missing: str = ""  # the code where there is no such thing
    otherwise: Mapping[tuple[str, str], tuple[int, str]] = MappingProxyType({})
    raw: str = ""
    headers: Mapping[str, str] = MappingProxyType({})
    tells: str = ""  # noun whose id is told even of elsewhere, since who asks named it


P, S, W, B = Kind.PLACED, Kind.SHARED, Kind.WHOLE, Kind.BATCH
NOVA = {"name": "Nova", "email": "nova@example.com"}
ANY_REV = {"If-Match": "*"}
LONG = {("*", "long"): (422, "value_too_long")}  # of what stands in a query or a body
NO_SEGMENT = {
    (who, each): (422, "segment_unknown") for who in ("key", "admin") for each in ("absent", "malformed", "long")
}
TOO_LONG = {(who, "long"): (422, "value_too_long") for who in ("key", "admin", "bound")}
NO_PERSON = {(who, "*"): (409, "caller_is_no_person") for who in ("key", "bound")}
NOT_SHARED = {("analyst", each): (404, "ticket_view_not_found") for each in ("child", "neighbour", "parent")}
NOT_YOURS = {(who, "child"): (403, "ticket_view_not_yours") for who in ("bound", "manager")}
NOT_ORDERED = {("bound", "child"): (404, "export_not_found")}
NOT_SCHEDULED = {("bound", "child"): (404, "export_schedule_not_found")}
PRIVATE = {("analyst", each): (404, "dashboard_not_found") for each in ("child", "neighbour", "parent")}
ALL = {("*", "*"): (200, "")}  # a list, empty where nothing is
THERE = tuple(AT)
UPDATED = (
    {("*", "own"): (200, "")}
    | {(who, each): (200, "") for who in ("key", "admin") for each in THERE}
    | {("bound", "child"): (200, "")}
)
NOT_NEAR = (  # who answers above the caller's places may get a ticket, too
    {(who, "neighbour"): (422, "manager_unknown") for who in ("bound", "manager")}
    | {(who, "parent"): (200, "") for who in ("bound", "manager")}
    | {("*", each): (422, "manager_unknown") for each in ("absent", "malformed", "long")}
)
OTHERS = {
    (who, each): (422, "ticket_merge_customers") for who in ("key", "admin") for each in THERE if each != "own"
} | {(who, "child"): (422, "ticket_merge_customers") for who in ("bound", "manager")}

MISSING = {  # what is said of a thing that is not there
    "segment": "segment_not_found",
    "leaf": "segment_not_found",
    "manager": "manager_not_found",
    "account": "sftp_user_not_found",
    "public_key": "sftp_key_not_found",
    "token": "store_token_not_found",
    "link": "link_unknown",
    "contact": "contact_not_found",
    "intercept": "intercept_not_found",
    "deployment": "deployment_not_found",
    "run": "dry_run_not_found",
    "resend": "resend_not_found",
    "invitation": "invitation_not_found",
    "response": "response_not_found",
    "ticket": "ticket_not_found",
    "fresh": "ticket_not_found",
    "other": "ticket_not_found",
    "attachment": "attachment_not_found",
    "webhook": "webhook_not_found",
    "delivery": "webhook_delivery_not_found",
    "key": "key_not_found",
    "user": "user_not_found",
    "invited": "user_not_found",
    "session_id": "session_not_found",
    "mine": "session_not_found",
    "survey": "survey_not_found",
    "blank": "survey_not_found",
    "version": "survey_version_not_found",
    "product": "product_not_found",
    "group": "product_group_not_found",
    "name": "custom_field_not_found",
    "folder": "folder_not_found",
    "upload": "upload_not_found",
    "file": "file_not_found",
    "rules": "ruleset_not_found",
    "replay": "event_replay_not_found",
    "role": "role_not_found",
    "parked": "parked_not_found",
    "wanted": "privacy_request_not_found",
    "erasure": "erasure_not_found",
    "entry": "audit_not_found",
    "export": "export_not_found",
    "schedule": "export_schedule_not_found",
    "view": "ticket_view_not_found",
    "dashboard": "dashboard_not_found",
    "language": "template_not_found",
    "board": "dashboard_not_found",
    "widget": "widget_not_found",
    "external": "contact_not_found",
    "visit": "transaction_not_found",
    "receipt": "transaction_not_found",
    "held": "file_not_found",
}
