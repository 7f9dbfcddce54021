"""What a customer may write in a template: merge fields, a fallback, a condition. Pure.

Jinja2 parses; nothing of it runs. The tree is walked against a short list of nodes and interpreted here, so there is no
sandbox to break out of: no attribute, no call, no loop exists.
"""

import html
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from jinja2 import Environment, TemplateSyntaxError, nodes

from escuta.entity import Value

LONGEST = 262_144  # characters
MOST_TAGS = 500
DEEPEST = 3
ANSWER = "answer."
_CUSTOM = "custom."
_GROUPS = frozenset({"custom", "answer", "hidden"})  # what a field with a dot may begin with
_LINES = re.compile(r"\r\n|\r|\n")
_OPENING = re.compile(r"\{\{|\{%|\{#")


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


class BlankError(Exception):
    """A field without fallback is empty for this person."""

    def __init__(self, field: str) -> None:
        """Keep the field's name."""
        super().__init__(field)
        self.field = field


def problems(
    part: str, source: str, allowed: frozenset[str], *, sure: frozenset[str] | None = None
) -> tuple[Problem, ...]:
    """Return everything that keeps this text from being a template; () when it is one.

    With `sure` the text is shown to everybody: every other field needs a fallback, or a condition around it that makes
    sure of it. An answer changes while the page is open, so that no condition tests one.
    """
    if len(source) > LONGEST:
        return (Problem(part=part, code="too_long"),)
    if len(_OPENING.findall(source)) > MOST_TAGS:
        return (Problem(part=part, code="too_many_tags"),)
    try:
        tree = _parsed(source)
    except TemplateSyntaxError as error:
        line, column = _opened(source, error.lineno)
        return (Problem(part=part, code="syntax", name=str(error.message), line=line, column=column),)
    except RecursionError:
        return (Problem(part=part, code="too_deep"),)
    return tuple(
        Problem(part=part, code=code, name=name, line=line, column=_column(source, line, name))
        for code, name, line in _complaints(tree.body, allowed, sure, 1)
    )


def fields(source: str) -> frozenset[str]:
    """Return the names of the fields that a valid template uses."""
    named = {_name(node) for node in _parsed(source).find_all((nodes.Name, nodes.Getattr))}
    return frozenset(named - _GROUPS - {""})


def pieces(source: str, values: Mapping[str, str]) -> Iterator[Piece]:
    """Yield a valid template for one person, part by part, with nothing escaped."""

    def field(node: nodes.Expr) -> Piece:
        fallback = _default(node) if isinstance(node, nodes.Filter) else None
        named = node.node if isinstance(node, nodes.Filter) else node
        assert named is not None  # noqa: S101 - the parser gives a filter inside an expression its operand
        name = _name(named)
        known = values.get(name, "").strip()
        return Piece(known or fallback or "", name, fallback, bool(known))

    def within(body: list[nodes.Node]) -> Iterator[Piece]:
        for node in body:
            if isinstance(node, nodes.Output):
                for part in node.nodes:
                    yield Piece(part.data) if isinstance(part, nodes.TemplateData) else field(part)
            elif isinstance(node, nodes.If):
                yield from within(node.body if values.get(_name(node.test), "").strip() else node.else_)

    return within(_parsed(source).body)


def told(source: str, values: Mapping[str, str]) -> Iterator[Piece]:
    """Yield a text part by part, as `pieces`; what is no template is what it says."""
    try:
        return pieces(source, values) if _OPENING.search(source) else iter((Piece(source),))
    except TemplateSyntaxError:
        return iter((Piece(source),))


def render(
    source: str, values: Mapping[str, str], *, escape: bool = False, trusted: frozenset[str] = frozenset()
) -> str:
    """Return the words for one person; BlankError when a field without fallback is empty.

    With `escape` every value is escaped for HTML, except those of the `trusted` fields, which this product made itself.
    """

    def shown(piece: Piece) -> str:
        if piece.field and not piece.known and piece.fallback is None:
            raise BlankError(piece.field)
        ours = not piece.field or (piece.known and piece.field in trusted)
        return html.escape(piece.text) if escape and not ours else piece.text

    return "".join(shown(piece) for piece in pieces(source, values))


@lru_cache(maxsize=256)
def _parsed(source: str) -> nodes.Template:
    return Environment(keep_trailing_newline=True).parse(source)  # noqa: S701 - it only parses; render() escapes


def _complaints(
    body: list[nodes.Node], allowed: frozenset[str], sure: frozenset[str] | None, depth: int
) -> Iterator[tuple[str, str, int]]:
    for node in body:
        if isinstance(node, nodes.Output):
            for part in node.nodes:
                if not isinstance(part, nodes.TemplateData):
                    yield from _expression(part, allowed, sure)
        elif isinstance(node, nodes.If) and not node.elif_:
            if depth > DEEPEST:
                yield "too_deep", "", node.lineno
            name = _name(node.test)
            yield from _field(node.test, allowed)
            if name.startswith(ANSWER) and name in allowed:
                yield "not_tested", name, node.lineno
            yield from _complaints(node.body, allowed, None if sure is None else sure | {name}, depth + 1)
            yield from _complaints(node.else_, allowed, sure, depth + 1)
        else:
            yield "not_allowed", "", node.lineno


def _expression(
    node: nodes.Expr, allowed: frozenset[str], sure: frozenset[str] | None
) -> Iterator[tuple[str, str, int]]:
    if isinstance(node, nodes.Filter) and node.node is not None and _default(node) is not None:
        yield from _field(node.node, allowed)
        return
    found = list(_field(node, allowed))
    yield from found
    if not found and sure is not None and _name(node) not in sure:
        yield "no_fallback", _name(node), node.lineno


def _field(node: nodes.Node, allowed: frozenset[str]) -> Iterator[tuple[str, str, int]]:
    name = _name(node)
    if not name:
        yield "not_allowed", "", node.lineno
    elif name not in allowed and not name.startswith(_CUSTOM):
        yield "unknown_field", name, node.lineno


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


def _column(source: str, line: int, name: str) -> int:
    """Return where on its line the field stands, or the line's first tag."""
    text = _LINES.split(source)[line - 1]
    within = re.search(rf"\{{[{{%][^}}]*?\b{re.escape(name)}\b", text) if name else None
    if within:
        return within.end() - len(name) + 1
    opening = _OPENING.search(text)
    return opening.start() + 1 if opening else 1


def _opened(source: str, line: int) -> tuple[int, int]:
    """Return line and column of the last tag opened at or before a line: Jinja2 reports no column."""
    lines = _LINES.split(source)
    for number in range(min(line, len(lines)), 0, -1):
        opened = [match.start() for match in _OPENING.finditer(lines[number - 1])]
        if opened:
            return number, opened[-1] + 1
    return line, 1
