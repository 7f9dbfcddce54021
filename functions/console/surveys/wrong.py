"""What publishing would refuse, each thing with the name of its place and the link that leads there."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from console.surveys.about import TABS
from console.surveys.said import Teller
from escuta.i18n import LANGUAGES

_QUESTION = re.compile(r"questions\[(\d+)\](?:\.(.*))?")
_CHOICE = re.compile(r"choices\[(\d+)\](?:\..*)?")
_TEXTS = ("text", "help", "low", "high")
_LOGIC = ("show", "require", "jumps")
_START, _SETTINGS = ("title", "intro"), ("hidden", "dimensions", "detractor_max", "passive_max", "layout", "limits")
_OWN_WORDS = frozenset(
    {
        "survey_condition_blank",
        "survey_condition_form",
        "survey_condition_value",
        "survey_condition_op",
        "survey_condition_field",
        "survey_jump_unknown",
        "survey_id",
        "survey_id_twice",
        "survey_questions",
        "survey_benchmark",
        "survey_contact_fields",
    }
)  # fmt: skip - the API says them to those who write JSON


class Wrong(NamedTuple):
    """One thing: in which words, of which question (its number; 0: of none), and where it is mended."""

    words: str
    question: int
    link: str


def told(problems: Sequence[Mapping[str, str]], teller: Teller, survey: str) -> list[Wrong]:
    """Return the problems of a draft for those who mend them on these pages."""
    return [_told(each, teller, survey) for each in problems]


def _told(problem: Mapping[str, str], teller: Teller, survey: str) -> Wrong:
    code, field = problem["code"], problem["field"]
    place, language = _spoken(field)
    number = int(found[1]) + 1 if (found := _QUESTION.match(place)) else 0
    name = place_name(teller, place)
    if language:
        name = teller.read.say("surveys.place.in", place=name, tongue=teller.read.say(f"surveys.language.{language}"))
    if code in _OWN_WORDS:
        words = teller.read.say(f"surveys.wrong.{code}", place=name)
    elif code == "survey_text_missing":
        words = teller.read.say("surveys.wrong.missing", place=name)
    else:
        words = problem["detail"].replace(field, name).replace(place, name)
    return Wrong(words[:1].upper() + words[1:], number, f"surveys/{survey}{_way(teller, place, language)}")


def _spoken(field: str) -> tuple[str, str]:
    """Return a place without its language, and the language; "" when it has none."""
    place, _, last = field.rpartition(".")
    return (place, last) if last in LANGUAGES else (field, "")


def place_name(teller: Teller, place: str) -> str:
    """Return how a place of a definition is called on these pages."""
    say = teller.read.say
    found = _QUESTION.match(place)
    if not found:
        group, _, rest = place.partition(".")
        if group == "thanks":
            return say("surveys.place.thanks", which=say(f"surveys.thanks.{_which(rest)}"))
        if group in {*_START, *_SETTINGS, "languages", "color", "questions"}:
            return say(f"surveys.place.{group}")
        return say("surveys.place.branding") if group == "branding" else place
    question = say("surveys.place.question", n=int(found[1]) + 1)
    inside = found[2] or ""
    if choice := _CHOICE.match(inside):
        part = say("surveys.place.option", n=int(choice[1]) + 1)
    else:
        group, _, rest = inside.partition(".")
        group = re.sub(r"\[.*", "", group)
        known = {*_TEXTS, "choices", "steps", "fields", "voice", "benchmark", "id", "required", *_LOGIC}
        if group == "wording":
            part = say("surveys.place.wording", which=say(f"surveys.thanks.{_which(rest)}"))
        else:
            part = say(f"surveys.place.{group}") if group in known else group
    return say("surveys.place.of", question=question, part=part) if part else question


def _which(name: str) -> str:
    name = name.partition(".")[0]
    return name if name in {"promoter", "passive", "detractor"} else "any"


def _way(teller: Teller, place: str, language: str) -> str:
    """Return the link to a place, below the page of the survey."""
    found = _QUESTION.match(place)
    query = {"lang": language} if language else {}
    if found:
        questions = teller.definition["questions"]
        name = questions[int(found[1])]["id"] if int(found[1]) < len(questions) else ""
        group = re.sub(r"[\[.].*", "", found[2] or "text") or "text"
        part = {"show": "logic", "require": "logic", "jumps": "logic"}.get(group, group)
        option = _CHOICE.match(found[2] or "")
        anchor = f"option-{option[1]}" if option else f"part-{part}"
        return f"?{urlencode({'question': name, **query})}#{anchor}"
    group = place.partition(".")[0]
    if group in _START:
        return f"?{urlencode({'part': 'start', **query})}#part-{group}"
    if group == "thanks":
        return f"?{urlencode({'part': 'thanks', **query})}#part-{_which(place.partition('.')[2])}"
    if group in _SETTINGS:
        return f"?part=settings#part-{group}"
    if group == "languages":
        return "/texts"
    return "/branding" if group in {"branding", "color"} and "branding" in TABS else "#add"
