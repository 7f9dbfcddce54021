"""Exports, and the schedules that order them."""

from datetime import date

from escuta.feedback.model import Export, ExportSchedule
from manage import export_schedules, exports
from manage.asking import Listing
from manage.described.operation import Operation, Operations, also, page, shape

_HIDDEN = {"upload", "parts", "held", "holding", "columns", "cursor", "object_key", "destination", "first", "last"}
ExportShown = also(
    shape(Export, "OrderedExport", without=_HIDDEN),
    "Export",
    "An export as it was ordered, and how far it is: `rows` rises until `state` is `done`.",
    more={"from": date | None, "to": date | None},
)
ExportFetched = also(
    ExportShown,
    "ExportFetched",
    "An export with the address of its file once it is `done`, and with words where it failed or is over.",
    more={"message": str, "link": str | None},
)
ScheduleShown = also(
    shape(ExportSchedule, "ScheduledExport", without={"first", "last"}),
    "ExportSchedule",
    "A schedule with the folder of the bucket of exports in which its files are put.",
    more={"folder": str},
)

OPERATIONS: Operations = {
    exports.listing: Operation(name="list_exports", query=Listing, answer=page(ExportShown)),
    exports.create: Operation(name="create_export", body=exports.ExportDraft, answer=ExportShown, statuses=(201,)),
    exports.get: Operation(name="get_export", answer=ExportFetched),
    export_schedules.listing: Operation(name="list_export_schedules", query=Listing, answer=page(ScheduleShown)),
    export_schedules.create: Operation(
        name="create_export_schedule",
        body=export_schedules.ScheduleDraft,
        answer=ScheduleShown,
        statuses=(201,),
    ),
    export_schedules.get: Operation(name="get_export_schedule", answer=ScheduleShown),
    export_schedules.change: Operation(
        name="change_export_schedule", body=export_schedules.SchedulePatch, answer=ScheduleShown, matched=True
    ),
    export_schedules.delete: Operation(name="delete_export_schedule", answer=ScheduleShown, matched=True),
}
