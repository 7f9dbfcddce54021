"""The synthesised template, once per run."""

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from infra.local import assembly


class Template:
    """The resources of the stack, by type."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "Escuta.template.json"

    @cached_property
    def resources(self) -> dict[str, Any]:
        return dict(json.loads(self.path.read_text())["Resources"])

    def of(self, kind: str) -> dict[str, Any]:
        """Return the properties of all resources of a type, such as `SQS::Queue`."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.resources.items()
            if resource["Type"] == f"AWS::{kind}"
        }

    def one(self, kind: str, part: str) -> dict[str, Any]:
        """Return the properties of the one resource of a type whose id begins so."""
        found = [properties for name, properties in self.of(kind).items() if name.startswith(part)]
        assert len(found) == 1, (kind, part, len(found))
        return dict(found[0])


@pytest.fixture(scope="session")
def template() -> Template:
    return Template(assembly.ready())


def target(value: Any) -> str:
    """Return the logical id that a Ref or GetAtt names."""
    return str(value.get("Ref") or value["Fn::GetAtt"][0])
