"""Whatever is refused about a file or a row has words in every language."""

import re
from pathlib import Path

import pytest

from escuta import i18n
from escuta.directory import columns, dates, header, reports, rows, values
from escuta.directory.synonyms import FIELDS

MODULES = (columns, dates, header, rows, values)
RAISED = re.compile(r'(?:Invalid|RefusedFile)Error\(\s*"(\w+)"')
CODES = {code for module in MODULES for code in RAISED.findall(Path(str(module.__file__)).read_text(encoding="utf-8"))}
FLAGS = {"under_age", "birth_date_unread", "visit_unnamed", "date_epoch", "date_serial"}


def test_the_codes_are_found_in_the_source() -> None:
    assert {"header_ambiguous", "date_two_ways", "number_ambiguous", "segment_retired"} <= CODES


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_code_and_every_field_has_words(language: str) -> None:
    words = i18n.catalog("escuta.directory", language)
    assert {code for code in CODES | FLAGS if f"intake.{code}" not in words} == set()
    assert {field for names in FIELDS.values() for field in names if f"field.{field}" not in words} == set()


def test_f27_the_words_about_an_unclear_date_spell_out_both_days() -> None:
    details = {"column": "Data", "value": "03/04/2026", "reading": "2026-04-03", "other_reading": "2026-03-04"}
    assert reports.say("en", "date_ambiguous", details).startswith(
        "The dates in column “Data” can be read in two ways: “03/04/2026” may be 3 April 2026 or 4 March 2026."
    )
