"""Drop folders, the files that came, and links to bring one."""

from datetime import datetime

from pydantic import Field

from escuta.directory.model import DropFile, Folder, FolderDraft, RowResult, Upload
from manage import files, folders, uploads
from manage.asking import Asked, Listing
from manage.described.operation import Operation, Operations, Shown, Sparse, page, shape

_INTERNAL = {"chunks", "etag", "sequencer", "staged_key"}


class Progress(Shown):
    """How many parts a file was cut into, and how many of them are loaded; about as many of its rows."""

    chunks: int
    done: int
    rows: int
    rows_done: int


class ColumnTaken(Shown):
    """What a column was taken for. A `field` of "" is none: the column is left out."""

    column: str
    field: str
    date_format: str


class FirstRow(Shown):
    """One of the first rows, with the line on which it stands."""

    line: int
    cells: list[str]


class FilePreview(Shown):
    """The first rows of a file as they stand there."""

    columns: list[ColumnTaken]
    rows: list[FirstRow]


class ReportLink(Shown):
    """A link to a report. Whoever has it can read the report, until it ends."""

    url: str
    name: str
    content_type: str
    expires_at: datetime


class ColumnFound(Shown):
    """What a column is taken for. A `field` of "" is none: the column is left out."""

    column: str
    field: str
    date_format: str
    samples: list[str]


class FileRefused(Shown):
    """Why such a file would not be taken in at all."""

    code: str
    message: str
    details: dict[str, str]


class MappingPreview(Sparse):
    """What the columns of a file would be taken for; with `refused` there are none."""

    columns: list[ColumnFound]
    ignored: list[str] = Field(default_factory=list)
    mapping: dict[str, str] = Field(default_factory=dict, description="Column -> field, as a folder keeps it.")
    refused: FileRefused | None


FileListed = shape(DropFile, "File", without=_INTERNAL)
FileShown = shape(DropFile, "FileWhole", without=_INTERNAL, more={"message": str, "progress": Progress})
RowShown = shape(RowResult, "Row", more={"message": str})
FolderShown = shape(Folder)
UploadShown = shape(Upload, without={"object_key", "created_by"})
UploadMade = shape(
    Upload,
    "UploadMade",
    without={"object_key", "created_by"},
    more={"url": str, "method": str, "headers": dict[str, str]},
)

OPERATIONS: Operations = {
    folders.listing: Operation(name="list_folders", query=Listing, answer=page(FolderShown)),
    folders.get: Operation(name="get_folder", query=Asked, answer=FolderShown),
    folders.put: Operation(
        name="replace_folder", body=FolderDraft, answer=FolderShown, statuses=(200, 201), matched=True
    ),
    folders.delete: Operation(name="delete_folder", query=Asked, answer=FolderShown, matched=True),
    folders.preview: Operation(name="preview_mapping", body=folders.Sample, answer=MappingPreview),
    files.listing: Operation(name="list_files", query=files.FileListing, answer=page(FileListed)),
    files.get: Operation(name="get_file", query=Asked, answer=FileShown),
    files.change: Operation(name="change_file", body=files.FilePatch, answer=FileShown, matched=True),
    files.preview: Operation(name="preview_file", query=files.PreviewQuery, answer=FilePreview),
    files.report: Operation(name="get_file_report", query=files.ReportQuery, answer=ReportLink),
    files.rows: Operation(name="list_file_rows", query=files.RowListing, answer=page(RowShown)),
    uploads.create: Operation(name="create_upload", body=uploads.NewUpload, answer=UploadMade, statuses=(201,)),
    uploads.get: Operation(name="get_upload", query=Asked, answer=UploadShown),
}
