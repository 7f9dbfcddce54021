"""How a figure reads: its value, its interval, how it differs from the period before. Formatting alone."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from console.words import Reader

DASH = "\N{EN DASH}"  # where nothing is told
_SMALL = 0.1  # shares below it are told with a decimal
_FINE = 7  # a scale up to which a mean has two decimals
_TONES = {"better": ("good", "trending-up"), "worse": ("bad", "trending-down"), "emerging": ("mild", "zap")}

Told = Mapping[str, Any]


class Verdict(NamedTuple):
    """What a comparison says, in words, with the tone and the drawing of its chip; `before` is what it is held to."""

    words: str
    tone: str
    drawing: str
    beside: str = ""


class Saying:
    """Figures in one reader's words; `legend` is what the API says beside a widget."""

    def __init__(self, read: Reader, legend: Told) -> None:
        """Read for one widget."""
        self.read = read
        self.legend = legend
        scale = legend.get("scale") or (0, 100)
        self.places = 2 if scale[1] <= _FINE else 1

    def value(self, figure: Told) -> str:
        """Return a figure with its unit; a dash where nothing is told."""
        return self.number(figure["value"], figure["unit"])

    def number(self, value: float | None, unit: str) -> str:
        """Return a number of a unit."""
        if value is None:
            return DASH
        match unit:
            case "share":
                return self.read.percent(value, 1 if 0 < value < _SMALL else 0)
            case "mean":
                return self.read.decimal(value, self.places)
            case "minutes":
                return self.minutes(value)
            case _:
                return self.read.number(value)

    def minutes(self, value: float) -> str:
        """Return a span of minutes."""
        return self.read.span(timedelta(minutes=value))

    def difference(self, value: float, unit: str) -> str:
        """Return a difference with its sign."""
        words = self.number(abs(value), unit)
        if unit == "share":
            words = self.read.say("analyze.points", n=self.read.decimal(abs(value) * 100, 1))
        elif unit == "points":
            words = self.read.decimal(abs(value), 1)
        return f"+{words}" if value > 0 else f"\N{MINUS SIGN}{words}" if value < 0 else words

    def interval(self, figure: Told) -> str:
        """Return between what a figure lies, at 95 %; "" where no interval is known."""
        if figure.get("low") is None or figure.get("high") is None:
            return ""
        low, high = (self.number(figure[end], figure["unit"]) for end in ("low", "high"))
        return self.read.say("analyze.between", low=low, high=high)

    def span(self, figure: Told) -> str:
        """Return an interval where its heading says that it is one: only its two ends."""
        if figure.get("low") is None or figure.get("high") is None:
            return ""
        low, high = (self.number(figure[end], figure["unit"]) for end in ("low", "high"))
        return self.read.say("analyze.span", low=low, high=high)

    def count(self, figure: Told) -> str:
        """Return from how many answers a figure is."""
        if figure["unit"] == "count":
            return ""
        code = "analyze.n_tickets" if figure["metric"] in OF_TICKETS else "analyze.n"
        code = "analyze.n_asked" if figure["metric"] == "funnel" else code
        return self.read.many(code, figure["n"])

    def whole(self, figure: Told) -> str:
        """Return all of a figure in one line."""
        if figure["masked"]:
            return f"{self.legend['masked']} ({self.count(figure)})"
        return " · ".join(filter(None, (self.value(figure), self.interval(figure), self.count(figure))))

    def verdict(self, compared: Told | None, unit: str) -> Verdict | None:
        """Return what a comparison with another period says."""
        if compared is None:
            return None
        days = self.days(compared["first"], compared["last"])
        earlier, change = compared["figure"], compared["change"]
        if change is None:
            if earlier["masked"]:
                return Verdict("", "", "", self.read.say("analyze.was_few", days=days))
            return Verdict("", "", "", self.read.say("analyze.was", days=days, value=self.value(earlier)))
        beside = self.read.say("analyze.was", days=days, value=self.value(earlier))
        return self.change(change, unit, beside)

    def change(self, change: Told, unit: str, beside: str = "") -> Verdict:
        """Return what a difference says, with its size where it is one."""
        tone, drawing = _TONES.get(change["verdict"], ("", "equal"))
        words = self.legend["verdicts"].get(change["verdict"], change["verdict"])
        if change["verdict"] in _TONES:
            words = f"{words} ({self.difference(change['difference'], unit)})"
        return Verdict(words, tone, drawing, beside)

    def days(self, first: str, last: str) -> str:
        """Return a period as people write it, with the year once."""
        if first == last:
            return self.read.date(last)
        start = self.read.day(first) if first[:4] == last[:4] else self.read.date(first)
        return self.read.say("analyze.days", first=start, last=self.read.date(last))


OF_TICKETS = frozenset(
    {
        "tickets",
        "first_response",
        "closing",
        "in_time",
        "time_in_state",
        "reopened",
        "recovery",
        "causes",
        "caused_again",
    }
)
