"""`make sbom`: the list of what is deployed, as CycloneDX 1.6, in `build/sbom.cdx.json`.

The same sources give the same bytes: there is no time in it, and its number follows from what it says. The hashes of a
package are those of all files that may be installed as this version; the one for Lambda is among them.
"""

import json
import tomllib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from infra.supply import licences, locks, vendored

WRITTEN = locks.ROOT / "build" / "sbom.cdx.json"


def listed() -> str:
    """Return the list as JSON."""
    product = _product()
    parts = [*_packages(), *_libraries()]
    bom = Bom(components=parts, metadata=BomMetaData(component=product))
    bom.register_dependency(product, parts)
    told = json.loads(JsonV1Dot6(bom).output_as_string())
    del told["metadata"]["timestamp"], told["serialNumber"]
    told["serialNumber"] = uuid5(NAMESPACE_URL, json.dumps(told, sort_keys=True)).urn
    return json.dumps(told, indent=2, sort_keys=True) + "\n"


def _product() -> Component:
    project = tomllib.loads((locks.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    name, version = project["name"], project["version"]
    described = project["description"]
    return Component(name=name, version=version, type=ComponentType.APPLICATION, description=described, bom_ref=name)


def _packages() -> Iterator[Component]:
    where = {package.name: layer.parent.name for layer in locks.LAYERS for package in locks.packages(layer)}
    for package in locks.deployed():
        hashes = [HashType(alg=HashAlgorithm.SHA_256, content=each) for each in package.hashes]
        licence = licences.of_package(package.name)
        yield _part("pypi", package.name, package.version, licence, f"layer {where[package.name]}", hashes=hashes)


def _libraries() -> Iterator[Component]:
    for library in vendored.libraries():
        files = [_file(path) for path in library.files]
        yield _part("npm", library.name, library.version, library.licence, "console", components=files)


def _part(
    kind: str,
    name: str,
    version: str,
    licence: str,
    where: str,
    *,
    hashes: list[HashType] | None = None,
    components: list[Component] | None = None,
) -> Component:
    purl = PackageURL(kind, name=name, version=version)
    return Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        bom_ref=str(purl),
        purl=purl,
        licenses=[LicenseFactory().make_from_string(licence)],
        hashes=hashes,
        components=components,
        properties=[Property(name="escuta:where", value=where)],
    )


def _file(path: Path) -> Component:
    content = HashType(alg=HashAlgorithm.SHA_256, content=sha256(path.read_bytes()).hexdigest())
    name = path.relative_to(locks.ROOT).as_posix()
    return Component(name=name, type=ComponentType.FILE, bom_ref=name, hashes=[content])


def main() -> None:
    """Write the list, and say where."""
    WRITTEN.parent.mkdir(exist_ok=True)
    WRITTEN.write_text(listed(), encoding="utf-8")
    print(WRITTEN.relative_to(locks.ROOT))  # noqa: T201 - the command's answer


if __name__ == "__main__":
    main()
