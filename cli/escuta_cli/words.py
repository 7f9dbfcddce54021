"""The words that a person reads at the terminal, in the language of the terminal."""

import json
import os
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("pt-BR", "en", "es")


def language(environment: Mapping[str, str] = os.environ) -> str:
    """Return the language that the environment asks for, as gettext reads it; English when it asks for none of ours."""
    said = [name for place in ("LC_ALL", "LC_MESSAGES", "LANG") if (name := environment.get(place))][:1]
    if said and said[0].partition(".")[0] in {"C", "POSIX"}:  # somebody wants no language: scripts do
        return "en"
    for name in [*environment.get("LANGUAGE", "").split(":"), *said]:
        short = name.partition(".")[0].replace("_", "-").lower()[:2]
        for known in LANGUAGES:
            if known.lower()[:2] == short:
                return known
    return "en"


@cache
def catalog(language: str) -> dict[str, str]:
    """Return the words of a language by code."""
    text = files(__package__).joinpath("texts", f"{language}.json").read_text(encoding="utf-8")
    found: dict[str, str] = json.loads(text)
    return found


def say(language: str, code: str, **details: Any) -> str:
    """Return the sentence for a code."""
    return catalog(language)[code].format(**details)
