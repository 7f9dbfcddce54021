"""Whom to ask and as whom: from the environment, else from a file that only its owner reads."""

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from escuta_cli.exits import Exit, StoppedError

_ONLY_OWNER = 0o600


class Profile(NamedTuple):
    """An address of the API, and the key to ask it with."""

    url: str
    key: str


def place(environment: Mapping[str, str]) -> Path:
    """Return where profiles are kept."""
    home = environment.get("XDG_CONFIG_HOME") or Path(environment.get("HOME") or Path.home()) / ".config"
    return Path(home) / "escuta" / "profiles.toml"


def chosen(environment: Mapping[str, str], name: str = "") -> Profile:
    """Return the profile of this name; without a name that of the environment, else the one called `default`."""
    url, key = environment.get("ESCUTA_URL", ""), environment.get("ESCUTA_KEY", "")
    if not name and url and key:
        return Profile(plain(url), key)
    wanted = name or environment.get("ESCUTA_PROFILE") or "default"
    found = kept(environment).get(wanted)
    if found is None:
        raise StoppedError("no_profile", Exit.NO_ACCESS, name=wanted)
    return Profile(plain(url or found.url), key or found.key) if not name else found


def kept(environment: Mapping[str, str]) -> dict[str, Profile]:
    """Return all profiles of the file by name."""
    path = place(environment)
    if not path.exists():
        return {}
    if path.stat().st_mode & 0o077:
        raise StoppedError("profiles_open", Exit.NO_ACCESS, path=path)
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
        return {name: Profile(plain(said["url"]), said["key"]) for name, said in read.items()}
    except (tomllib.TOMLDecodeError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise StoppedError("profiles_broken", Exit.NO_ACCESS, path=path, why=error) from error


def keep(environment: Mapping[str, str], name: str, profile: Profile) -> Path:
    """Write a profile beside the others, whole or not at all."""
    path = place(environment)
    profiles = {**kept(environment), name: profile}
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.part")
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_OWNER), "w", encoding="utf-8") as file:  # noqa: PTH123 - pathlib opens no descriptor
        file.writelines(  # a JSON string is a TOML one
            f"[{json.dumps(each)}]\nurl = {json.dumps(said.url)}\nkey = {json.dumps(said.key)}\n\n"
            for each, said in profiles.items()
        )
    unfinished.replace(path)
    return path


def plain(url: str) -> str:
    """Return the address without what people copy with it."""
    return url.strip().rstrip("/").removesuffix("/v1")
