"""Custom fields of people and visits: what each is called, of which type it is, and what may stand in it.

Values are stored as canonical text, whatever the type. So a type may always become text, and text may become any type:
a stored value that the new type cannot read is shown as the text that it is. Between two other types nothing would be
left to read: that is refused.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from escuta import clock, table
from escuta.directory import dates, values
from escuta.directory.model import CustomField, FieldType
from escuta.errors import ConflictError, InvalidError
from escuta.i18n import LANGUAGES

MOST = 200
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_OWN_NAME = re.compile(r"[a-z0-9_]{1,64}")  # of a field without a definition, which a file made
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]+")  # text keeps tabs and line ends, as of a file
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,12})?")
_JSON: Mapping[FieldType, tuple[type, ...]] = {
    **dict.fromkeys(FieldType, (str,)),
    FieldType.NUMBER: (int, float),
    FieldType.BOOLEAN: (bool,),
}
_MOST_CHOICES, _LONGEST = 100, 100
_FRESH_SECONDS = 60


def all() -> Mapping[str, CustomField]:  # noqa: A001 - `custom_fields.all()` is what it says at every call
    """Return every definition under its name. Up to 60 seconds old."""
    return _listed(clock.epoch() // _FRESH_SECONDS)


def get(name: str) -> CustomField:
    """Return the definition of a field. NotFoundError `custom_field_not_found`: what has none is text."""
    return table.load(CustomField, CustomField.at(name), consistent=True)


def listing() -> tuple[CustomField, ...]:
    """Return every definition as it is now, by name. There are at most `MOST`."""
    return table.query(CustomField, "custom_fields", index="g1").items


def create(
    name: str,
    type: FieldType = FieldType.TEXT,  # noqa: A002 - the field's own name
    *,
    labels: Mapping[str, str] | None = None,
    choices: Iterable[str] = (),
) -> CustomField:
    """Define a field. ConflictError `custom_field_exists`."""
    if not _NAME.fullmatch(name):
        raise InvalidError("custom_field_name", field="name", value=name[:64])
    if len(listing()) >= MOST:
        raise ConflictError("custom_fields_full", most=MOST)
    made = CustomField(name=name, type=type, labels=_labels(labels or {}), choices=_choices(type, tuple(choices)))
    made = table.create(made)
    _listed.cache_clear()
    return made


def change(
    current: CustomField,
    *,
    type: FieldType | None = None,  # noqa: A002 - as of `create`
    labels: Mapping[str, str] | None = None,
    choices: Iterable[str] | None = None,
) -> CustomField:
    """Give a field another type, other labels or other choices; what is not given stays, and so do stored values."""
    wanted = type or current.type
    if FieldType.TEXT not in {wanted, current.type} and wanted is not current.type:
        raise ConflictError("custom_field_type", field="type", origin=current.type.value, target=wanted.value)
    kept = current.choices if wanted is FieldType.CHOICE else ()
    changed = current.changed(
        type=wanted,
        labels=current.labels if labels is None else _labels(labels),
        choices=_choices(wanted, kept if choices is None else tuple(choices)),
    )
    saved = table.save(changed)
    _listed.cache_clear()
    return saved


def delete(current: CustomField) -> None:
    """Forget a definition. The values that people have stay, and are text."""
    table.delete(CustomField, current.key())
    _listed.cache_clear()


@lru_cache(maxsize=1)
def _listed(minute: int) -> Mapping[str, CustomField]:  # noqa: ARG001 - the minute is the age of the list
    return {found.name: found for found in listing()}


def _labels(labels: Mapping[str, str]) -> dict[str, str]:
    said = {language: words.strip() for language, words in labels.items()}
    for language, words in said.items():
        if language not in LANGUAGES:
            raise InvalidError("custom_field_language", field=f"labels.{language[:16]}", allowed=list(LANGUAGES))
        if not 0 < len(words) <= _LONGEST:
            raise InvalidError("custom_field_words", field=f"labels.{language}", most=_LONGEST)
    return said


def _choices(kind: FieldType, choices: tuple[str, ...]) -> tuple[str, ...]:
    said = tuple(choice.strip() for choice in choices)
    if kind is not FieldType.CHOICE and said:
        raise InvalidError("custom_field_choices_unasked", field="choices")
    if kind is FieldType.CHOICE and not 0 < len(said) <= _MOST_CHOICES:
        raise InvalidError("custom_field_choices", field="choices", most=_MOST_CHOICES)
    for place, choice in enumerate(said):
        if not 0 < len(choice) <= _LONGEST:
            raise InvalidError("custom_field_words", field=f"choices[{place}]", most=_LONGEST)
    if len({choice.casefold() for choice in said}) < len(said):
        raise InvalidError("custom_field_choice_twice", field="choices")
    return said


def shown(name: str, text: str) -> Any:
    """Return a stored value as JSON has it: a number, true or false, a date as ISO text; else the text that it is."""
    definition = all().get(name)
    kind = definition.type if definition else FieldType.TEXT
    if kind is FieldType.BOOLEAN and text in {"true", "false"}:
        return text == "true"
    if kind is FieldType.NUMBER and _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text


def told(name: str, value: Any) -> str:
    """Return the canonical text of a JSON value for this field. InvalidError `custom_value` or `custom_value_choice`.

    A field without a definition takes text alone.
    """
    definition, place = all().get(name), f"custom.{name[:64]}"
    kind = definition.type if definition else FieldType.TEXT
    if not _OWN_NAME.fullmatch(name):
        raise InvalidError("custom_field_name", field=place, value=name[:64])
    if not isinstance(value, _JSON[kind]) or (isinstance(value, bool) and kind is not FieldType.BOOLEAN):
        raise InvalidError("custom_value", field=place, type=kind.value)
    if kind is FieldType.BOOLEAN:
        return "true" if value else "false"
    text = f"{Decimal(repr(value)):f}" if kind is FieldType.NUMBER else _CONTROL.sub("", str(value)).strip()
    try:
        return values.read(definition, text, decimal=".", form=dates.ISO)
    except InvalidError as error:
        if kind is FieldType.CHOICE and definition:
            raise InvalidError("custom_value_choice", field=place, allowed=list(definition.choices)) from error
        raise InvalidError("custom_value", field=place, type=kind.value) from error
