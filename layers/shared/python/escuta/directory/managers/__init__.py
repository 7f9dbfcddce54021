"""Managers: their accounts, and the files that name them. `managers.answering_for(path)` and so on."""

from escuta.directory.managers.accounts import (
    MOST_SEGMENTS,
    answering_for,
    create,
    get,
    identity,
    listing,
    near,
    nearest,
    update,
)
from escuta.directory.managers.taking import take_in

__all__ = [
    "MOST_SEGMENTS",
    "answering_for",
    "create",
    "get",
    "identity",
    "listing",
    "near",
    "nearest",
    "take_in",
    "update",
]
