"""What a customer may write in a template: merge fields, a fallback, a condition. Pure.

Jinja2 parses; nothing of it runs. The tree is walked once against a short list of nodes and becomes a program of three
kinds of steps, which is all that is interpreted here. So there is no sandbox to break out of: no attribute, no call, no
loop, no operator exists, and a text costs no more than its own length.
"""

import html
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import NamedTuple, Union

from jinja2 import Environment, TemplateSyntaxError, nodes

from escuta.entity import Value
from escuta.outreach import tags

LONGEST = 262_144  # characters
MOST_TAGS = 500
DEEPEST = 3
ANSWER = "answer."
_CUSTOM = "custom."
_GROUPS = frozenset(  # what a field with a dot may begin with
    {"custom", "answer", "hidden", "contact", "visit", "segment", "product", "manager"}
)
_TOLD = 20  # problems of one text: who has more learns of the others afterwards


class Problem(Value):
    """What is wrong with a template, and where. `line` and `column` count from 1."""

    part: str
    code: str  # its words are in the catalog `outreach`
    name: str = ""
    line: int = 1
    column: int = 1


class Piece(NamedTuple):
    """A part of a text: words of the template, or what a field of it says about a person, else its fallback."""

    text: str
    field: str = ""
    fallback: str | None = None
    known: bool = False


class Field(NamedTuple):
    """A step: what a field says about a person, written for the place where it stands."""

    name: str
    fallback: str | None = None
    written: Callable[[str], str] | None = None  # None: as it is


class If(NamedTuple):
    """A step: one of two programs, by whether a field says anything."""

    name: str
    then: "Program"
    other: "Program"


Step = Union[str, Field, If]  # noqa: UP007 - recursive: `|` cannot name what stands in quotes
Program = tuple[Step, ...]


class BlankError(Exception):
    """A field without fallback is empty for this person."""

    def __init__(self, field: str) -> None:
        """Keep the field's name."""
        super().__init__(field)
        self.field = field


def problems(
    part: str,
    source: str,
    allowed: frozenset[str],
    *,
    sure: frozenset[str] | None = None,
    custom: frozenset[str] | None = None,
) -> tuple[Problem, ...]:
    """Return what keeps this text from being a template, the first 20; () when it is one.

    With `sure` the text is shown to everybody: every other field needs a fallback, or a condition around it that makes
    sure of it. An answer changes while the page is open, so that no condition tests one. `custom` are the custom fields
    that there are; None: any.
    """
    if len(source) > LONGEST:
        return (Problem(part=part, code="too_long"),)
    if tags.many(source, MOST_TAGS):
        return (Problem(part=part, code="too_many_tags"),)
    try:
        deque(tags.scan(source), maxlen=0)
        tree = _parsed(source)
    except tags.UnfitError as error:
        line, column = tags.place(source, error.place)
        name = source[error.place :][:40] if error.code == "syntax" else ""
        return (Problem(part=part, code=error.code, name=name, line=line, column=column),)
    except TemplateSyntaxError as error:
        line, column = _opened(source, error.lineno)
        return (Problem(part=part, code="syntax", name=str(error.message)[:200], line=line, column=column),)
    except (RecursionError, ValueError):  # conditions within conditions; a number of more digits than Python reads
        return (Problem(part=part, code="too_deep"),)
    known = _Known(allowed, custom)
    lines = tags.LINES.split(source)
    return tuple(
        Problem(part=part, code=code, name=name, line=line, column=_column(lines[line - 1], name))
        for code, name, line in islice(_complaints(tree.body, known, sure, 1), _TOLD)
    )


def fields(source: str) -> frozenset[str]:
    """Return the names of the fields that a valid template uses."""
    return used(program(source))


def named(source: str) -> frozenset[str]:
    """Return the names of the fields that a text uses; what is no template uses none."""
    try:
        return fields(source) if tags.OPENING.search(source) else frozenset()
    except TemplateSyntaxError:
        return frozenset()


def used(steps: Program) -> frozenset[str]:
    """Return the names of the fields that a program uses, those that its conditions test included."""
    names: set[str] = set()
    for step in steps:
        if isinstance(step, Field):
            names.add(step.name)
        elif isinstance(step, If):
            names |= {step.name} | used(step.then) | used(step.other)
    return frozenset(names)


def certain(steps: Program, sure: frozenset[str]) -> frozenset[str]:
    """Return the names of the fields that a program uses for everybody, whatever its conditions find.

    `sure` are fields that say something of everybody.
    """
    names: set[str] = set()
    for step in steps:
        if isinstance(step, Field):
            names.add(step.name)
        elif isinstance(step, If):
            then = certain(step.then, sure)
            names |= then if step.name in sure else then & certain(step.other, sure)
    return frozenset(names)


@lru_cache(maxsize=512)
def program(source: str) -> Program:
    """Return a valid template as steps; kept by its content."""
    return _steps(_parsed(source).body)


def pieces(source: str, values: Mapping[str, str]) -> Iterator[Piece]:
    """Yield a valid template for one person, part by part, with nothing escaped."""

    def within(steps: Program) -> Iterator[Piece]:
        for step in steps:
            if isinstance(step, str):
                yield Piece(step)
            elif isinstance(step, If):
                yield from within(step.then if values.get(step.name, "").strip() else step.other)
            else:
                known = values.get(step.name, "").strip()
                yield Piece(known or step.fallback or "", step.name, step.fallback, bool(known))

    return within(program(source))


def told(source: str, values: Mapping[str, str]) -> Iterator[Piece]:
    """Yield a text part by part, as `pieces`; what is no template is what it says."""
    try:
        return pieces(source, values) if tags.OPENING.search(source) else iter((Piece(source),))
    except TemplateSyntaxError:
        return iter((Piece(source),))


def run(steps: Program, values: Mapping[str, str], *, blank: Callable[[str], str] | None = None) -> str:
    """Return the words for one person, each value written for its place.

    BlankError when a field without fallback is empty; with `blank`, what that says of the field stands there.
    """
    out: list[str] = []
    _run(steps, values, out, blank)
    return "".join(out)


def missed(steps: Program, values: Mapping[str, str]) -> Iterator[Field]:
    """Yield the fields that say nothing of a person where the program comes by them."""
    for step in steps:
        if isinstance(step, If):
            yield from missed(step.then if values.get(step.name, "").strip() else step.other, values)
        elif isinstance(step, Field) and not values.get(step.name, "").strip():
            yield step


def _run(steps: Program, values: Mapping[str, str], out: list[str], blank: Callable[[str], str] | None) -> None:
    for step in steps:
        if isinstance(step, str):
            out.append(step)
        elif isinstance(step, If):
            _run(step.then if values.get(step.name, "").strip() else step.other, values, out, blank)
        else:
            known = values.get(step.name, "").strip() or step.fallback
            if known is None:
                if blank is None:
                    raise BlankError(step.name)
                known = blank(step.name)
            out.append(step.written(known) if step.written else known)


def render(
    source: str, values: Mapping[str, str], *, escape: bool = False, trusted: frozenset[str] = frozenset()
) -> str:
    """Return the words for one person; BlankError when a field without fallback is empty.

    With `escape` every value is escaped for HTML, except those of the `trusted` fields, which this product made itself.
    """
    return run(_escaping(source, trusted) if escape else program(source), values)


@lru_cache(maxsize=64)
def _escaping(source: str, trusted: frozenset[str]) -> Program:
    def escaped(step: Step) -> Step:
        if isinstance(step, If):
            return If(step.name, tuple(map(escaped, step.then)), tuple(map(escaped, step.other)))
        return step._replace(written=html.escape) if isinstance(step, Field) and step.name not in trusted else step

    return tuple(map(escaped, program(source)))


@lru_cache(maxsize=1)
def _parser() -> Environment:
    return Environment(keep_trailing_newline=True)  # noqa: S701 - it only parses; values are escaped in run()


def _parsed(source: str) -> nodes.Template:
    return _parser().parse(source)


def _steps(body: list[nodes.Node]) -> Program:
    steps: list[Step] = []
    for node in body:
        if isinstance(node, nodes.Output):
            steps += [part.data if isinstance(part, nodes.TemplateData) else _step(part) for part in node.nodes]
        elif isinstance(node, nodes.If):
            steps.append(If(_name(node.test), _steps(node.body), _steps(node.else_)))
    return tuple(steps)


def _step(node: nodes.Expr) -> Field:
    if isinstance(node, nodes.Filter) and node.node is not None:
        return Field(_name(node.node), _default(node))
    return Field(_name(node))


class _Known(NamedTuple):
    """Which fields there are."""

    allowed: frozenset[str]
    custom: frozenset[str] | None

    def missing(self, name: str) -> str:
        """Return what is wrong with a field of this name; "" when there is one."""
        if name in self.allowed:
            return ""
        if not name.startswith(_CUSTOM):
            return "unknown_field"
        return "" if self.custom is None or name in self.custom else "unknown_custom"


def _complaints(
    body: list[nodes.Node], known: _Known, sure: frozenset[str] | None, depth: int
) -> Iterator[tuple[str, str, int]]:
    for node in body:
        if isinstance(node, nodes.Output):
            for part in node.nodes:
                if not isinstance(part, nodes.TemplateData):
                    yield from _expression(part, known, sure)
        elif isinstance(node, nodes.If) and not node.elif_:
            if depth > DEEPEST:
                yield "too_deep", "", node.lineno
            name = _name(node.test)
            yield from _field(node.test, known)
            if name.startswith(ANSWER) and name in known.allowed:
                yield "not_tested", name, node.lineno
            yield from _complaints(node.body, known, None if sure is None else sure | {name}, depth + 1)
            yield from _complaints(node.else_, known, sure, depth + 1)
        else:
            yield "not_allowed", "", node.lineno


def _expression(node: nodes.Expr, known: _Known, sure: frozenset[str] | None) -> Iterator[tuple[str, str, int]]:
    if isinstance(node, nodes.Filter) and node.node is not None and _default(node) is not None:
        yield from _field(node.node, known)
        return
    found = list(_field(node, known))
    yield from found
    if not found and sure is not None and _name(node) not in sure:
        yield "no_fallback", _name(node), node.lineno


def _field(node: nodes.Node, known: _Known) -> Iterator[tuple[str, str, int]]:
    name = _name(node)
    code = known.missing(name) if name else "not_allowed"
    if code:
        yield code, name, node.lineno


def _name(node: nodes.Node) -> str:
    """Return the field that an expression names, `custom.size` included; "" when it is anything else."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name) and node.node.name in _GROUPS:
        return f"{node.node.name}.{node.attr}"
    return ""


def _default(node: nodes.Filter) -> str | None:
    """Return the fallback of `field | default("words")`; None for any other filter."""
    plain = node.name == "default" and not node.kwargs and node.dyn_args is None and node.dyn_kwargs is None
    if plain and len(node.args) == 1 and isinstance(node.args[0], nodes.Const) and isinstance(node.args[0].value, str):
        return node.args[0].value
    return None


def _column(line: str, name: str) -> int:
    """Return where on its line the field stands, or the line's first tag."""
    within = re.search(rf"\{{[{{%][^}}]{{0,200}}?\b{re.escape(name)}\b", line) if name else None
    if within:
        return within.end() - len(name) + 1
    opening = tags.OPENING.search(line)
    return opening.start() + 1 if opening else 1


def _opened(source: str, line: int) -> tuple[int, int]:
    """Return line and column of the last tag opened at or before a line: Jinja2 reports no column."""
    lines = tags.LINES.split(source)
    for number in range(min(line, len(lines)), 0, -1):
        opened = [match.start() for match in tags.OPENING.finditer(lines[number - 1])]
        if opened:
            return number, opened[-1] + 1
    return line, 1
