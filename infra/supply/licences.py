"""`make licences`: under which licences stands what is deployed, written to `docs/licences.md`.

A package's licence is what its metadata says in SPDX's words. Where it uses others, or says less than the text that
comes with the package, the reading is written down here, and holds for exactly these words.
"""

import sys
from importlib.metadata import metadata
from typing import NamedTuple

from license_expression import ExpressionError, get_spdx_licensing

from infra.supply import locks, vendored

DOCUMENT = locks.ROOT / "docs" / "licences.md"
# They ask for their notice and nothing of our own code. Any other (a copyleft, a licence for some uses only) is a
# decision that somebody takes before the package comes in.
ACCEPTED = frozenset(
    {"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "PSF-2.0", "Unlicense"}
)
# By package and what its metadata says: what the text of its licence is.
_READ = {
    ("aws-lambda-powertools", "MIT"): "MIT-0",
    ("chalice", "Apache License 2.0"): "Apache-2.0",
    ("defusedxml", "PSFL"): "PSF-2.0",
    ("jinja2", "License :: OSI Approved :: BSD License"): "BSD-3-Clause",
    ("pystemmer", "MIT, BSD"): "MIT AND BSD-3-Clause",  # the binding, and the stemmers of Snowball in it
    ("segno", "License :: OSI Approved :: BSD License"): "BSD-3-Clause",
}
_HEAD = """\
# Licences

Everything that a deployment holds and others wrote, from `make licences`; what builds and tests it is not deployed.
A test refuses a licence that is not accepted, one that is not known, and this page when it is no longer so. Accepted
are those that ask for their notice and nothing of our own code:
{accepted}.

Deployed into your own account nothing is passed on. Who passes the layers on gives with them the texts of the licences,
which the packages bring and the layers leave out; those of the browser's libraries lie beside them. Arrow (`pyarrow`)
brings a NOTICE and the texts of what is built into it, Chalice and ECharts a NOTICE.

| What | Version | Licence | Where |
|---|---|---|---|
"""


class Licensed(NamedTuple):
    """Something deployed that others wrote."""

    name: str
    version: str
    licence: str
    where: str


def of_package(name: str) -> str:
    """Return the licence of an installed package as an expression of SPDX; ValueError when that is not known."""
    told = metadata(name)
    kinds = [each for each in told.get_all("Classifier") or () if each.startswith("License ::")]
    named = [*(told.get_all("License-Expression") or ()), *(told.get_all("License") or ())]
    said = next(filter(None, named), ", ".join(kinds))
    licence = _READ.get((name, said), said)
    try:
        get_spdx_licensing().parse(licence, validate=True, strict=True)
    except ExpressionError as error:
        raise ValueError(f"{name}: which licence is {said[:80]!r}?") from error
    if not licence:
        raise ValueError(f"{name} names no licence")
    return licence


def refused(licence: str) -> frozenset[str]:
    """Return what of an expression is not accepted; every part has to be, also where there is a choice."""
    return frozenset(get_spdx_licensing().license_keys(licence)) - ACCEPTED


def deployed() -> tuple[Licensed, ...]:
    """Return all of it, by place and name."""
    found = [
        Licensed(package.name, package.version, of_package(package.name), f"layer `{layer.parent.name}`")
        for layer in locks.LAYERS
        for package in locks.packages(layer)
    ]
    return (*found, *(Licensed(*each[:3], "console, in the browser") for each in vendored.libraries()))


def document() -> str:
    """Return the page."""
    rows = "".join(f"| {each.name} | {each.version} | {each.licence} | {each.where} |\n" for each in deployed())
    return _HEAD.format(accepted=", ".join(sorted(ACCEPTED))) + rows


def main() -> int:
    """Write the page; the status of the command tells whether everything on it is accepted."""
    DOCUMENT.write_text(document(), encoding="utf-8")
    bad = {each.name: sorted(refused(each.licence)) for each in deployed() if refused(each.licence)}
    for name, keys in bad.items():
        print(f"licences: {name} stands under {', '.join(keys)}, which is not accepted")  # noqa: T201 - the command's answer
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
