"""What a widget may measure and how, as choices of a form, and back into what the API keeps."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from console.analyze import bar
from console.analyze.bar import Options
from console.analyze.choosing import CLASSES, Chosen, quoted
from console.visit import Visit
from escuta.errors import InvalidError
from escuta.feedback import filtering
from escuta.feedback.dashboards import legend
from escuta.feedback.dashboards.grid import FORMS
from escuta.feedback.model import Grouping, Metric, WidgetKind
from escuta.feedback.model import Widget as Kept
from escuta.feedback.querying.checking import READS
from escuta.i18n import LANGUAGES

ONLY = ("channel", "class", "topic", "product")  # what has choices of its own; other filters are typed
UNITS = ("day", "week", "month", "quarter", "year")
SHARES = frozenset({"csat", "ces", "thumbs", "top_box", "funnel", "recovery", "in_time", "reopened", "caused_again"})
_BOXES = ("1", "2", "3")
_LEVELS = ("1", "2", "3")
_SIZES = {
    "tile": (3, 3),
    "gauge": (3, 4),
    "trend": (8, 5),
    "distribution": (4, 5),
    "ranking": (6, 6),
    "heatmap": (8, 6),
    "funnel": (4, 4),
    "comments": (6, 6),
    "topics": (6, 6),
    "causes": (4, 5),
    "tickets": (4, 3),
}
_BEGIN = {"causes": "causes", "topics": "topics", "funnel": "funnel"}
_FIRST = {"trend": "month", "ranking": "segment", "heatmap": "segment"}


class Offers(NamedTuple):
    """What the form of a widget has to choose from; an empty list: it does not ask for that."""

    measures: Options
    groups: Options
    units: Options
    places: Options
    only: dict[str, Options]
    compares: bool
    filters: bool
    most: bool
    order: bool
    target: bool
    words: bool
    least: tuple[int, int]  # columns and lines


def fresh(kind: str) -> dict[str, Any]:
    """Return a widget of a kind as its form begins."""
    w, h = _SIZES[kind]
    query = {"metric": _BEGIN.get(kind, "nps"), "group_by": _FIRST.get(kind, "none")}
    query["then_by"] = "question" if kind == "heatmap" else "none"
    draft = {"id": "new", "kind": kind, "position": {"x": 0, "y": 0, "w": w, "h": h}, "query": query}
    return Kept.model_validate(draft).model_dump(mode="json")


def typed(widget: Mapping[str, Any]) -> dict[str, str]:
    """Return a widget as the fields of its form."""
    query, options, span = widget["query"], widget["options"], widget["query"]["span"]
    target = options["target"]
    if target is not None and query["metric"] in SHARES:
        target = round(target * 100, 4)
    single = {each["field"]: each["values"][0] for each in query["filters"] if len(each["values"]) == 1}
    only = {f"only.{field}": single.get(field, "") for field in ONLY}
    rest = [each for each in query["filters"] if each["field"] not in ONLY or len(each["values"]) > 1]
    filters = (f"{each['field']}{'.' + each['of'] if each['of'] else ''}:{_listed(each)}" for each in rest)
    return {
        **{f"title.{language}": widget["title"].get(language, "") for language in LANGUAGES},
        "measure": _measure(query),
        "group": _group(query),
        "count": str(span["count"]),
        "unit": span["unit"],
        "from": span["first"] or "",
        "to": span["last"] or "",
        "compare": query["compare"],
        "segment": query["segment"],
        **only,
        "filter": ";".join(filters),
        "most": str(options["most"]),
        "order": options["order"],
        "target": "" if target is None else f"{target:g}",
        "words": options["words"],
        **{side: str(widget["position"][side]) for side in "wh"},
    }


def _listed(each: Mapping[str, Any]) -> str:
    return ",".join(quoted(value) for value in each["values"])


def _measure(query: Mapping[str, Any]) -> str:
    boxes = str(query["boxes"]) if query["metric"] == "top_box" else ""
    return "|".join((query["metric"], query["question"], boxes))


def _group(query: Mapping[str, Any]) -> str:
    of = {"dimension": query["dimension"], "answer": query["by"], "segment": str(query["levels"])}
    return f"{query['group_by']}|{of.get(query['group_by'], '')}"


def made(widget: Mapping[str, Any], form: Mapping[str, str]) -> dict[str, Any]:
    """Return a widget as its form says; what the form does not ask stays as it is."""
    now = {**typed(widget), **form}
    metric, question, boxes = [*now["measure"].split("|"), "", ""][:3]
    group, _, of = now["group"].partition("|")
    span: dict[str, Any] = {"count": _number("count", now["count"], 30), "unit": now["unit"]}
    if now["from"]:
        span |= {"first": now["from"], "last": now["to"] or None}
    query = {
        **widget["query"],
        "metric": metric,
        "question": question,
        "boxes": int(boxes) if boxes.isdecimal() else 2,
        "group_by": group,
        "levels": int(of) if group == "segment" and of.isdecimal() else 1,
        "dimension": of if group == "dimension" else "",
        "by": of if group == "answer" else "",
        "span": span,
        "compare": now["compare"] or "none",
        "segment": now["segment"],
        "filters": [each.model_dump(mode="json") for each in filtering.parse(_filters(now))],
    }
    target = _decimal("target", now["target"])
    options = {
        "most": _number("most", now["most"], 10),
        "order": now["order"] or "best",
        "target": target / 100 if target is not None and metric in SHARES else target,
        "words": now["words"].strip(),
    }
    size = {side: _number(side, now[side], widget["position"][side]) for side in "wh"}
    title = {language: now[f"title.{language}"].strip() for language in LANGUAGES}
    return {
        **widget,
        "title": {language: words for language, words in title.items() if words},
        "position": {**widget["position"], **size},
        "query": query,
        "options": options,
    }


def _filters(form: Mapping[str, str]) -> str:
    only = [f"{field}:{quoted(form[f'only.{field}'])}" for field in ONLY if form[f"only.{field}"]]
    return ";".join([*only, *filter(None, [form["filter"].strip().strip(";")])])


def _number(field: str, text: str, otherwise: int) -> int:
    text = text.strip()
    if not text:
        return otherwise
    if not text.isascii() or not text.isdecimal() or len(text) > 6:  # noqa: PLR2004 - digits
        raise InvalidError("value_invalid", field=field)
    return int(text)


def _decimal(field: str, text: str) -> float | None:
    if not text.strip():
        return None
    try:
        return float(text.strip().replace(",", "."))
    except ValueError as error:
        raise InvalidError("value_invalid", field=field) from error


def offers(visit: Visit, board: Mapping[str, Any], widget: Mapping[str, Any], form: Mapping[str, str]) -> Offers:
    """Return what a widget's form has to choose from."""
    kind = WidgetKind(widget["kind"])
    version = _version(visit, widget["query"]["survey"] or board["survey"])
    questions = version["questions"] if version else []
    apart = kind in {WidgetKind.COMMENTS, WidgetKind.TICKETS}
    measures = [] if apart else list(_measures(visit, FORMS[kind].metrics, questions))
    groups = list(_groups(visit, kind, version, questions))
    filters = kind not in {WidgetKind.TICKETS, WidgetKind.CAUSES}
    return Offers(
        _with(measures, form.get("measure", "")) if not apart else [],
        _with(groups, form.get("group", "")) if groups else [],
        [(unit, visit.reader().say(f"analyze.unit.{unit}")) for unit in UNITS],
        bar.places(visit, widget["query"]["segment"]),
        only=_only(visit, form) if filters else {},
        compares=not apart,
        filters=filters,
        most=kind in {WidgetKind.RANKING, WidgetKind.HEATMAP, WidgetKind.COMMENTS},
        order=kind is WidgetKind.RANKING,
        target=kind in {WidgetKind.TILE, WidgetKind.GAUGE},
        words=kind is WidgetKind.COMMENTS,
        least=(FORMS[kind].columns, FORMS[kind].lines),
    )


def _only(visit: Visit, form: Mapping[str, str]) -> dict[str, Options]:
    say = visit.reader().say
    found = {
        "channel": [(each, say(f"analyze.channel.{each}")) for each in bar.CHANNELS],
        "class": [(each, say(f"analyze.class.{each}")) for each in CLASSES],
        "topic": bar.topics(visit),
        "product": bar.products(visit, Chosen({}))[0],
    }
    return {name: _with(options, form.get(f"only.{name}", "")) for name, options in found.items()}


def _with(options: Options, chosen: str) -> Options:
    return options if not chosen or chosen in dict(options) else [*options, (chosen, chosen.replace("|", " ").strip())]


def _version(visit: Visit, survey: str) -> Any:
    head = visit.api.find(f"/surveys/{survey}")
    if not head or not head["version"]:
        return None
    return visit.api.find(f"/surveys/{survey}/versions/{head['version']}")


def _measures(visit: Visit, metrics: Iterable[Metric], questions: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """Yield what can be measured: with the question that it reads, where it reads one."""
    language, asked = visit.language, list(questions)
    for metric in (each for each in Metric if each in metrics):
        called = legend.say(language, f"metric.{metric}")
        if metric not in READS:
            yield f"{metric}||", called
            continue
        if metric is Metric.NPS and any(each["benchmark"] for each in asked):
            yield "nps||", called
        for each in (each for each in asked if each["kind"] in READS[metric]):
            words = f"{called}: {_text(each['text'], language) or each['id']}"
            if metric is Metric.TOP_BOX:
                for boxes in _BOXES:
                    yield f"top_box|{each['id']}|{boxes}", f"{words} ({boxes})"
            elif metric is not Metric.NPS or not each["benchmark"]:
                yield f"{metric}|{each['id']}|", words


def _groups(visit: Visit, kind: WidgetKind, version: Any, questions: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """Yield by what the parts may be told apart."""
    say = visit.reader().say
    for each in (each for each in Grouping if each in FORMS[kind].groupings and each is not Grouping.NONE):
        match each:
            case Grouping.SEGMENT:
                yield from ((f"segment|{level}", say(f"analyze.group.levels.{level}")) for level in _LEVELS)
            case Grouping.DIMENSION:
                names = version["dimensions"] if version else []
                yield from ((f"dimension|{name}", say("analyze.group.field", name=name)) for name in names)
            case Grouping.ANSWER:
                counted = (q for q in questions if q["kind"] in READS[Metric.SHARES])
                yield from (
                    (f"answer|{q['id']}", say("analyze.group.by_answer", name=_text(q["text"], visit.language)))
                    for q in counted
                )
            case _:
                yield f"{each}|", say(f"analyze.group.{each}")


def _text(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language) or next(iter(texts.values()), "")
