"""Which column is which field: a folder's saved mapping, then names in three languages. What is not sure is refused.

Never does the last of two columns win. Two columns that claim one field with equally sure names are refused by name;
a column with a less sure name stands back, and is named in the file's summary among those taken for nothing.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from escuta.directory import dates
from escuta.directory.decoding import RefusedFileError
from escuta.directory.model import FileKind, Folder, UnknownColumns
from escuta.directory.synonyms import BESIDE_A_REFERENCE, FIELDS, OPEN
from escuta.errors import InvalidError

COLUMN_LIMIT = 500
NAME_LIMIT = 200
OWN_COLUMN = "escuta:"  # what our report puts before the original columns, ignored when the report is dropped again
IDENTITY = ("external_id", "email", "phone")
_SEARCHED = 10
_OWN_FIELD = re.compile(r"[a-z0-9_]{1,64}")
_NO_LETTER = re.compile(r"[\W_]+")
_JOINING = re.compile(r"(?:\A|(?<=[\W_]))(?:de|do|da|dos|das|del|las?|el|los|of|the)(?=[\W_]|\Z)", re.IGNORECASE)
_SAVED = -1  # rank of a column that the folder's mapping names: before every synonym
_VISIT = ("reference", "occurred_at")
_OF_A_VISIT = frozenset({"amount", "currency"})
_DATES = frozenset({"occurred_at", "consent_at"})
# Of each kind one column of these must be there; the code of a file without any.
_NEEDED: Mapping[FileKind, tuple[str, tuple[str, ...]]] = {
    FileKind.CONTACTS: ("header_no_identity", IDENTITY),
    FileKind.SEGMENTS: ("header_no_code", ("code",)),
    FileKind.MANAGERS: ("header_no_email", ("email",)),
    FileKind.PRODUCTS: ("header_no_code", ("code",)),
    FileKind.SUPPRESSIONS: ("header_no_address", ("email", "phone")),
}


class Understood(NamedTuple):
    """What the columns of a file are taken for."""

    mapping: dict[str, str]  # column -> field, `custom.plan` for a custom field
    ignored: tuple[str, ...]  # columns that are taken for nothing
    date_formats: dict[str, str]  # column -> how its dates are read, where the folder or the file settled it


class _Claim(NamedTuple):
    rank: int
    column: str


def fold(name: str) -> str:
    """Return a column name without accents, case, spaces and punctuation."""
    return _NO_LETTER.sub("", _plain(name))  # accents stand by themselves in a decomposed text, and are no letters


def own_field(column: str) -> str:
    """Return the name of the custom field that a column makes: `Nº do cupom` is `no_do_cupom`; "" when none is left.

    Accents and case are dropped, whatever is no Latin letter and no digit becomes one underscore, and the name is cut
    to 64 characters.
    """
    bare = "".join(letter for letter in _plain(column) if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", "_", bare).strip("_")[:64].rstrip("_")


def _plain(name: str) -> str:
    return (name if name.isascii() else unicodedata.normalize("NFKD", name)).casefold()


def _bare(name: str) -> str:
    """Return a name folded and without the words that only join others: `id do cliente` is `id_cliente`."""
    return fold(_JOINING.sub("", name))


@cache
def _synonyms(kind: FileKind) -> Mapping[str, tuple[str, int]]:
    """Return folded name -> field, and how sure the name is: 0 is the surest."""
    found: dict[str, tuple[str, int]] = {}
    for field, groups in FIELDS[kind].items():
        for rank, group in enumerate(groups):
            for name in group.split(","):
                found.setdefault(fold(name), (field, rank))
    for field, groups in FIELDS[kind].items():
        for rank, group in enumerate(groups):
            for name in group.split(","):
                found.setdefault(_bare(name), (field, rank))
    return found


def _synonym(name: str, kind: FileKind) -> tuple[str, int] | None:
    """Return the field that a name stands for, and how sure it is."""
    found = _synonyms(kind)
    return found.get(fold(name)) or found.get(_bare(name))


@cache
def _plain_dates() -> frozenset[str]:
    return frozenset(map(fold, BESIDE_A_REFERENCE.split(",")))


def known(cells: Sequence[str], kind: FileKind = FileKind.CONTACTS, saved: Collection[str] = ()) -> int:
    """Return how many of these cells are column names we know, or names of the folder's saved mapping."""
    own = {fold(name) for name in saved} - {""}
    short = (cell for cell in cells if 0 < len(cell) <= NAME_LIMIT)
    return sum(bool(_synonym(cell, kind) or (own and fold(cell) in own)) for cell in short)


def find(rows: Sequence[Sequence[str]], kind: FileKind = FileKind.CONTACTS, saved: Collection[str] = ()) -> int:
    """Return which of the first rows is the header: the one with most names we know, since a title may stand above.

    The first of equals; 0 when no row has any.
    """
    counts = [known(row, kind, saved) for row in rows[:_SEARCHED]]
    return counts.index(max(counts)) if counts else 0


def names(cells: Sequence[str]) -> tuple[str, ...]:
    """Return the column names: trimmed, without the empty ones at the end. RefusedFileError above the limits."""
    cells = [" ".join(cell.split()) for cell in cells]
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) > COLUMN_LIMIT:
        raise RefusedFileError("too_many_columns", count=len(cells), limit=COLUMN_LIMIT)
    for name in cells:
        if len(name) > NAME_LIMIT:
            raise RefusedFileError("header_name_too_long", column=name[:40], limit=NAME_LIMIT)
    return tuple(cells)


def check_mapping(saved: Mapping[str, str], kind: FileKind) -> None:
    """Refuse a saved mapping that cannot hold: InvalidError with the column.

    A target is a field of the kind, `custom.x` or `visit.x` (contacts) or `attribute.x` (segments) with a name of
    `[a-z0-9_]`, or "" to leave the column out. Two spellings of one column may not have two targets.
    """
    seen: dict[str, str] = {}
    for column, target in saved.items():
        if target and not is_target(target, kind):
            raise InvalidError("mapping_target_unknown", field="mapping", column=column, target=target[:NAME_LIMIT])
        if seen.setdefault(fold(column) or column, target) != target:
            raise InvalidError("mapping_column_twice", field="mapping", column=column)


def is_target(target: str, kind: FileKind) -> bool:
    """Tell whether a column of a file of this kind may be mapped to this."""
    if target in FIELDS[kind]:
        return True
    return any(target.startswith(head) and _OWN_FIELD.fullmatch(target, len(head)) for head in OPEN[kind])


def understand(header: Sequence[str], folder: Folder, sample_rows: Sequence[Sequence[str]]) -> Understood:
    """Return what the columns of a file of this folder are; RefusedFileError where that is not sure.

    The folder's mapping holds before the synonyms. What neither knows is ignored, made a custom field, or refused, as
    the folder says. Dates that can be read in two ways are refused with both: `date_ambiguous`.
    """
    _refuse_duplicates(header)
    kind, saved = folder.file_kind, _saved(folder)
    claims = _claims(header, kind, saved)
    chosen = {_only(field, candidates): field for field, candidates in claims.items()}
    _drop_what_stands_alone(chosen, kind, saved)
    _demand(header, chosen, folder)
    _place_unknown(header, chosen, folder, saved)
    mapping = {name: chosen[name] for name in header if name in chosen}
    ignored = tuple(name for name in header if name and name not in mapping and not name.startswith(OWN_COLUMN))
    return Understood(mapping, ignored, _date_formats(header, mapping, folder, sample_rows))


def _saved(folder: Folder) -> dict[str, str]:
    """Return folded column -> target of the folder's mapping; RefusedFileError for what nobody can have meant."""
    try:
        check_mapping(folder.mapping, folder.file_kind)
        if folder.date_format:
            dates.check_format(folder.date_format)
    except InvalidError as error:
        details = {name: value for name, value in error.details.items() if name != "field"}
        raise RefusedFileError(error.code, **details) from error
    return {fold(column) or column: target for column, target in folder.mapping.items()}


def _refuse_duplicates(header: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for name in header:
        same = fold(name) or name
        if name and same in seen:
            raise RefusedFileError("header_duplicate", columns=_shown((seen[same], name)))
        seen[same] = name


def _claims(header: Sequence[str], kind: FileKind, saved: Mapping[str, str]) -> dict[str, list[_Claim]]:
    """Return field -> the columns that claim it."""
    claims: dict[str, list[_Claim]] = {}
    for name in header:
        if name and not name.startswith(OWN_COLUMN):
            field, rank = _field(name, kind, saved)
            if field:
                claims.setdefault(field, []).append(_Claim(rank, name))
    if "reference" in claims and "occurred_at" not in claims:
        plain = [_Claim(0, name) for name in header if fold(name) in _plain_dates() and fold(name) not in saved]
        claims |= {"occurred_at": plain} if plain else {}
    return claims


def _field(name: str, kind: FileKind, saved: Mapping[str, str]) -> tuple[str, int]:
    if (target := saved.get(fold(name) or name)) is not None:
        return target, _SAVED
    if "." in name and is_target(name, kind):  # a column of our own export
        return name, 0
    return _synonym(name, kind) or ("", 0)


def _only(field: str, candidates: list[_Claim]) -> str:
    """Return the column with the surest name; RefusedFileError where two are as sure."""
    surest = min(claim.rank for claim in candidates)
    best = [claim.column for claim in candidates if claim.rank == surest]
    if len(best) == 1:
        return best[0]
    if "." in field:
        raise RefusedFileError("header_target_twice", target=field, columns=_shown(best))
    raise RefusedFileError("header_ambiguous", field=field, columns=_shown(best))


def _drop_what_stands_alone(chosen: dict[str, str], kind: FileKind, saved: Mapping[str, str]) -> None:
    """Leave out what says nothing without another column: an amount without a visit, a surname beside a full name."""
    fields = set(chosen.values())
    full = {fold(name) for name in FIELDS[kind].get("name", ("",))[0].split(",")}
    for name, field in list(chosen.items()):
        of_a_visit = field in _OF_A_VISIT or field.startswith("visit.")
        doubtful = field == "surname" and fold(name) not in saved
        whole = doubtful and any(fold(other) in full for other, has in chosen.items() if has == "name")
        if (of_a_visit and not fields.intersection(_VISIT)) or whole:
            del chosen[name]


def _demand(header: Sequence[str], chosen: Mapping[str, str], folder: Folder) -> None:
    code, fields = _NEEDED[folder.file_kind]
    if not set(fields).intersection(chosen.values()):
        raise RefusedFileError(code, columns=_shown(header))
    if folder.file_kind is FileKind.CONTACTS and not folder.segment and "segment" not in chosen.values():
        raise RefusedFileError("header_no_segment", columns=_shown(header))


def _place_unknown(header: Sequence[str], chosen: dict[str, str], folder: Folder, saved: Mapping[str, str]) -> None:
    """Refuse the columns that are no field of ours, or make custom fields of them, as the folder says.

    A column that stood back becomes a custom field too, and is no reason to refuse a file.
    """
    left = [name for name in header if name and name not in chosen and not name.startswith(OWN_COLUMN)]
    left = [name for name in left if (fold(name) or name) not in saved]
    if folder.unknown is UnknownColumns.REFUSE:
        strange = [name for name in left if not known([name], folder.file_kind)]
        if strange:
            raise RefusedFileError("header_unknown", columns=_shown(strange))
    if folder.unknown is UnknownColumns.CUSTOM and OPEN[folder.file_kind]:
        for name in left:
            if own := own_field(name):
                _make_own(name, OPEN[folder.file_kind][0] + own, chosen)


def _make_own(column: str, target: str, chosen: dict[str, str]) -> None:
    other = next((name for name, taken in chosen.items() if taken == target), "")
    if other:
        raise RefusedFileError("header_target_twice", target=target, columns=_shown((other, column)))
    chosen[column] = target


def _date_formats(
    header: Sequence[str], mapping: Mapping[str, str], folder: Folder, sample: Sequence[Sequence[str]]
) -> dict[str, str]:
    """Return how the dates of each column are read: as the folder says, else as the sample can be read only.

    Of birth dates and of custom fields, which may be no dates at all, nothing is refused here.
    """
    formats: dict[str, str] = {}
    told = _told_formats(header)
    for place, name in enumerate(header):
        field = mapping.get(name, "")
        if field not in _DATES and field != "birth_date" and not field.startswith(("custom.", "visit.")):
            continue
        if name in told:
            formats[name] = told[name]
            continue
        found = dates.deduce(_cells(sample, place))
        if field in _DATES and not folder.date_format and found.example:
            raise RefusedFileError("date_ambiguous", column=name, **found.details())
        looks_it = field in _DATES or found.format or found.example
        if looks_it and (chosen := dates.declared(folder.date_format, counted=field in _DATES) or found.format):
            formats[name] = chosen
    return formats


def own_title(column: str, form: str) -> str:
    """Return the title of an empty column of ours that says how the dates of another were read.

    The rows of a report that are corrected and dropped again may be too few to tell it by themselves.
    """
    return f"{OWN_COLUMN} {column} = {form}"


def _told_formats(header: Sequence[str]) -> dict[str, str]:
    """Return column -> format, as titles of ours tell."""
    told = (name.removeprefix(OWN_COLUMN).rpartition("=") for name in header if name.startswith(OWN_COLUMN))
    return {column.strip(): form.strip() for column, _, form in told if dates.is_format(form.strip())}


def _cells(sample: Iterable[Sequence[str]], place: int) -> list[str]:
    return [row[place] for row in sample if len(row) > place]


def _shown(columns: Sequence[str]) -> str:
    text = ", ".join(f"“{name}”" for name in columns if name and not name.startswith(OWN_COLUMN))
    return text if len(text) <= NAME_LIMIT * 2 else text[: NAME_LIMIT * 2] + "…"
