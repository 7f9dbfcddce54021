"""Rules: what opens a ticket, who gets it, what it promises. All are one book, whose versions never change."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from escuta.entity import Key, Value
from escuta.feedback.model.survey import Condition, Feedback, Texts
from escuta.feedback.model.ticket import Priority, Promise

MOST_TICKET_RULES = 100
LONGEST_HOURS = 24 * 30
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\s](?:[^\x00-\x1f\x7f]*[^\s])?$")]
Tag = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\s,#](?:[^\x00-\x1f\x7f,#]*[^\s,#])?$")]


class RuleKind(StrEnum):
    """What a rule looks at."""

    ANSWER = "answer"
    OPENED_UNANSWERED = "opened_unanswered"  # an invitation that was opened or begun, and that nobody answered


class OwnerWay(StrEnum):
    """Who of those that answer for a place gets a ticket."""

    LOAD = "load"  # who has the fewest that are open
    ROUND_ROBIN = "round_robin"  # who was given the fewest
    MANAGER = "manager"  # always the same one; while that one is retired, as by load


class TicketRule(Value):
    """What opens a ticket. The id stands for the rule for ever: an answer has one ticket of each id, whatever changes.

    Facts of `when`: those of a survey's logic (`answer.{question}`, `class`, `hidden.{name}`, `contact.{custom field}`,
    `segment`, `segment.city|state|country`, `product`, `product.group`, `channel`, `language`), and `score`, `comment`,
    `tone`, `topic`, `call`. Of an invitation that nobody answered, those that no answer tells.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")
    name: Name
    active: bool = True
    kind: RuleKind = RuleKind.ANSWER
    surveys: Annotated[tuple[str, ...], Field(max_length=50)] = ()  # (): all
    when: Condition | None = None  # None: only of `opened_unanswered`, then of all of them
    hours: int = Field(default=0, ge=0, le=LONGEST_HOURS)  # of `opened_unanswered`: how long an answer is waited for
    begun: bool = False  # of `opened_unanswered`: only what somebody began to fill in; machines open mails, too
    priority: Priority = Priority.NORMAL
    high_at_most: int | None = Field(default=None, ge=0, le=10)  # scores up to here are `high` at least
    way: OwnerWay = OwnerWay.LOAD
    manager: str = ""  # id, of the way `manager`
    promise: Promise | None = None  # None: that of the priority
    alert: Texts = Field(default_factory=dict)  # one more line of the alert, by language
    tags: Annotated[tuple[Tag, ...], Field(max_length=10)] = ()


class TicketRulesDraft(Value):
    """What somebody decides: every rule opens its own ticket, whatever stands before it."""

    rules: Annotated[tuple[TicketRule, ...], Field(max_length=MOST_TICKET_RULES)] = ()


class InForce(Value):
    """From when on a version decides about what is received."""

    version: int
    at: datetime


class TicketRuleBook(Feedback, TicketRulesDraft):
    """The rules as they stand, and which version holds since when. Version 1 is the one that ships."""

    kind = "ticket_rules"

    version: int = 1
    since: tuple[InForce, ...] = ()
    waited: bool = False  # there ever was a rule about what nobody answered
    updated_at: datetime | None = None
    updated_by: str = ""

    @staticmethod
    def at() -> Key:
        """Return the one key."""
        return Key("ticket_rules", "ticket_rules")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at()


class TicketRuleBookVersion(Feedback, TicketRulesDraft):
    """The rules as they were saved once. Never changed: a ticket names the version that opened it."""

    kind = "ticket_rules_version"

    version: int
    saved_at: datetime | None = None  # None: shipped
    saved_by: str = ""

    @staticmethod
    def at(version: int) -> Key:
        """Return the key of a version."""
        return Key("ticket_rules", f"version#{version:06d}")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.version)


class RuleProgress(Feedback):
    """Up to when a rule of the kind `opened_unanswered` has looked at what was opened."""

    kind = "ticket_rule_progress"

    rule: str
    position: datetime

    @staticmethod
    def at(rule: str) -> Key:
        """Return the key, in the partition of the rules."""
        return Key("ticket_rules", f"progress#{rule}")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.rule)
