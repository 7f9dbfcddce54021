"""How a message travels, and its words."""

from enum import StrEnum

from escuta.entity import Key
from escuta.outreach.model.base import Outreach

TRAP = "none"  # the score of a link in the message that nobody can see: only a machine opens it


class Channel(StrEnum):
    """How a message travels."""

    EMAIL = "email"
    SMS = "sms"


class Strategy(StrEnum):
    """Which channels a deployment uses for one person."""

    EMAIL = "email"
    SMS = "sms"
    PREFER_EMAIL = "prefer_email"
    PREFER_SMS = "prefer_sms"
    BOTH = "both"


class Template(Outreach):
    """The words of an invitation or a reminder, by survey, channel and language. Merge fields as `{{ first_name }}`."""

    kind = "template"

    survey: str
    channel: Channel
    language: str
    reminder: bool = False
    subject: str = ""
    html: str = ""
    text: str

    @staticmethod
    def at(survey: str, channel: Channel, language: str, *, reminder: bool = False) -> Key:
        """Return the key of a template."""
        return Key(f"templates#{survey}", f"{channel}#{language}{'#reminder' if reminder else ''}")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.survey, self.channel, self.language, reminder=self.reminder)
