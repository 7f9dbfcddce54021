"""The bar of filters: what there is to choose from, and what is chosen, each with the link that takes it away."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from console.analyze.choosing import PLAIN, Chosen, plain
from console.visit import Visit
from escuta.directory.model import Scope

_MOST_PLACES = 400  # in one list; of more, those around the chosen one
_MOST_PRODUCTS = 100
CHANNELS = ("email", "sms", "link", "store", "web")
LANGUAGES = {"pt-BR": "Português", "en": "English", "es": "Español"}

Options = list[tuple[str, str]]


class Bar(NamedTuple):
    """What the bar offers. `path`: the page below `/console` that it sends its choice to."""

    path: str
    chosen: Chosen
    surveys: Options
    places: Options
    products: Options
    groups: Options
    topics: Options
    chips: list[tuple[str, str]]  # words, and the page without it


def of(visit: Visit, path: str, chosen: Chosen, *, place: str = "") -> Bar:
    """Return the bar for a page; `place` is the segment that is looked at where none is chosen."""
    surveys = _surveys(visit, chosen.of("survey"))
    things, groups = products(visit, chosen)
    about = topics(visit)
    named = {"product": dict(things), "group": dict(groups), "topic": dict(about)}
    return Bar(
        path,
        chosen,
        surveys,
        places(visit, chosen.of("segment") or place),
        things,
        groups,
        about,
        list(_chips(visit, path, chosen, named)),
    )


def _surveys(visit: Visit, chosen: str) -> Options:
    if not visit.api.may(Scope.SURVEYS_READ):
        return [(chosen, chosen)] if chosen else []
    found = visit.api.get("/surveys", limit=100)["items"]
    shown = [(each["id"], each["name"]) for each in found if each["version"] or each["id"] == chosen]
    if chosen and chosen not in dict(shown):
        shown.append((chosen, chosen))
    return shown


def places(visit: Visit, chosen: str) -> Options:
    """Return the places as the hierarchy has them, those below others moved to the right."""
    tree = visit.api.get("/segment-tree")["items"] if visit.api.may(Scope.SEGMENTS_READ) else []
    if len(tree) > _MOST_PLACES:
        tree = _around(tree, chosen)
    return [(each["code"], "\N{NO-BREAK SPACE}" * 3 * each["depth"] + each["name"]) for each in tree]


def _around(tree: Sequence[Mapping[str, Any]], chosen: str) -> list[Mapping[str, Any]]:
    """Return what is above a place, beside it and right below it, and the two highest levels."""
    by_code = {each["code"]: each for each in tree}
    above, at = [chosen], by_code.get(chosen)
    while at and at["parent"]:
        above.append(at["parent"])
        at = by_code.get(at["parent"])
    parents = {None, *above}
    kept = [each for each in tree if each["depth"] <= 1 or each["parent"] in parents or each["code"] in above]
    return kept[: 3 * _MOST_PLACES]


def products(visit: Visit, chosen: Chosen) -> tuple[Options, Options]:
    """Return the products and their groups; what is chosen is among them."""
    found: list[dict[str, Any]] = []
    if visit.api.may(Scope.PRODUCTS_READ):
        found = visit.api.get("/products", limit=_MOST_PRODUCTS)["items"]
    things = [(each["code"], each["name"]) for each in found if not each["merged_into"]]
    groups = [(each, each) for each in dict.fromkeys(each["group"] for each in found if each["group"])]
    for options, name in ((things, "product"), (groups, "group")):
        options += [(value, value) for value in plain(chosen.of(name)) if value not in dict(options)]
    return things, groups


def topics(visit: Visit) -> Options:
    """Return the topics that comments are searched for."""
    found = visit.api.get("/topics")["all"] if visit.api.may(Scope.SURVEYS_READ) else []
    language = visit.language
    return [(each["code"], worded(each["name"], language) or each["code"]) for each in found if each["on"]]


def worded(texts: Mapping[str, str], language: str) -> str:
    """Return a text in a language, else in the first that it is written in; "" for none."""
    return texts.get(language) or next(iter(texts.values()), "")


def _chips(
    visit: Visit, path: str, chosen: Chosen, named: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, str]]:
    """Yield what narrows the answers down, in words, with the page on which it does so no more."""
    say = visit.reader(visit.timezone).say
    known: dict[str, Mapping[str, str]] = {
        **named,
        "channel": {each: say(f"analyze.channel.{each}") for each in CHANNELS},
        "class": {each: say(f"analyze.class.{each}") for each in ("promoter", "passive", "detractor")},
        "tone": {each: say(f"analyze.tone.{each}") for each in ("positive", "neutral", "negative")},
        "language": LANGUAGES,
    }
    if chosen.of("from"):
        reader = visit.reader(visit.timezone)
        last = reader.date(chosen.of("to")) if chosen.of("to") else say("analyze.today")
        words = say("analyze.days", first=reader.date(chosen.of("from")), last=last)
        yield say("analyze.filter.chip", name=say("analyze.period"), value=words), chosen.to(path, first="", last="")
    for name in chosen.narrowed:
        values = plain(chosen.of(name)) if name in PLAIN else (chosen.of(name),)
        words = ", ".join(known.get(name, {}).get(value, value) for value in values)
        if name in {"subtree", "commented", "hierarchy"}:
            words = say(f"analyze.filter.{name}")
        else:
            words = say("analyze.filter.chip", name=say(f"analyze.filter.{name}"), value=words)
        yield words, chosen.to(path, **{{"class": "klass"}.get(name, name): ""})
