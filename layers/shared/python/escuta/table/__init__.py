"""The DynamoDB tables behind one Row. The only package that knows PynamoDB.

Reads are eventually consistent unless asked; writes are guarded by revision unless they say otherwise.
"""

from escuta.table.as_read import hold, holding
from escuta.table.changes import change
from escuta.table.making import made_by, mine
from escuta.table.reads import (
    Page,
    count,
    find,
    find_many,
    find_together,
    load,
    numbers,
    numbers_of,
    query,
    query_spread,
    tally,
)
from escuta.table.recording import Recording, Written, recorded
from escuta.table.rows import INDEXES, Row, from_image, index_name, ready, row_of, to_entity, to_row
from escuta.table.transactions import (
    Absent,
    Action,
    Add,
    CancelledError,
    Create,
    Refused,
    RejectedError,
    Remove,
    Save,
    Unchanged,
    transact,
)
from escuta.table.writes import create, delete, delete_many, exchange, put, put_many, save

__all__ = [
    "INDEXES",
    "Absent",
    "Action",
    "Add",
    "CancelledError",
    "Create",
    "Page",
    "Recording",
    "Refused",
    "RejectedError",
    "Remove",
    "Row",
    "Save",
    "Unchanged",
    "Written",
    "change",
    "count",
    "create",
    "delete",
    "delete_many",
    "exchange",
    "find",
    "find_many",
    "find_together",
    "from_image",
    "hold",
    "holding",
    "index_name",
    "load",
    "made_by",
    "mine",
    "numbers",
    "numbers_of",
    "put",
    "put_many",
    "query",
    "query_spread",
    "ready",
    "recorded",
    "row_of",
    "save",
    "tally",
    "to_entity",
    "to_row",
    "transact",
]
