"""Merging lists of answers, the newest first, and reading no more than one call may read."""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from escuta import table
from escuta.feedback.model import Response

TOGETHER = 100  # answers of a list that are read at once


class Listed(NamedTuple):
    """A list of answers in an index. Nothing in it stands after `latest`; `few` is how many are read of it at first."""

    pk: str
    by: str
    latest: str
    few: int


class Reading:
    """The answers of several lists in one order, each list opened when its turn may come.

    `position` is the place in time down to which everything was yielded; None when there is nothing left. Reading
    stops there when `rows` answers were read, or lists were opened and gone on with `turns` times.
    """

    def __init__(self, lists: Iterable[Listed], *, earliest: str, before: str, rows: int, turns: int) -> None:
        """Take lists in the order of their `latest`, the latest first."""
        self.position: str | None = before
        self._before, self._earliest = before, earliest
        self._lists = iter(lists)
        self._upcoming = next(self._lists, None)
        self._open: list[_Open] = []
        self._rows, self._turns = rows, turns

    def __iter__(self) -> Iterator[Response]:
        """Yield answers until there are none, or enough was read."""
        while self._ready():
            head = max((each for each in self._open if each.found), key=lambda each: each.place, default=None)
            if head is None:
                self.position = None
                return
            answer = head.found.popleft()
            self.position = answer.place_in_time
            yield answer

    def _ready(self) -> bool:
        """Read on until it is known which answer is next, or that there is none; False: not within this call."""
        self._open = [each for each in self._open if each.found or each.more]
        for each in self._open:
            while not each.found and each.more:
                if not self._read(each):
                    return False
        while self._upcoming is not None:
            latest = min(self._upcoming.latest, self._before)
            if any(each.found and each.place > latest for each in self._open):
                return True
            opened = _Open(self._upcoming)
            while not opened.found and opened.more:
                if not self._read(opened):
                    self.position = min(self.position or latest, latest)
                    return False
            self._open.append(opened)
            self._upcoming = next(self._lists, None)
        return True

    def _read(self, each: "_Open") -> bool:
        """Read a little more of a list; False when enough was read."""
        if self._rows <= 0 or self._turns <= 0:
            return False
        latest = min(each.listed.latest, self._before)
        if latest < self._earliest:
            each.more = False
            return True
        self._turns -= 1
        self._rows -= each.read((self._earliest, latest), min(each.size, self._rows), self._before)
        return True


class _Open:
    """A list of which something was read."""

    def __init__(self, listed: Listed) -> None:
        self.listed, self.size = listed, listed.few
        self.found: deque[Response] = deque()
        self.more, self._cursor = True, ""

    @property
    def place(self) -> str:
        """Return where its next answer stands."""
        return self.found[0].place_in_time

    def read(self, between: tuple[str, str], size: int, before: str) -> int:
        """Read so many more; return how many there were."""
        pk, index = self.listed[:2]
        page = table.query(
            Response, pk, index=index, between=between, limit=size, newest_first=True, cursor=self._cursor or None
        )
        self.found.extend(each for each in page.items if each.place_in_time != before)
        self._cursor, self.more, self.size = page.next or "", page.next is not None, min(2 * self.size, TOGETHER)
        return len(page.items)
