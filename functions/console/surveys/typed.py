"""What a form of the editor makes of a definition. Pure: what is wrong in it, the API says."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import from_json, to_json

from console.surveys import conditions
from console.surveys.conditions import Fields
from escuta.errors import InvalidError
from escuta.feedback.model import QuestionKind, ScoreClass

Definition = dict[str, Any]
Question = dict[str, Any]

CLASSES = tuple(str(each) for each in ScoreClass)
SCALES = ("nps", "csat", "ces", "rating", "thumbs")
CHOSEN = ("choice", "choices")
OPTIONAL = ("help", "low", "high")  # texts that may be missing altogether
_BLANK: Question = {
    "text": {}, "help": {}, "low": {}, "high": {}, "wording": {}, "choices": [], "steps": 5, "look": "stars",
    "fields": ["name", "email", "phone"], "required": False, "benchmark": False, "voice": False, "show": None,
    "require": None, "jumps": [],
}  # fmt: skip
_BELONGS = {
    "steps": ("rating",),
    "look": ("rating",),
    "fields": ("contact",),
    "low": SCALES,
    "high": SCALES,
    "benchmark": SCALES,
    "voice": ("text",),
    "choices": CHOSEN,
    "required": tuple(kind for kind in QuestionKind if kind != "statement"),
    "require": tuple(kind for kind in QuestionKind if kind != "statement"),
}
_NUMBER = re.compile(r"[0-9]{1,9}")
_LONGEST_ID = 32


def said(fields: Fields, name: str, otherwise: str = "") -> str:
    """Return what a form says under a name."""
    return fields.get(name, [otherwise])[0].replace("\r\n", "\n").strip()


def number(fields: Fields, name: str, otherwise: int) -> int:
    """Return a whole number of a form, else what was there."""
    text = said(fields, name)
    return int(text) if _NUMBER.fullmatch(text) else otherwise


def spoken(texts: Mapping[str, str], language: str, words: str) -> dict[str, str]:
    """Return a text with other words in one language, without it when they are blank."""
    rest = {name: text for name, text in texts.items() if name != language}
    return {**rest, language: words} if words else rest


def optional(fields: Fields, name: str, texts: Mapping[str, str], language: str, first: str) -> dict[str, str]:
    """Return a text that may be missing: emptied in the survey's first language, it is gone in all.

    The form carries the translations along, so that who empties and writes it again before leaving loses none.
    """
    words = said(fields, name)
    if language == first and not words:
        return {}
    carried = _carried(fields).get(name, {})
    return spoken({**carried, **texts}, language, words)


def _carried(fields: Fields) -> dict[str, dict[str, str]]:
    try:
        found = from_json(fields.get("others", ["{}"])[0])
    except ValueError as error:
        raise InvalidError("form_invalid") from error
    texts = found.items() if isinstance(found, dict) else ()
    return {
        name: {language: str(words) for language, words in each.items()}
        for name, each in texts
        if isinstance(each, dict)
    }


def carried(thing: Mapping[str, Any]) -> str:
    """Return the texts that may be missing, for a form to carry along."""
    return to_json({name: thing[name] for name in (*OPTIONAL, "intro") if thing.get(name)}).decode()


def blank(kind: str, name: str) -> Question:
    """Return a new question."""
    made: Question = {"id": name, "kind": kind, **from_json(to_json(_BLANK))}
    if kind in CHOSEN:
        made["choices"] = [{"id": f"option_{each}", "text": {}, "classes": []} for each in (1, 2)]
    return made


def unused(wanted: str, taken: Sequence[str]) -> str:
    """Return an id like the wanted one that is not taken."""
    base = (re.sub(r"[^a-z0-9_]", "", wanted) or "question")[: _LONGEST_ID - 4].strip("_")
    base = base if base[:1].isalpha() and base != "end" else f"q_{base}"
    names = (base if at == 1 else f"{base}_{at}" for at in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def slug(text: str) -> str:
    """Return words as the beginning of an id."""
    plain = "".join(char for char in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(char))
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[: _LONGEST_ID - 4].strip("_")


def question(before: Question, fields: Fields, known: Sequence[conditions.Fact], after: Sequence[conditions.Fact],
             language: str, first: str) -> Question:  # fmt: skip
    """Return a question as the form says; `known` and `after` are the facts before and after its answer."""
    kind = said(fields, "kind", before["kind"])
    made = {**before, "kind": kind if kind in set(QuestionKind) else before["kind"]}
    made["text"] = spoken(before["text"], language, said(fields, "text"))
    for name in OPTIONAL:
        if name in fields:
            made[name] = optional(fields, name, before[name], language, first)
    for name in ("required", "benchmark", "voice"):
        made[name] = name in fields
    made["steps"] = number(fields, "steps", before["steps"])
    made["look"] = said(fields, "look", before["look"])
    if "fields.there" in fields:
        made["fields"] = [each for each in ("name", "email", "phone") if each in fields.get("fields", [])]
    if "choices.there" in fields:
        made["choices"] = _choices(before, fields, language)
    if "wording.there" in fields:
        made["wording"] = _wording(before, fields, language, first)
    if "logic.there" in fields:
        made["show"] = conditions.condition(conditions.typed(fields, "show", known), known)
        made["require"] = conditions.condition(conditions.typed(fields, "require", known), known)
        made["jumps"] = [
            jump for each in conditions.numbers(fields, "jump", "to") if (jump := _jump(fields, each, after))
        ]
    return fitting(made)


def fitting(question: Question) -> Question:
    """Return a question without what does not belong to its kind."""
    kind = question["kind"]
    out = {name: _BLANK[name] for name, kinds in _BELONGS.items() if kind not in kinds}
    made = {**question, **from_json(to_json(out))}
    if kind in CHOSEN and not made["choices"]:
        made["choices"] = blank(kind, "")["choices"]
    return made


def _choices(before: Question, fields: Fields, language: str) -> list[dict[str, Any]]:
    """Return the options as the form orders them. One that was never said anything of is named by its first words."""
    old = {choice["id"]: choice for choice in before["choices"]}
    rows = fields.get("option", [])
    held = {said(fields, f"option.{row}.at") for row in rows}
    made: list[dict[str, Any]] = []
    for row in rows:
        words, known = said(fields, f"option.{row}.text"), old.get(said(fields, f"option.{row}.at"))
        if known is None and not words:
            continue
        taken = [choice["id"] for choice in made] + [name for name in old if name in held]
        if known and (any(known["text"].values()) or not words):
            name = known["id"]
        else:
            name = unused(slug(words) or "option", taken)
        classes = [each for each in CLASSES if each in fields.get(f"option.{row}.classes", [])]
        if "classes.there" not in fields:
            classes = known["classes"] if known else []
        made.append({"id": name, "text": spoken(known["text"] if known else {}, language, words), "classes": classes})
    return made


def _wording(before: Question, fields: Fields, language: str, first: str) -> dict[str, dict[str, str]]:
    made = {}
    for name in CLASSES:
        texts = before["wording"].get(name, {})
        words = said(fields, f"wording.{name}")
        changed = {} if language == first and not words else spoken(texts, language, words)
        if changed:
            made[name] = changed
    return made


def _jump(fields: Fields, row: str, after: Sequence[conditions.Fact]) -> dict[str, Any] | None:
    when = conditions.condition(conditions.typed(fields, f"jump.{row}.when", after), after)
    return {"when": when, "to": said(fields, f"jump.{row}.to")} if when else None


def start(before: Definition, fields: Fields, language: str) -> Definition:
    """Return a definition with what stands above its questions."""
    first = before["languages"][0]
    intro = optional(fields, "intro", before["intro"], language, first)
    return {**before, "title": spoken(before["title"], language, said(fields, "title")), "intro": intro}


def thanks(before: Definition, fields: Fields, language: str) -> Definition:
    """Return a definition with what is said in the end."""
    first, made = before["languages"][0], dict(before["thanks"])
    for name in ("any", *CLASSES):
        words = said(fields, f"thanks.{name}")
        changed = {} if language == first and not words else spoken(made.get(name, {}), language, words)
        made = {**made, name: changed} if changed else {each: made[each] for each in made if each != name}
    order = [name for name in ("any", *CLASSES) if name in made]
    return {**before, "thanks": {name: made[name] for name in order}}


def settings(before: Definition, fields: Fields) -> Definition:
    """Return a definition with its settings."""
    hidden = list(dict.fromkeys(re.split(r"[\s,;]+", said(fields, "hidden")))) if said(fields, "hidden") else []
    limits = {name: number(fields, f"limits.{name}", value) for name, value in before["limits"].items()}
    layout = said(fields, "layout", before["layout"])
    return {
        **before,
        "layout": layout if layout in {"page", "steps"} else before["layout"],
        "detractor_max": number(fields, "detractor_max", before["detractor_max"]),
        "passive_max": number(fields, "passive_max", before["passive_max"]),
        "hidden": hidden,
        "dimensions": [name for name in fields.get("dimensions", []) if _counted(name, hidden)],
        "share": "share" in fields,
        "call": "call" in fields,
        "limits": limits,
    }


def _counted(name: str, hidden: Sequence[str]) -> bool:
    group, _, own = name.partition(".")
    return group == "contact" or own in hidden
