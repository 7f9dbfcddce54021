"""What a person reads exists in three languages, with the same places for the same details."""

import json
from pathlib import Path
from string import Formatter

import pytest

from escuta.i18n import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
TOPS = ("functions", "infra", "layers/shared")
CATALOGS = sorted({path.parent for top in TOPS for path in (ROOT / top).rglob("texts/en.json")})


def parts(folder: Path) -> set[str]:
    return {path.name.removesuffix("en.json") for path in folder.glob("*en.json")}


def words(folder: Path, language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in parts(folder):
        said = json.loads((folder / f"{part}{language}.json").read_text())
        assert not found.keys() & said.keys(), f"{part}{language}.json says again what another part says"
        found |= said
    return found


def details(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field is not None}


def test_there_are_catalogs() -> None:
    assert len(CATALOGS) >= 4


@pytest.mark.parametrize("folder", CATALOGS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_a_catalog_says_the_same_things_in_every_language(folder: Path) -> None:
    expected = sorted(f"{part}{language}.json" for part in parts(folder) for language in LANGUAGES)
    assert sorted(path.name for path in folder.glob("*.json")) == expected
    keys = {language: sorted(words(folder, language)) for language in LANGUAGES}
    assert keys["en"] == keys["pt-BR"] == keys["es"]


@pytest.mark.parametrize("folder", CATALOGS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_a_catalog_names_the_same_details_in_every_language(folder: Path) -> None:
    spoken = {language: words(folder, language) for language in LANGUAGES}
    for code, text in spoken["en"].items():
        for language in ("pt-BR", "es"):
            assert details(spoken[language][code]) == details(text), f"{code} in {language}"


@pytest.mark.parametrize("folder", CATALOGS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_no_catalog_leaves_a_text_empty_or_padded(folder: Path) -> None:
    for language in LANGUAGES:
        for code, text in words(folder, language).items():
            assert text == text.strip() != "", f"{code} in {language}"
