"""Segments: the hierarchy, its changes and moves, and the files that name it. `segments.get(code)` and so on."""

from escuta.directory.segments.hierarchy import all, by_code, change, create, get, subtree  # noqa: A004 - as it is read
from escuta.directory.segments.taking import take_in

__all__ = ["all", "by_code", "change", "create", "get", "subtree", "take_in"]
