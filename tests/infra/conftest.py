"""The synthesised templates, once per run."""

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from infra.local import assembly, deploy
from tests.infra.staging import apart, full, synthesised


class Template:
    """The resources of all stacks as if they were one, by type."""

    def __init__(self, folder: Path, stacks: tuple[str, ...] = deploy.STACKS) -> None:
        self.folder = folder
        self.stacks = stacks

    @cached_property
    def whole(self) -> dict[str, Any]:
        """Return everything in one template: what one stack takes from another is replaced by what it stands for."""
        found: dict[str, Any] = {}
        exported: dict[str, Any] = {}
        for stack in self.stacks:
            read = json.loads((self.folder / f"{stack}.template.json").read_text())
            for out in read.get("Outputs", {}).values():
                if "Export" in out:
                    exported[out["Export"]["Name"]] = out["Value"]
            for part in ("Parameters", "Conditions", "Resources", "Outputs"):
                here = _resolved(read.get(part, {}), exported)
                known = found.setdefault(part, {})
                both = {name for name in here.keys() & known.keys() if here[name] != known[name]}
                assert not both, (stack, part, both)
                known.update(here)
        return found

    @property
    def resources(self) -> dict[str, Any]:
        return dict(self.whole["Resources"])

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


def _resolved(value: Any, exported: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_resolved(each, exported) for each in value]
    if isinstance(value, dict):
        if value.keys() == {"Fn::ImportValue"}:
            return exported.get(value["Fn::ImportValue"], value)
        return {name: _resolved(each, exported) for name, each in value.items()}
    return value


@pytest.fixture(scope="session")
def template() -> Template:
    return Template(assembly.ready())


@pytest.fixture(scope="session")
def checked(tmp_path_factory: pytest.TempPathFactory, template: Template) -> Template:
    """Return the stacks of a stage with everything that can be switched on, checked by cdk-nag."""
    assert template.folder.exists()  # the layers are built
    stages, folder = tmp_path_factory.mktemp("stages"), tmp_path_factory.mktemp("checked")
    (stages / "full.toml").write_text(full())
    synthesised(folder, stages, nag="true")
    return Template(folder, ("Escuta-full-data", "Escuta-full", "Escuta-full-watch"))


@pytest.fixture(scope="session")
def doored(tmp_path_factory: pytest.TempPathFactory, template: Template) -> Template:
    """Return the stacks of a stage in which respondents have an API of their own, checked by cdk-nag."""
    assert template.folder.exists()  # the layers are built
    stages, folder = tmp_path_factory.mktemp("stages"), tmp_path_factory.mktemp("doored")
    (stages / "apart.toml").write_text(apart())
    synthesised(folder, stages, "apart", nag="true")
    return Template(folder, ("Escuta-apart-data", "Escuta-apart", "Escuta-apart-watch"))


def target(value: Any) -> str:
    """Return the logical id that a Ref or GetAtt names."""
    return str(value.get("Ref") or value["Fn::GetAtt"][0])
