"""Whom to ask and as whom: from the environment, else from a file that only its owner reads."""

import json
import os
import re
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from escuta_cli.exits import Exit, StoppedError

_KEY = re.compile(r"[\x21-\x7e]+")
_HERE = re.compile(r"(?:.+\.)?localhost|127(?:\.\d+){3}|::1")


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
        return checked(Profile(plain(url), key.strip()))
    wanted = name or environment.get("ESCUTA_PROFILE") or "default"
    found = kept(environment).get(wanted)
    if found is None:
        raise StoppedError("no_profile", Exit.NO_ACCESS, name=wanted)
    if not name and url and plain(url) != found.url:  # the key of one address is not for another one to see
        raise StoppedError("profile_elsewhere", Exit.NO_ACCESS, name=wanted, kept=found.url, url=plain(url))
    return checked(Profile(found.url, key.strip() or found.key) if not name else found)


def kept(environment: Mapping[str, str]) -> dict[str, Profile]:
    """Return all profiles of the file by name."""
    path = place(environment)
    if not path.exists():
        return {}
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise StoppedError("profiles_open", Exit.NO_ACCESS, path=path)
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
        return {name: Profile(plain(said["url"]), said["key"].strip()) for name, said in read.items()}
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise StoppedError("profiles_broken", Exit.NO_ACCESS, path=path, why=error) from error


def keep(environment: Mapping[str, str], name: str, profile: Profile) -> Path:
    """Write a profile beside the others, whole or not at all."""
    path = place(environment)
    profiles = {**kept(environment), name: profile}
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made, unfinished = tempfile.mkstemp(suffix=".part", dir=path.parent)  # for its owner alone from the beginning
    try:
        with open(made, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor, not a path
            file.writelines(
                f"[{_text(each)}]\nurl = {_text(said.url)}\nkey = {_text(said.key)}\n\n"
                for each, said in profiles.items()
            )
        Path(unfinished).replace(path)
    finally:
        Path(unfinished).unlink(missing_ok=True)
    return path


def checked(profile: Profile) -> Profile:
    """Return the profile, unless it is no address or no key, or others on the way could read the key."""
    try:
        parts = urlsplit(profile.url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in {"http", "https"} or not host or "@" in parts.netloc:
        raise StoppedError("url_wrong", Exit.USAGE)
    if parts.scheme == "http" and not _HERE.fullmatch(host):
        raise StoppedError("url_open", Exit.USAGE, host=host)
    if not _KEY.fullmatch(profile.key):
        raise StoppedError("key_wrong", Exit.NO_ACCESS)
    return profile


def plain(url: str) -> str:
    """Return the address without what people copy with it."""
    return url.strip().rstrip("/").removesuffix("/v1")


def _text(value: str) -> str:
    """Return a TOML string: a JSON one, where characters stand as they are, and none that TOML does not take."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
