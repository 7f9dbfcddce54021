"""What the counters should say, counted anew from the stored responses, without the product's own arithmetic."""

import json
from collections import Counter
from typing import Any

from escuta.entity import Table
from tests.kit import world

Counts = dict[tuple[str, str], dict[str, int]]  # (partition, day) -> name -> number


def counted() -> Counts:
    """Return the counters as they are stored, their sub-rows added up, without zeros."""
    return {(pk, day): numbers for (_, pk, day), numbers in world.snapshot().items() if pk.startswith("counter#")}


def recounted() -> Counts:
    """Return the counters as they should be: every response that is not deleted, once, at its current place and day."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for item in world.scan(Table.FEEDBACK):
        if item.get("kind", {}).get("S") == "response":
            response = json.loads(item["data"]["S"])
            if response["state"] == "final":
                for place in _places(response):
                    pk = f"counter#{response['survey']}#{place}"
                    counts.setdefault((pk, response["day"]), Counter()).update(_names(response))
    return {key: dict(numbers) for key, numbers in counts.items()}


def _places(response: dict[str, Any]) -> list[str]:
    own = [f"segment#{code}" for code in response["segment_path"]]
    own += [f"channel#{response['channel']}", f"language#{response['language']}"]
    return own + ([f"product#{response['product']}"] if response["product"] else [])


def _names(response: dict[str, Any]) -> list[str]:
    names = ["n", f"q.nps.{response['answers']['nps']}", response["score_class"]]
    names += [f"q.reasons.{reason}" for reason in response["answers"].get("reasons", ())]
    if response["standing"] != "counted":
        names = [f"{response['standing']}.{name}" for name in names]
    return names + [f"tapped.{name}" for name in names if response["origin"] == "tapped"]
