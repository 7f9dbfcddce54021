"""The folder: one file for what there is one of, one list for what is small, one file each for the rest."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from escuta_cli import words
from escuta_cli.exits import Exit, StoppedError
from escuta_cli.programme import notation, schemas
from escuta_cli.programme.kinds import Kind, Single, Value
from escuta_cli.programme.special import KINDS

_UNSAFE = re.compile(r"[^\w.-]+")
_LONGEST = 80  # characters of the name of a file
_MOST_BYTES = 200
_LARGEST = 16 << 20  # bytes of a file
_KEPT = re.compile(r"con|prn|aux|nul|com\d|lpt\d", re.IGNORECASE)


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
    files = dict(_files(folder, language, faults))
    for kind in KINDS:
        own = [file for file, of in files.items() if of is kind]
        if own:
            found[kind] = [said for file in own for said in _said(kind, file, folder, language, faults)]
            faults += _twice(kind, found[kind], folder, language)
    if faults:
        raise BrokenError(faults)
    if not found:
        raise StoppedError("programme_none", Exit.USAGE, path=folder)
    return found


def _files(folder: Path, language: str, faults: list[str]) -> Iterator[tuple[Path, Kind]]:
    """Yield the files of a folder, each with the kind that it belongs to. Hidden ones are somebody else's."""
    top = folder.resolve()
    for file in sorted(_below(folder)):
        kind = _kind(file.relative_to(folder).parts)
        outside = file.is_symlink() and (file.is_dir() or not file.resolve().is_relative_to(top))
        if outside or not file.is_file():
            faults.append(f"{file.relative_to(folder)}: {words.say(language, 'file_outside')}")
        elif kind is None:
            faults.append(f"{file.relative_to(folder)}: {words.say(language, 'file_unknown')}")
        elif file.stat().st_size > _LARGEST:
            faults.append(f"{file.relative_to(folder)}: {words.say(language, 'file_large', most=_LARGEST >> 20)}")
        else:
            yield file, kind


def _below(folder: Path) -> Iterator[Path]:
    """Yield what could be a file of a programme, and links to folders, which are not followed."""
    for each in folder.iterdir():
        if each.name.startswith("."):
            continue
        if each.is_dir() and not each.is_symlink():
            yield from _below(each)
        elif each.is_dir() or each.suffix.lower() in {".yaml", ".yml"}:
            yield each


def _kind(parts: tuple[str, ...]) -> Kind | None:
    """Return what a file of this place says: there is one place for each kind."""
    for kind in KINDS:
        if _is_one(kind):
            if parts == (f"{kind.name}.yaml",):
                return kind
        elif len(parts) > 1 and parts[0] == kind.name and parts[-1].endswith(".yaml"):
            return kind
    return None


def _is_one(kind: Kind) -> bool:
    return schemas.is_list(kind.name) or isinstance(kind, Single)


def _said(kind: Kind, file: Path, folder: Path, language: str, faults: list[str]) -> Iterator[Said]:
    """Yield what one file says; what is wrong with it goes to the faults."""
    where = file.relative_to(folder)
    try:
        value: Any = notation.read(file.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
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
    there = dict(_files(folder, "en", []))
    for kind, values in standing.items():
        own = [file for file, of in there.items() if of is kind]
        texts = dict(_texts(folder, kind, list(kind.written(values)), own))
        yield from (_wrote(file, text, folder) for file, text in texts.items())
        for file in own:
            if file not in texts:
                if prune:
                    file.unlink()
                yield ("removed" if prune else "alone"), file


def _wrote(file: Path, text: str, folder: Path) -> tuple[str, Path]:
    """Write a file, whole or not at all, and nowhere else than in the folder."""
    if not file.resolve().is_relative_to(folder.resolve()):
        raise StoppedError("link_outside", path=file)
    with suppress(OSError, UnicodeDecodeError):
        if file.read_text(encoding="utf-8") == text:
            return "same", file
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}.part")
    unfinished.unlink(missing_ok=True)
    try:
        unfinished.write_text(text, encoding="utf-8", newline="\n")
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    return "wrote", file


def _texts(folder: Path, kind: Kind, values: list[Value], own: list[Path]) -> Iterator[tuple[Path, str]]:
    if schemas.is_list(kind.name):
        yield folder / f"{kind.name}.yaml", notation.write({"items": values})
        return
    if isinstance(kind, Single):
        yield from ((folder / f"{kind.name}.yaml", notation.write(value)) for value in values)
        return
    known, taken = _known(folder, kind, own), set(own)
    for value in values:
        file = known.get(kind.title(value)) or _free(folder / kind.name, kind.parts(value), taken)
        taken.add(file)
        yield file, notation.write(value)


def _known(folder: Path, kind: Kind, own: list[Path]) -> dict[str, Path]:
    """Return which file says which thing now; one that cannot be read says none."""
    return {kind.title(value): file for file in own for value, _ in _said(kind, file, folder, "en", [])}


def _free(top: Path, parts: tuple[str, ...], taken: set[Path]) -> Path:
    """Return a name for a file that no other has, also where capitals make no difference."""
    plain = [_plain(part) for part in parts]
    used = {str(path).casefold() for path in taken}
    for number in range(1, len(taken) + 2):
        more = f"-{number}" if number > 1 else ""
        file = top.joinpath(*plain[:-1], f"{plain[-1]}{more}.yaml")
        if str(file).casefold() not in used:
            return file
    raise AssertionError  # one of so many names is free


def _plain(part: str) -> str:
    """Return a name that every file system takes: short in bytes, too, and none that Windows keeps for itself."""
    name = _UNSAFE.sub("-", part)[:_LONGEST].encode()[:_MOST_BYTES].decode(errors="ignore").strip("-.") or "x"
    return f"_{name}" if _KEPT.fullmatch(name.partition(".")[0]) else name
