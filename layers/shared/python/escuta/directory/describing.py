"""Describing a drop folder: what somebody says about it is checked, so that no file finds it wrong later."""

from collections.abc import Callable

from escuta import i18n, table
from escuta.directory import addresses, dates, folders, header, naming, segments, values
from escuta.directory.model import Folder, FolderDraft
from escuta.errors import InvalidError, NotFoundError

_DECIMALS = ("", ",", ".")


def describe(folder: str, draft: FolderDraft, known: Folder | None) -> Folder:
    """Say what a folder is, in place of what was said before; what it holds already stays as it was taken in.

    ConflictError `stale` or `folder_exists` when somebody else was faster.
    """
    wanted = Folder(**{**dict(_checked(draft)), "folder": folders.check_name(folder), "rev": known.rev if known else 0})
    return table.save(wanted) if known else table.create(wanted)


def _checked(draft: FolderDraft) -> FolderDraft:
    """Return what was said, canonical. InvalidError with the field that cannot be."""
    _one_of("decimal", draft.decimal, _DECIMALS)
    _one_of("marker", draft.marker, ("", *naming.MARKERS))
    _one_of("owner_language", draft.owner_language, i18n.LANGUAGES)
    _check_mapping(draft)
    said = {
        "date_format": _read("date_format", draft.date_format, dates.check_format),
        "timezone": _read("timezone", draft.timezone, values.timezone),
        "owner_email": _read("owner_email", draft.owner_email, addresses.email),
        "segment": _read("segment", draft.segment, _segment),
    }
    return draft.changed(**said)


def _one_of(field: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InvalidError("value_not_allowed", field=field, allowed=", ".join(f'"{each}"' for each in allowed))


def _read(field: str, text: str, reader: Callable[[str], str]) -> str:
    """Return an optional text as `reader` understands it."""
    try:
        return reader(text.strip()) if text.strip() else ""
    except InvalidError as error:
        error.details.setdefault("value", text[:64])
        error.details["field"] = field
        raise


def _segment(code: str) -> str:
    try:
        return segments.live(code.lower()).code
    except NotFoundError as error:
        raise InvalidError("segment_unknown", value=code[:64]) from error


def _check_mapping(draft: FolderDraft) -> None:
    if len(draft.mapping) > header.COLUMN_LIMIT:
        raise InvalidError("value_too_long", field="mapping", most=header.COLUMN_LIMIT)
    for column in draft.mapping:
        if not 0 < len(column) <= header.NAME_LIMIT:
            raise InvalidError("folder_column", field=f"mapping.{column[:64]}", most=header.NAME_LIMIT)
    header.check_mapping(draft.mapping, draft.file_kind)
