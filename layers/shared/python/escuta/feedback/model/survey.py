"""Surveys: what is asked, when it is asked, and how it looks."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import Field

from escuta.entity import Entity, Key, Table, Value

Texts = dict[str, str]  # language -> words
END = "end"  # where a jump leads that finishes the survey


class Feedback(Entity):
    """What is stored in the table of the feedback."""

    table: ClassVar[Table] = Table.FEEDBACK


class ScoreClass(StrEnum):
    """What the benchmark answer makes of a respondent."""

    DETRACTOR = "detractor"
    PASSIVE = "passive"
    PROMOTER = "promoter"


class QuestionKind(StrEnum):
    """What a question asks for."""

    NPS = "nps"  # 0-10
    CSAT = "csat"  # 1-5
    CES = "ces"  # 1-7
    RATING = "rating"  # 1 to `steps`
    THUMBS = "thumbs"  # 1 likes, 0 dislikes
    TEXT = "text"
    CHOICE = "choice"
    CHOICES = "choices"
    CONTACT = "contact"  # name, e-mail, telephone
    STATEMENT = "statement"  # says something and asks nothing


SCALES: dict[QuestionKind, tuple[int, int]] = {
    QuestionKind.NPS: (0, 10),
    QuestionKind.CSAT: (1, 5),
    QuestionKind.CES: (1, 7),
    QuestionKind.THUMBS: (0, 1),
}


class Op(StrEnum):
    """How a condition compares a fact with its value. A fact with several values is met by any of them."""

    IS = "is"
    IS_NOT = "is_not"
    ANY_OF = "any_of"
    NONE_OF = "none_of"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    CONTAINS = "contains"  # words in a text, whatever their case
    ANSWERED = "answered"
    BLANK = "blank"


class Condition(Value):
    """A test of one fact, or a group: `all` of its parts must hold, or `any`. Exactly one of `field`, `all`, `any`.

    Facts: `answer.{question}`, `class` (of the benchmark), `hidden.{name}`, `contact.{custom field}`, `segment` (its
    code and those above it), `segment.city|state|country`, `product`, `product.group`, `channel`, `language`.
    """

    field: str = ""
    op: Op = Op.IS
    value: int | str | tuple[str, ...] | tuple[int, ...] = ""
    all: tuple["Condition", ...] = ()
    any: tuple["Condition", ...] = ()


class Jump(Value):
    """Where the survey goes on after a question, when a condition holds: a later question, or `end`."""

    when: Condition
    to: str


class Choice(Value):
    """One option. With `classes` it is offered to these score classes alone: reasons differ by how it went."""

    id: str
    text: Texts
    classes: tuple[ScoreClass, ...] = ()


class RatingLook(StrEnum):
    """How the steps of a rating are drawn."""

    STARS = "stars"
    NUMBERS = "numbers"


class ContactField(StrEnum):
    """What a contact question asks."""

    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"


class Question(Value):
    """One question. `benchmark` classifies the respondent; `voice` is the comment that is analysed.

    `wording` replaces the text for a score class. `show` and `require` may name what comes before, nothing after; of
    `jumps` the first that holds is taken. Texts may hold `{{ answer.nps | default("...") }}`, `{{ first_name }}` and
    the other merge fields.
    """

    id: str
    kind: QuestionKind
    text: Texts
    help: Texts = Field(default_factory=dict)
    low: Texts = Field(default_factory=dict)  # label of the scale's lowest end
    high: Texts = Field(default_factory=dict)
    wording: dict[ScoreClass, Texts] = Field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    steps: int = 5  # of a rating, 2 to 10
    look: RatingLook = RatingLook.STARS
    fields: tuple[ContactField, ...] = tuple(ContactField)
    required: bool = False
    benchmark: bool = False
    voice: bool = False
    show: Condition | None = None
    require: Condition | None = None
    jumps: tuple[Jump, ...] = ()

    @property
    def scale(self) -> tuple[int, int] | None:
        """Return the lowest and the highest whole number that answers this question; None when words do."""
        return (1, self.steps) if self.kind is QuestionKind.RATING else SCALES.get(self.kind)


class Layout(StrEnum):
    """How the questions stand on the page."""

    PAGE = "page"  # all together
    STEPS = "steps"  # one after the other


class Theme(StrEnum):
    """Which of the two palettes a page wears."""

    AUTO = "auto"  # what the device prefers
    LIGHT = "light"
    DARK = "dark"


class Palette(Value):
    """The colors of a page, `#rrggbb`. "" is the product's own."""

    accent: str = ""  # "": the survey's color
    ground: str = ""
    card: str = ""
    ink: str = ""


class Branding(Value):
    """How the page looks. The logo is a small PNG, JPEG or WebP as a `data:` address: no other host is asked."""

    logo: str = ""
    logo_alt: Texts = Field(default_factory=dict)
    theme: Theme = Theme.AUTO
    light: Palette = Palette()
    dark: Palette = Palette()


class Limits(Value):
    """How many answers are taken before more are marked suspect: kept, and left out of the figures. 0: any number."""

    survey_hour: int = Field(default=0, ge=0)
    link_hour: int = Field(default=0, ge=0)  # of each store link or intercept
    device_day: int = Field(default=0, ge=0)


class SurveyStatus(StrEnum):
    """The life of a survey."""

    DRAFT = "draft"
    LIVE = "live"
    PAUSED = "paused"
    CLOSED = "closed"


class Survey(Feedback):
    """A survey's head: its name and which version is live."""

    kind = "survey"

    id: str
    name: str
    status: SurveyStatus = SurveyStatus.DRAFT
    version: int = 0  # live version; 0 before the first publishing
    retention_days: int = Field(default=0, ge=0)  # after these an answer is gone; 0: kept
    closed_at: datetime | None = None
    deleted_at: datetime | None = None  # out of the lists, for good; what was answered stays as long as it is kept
    created_at: datetime
    updated_at: datetime

    @staticmethod
    def at(survey: str) -> Key:
        """Return the key of the survey with this id."""
        return Key(f"survey#{survey}", "survey")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List surveys by their making."""
        return Key("surveys", f"{self.created_at.isoformat()}#{self.id}"), None


class Retention(Feedback):
    """How far the answers of a survey that are kept no longer have been emptied: up to this day, none is left."""

    kind = "retention"

    survey: str
    day: str

    @staticmethod
    def at(survey: str) -> Key:
        """Return the key, in the partition of the survey."""
        return Key(f"survey#{survey}", "retention")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.survey)


class SurveyDraft(Value):
    """What the author of a survey decides, and publishing makes immutable."""

    languages: tuple[str, ...]  # the first is the default
    title: Texts
    intro: Texts = Field(default_factory=dict)
    thanks: dict[str, Texts] = Field(default_factory=dict)  # score class, or "any" -> words
    questions: tuple[Question, ...]
    detractor_max: int = 6
    passive_max: int = 8
    color: str = "#0b5c5e"
    layout: Layout = Layout.PAGE
    branding: Branding = Branding()
    hidden: tuple[str, ...] = ()  # names that a link may hand over, and that are stored with the answer
    dimensions: tuple[str, ...] = ()  # `hidden.{name}`, `contact.{custom field}`: figures are counted by these, too
    share: bool = True  # offer the review links of the place to everyone
    call: bool = False  # offer to be called back
    limits: Limits = Limits()

    @property
    def benchmark(self) -> Question | None:
        """Return the question that classifies the respondent, when there is one."""
        return next((question for question in self.questions if question.benchmark), None)


class SurveyVersion(Feedback, SurveyDraft):
    """What was published: immutable. A response names the version it answered."""

    kind = "survey_version"

    survey: str
    version: int
    published_at: datetime

    @staticmethod
    def at(survey: str, version: int) -> Key:
        """Return the key of a version."""
        return Key(f"survey#{survey}", f"version#{version:06d}")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.survey, self.version)


Facts = dict[str, Any]  # name of a fact -> int, str, or a tuple of them
