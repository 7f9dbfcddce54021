"""What an organisation decides about itself: its name, its language and place, and how it calls things."""

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
    """What somebody decides. Of name, language, country and zone, an empty one is that of the deployed stack."""

    name: str = Field(default="", max_length=100)
    language: str = Field(default="", max_length=16)  # BCP 47, one of ours: where nothing says what somebody reads
    country: str = Field(default="", max_length=2)  # ISO 3166: of telephone numbers without a country
    timezone: str = Field(default="", max_length=64)  # IANA: of what belongs to no place
    labels: dict[Noun, dict[str, Label]] = Field(default_factory=dict)  # language -> words; others are called as ever
    session_hours: int = Field(default=8, ge=1, le=168)  # from the sign-in on
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
