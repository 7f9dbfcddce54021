"""What a new survey may begin with: questionnaires that many use, in every language we speak."""

import json
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

NAMES = ("nps", "csat", "ces", "visit", "blank")


def definition(name: str, title: str, languages: Sequence[str]) -> dict[str, Any]:
    """Return the definition that a survey of this title begins with, in these languages alone."""
    begun = {"questions": [], **_stored().get(name, {})}
    said: dict[str, Any] = _said(begun, frozenset(languages))
    if not said.get("title"):
        said["title"] = dict.fromkeys(languages, title)
    return {**said, "languages": list(languages)}


def _said(value: Any, languages: frozenset[str]) -> Any:
    """Return a part of a definition without the texts in other languages."""
    if isinstance(value, list):
        return [_said(each, languages) for each in value]
    if not isinstance(value, dict):
        return value
    if "pt-BR" in value:
        return {language: words for language, words in value.items() if language in languages}
    return {name: _said(each, languages) for name, each in value.items()}


@cache
def _stored() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("starters.json").read_text(encoding="utf-8")
    stored: dict[str, Any] = json.loads(text)
    return stored
