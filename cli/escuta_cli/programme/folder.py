"""The folder: one file for what there is one of, one list for what is small, one file each for the rest."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from escuta_cli import words
from escuta_cli.exits import Exit, StoppedError
from escuta_cli.programme import notation, schemas
from escuta_cli.programme.kinds import Kind, Single, Value
from escuta_cli.programme.special import KINDS

_UNSAFE = re.compile(r"[^\w.-]+")
_LONGEST = 80  # of the name of a file


class Said(NamedTuple):
    """A thing, and the file that says it."""

    value: Value
    file: Path


class BrokenError(StoppedError):
    """Files that cannot be understood, each with its place and what is wrong there."""

    def __init__(self, faults: list[str]) -> None:
        """Keep the faults, which are words already."""
        super().__init__("programme_broken", Exit.REFUSED, faults="\n  ".join(faults))
        self.faults = tuple(faults)


def read(folder: Path, language: str) -> dict[Kind, list[Said]]:
    """Return what the files of a folder say, by kind. A kind without a file is left out: it is let alone."""
    if not folder.is_dir():
        raise StoppedError("programme_none", Exit.USAGE, path=folder)
    found: dict[Kind, list[Said]] = {}
    faults: list[str] = []
    for kind in KINDS:
        own, one = folder / kind.name, folder / f"{kind.name}.yaml"
        files = sorted(own.rglob("*.yaml")) if own.is_dir() else [one] if one.is_file() else None
        if files is not None:
            found[kind] = [said for file in files for said in _said(kind, file, folder, language, faults)]
            faults += _twice(kind, found[kind], folder, language)
    known = {path for said in found.values() for _, path in said} | {folder / f"{kind.name}.yaml" for kind in KINDS}
    unknown = [file for file in sorted(folder.rglob("*.y*ml")) if file not in known and not _is_of(file, folder)]
    faults += [f"{file.relative_to(folder)}: {words.say(language, 'file_unknown')}" for file in unknown]
    if faults:
        raise BrokenError(faults)
    if not found:
        raise StoppedError("programme_none", Exit.USAGE, path=folder)
    return found


def _is_of(file: Path, folder: Path) -> bool:
    top = file.relative_to(folder).parts[0]
    return top.startswith(".") or (file.suffix == ".yaml" and any(kind.name == top for kind in KINDS))


def _said(kind: Kind, file: Path, folder: Path, language: str, faults: list[str]) -> Iterator[Said]:
    """Yield what one file says; what is wrong with it goes to the faults."""
    where = file.relative_to(folder)
    try:
        value: Any = notation.read(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        faults.append(f"{where}: {' '.join(str(error).split())}")
        return
    wrong = list(schemas.faults(kind.name, value, language))
    faults += [f"{where}: {fault.place}: {fault.detail}" for fault in wrong]
    if wrong:
        return
    if schemas.is_list(kind.name):
        yield from (Said(each, file) for each in value["items"])
    else:
        yield Said(value, file)


def _twice(kind: Kind, found: list[Said], folder: Path, language: str) -> Iterator[str]:
    known: dict[str, Path] = {}
    for value, file in found:
        title = kind.title(value)
        if title in known:
            where = known[title].relative_to(folder)
            yield f"{file.relative_to(folder)}: {words.say(language, 'file_twice', name=title, file=where)}"
        known[title] = file


def write(folder: Path, standing: dict[Kind, list[Value]], *, prune: bool = False) -> Iterator[tuple[str, Path]]:
    """Write what stands; yield what was done to which file: `wrote`, `same`, `removed`, `alone` (nothing stands of it).

    A thing that some file says already stays in that file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for kind, values in standing.items():
        texts = dict(_texts(folder, kind, list(kind.written(values))))
        yield from (_wrote(file, text) for file, text in texts.items())
        own = folder / kind.name
        for file in sorted(own.rglob("*.yaml")) if own.is_dir() else ():
            if file not in texts:
                if prune:
                    file.unlink()
                yield ("removed" if prune else "alone"), file


def _wrote(file: Path, text: str) -> tuple[str, Path]:
    if file.is_file() and file.read_text(encoding="utf-8") == text:
        return "same", file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", newline="\n")
    return "wrote", file


def _texts(folder: Path, kind: Kind, values: list[Value]) -> Iterator[tuple[Path, str]]:
    if schemas.is_list(kind.name):
        yield folder / f"{kind.name}.yaml", notation.write({"items": values})
        return
    if isinstance(kind, Single):
        yield from ((folder / f"{kind.name}.yaml", notation.write(value)) for value in values)
        return
    known, taken = _known(folder, kind), set[Path]()
    for value in values:
        file = known.get(kind.title(value)) or _free(folder / kind.name, kind.parts(value), taken)
        taken.add(file)
        yield file, notation.write(value)


def _known(folder: Path, kind: Kind) -> dict[str, Path]:
    """Return which file says which thing now; one that cannot be read says none."""
    found: dict[str, Path] = {}
    own = folder / kind.name
    for file in sorted(own.rglob("*.yaml")) if own.is_dir() else ():
        for value, _ in _said(kind, file, folder, "en", []):
            found[kind.title(value)] = file
    return found


def _free(top: Path, parts: tuple[str, ...], taken: set[Path]) -> Path:
    """Return a name for a file that no other has, also where capitals make no difference."""
    plain = [_UNSAFE.sub("-", part).strip("-.")[:_LONGEST] or "x" for part in parts]
    used = {str(path).casefold() for path in taken}
    for number in range(1, len(taken) + 2):
        more = f"-{number}" if number > 1 else ""
        file = top.joinpath(*plain[:-1], f"{plain[-1]}{more}.yaml")
        if str(file).casefold() not in used:
            return file
    raise AssertionError  # one of so many names is free
