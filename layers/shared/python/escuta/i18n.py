"""The three languages: which one a person reads, and the words of a package in it."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

LANGUAGES = ("pt-BR", "en", "es")
_COMMA = frozenset({"pt-BR", "es"})


def match(wanted: str) -> str | None:
    """Return ours of the languages for a BCP 47 tag (`pt`, `pt_PT`, `en-GB`), or None."""
    primary = wanted.replace("_", "-").split("-")[0].strip().lower()
    return next((ours for ours in LANGUAGES if ours.split("-")[0] == primary), None)


def negotiate(preferred: str, accept_language: str, offered: tuple[str, ...] = LANGUAGES) -> str:
    """Return the language to answer in: the person's own, else the best of `Accept-Language`, else the first."""
    asked = [preferred, *_by_weight(accept_language)]
    return next((ours for tag in asked if (ours := match(tag)) in offered and ours), offered[0])


def _by_weight(header: str) -> list[str]:
    weighted = []
    for part in header[:500].split(","):
        tag, _, parameter = part.partition(";")
        try:
            weight = float(parameter.partition("=")[2]) if parameter else 1.0
        except ValueError:
            weight = 0.0
        weighted.append((weight, tag.strip()))
    return [tag for _, tag in sorted(weighted, key=lambda pair: -pair[0])]


@cache
def catalog(package: str, language: str, name: str = "texts") -> Mapping[str, str]:
    """Return the words of a package in one language: of the file `texts/{language}.json` beside its modules.

    A package with many words has more files, `texts/{part}.{language}.json`.
    """
    files = resources.files(package).joinpath(name).iterdir()
    own = [file for file in files if file.name == f"{language}.json" or file.name.endswith(f".{language}.json")]
    if not own:
        raise FileNotFoundError(f"{package}: no words in {language}")
    words: dict[str, str] = {}
    for file in own:
        words |= json.loads(file.read_text(encoding="utf-8"))
    return words


def say(package: str, language: str, code: str, /, **details: Any) -> str:
    """Return the words for a code, with its details filled in. A missing code is a KeyError: a test finds it first."""
    return catalog(package, language)[code].format(**details)


def number(value: Decimal | float, language: str, places: int = 0) -> str:
    """Return a number as the reader writes it: `1.234,5` in pt-BR and es, `1,234.5` in en."""
    text = f"{value:,.{places}f}"
    return text.translate(str.maketrans(",.", ".,")) if language in _COMMA else text


def separator(language: str) -> str:
    """Return where spreadsheets of this language split a CSV: at `;` where the comma is a decimal sign."""
    return ";" if language in _COMMA else ","


def moment(value: datetime, language: str, timezone: str) -> str:
    """Return date and time in the reader's format and zone, to the minute."""
    local = value.astimezone(ZoneInfo(timezone))
    return local.strftime("%d/%m/%Y %H:%M" if language in _COMMA else "%d %b %Y %H:%M")


def day(value: datetime, language: str, timezone: str) -> str:
    """Return the date in the reader's format and zone."""
    return value.astimezone(ZoneInfo(timezone)).strftime("%d/%m/%Y" if language in _COMMA else "%d %b %Y")
