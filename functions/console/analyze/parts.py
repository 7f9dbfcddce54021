"""The parts of figures as tables and plots: stretches of time, answers, steps, ranks, cells, topics, causes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from console.analyze.places import Ways
from console.analyze.said import DASH, Saying
from console.analyze.tables import Cell, Column, Table, Whisker

Told = Mapping[str, Any]
Plot = dict[str, Any]
_COLORS = {
    "promoter": "promoter",
    "passive": "passive",
    "detractor": "detractor",
    "positive": "promoter",
    "neutral": "passive",
    "negative": "detractor",
    "like": "promoter",
    "dislike": "detractor",
}
_FILTERS = {"nps": "klass", "tones": "tone"}
_HEATS = 5


def counted(told: Told, saying: Saying, ways: Ways) -> Table:
    """Return a figure, and the counts that it is made of."""
    say, figure, labels = saying.read.say, told["answer"]["figure"], saying.legend["labels"]
    head = _heads(say("analyze.head.what"), say("analyze.head.value"))
    rows = [(Cell(saying.legend["metric"]), _value(figure, saying, ways.figure()))]
    if not figure["masked"]:
        for key, number in (figure["counts"] or {}).items():
            path = ways.figure(klass=key) if figure["metric"] == "nps" and key in _COLORS else ""
            rows.append((Cell(labels.get(key, key)), Cell(saying.read.number(number), path, value=number)))
    compared = told["answer"]["compared"]
    if compared:
        words = f"{saying.legend['metric']}, {saying.days(compared['first'], compared['last'])}"
        rows.append((Cell(words), _value(compared["figure"], saying)))
    return Table(head, tuple(rows))


def stretches(told: Told, saying: Saying, ways: Ways) -> tuple[Table, Plot]:
    """Return a figure over stretches of the calendar, or the shares of each answer over them."""
    answer, say = told["answer"], saying.read.say
    unit, found = answer["figure"]["unit"], answer["parts"]
    keys = tuple(dict.fromkeys(key for part in found for key in (part["figure"]["shares"] or {})))
    names = [_name(saying, part) for part in found]
    paths = [ways.part("stretch", part["key"], part["last"] or part["key"]) for part in found]
    if answer["figure"]["metric"] in {"shares", "tones"}:
        return _shares(saying, keys, list(zip(names, paths, found, strict=True)))
    rows = [
        (Cell(name, path), *_figures(part["figure"], saying), *_changed(part, unit, saying, found))
        for name, path, part in zip(names, paths, found, strict=True)
    ]
    heads = _heads(say("analyze.head.when"), saying.legend["metric"], say("analyze.head.between"), "n")
    if any(part["change"] for part in found):
        heads += (Column(say("analyze.head.change")),)
    points = [
        {
            "name": name,
            "value": part["figure"]["value"],
            "low": part["figure"]["low"],
            "high": part["figure"]["high"],
            "words": saying.whole(part["figure"]),
            "path": path,
        }
        for name, path, part in zip(names, paths, found, strict=True)
    ]
    scale = saying.legend["scale"]
    return Table(heads, tuple(rows)), {
        "type": "trend",
        "name": saying.legend["metric"],
        "points": points,
        "unit": unit,
        "limits": scale,
    }


def _shares(saying: Saying, keys: Sequence[str], found: Sequence[tuple[str, str, Told]]) -> tuple[Table, Plot]:
    """Return shares over time: a column of the table, and a line of the plot, for each answer."""
    labels = saying.legend["labels"]
    heads = _heads(saying.read.say("analyze.head.when"), *(labels.get(key, key) for key in keys), "n")
    rows = []
    for name, path, part in found:
        shares = part["figure"]["shares"] or {}
        own = [_value(shares[key], saying) if key in shares else Cell(DASH) for key in keys]
        rows.append((Cell(name, path), *own, _n(part["figure"], saying)))
    series = [
        {
            "name": labels.get(key, key),
            "color": _COLORS.get(key, ""),
            "values": [((part["figure"]["shares"] or {}).get(key) or {}).get("value") for _, _, part in found],
            "words": [
                saying.whole(shares[key]) if key in (shares := part["figure"]["shares"] or {}) else DASH
                for _, _, part in found
            ],
        }
        for key in keys
    ]
    plot = {
        "type": "shares",
        "names": [name for name, _, _ in found],
        "paths": [path for _, path, _ in found],
        "series": series,
    }
    return Table(heads, tuple(rows)), plot


def answers(told: Told, saying: Saying, ways: Ways) -> tuple[Table, Plot]:
    """Return how many gave which answer."""
    figure, say, labels = told["answer"]["figure"], saying.read.say, saying.legend["labels"]
    shares, counts = figure["shares"] or {}, figure["counts"] or {}
    keys = list(dict.fromkeys((*counts, *shares)))
    total = sum(counts.values()) or 1
    rows, items = [], []
    for key in keys:
        own, number = shares.get(key), counts.get(key)
        path = _answered(told["query"], ways, key)
        share = own["value"] if own else (number or 0) / total
        told_share = saying.value(own) if own else saying.read.percent(share)
        between = saying.interval(own) if own else ""
        shown = number if number is not None else own and own["n"]
        name = labels.get(key, key)
        rows.append(
            (
                Cell(name, path),
                Cell(told_share, value=share, share=_percent(share)),
                Cell(between),
                Cell(DASH if number is None else saying.read.number(number), value=number),
            )
        )
        words = " · ".join(filter(None, (told_share, between, None if shown is None else saying.read.number(shown))))
        items.append(
            {
                "name": name,
                "value": share,
                "words": words,
                "label": saying.read.percent(share),
                "path": path,
                "color": _COLORS.get(key, ""),
            }
        )
    heads = _heads(say("analyze.head.answer"), say("analyze.head.share"), say("analyze.head.between"), "n")
    ordered = told["query"]["metric"] == "wait" or all(key.isdigit() for key in keys)
    return Table(heads, tuple(rows)), {"type": "bars", "items": items, "upright": ordered}


def _answered(query: Told, ways: Ways, key: str) -> str:
    if query["metric"] in _FILTERS:
        return ways.figure(**{_FILTERS[query["metric"]]: key})
    return ways.answered(query["question"], key) if query["metric"] == "shares" else ""


def steps(told: Told, saying: Saying, ways: Ways) -> tuple[Table, Plot]:
    """Return from being invited to having answered, each step with its share of the first."""
    figure, say, labels = told["answer"]["figure"], saying.read.say, saying.legend["labels"]
    counts = figure["counts"] or {}
    first = next(iter(counts.values()), 0) or 1
    pages = {"completed": ways.figure()}
    rows, items = [], []
    for key, number in counts.items():
        path = pages.get(key) or ways.invitations()
        share = saying.read.percent(number / first)
        rows.append(
            (
                Cell(labels.get(key, key), path),
                Cell(saying.read.number(number), value=number),
                Cell(share, share=_percent(number / first)),
            )
        )
        items.append(
            {
                "name": labels.get(key, key),
                "value": number,
                "label": f"{saying.read.number(number)}  ({share})",
                "words": f"{saying.read.number(number)} ({share})",
                "path": path,
                "color": "",
            }
        )
    heads = _heads(say("analyze.head.step"), say("analyze.head.people"), say("analyze.head.of_invited"))
    return Table(heads, tuple(rows)), {"type": "bars", "items": items, "upright": False}


def ranked(told: Told, saying: Saying, ways: Ways) -> Table:
    """Return parts from best to worst: between which ranks each stands, and where what may be equal ends."""
    answer, say, query = told["answer"], saying.read.say, told["query"]
    axis = _axis([part["figure"] for part in answer["parts"]], saying.legend["scale"])
    rows, tiers, tier = [], set[int](), None
    for number, part in enumerate(answer["parts"]):
        figure = part["figure"]
        if number and part["tier"] != tier:
            tiers.add(number)
        tier = part["tier"]
        rows.append(
            (
                Cell(_name(saying, part, query["group_by"]), ways.part(query["group_by"], part["key"])),
                Cell(_rank(part, saying), value=_rank(part, saying)),
                _value(figure, saying)._replace(whisker=_whisker(figure, axis)),
                Cell(saying.span(figure)),
                _n(figure, saying),
                *_changed(part, figure["unit"], saying, answer["parts"]),
            )
        )
    what = ways.visit_place() if query["group_by"] == "segment" else say(f"analyze.group.{query['group_by']}")
    heads = _heads(what, say("analyze.head.rank"), saying.legend["metric"], say("analyze.head.between"), "n")
    if any(part["change"] for part in answer["parts"]):
        heads += (Column(say("analyze.head.change")),)
    return Table(heads, tuple(rows), frozenset(tiers))


def _rank(part: Told, saying: Saying) -> str:
    first, last = part["first_rank"], part["last_rank"]
    if first is None or part["figure"]["masked"]:
        return DASH
    return (
        saying.read.number(first) if first == last else f"{saying.read.number(first)}{DASH}{saying.read.number(last)}"
    )


def heated(told: Told, saying: Saying, ways: Ways) -> Table:
    """Return questions by parts, each cell tinted by where its figure stands on the scale."""
    answer, query, scale = told["answer"], told["query"], saying.legend["scale"]
    names = {inner["key"]: inner["name"] for part in answer["parts"] for inner in part["parts"]}
    rows = []
    for part in answer["parts"]:
        own = {inner["key"]: inner["figure"] for inner in part["parts"]}
        cells = [_hot(own.get(key), saying, scale, ways.both(query["group_by"], part["key"], key)) for key in names]
        rows.append((Cell(_name(saying, part, query["group_by"]), ways.part(query["group_by"], part["key"])), *cells))
    what = (
        ways.visit_place() if query["group_by"] == "segment" else saying.read.say(f"analyze.group.{query['group_by']}")
    )
    return Table(_heads(what, *names.values()), tuple(rows))


def _hot(figure: Told | None, saying: Saying, scale: Sequence[float] | None, path: str) -> Cell:
    if figure is None:
        return Cell(DASH)
    if figure["masked"] or figure["value"] is None:
        return Cell(DASH, path, note=f"n {saying.read.number(figure['n'])}")
    low, high = scale or _SCALES.get(figure["unit"], (0.0, 1.0))
    share = (figure["value"] - low) / ((high - low) or 1)
    heat = f"heat-{min(_HEATS, max(1, 1 + int(share * _HEATS)))}"
    between = saying.interval(figure)
    return Cell(
        saying.value(figure), path, f"n {saying.read.number(figure['n'])}", figure["value"], heat=heat
    )._replace(note=" · ".join(filter(None, (between, f"n {saying.read.number(figure['n'])}"))))


_SCALES = {"points": (-100.0, 100.0), "share": (0.0, 1.0)}


def spoken(told: Told, saying: Saying, ways: Ways) -> Table:
    """Return what comments speak of, with what each topic does to the score of everybody."""
    figure, say, labels = told["answer"]["figure"], saying.read.say, saying.legend["labels"]
    shares, counts, effects = figure["shares"] or {}, figure["counts"] or {}, figure["effects"] or {}
    rose = (told["answer"]["compared"] or {}).get("emerging") or {}
    axis = _axis([{**each, "value": each["difference"], "masked": False} for each in effects.values()], None)
    rows = []
    for key in dict.fromkeys((*effects, *shares, *counts)):
        share, effect = shares.get(key), effects.get(key)
        new = saying.change(rose[key], "share")._replace(words=say("analyze.emerging")) if key in rose else None
        rows.append(
            (
                Cell(labels.get(key, key), ways.comments(topic=key), verdict=new),
                Cell(
                    saying.value(share),
                    value=share["value"],
                    share=_percent(share["value"]),
                    note=saying.interval(share),
                )
                if share
                else Cell(DASH),
                Cell(saying.read.number(counts[key]), ways.figure(topic=key), value=counts[key])
                if key in counts
                else Cell(DASH),
                _effect(effect, axis, saying),
            )
        )
    heads = _heads(say("analyze.head.topic"), say("analyze.head.of_comments"), "n", say("analyze.head.effect"))
    return Table(heads, tuple(rows))


def _effect(effect: Told | None, axis: tuple[float, float], saying: Saying) -> Cell:
    if effect is None:
        return Cell(DASH, note=saying.read.say("analyze.too_few"))
    between = {"unit": "points", "low": effect["low"], "high": effect["high"]}
    same = effect["verdict"] not in {"better", "worse"}
    words = saying.difference(effect["difference"], "points")
    note = saying.legend["verdicts"].get(effect["verdict"], "") if same else saying.interval(between)
    mark = {**effect, "value": effect["difference"], "masked": False}
    return Cell(words, note=note, value=effect["difference"], whisker=_whisker(mark, axis))


def caused(told: Told, saying: Saying, ways: Ways) -> Table:
    """Return the root causes of tickets, the most frequent first."""
    figure, say, labels = told["answer"]["figure"], saying.read.say, saying.legend["labels"]
    shares, counts = figure["shares"] or {}, figure["counts"] or {}
    ordered = sorted(dict.fromkeys((*counts, *shares)), key=lambda key: -(counts.get(key) or 0))
    rows = []
    for key in ordered:
        share, number = shares.get(key), counts.get(key)
        value = share["value"] if share else None
        words = saying.value(share) if share else DASH
        note = saying.interval(share) if share else ""
        shown = DASH if number is None else saying.read.number(number)
        bar = _percent(value) if value is not None else None
        rows.append(
            (
                Cell(labels.get(key, key), ways.tickets(state="closed", cause=key)),
                Cell(words, value=value, share=bar, note=note),
                Cell(shown, value=number),
            )
        )
    return Table(_heads(say("analyze.head.cause"), say("analyze.head.share"), "n"), tuple(rows))


def _name(saying: Saying, part: Told, grouping: str = "") -> str:
    if grouping == "channel":
        return saying.read.say(f"analyze.channel.{part['key']}")
    return str(saying.legend["parts"].get(part["key"]) or part["name"] or part["key"])


def _heads(first: str, *numbers: str) -> tuple[Column, ...]:
    return (Column(first), *(Column(words, number=True) for words in numbers))


def _figures(figure: Told, saying: Saying) -> tuple[Cell, ...]:
    return _value(figure, saying), Cell(saying.interval(figure)), _n(figure, saying)


def _value(figure: Told, saying: Saying, path: str = "") -> Cell:
    note = saying.read.say("analyze.masked") if figure["masked"] and figure["n"] else ""
    return Cell(saying.value(figure), path, note, "" if figure["value"] is None else figure["value"])


def _n(figure: Told, saying: Saying) -> Cell:
    return Cell(saying.read.number(figure["n"]), value=figure["n"])


def _changed(part: Told, unit: str, saying: Saying, found: Iterable[Told]) -> tuple[Cell, ...]:
    if not any(each["change"] for each in found):
        return ()
    if part["change"] is None:
        return (Cell(DASH),)
    verdict = saying.change(part["change"], unit)
    return (Cell("", value=verdict.words, verdict=verdict),)


def _percent(share: float) -> float:
    return round(100 * min(max(share, 0.0), 1.0), 1)


def _axis(figures: Sequence[Told], scale: Sequence[float] | None) -> tuple[float, float]:
    """Return the ends of an axis that holds all intervals, within the scale."""
    told = [each for each in figures if not each["masked"] and each["value"] is not None]
    low = min((each["low"] if each["low"] is not None else each["value"] for each in told), default=0.0)
    high = max((each["high"] if each["high"] is not None else each["value"] for each in told), default=1.0)
    if scale is None:  # of effects: nothing is in the middle
        reach = max(abs(low), abs(high)) or 1.0
        return -reach, reach
    return (low, high) if high > low else (scale[0], scale[1])


def _whisker(figure: Told, axis: tuple[float, float]) -> Whisker | None:
    if figure["masked"] or figure["value"] is None:
        return None
    low, high = axis

    def at(value: float) -> float:
        return round(100 * min(max((value - low) / ((high - low) or 1), 0.0), 1.0), 1)

    ends = [figure["value"] if figure[end] is None else figure[end] for end in ("low", "high")]
    zero = at(0) if low < 0 < high else None
    return Whisker(at(ends[0]), at(ends[1]), at(figure["value"]), zero)
