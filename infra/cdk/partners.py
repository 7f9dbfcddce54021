"""Who drops files by SFTP: the partners of one deployment, read from a file of its operator."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, field_validator

RESERVED = ("exports", "results", "staged")  # what functions keep beside the reports
_Folder = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
_PublicKey = Annotated[
    str, Field(pattern=r"^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/=]+( .*)?$")
]


class Partner(BaseModel):
    """A user of the server. It sees these folders and the reports on them, and nothing else."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-zA-Z0-9_][a-zA-Z0-9_.-]{2,63}$")
    folders: tuple[_Folder, ...] = Field(min_length=1, max_length=20)
    keys: tuple[_PublicKey, ...] = Field(min_length=1, max_length=10)

    @field_validator("folders")
    @classmethod
    def _not_reserved(cls, folders: tuple[str, ...]) -> tuple[str, ...]:
        for folder in folders:
            if folder in RESERVED:
                raise ValueError(f"the folder {folder} is the product's own")
        return folders


def read(path: Path) -> tuple[Partner, ...]:
    """Return the partners of a JSON file, a list of them; ValueError says what is wrong with which one."""
    return checked(TypeAdapter(tuple[Partner, ...]).validate_json(path.read_bytes()))


def checked(partners: Iterable[Partner]) -> tuple[Partner, ...]:
    """Return the partners unless two have one name. Two may share a folder: a service provider and its customer."""
    found = tuple(partners)
    names = [partner.name for partner in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ValueError(f"two partners are called {twice}")
    return found
