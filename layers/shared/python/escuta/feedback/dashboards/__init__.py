"""Dashboards: kept, shared, and what each of their widgets shows. `dashboards.get(id)` and so on."""

from escuta.feedback.dashboards.keeping import (
    change,
    copy,
    create,
    delete,
    get,
    is_kept_by,
    is_shown_to,
    listing,
    of_survey,
)
from escuta.feedback.dashboards.looking import Drawn, View, shown

__all__ = [
    "Drawn",
    "View",
    "change",
    "copy",
    "create",
    "delete",
    "get",
    "is_kept_by",
    "is_shown_to",
    "listing",
    "of_survey",
    "shown",
]
