"""What an organisation decides about itself: how it calls things, and how long people and records stay."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from escuta.directory.model.place import Directory
from escuta.entity import Key, Value

Word = Annotated[str, Field(min_length=1, max_length=40)]


class Noun(StrEnum):
    """What an organisation may call otherwise."""

    SEGMENT = "segment"
    MANAGER = "manager"


class Label(Value):
    """How one, and how several are called."""

    one: Word
    many: Word


class OrganisationDraft(Value):
    """What somebody decides. What is left out is as it is without a decision."""

    labels: dict[Noun, dict[str, Label]] = Field(default_factory=dict)  # language -> words; others are called as ever
    session_hours: int = Field(default=8, ge=1, le=168)  # from the sign-in on
    idle_minutes: int = Field(default=60, ge=15, le=1440)  # after which a session that nobody uses is over
    admins_need_second_factor: bool = False
    audit_days: int = Field(default=400, ge=30, le=3650)  # for which it stays readable who did what


class Organisation(Directory, OrganisationDraft):
    """What holds for the organisation, and who decided it."""

    kind = "organisation"

    updated_at: datetime | None = None
    updated_by: str = ""

    @staticmethod
    def at() -> Key:
        """Return the one key."""
        return Key("settings", "organisation")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at()
