"""The two tables that a price is reckoned from: units as they were measured, and prices. Both can be one's own."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from escuta_cli.exits import Exit, StoppedError

_OURS = {"units": "units.json", "prices": "prices.json"}


class Figures:
    """A table, and how to say which place of it is wrong."""

    def __init__(self, path: str, told: Any, place: str = "") -> None:
        """`place` is where this part stands in the file."""
        self._path, self._told, self._place = path, told, place

    def __getitem__(self, name: str) -> "Figures":
        """Return a part; a command stops where there is none."""
        place = f"{self._place}/{name}".lstrip("/")
        if not isinstance(self._told, dict) or name not in self._told:
            raise StoppedError("cost_missing", Exit.USAGE, path=self._path, place=place)
        return Figures(self._path, self._told[name], place)

    def __contains__(self, name: str) -> bool:
        """Tell whether there is such a part."""
        return isinstance(self._told, dict) and name in self._told

    @property
    def number(self) -> float:
        """Return the number that stands here."""
        value = self._told
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            raise StoppedError("cost_number", Exit.USAGE, path=self._path, place=self._place, value=json.dumps(value))
        return float(value)

    @property
    def divisor(self) -> float:
        """Return the number that stands here, by which something is divided."""
        value = self.number
        if not value:
            raise StoppedError("cost_zero", Exit.USAGE, path=self._path, place=self._place)
        return value

    @property
    def text(self) -> str:
        """Return what is written here."""
        return str(self._told)

    @property
    def names(self) -> list[str]:
        """Return what the parts are called; a list is what stands in it."""
        return [str(each) for each in self._told] if isinstance(self._told, dict | list) else []

    @property
    def is_true(self) -> bool:
        """Tell whether this is so."""
        return self._told is True


def read(which: str, own: str = "") -> Figures:
    """Return the table `units` or `prices`: ours, or the one in a file of one's own."""
    path = own or _OURS[which]
    try:
        text = Path(own).read_text("utf-8") if own else files(__package__).joinpath(path).read_text("utf-8")
        return Figures(path, json.loads(text))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise StoppedError("cost_unreadable", Exit.USAGE, path=path, why=why or type(error).__name__) from error
