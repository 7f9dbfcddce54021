"""How a message travels, and its words."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from escuta.entity import Key
from escuta.outreach.model.base import Outreach

TRAP = "none"  # the score of a link in the message that nobody can see: only a machine opens it


class Channel(StrEnum):
    """How a message travels."""

    EMAIL = "email"
    SMS = "sms"
    LINK = "link"  # nobody is written to: the link is handed out, and the company sends it itself


MESSAGES = (Channel.EMAIL, Channel.SMS)  # the channels over which this product writes


class Strategy(StrEnum):
    """Which channels a deployment uses for one person."""

    EMAIL = "email"
    SMS = "sms"
    PREFER_EMAIL = "prefer_email"
    PREFER_SMS = "prefer_sms"
    BOTH = "both"
    LINK = "link"  # the links alone, to be exported


class Accents(StrEnum):
    """What becomes of the letters of an SMS that the default alphabet does not have, and that halve its parts."""

    KEEP = "keep"
    SAVE = "save"  # plain letters where that saves a part
    PLAIN = "plain"


class Template(Outreach):
    """The words of an invitation or a reminder, by survey, channel and language. Merge fields as `{{ first_name }}`.

    A survey may have several under names, of which a deployment chooses one; "" is the one that needs no choosing.
    """

    kind = "template"

    survey: str
    channel: Channel
    language: str
    name: str = ""
    reminder: bool = False
    subject: str = ""
    html: str = ""
    text: str = ""  # of a mail; "": made of the HTML when it is saved
    most_parts: int = Field(default=2, ge=1, le=6)  # of an SMS; what takes more is not sent
    accents: Accents = Accents.SAVE  # of an SMS
    updated_at: datetime | None = None  # None: written before this was kept, or a starter

    @staticmethod
    def at(survey: str, channel: Channel, language: str, *, name: str = "", reminder: bool = False) -> Key:
        """Return the key of a template."""
        place = f"{channel}#{language}" + (f"#name#{name}" if name else "")
        return Key(f"templates#{survey}", f"{place}#reminder" if reminder else place)

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.survey, self.channel, self.language, name=self.name, reminder=self.reminder)
