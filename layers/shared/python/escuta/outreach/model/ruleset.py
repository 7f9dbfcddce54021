"""Rules: what a file or a visit causes. Exclude, then assign, then send, then remind; a version never changes."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from escuta.entity import Key, Value
from escuta.outreach.model.base import Outreach
from escuta.outreach.model.message import Strategy
from escuta.outreach.model.sending import Reminders, SendTime

Facts = dict[str, str | tuple[str, ...]]  # what is known of a person and a visit, by the name of the field
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\s#@](?:[^\x00-\x1f#@]*[^\s#@])?$")]
MOST_RULES = 100


class Op(StrEnum):
    """How a fact is compared."""

    IS = "is"
    IS_NOT = "is_not"
    ANY_OF = "any_of"
    NONE_OF = "none_of"
    CONTAINS = "contains"
    AT_LEAST = "at_least"  # numbers, and days as YYYY-MM-DD
    AT_MOST = "at_most"
    KNOWN = "known"
    BLANK = "blank"


class Condition(Value):
    """One thing that must hold: `segment is sul` holds for every store below `sul`, too."""

    field: str = Field(min_length=1, max_length=100)  # segment, product, group, language, custom.plan, visit.amount...
    op: Op
    value: str | int | tuple[str | int, ...] = ""


When = Annotated[tuple[Condition, ...], Field(max_length=20)]  # all of them must hold; (): it always does


class Exclude(Value):
    """Whom nobody asks, whatever the routes say."""

    name: Name
    when: When = Field(min_length=1)


class Route(Value):
    """What those are asked who fall under this rule, how, when, and how often again."""

    name: Name
    when: When = ()
    survey: str = Field(min_length=1, max_length=64)
    strategy: Strategy = Strategy.PREFER_EMAIL
    sender_name: str = Field(default="", max_length=100)  # "" : the organisation
    send: SendTime = SendTime()
    template: str = ""  # name of the survey's templates; "": those without a name
    remind: Reminders = Reminders()
    expires_after_days: int = Field(default=30, ge=1, le=365)


class RulesDraft(Value):
    """What somebody decides: the first rule that matches holds, and the default for whom none does."""

    exclude: Annotated[tuple[Exclude, ...], Field(max_length=MOST_RULES)] = ()
    assign: Annotated[tuple[Route, ...], Field(max_length=MOST_RULES)] = ()
    default: Route | None = None  # None: whom no rule matches, nobody asks

    @property
    def routes(self) -> tuple[Route, ...]:
        """Return every route, the default last."""
        return (*self.assign, *((self.default,) if self.default else ()))

    def route(self, name: str) -> Route | None:
        """Return the route of this name."""
        return next((route for route in self.routes if route.name == name), None)


class RuleSet(Outreach):
    """The head of rules: their name, and which version holds for what comes next."""

    kind = "ruleset"

    id: str
    name: str
    version: int
    created_at: datetime
    updated_at: datetime
    updated_by: str = ""
    retired_at: datetime | None = None  # since then nobody is asked by them, and nothing names them anew

    @staticmethod
    def at(ruleset: str) -> Key:
        """Return the key of the rules with this id."""
        return Key(f"ruleset#{ruleset}", "ruleset")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List rules by name, those that are in use."""
        if self.retired_at:
            return None, None
        return Key("rulesets", f"{self.name.casefold()}#{self.id}"), None


class RuleSetVersion(Outreach, RulesDraft):
    """Rules as they were published once. Never changed: an invitation names the version that decided it."""

    kind = "ruleset_version"

    ruleset: str
    version: int
    published_at: datetime
    published_by: str = ""

    @property
    def label(self) -> str:
        """What an invitation and a deployment keep of it: `{id}@{version}`."""
        return f"{self.ruleset}@{self.version}"

    @staticmethod
    def at(ruleset: str, version: int) -> Key:
        """Return the key of a version."""
        return Key(f"ruleset#{ruleset}", f"version#{version:06d}")

    def key(self) -> Key:
        """Return the primary key, in the partition of the rules."""
        return self.at(self.ruleset, self.version)
