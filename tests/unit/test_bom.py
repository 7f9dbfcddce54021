"""The list of what is deployed says what the layers' locks and the files say, in CycloneDX's own form."""

import json
from hashlib import sha256
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from infra.supply import bom, locks, vendored
from infra.wheels import DEPS, PARQUET


@pytest.fixture(scope="module")
def written() -> str:
    return bom.listed()


@pytest.fixture(scope="module")
def told(written: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(written)
    return said


def of_kind(told: dict[str, Any], kind: str) -> dict[str, Any]:
    return {each["name"]: each for each in told["components"] if each["purl"].startswith(f"pkg:{kind}/")}


def test_it_is_what_the_schema_asks_for(written: str) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(written) is None


def test_the_schema_refuses_what_is_none(written: str) -> None:
    broken = written.replace('"type": "library"', '"type": "book"')
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(broken) is not None


def test_the_same_sources_give_the_same_bytes(written: str) -> None:
    assert written == bom.listed()
    assert "timestamp" not in written


def test_another_hash_gives_another_number(told: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    first, *others = locks.deployed()
    monkeypatch.setattr(locks, "deployed", lambda: (first._replace(hashes=("0" * 64,)), *others))
    assert json.loads(bom.listed())["serialNumber"] != told["serialNumber"]


def test_every_package_of_the_layers_is_there_with_all_its_hashes(told: dict[str, Any]) -> None:
    said = {
        (each["name"], each["version"], tuple(sorted(told["content"] for told in each["hashes"])))
        for each in of_kind(told, "pypi").values()
    }
    assert said == {(name, version, tuple(sorted(hashes))) for name, version, hashes in locks.deployed()}


def test_it_reads_the_lists_that_the_layers_are_built_from() -> None:
    assert [layer.parent.name for layer in locks.LAYERS] == [DEPS, PARQUET]
    assert sorted(path.parent.name for path in (locks.ROOT / "layers").glob("*/requirements.lock")) == [DEPS, PARQUET]


def test_tools_and_tests_are_not_deployed(told: dict[str, Any]) -> None:
    assert not {"pytest", "moto", "ministack", "mypy", "aws-cdk-lib", "boto3"} & set(of_kind(told, "pypi"))


def test_every_part_names_its_licence_and_its_place(told: dict[str, Any]) -> None:
    assert [each["name"] for each in told["components"] if not each.get("licenses")] == []
    places = {each["properties"][0]["value"] for each in told["components"]}
    assert places == {"layer deps", "layer parquet", "console"}


def test_the_product_depends_on_every_part(told: dict[str, Any]) -> None:
    (product,) = (each for each in told["dependencies"] if each["ref"] == told["metadata"]["component"]["bom-ref"])
    assert sorted(product["dependsOn"]) == sorted(each["bom-ref"] for each in told["components"])


def test_every_file_for_the_browser_is_there_with_its_hash(told: dict[str, Any]) -> None:
    said = {
        file["name"]: file["hashes"][0]["content"]
        for library in of_kind(told, "npm").values()
        for file in library["components"]
    }
    scripts = {path for path in vendored.FOLDER.iterdir() if path.suffix in {".js", ".css"}}
    files = scripts | {locks.ROOT / "functions" / "console" / "icons.json"}
    assert said == {path.relative_to(locks.ROOT).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("library", vendored.libraries(), ids=lambda library: library.name)
def test_a_library_for_the_browser_has_the_text_of_its_licence_beside_it(library: vendored.Vendored) -> None:
    assert library.texts
    assert all(path.stat().st_size > 100 for path in library.texts)


@pytest.mark.parametrize(
    ("name", "mark"),
    [("htmx.org", 'version:"{}"'), ("echarts", '"{}"'), ("sortablejs", "Sortable {} "), ("gridstack", 'GDRev="{}"')],
)
def test_a_script_is_of_the_version_that_the_table_names(name: str, mark: str) -> None:
    (library,) = (each for each in vendored.libraries() if each.name == name)
    assert mark.format(library.version) in library.files[0].read_text()
