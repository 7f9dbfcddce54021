"""What the counters should say, counted anew from the stored responses, without the product's own arithmetic."""

from collections import Counter
from datetime import datetime
from functools import cache
from typing import Any

from escuta.directory import products
from escuta.entity import Table
from escuta.feedback import comments
from tests.kit import world

Counts = dict[tuple[str, str], dict[str, int]]  # (partition, day) -> name -> number
_WAITS = {5: "5", 60: "60", 360: "360", 1440: "1440", 4320: "4320", 10_080: "10080", 20_160: "20160"}


def counted() -> Counts:
    """Return the counters as they are stored, their sub-rows added up, without zeros."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for item in world.scan(Table.FEEDBACK):
        pk, sk = item["pk"]["S"], item["sk"]["S"]
        if pk.startswith("counter#"):
            numbers = {name: int(value["N"]) for name, value in item.items() if "N" in value and name != "ver"}
            found.setdefault((pk, sk.rpartition("#")[0]), Counter()).update(numbers)
    plain = {key: {name: number for name, number in numbers.items() if number} for key, numbers in found.items()}
    return {key: numbers for key, numbers in plain.items() if numbers}


def recounted() -> Counts:
    """Return the counters as they should be: every response that is not deleted, once, at its current place and day."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    items = world.scan(Table.FEEDBACK)
    groups = {product.code: product.group for product in products.listing().items}
    listed = {(item["pk"]["S"], item["sk"]["S"]): world.whole(item) for item in items if "data" in item}
    for item in items:
        if item.get("kind", {}).get("S") == "response":
            response = world.whole(item)
            if response["state"] == "final":
                names = _names(response)
                for place in [*_places(response), *_facets(response, listed), *_group(response, groups)]:
                    pk = f"counter#{response['survey']}#{place}"
                    counts.setdefault((pk, response["day"]), Counter()).update(names)
    return {key: dict(numbers) for key, numbers in counts.items()}


def _places(response: dict[str, Any]) -> list[str]:
    own = [f"segment#{code}" for code in response["segment_path"]]
    own += [f"at#{response['segment']}", f"channel#{response['channel']}", f"language#{response['language']}"]
    return own + ([f"product#{response['product']}"] if response["product"] else [])


def _group(response: dict[str, Any], groups: dict[str, str]) -> list[str]:
    return [f"group#{groups[response['product']]}"] if response["product"] in groups else []


def _facets(response: dict[str, Any], listed: dict[tuple[str, str], Any]) -> list[str]:
    found = []
    for name, value in response["facets"].items():
        known = listed.get((f"survey#{response['survey']}", f"facet#{name}"), {"values": []})
        found.append(f"{name}#{value if value in known['values'] else '~other'}")
    return found


def _names(response: dict[str, Any]) -> list[str]:
    names = ["n", f"q.nps.{response['answers']['nps']}", response["score_class"]]
    reasons = response["answers"].get("reasons", ())
    names += [f"q.reasons.{reason}" for reason in reasons] + (["a.reasons"] if reasons else [])
    names += [f"wait.{_wait(response)}"] if response["sent_at"] else []
    names += _comment(response)
    if response["standing"] != "counted":
        names = [f"{response['standing']}.{name}" for name in names]
    return names + [f"tapped.{name}" for name in names if response["origin"] == "tapped"]


def _wait(response: dict[str, Any]) -> str:
    received, sent = (datetime.fromisoformat(response[name]) for name in ("received_at", "sent_at"))
    minutes = (received - sent).total_seconds() / 60
    return next((name for most, name in _WAITS.items() if minutes <= most), "more")


def _comment(response: dict[str, Any]) -> list[str]:
    if response["heard"]:
        tone, topics = response["heard"]["tone"], response["heard"]["topics"]
    elif response["comment"]:
        read = _read(response["comment"], response["language"])
        tone, topics = str(read.tone), list(read.topics)
    else:
        return []
    by_class = [f"topic.{topic}.{response['score_class']}" for topic in topics]
    return [f"tone.{tone}", f"comment.{response['score_class']}", *(f"topic.{topic}" for topic in topics), *by_class]


@cache
def _read(comment: str, language: str) -> comments.Comment:
    return comments.read(comment, language)
