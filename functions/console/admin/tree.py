"""The hierarchy as the pages of Admin draw it, name it and let people choose from it."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from console.visit import Visit
from escuta.directory.model import Scope

_STEP = "\N{EM SPACE}"  # before a name, for each step down: a choice of a form knows no other way to show depth


class Node(NamedTuple):
    """One segment of the tree, with those right below it."""

    code: str
    name: str
    retired: bool
    below: int  # how many there are below it, at any depth
    children: tuple["Node", ...]


class Tree:
    """All segments that somebody may see, in the order of the hierarchy, as the API tells them in one answer."""

    def __init__(self, items: Sequence[dict[str, Any]]) -> None:
        """Keep them by their codes."""
        self.items = items
        self.by_code = {each["code"]: each for each in items}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.items)

    def name(self, code: str) -> str:
        """Return what a segment is called; of one that is not known, its code."""
        found = self.by_code.get(code)
        return str(found["name"]) if found else code

    def above(self, code: str) -> list[dict[str, Any]]:
        """Return what stands above a segment, the top first."""
        found = self.by_code.get(code)
        trail: list[dict[str, Any]] = []
        while found and found["parent"]:
            found = self.by_code.get(found["parent"])
            trail[:0] = [found] if found else []
        return trail

    def below(self, code: str) -> Iterator[str]:
        """Yield a segment and all below it."""
        if code in self.by_code:
            yield code
            for child in self.by_code[code]["children"]:
                yield from self.below(child)

    def options(self, without: str = "") -> list[tuple[str, str]]:
        """Return the open ones as a form offers them, indented; without one and what is below it."""
        left_out = set(self.below(without))
        return [
            (each["code"], _STEP * each["depth"] + each["name"])
            for each in self.items
            if not each["retired"] and each["code"] not in left_out
        ]

    def roots(self) -> tuple[Node, ...]:
        """Return the tree from its tops."""
        return tuple(self._node(each["code"]) for each in self.items if each["parent"] is None)

    def _node(self, code: str) -> Node:
        found = self.by_code[code]
        children = tuple(self._node(child) for child in found["children"])
        below = len(children) + sum(child.below for child in children)
        return Node(code, found["name"], found["retired"], below, children)


def of(visit: Visit, *, retired: bool = True) -> Tree:
    """Return the tree that somebody may see; empty for who may see none."""
    if not visit.api.may(Scope.SEGMENTS_READ):
        return Tree(())
    return Tree(visit.api.get("/segment-tree", retired=retired)["items"])
