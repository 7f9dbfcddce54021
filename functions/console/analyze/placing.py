"""The first place on the grid that is free. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from escuta.feedback.model.dashboard import COLUMNS, MOST_LINES


def free(widgets: Iterable[Mapping[str, Any]], size: Mapping[str, int]) -> dict[str, int]:
    """Return where something of this size covers nothing, as high up and as far left as it goes."""
    taken = [each["position"] for each in widgets]
    w, h = size["w"], size["h"]
    for y in range(MOST_LINES - h + 1):
        for x in range(COLUMNS - w + 1):
            if not any(_meet({"x": x, "y": y, "w": w, "h": h}, other) for other in taken):
                return {"x": x, "y": y, "w": w, "h": h}
    return {"x": 0, "y": MOST_LINES - h, "w": w, "h": h}  # nothing is free: the API refuses it in words


def _meet(a: Mapping[str, int], b: Mapping[str, int]) -> bool:
    across = a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"]
    return across and a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"]
