"""The JSON Schema of each type of event, made from what the product itself checks its events by."""

import json
from pathlib import Path
from typing import Any

from escuta.events.data import DATA, VERSION, EventType
from escuta.events.event import SOURCE, schema_name

_TEXT: dict[str, Any] = {"type": "string"}
_MOMENT = {"type": "string", "format": "date-time"}
_ENVELOPE: dict[str, dict[str, Any]] = {
    "specversion": {"const": "1.0", "description": "Of CloudEvents."},
    "id": {**_TEXT, "description": "The same whenever and wherever this event is told: what is known is left out."},
    "source": {"const": SOURCE},
    "time": {**_MOMENT, "description": "When it happened."},
    "subject": {**_TEXT, "description": "What it happened to: `{noun}/{id}`."},
    "datacontenttype": {"const": "application/json"},
    "revision": {
        "type": "integer",
        "description": "Of the subject, afterwards. Of two events of one subject the higher one is newer.",
    },
    "recordedat": {**_MOMENT, "description": "When it was noted: the order of GET /v1/events."},
    "segment": {**_TEXT, "description": "Code of the place; empty for what concerns the whole company."},
    "segmentpath": {**_TEXT, "description": "Codes from the top of the hierarchy down to the place, between slashes."},
    "survey": _TEXT,
}


def schema(kind: EventType) -> dict[str, Any]:
    """Return the schema of an event as it leaves, whatever way it goes. Fields may be added to it any time."""
    name = schema_name(kind, VERSION)
    data = DATA[kind].model_json_schema(mode="serialization")
    own = {"type": {"const": kind.value}, "dataschema": {"const": name}, "data": data}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": name,
        "title": kind.value,
        "description": data.get("description", ""),
        "type": "object",
        "properties": {**_ENVELOPE, **own},
        "required": [*_ENVELOPE, *own],
    }


def written() -> dict[str, str]:
    """Return the text of each file of schemas by its name."""
    return {schema_name(kind, VERSION): f"{json.dumps(schema(kind), indent=2)}\n" for kind in EventType}


def write(folder: Path) -> None:
    """Write all schemas into a folder, and remove the ones of types that there are no more."""
    folder.mkdir(parents=True, exist_ok=True)
    files = written()
    for stale in {path.name for path in folder.glob("*.json")} - files.keys():
        (folder / stale).unlink()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
