"""The words of a sending as somebody would get them: which templates there are, and how they look."""

from typing import Any, NamedTuple

from aws_lambda_powertools.event_handler import Response

from console import pages
from console.visit import Visit
from escuta import i18n
from escuta.errors import EscutaError

_OVER = {"email": ("email",), "sms": ("sms",), "link": ()}
# No script may run: `allow-scripts` lets in those alone that look at the page from without, as a browser's tools do.
MAIL_POLICY = (
    "sandbox allow-scripts; default-src 'none'; img-src 'self' https: data:; style-src 'unsafe-inline'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
_PARTS = ("name", "reminder", "subject", "html", "text", "most_parts", "accents")


class Message(NamedTuple):
    """A message of one channel to a person who is made up."""

    channel: str
    shown: dict[str, Any]


class Chosen(NamedTuple):
    """The templates of a survey, the one that is chosen, and what it says."""

    survey: str
    template: str
    names: list[str]
    language: str
    messages: list[Message]


def show(visit: Visit) -> Response[str]:
    """Show what a choice of survey, channel and template says."""
    survey, strategy = visit.asked("survey"), visit.asked("strategy", "prefer_email")
    found = chosen(visit, survey, visit.asked("template"), strategy, visit.asked("language"))
    return pages.framed(visit, "deploy/message", part="message", message=found, filled={"strategy": strategy})


def show_mail(visit: Visit, survey: str) -> Response[str]:
    """Return a mail as a document of its own, which may do nothing but be looked at."""
    language = _language(visit, visit.asked("language"))
    shown = _preview(visit, survey, "email", language, visit.asked("template"), _own(visit, survey))
    return Response(200, pages.HTML, shown["html"] if shown else "", {"Content-Security-Policy": MAIL_POLICY})


def chosen(visit: Visit, survey: str, template: str, strategy: str, language: str = "") -> Chosen:
    """Return the templates of a survey, and what the chosen one says over each channel."""
    own = _own(visit, survey)
    names = sorted({each["name"] for each in own if each["name"]})
    picked = template if template in names else ""
    spoken = _language(visit, language)
    messages = [
        Message(channel, shown)
        for channel in _OVER.get(strategy, ("email", "sms"))
        if (shown := _preview(visit, survey, channel, spoken, picked, own))
    ]
    return Chosen(survey, picked, names, spoken, messages)


def _own(visit: Visit, survey: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = visit.api.get(f"/surveys/{survey}/templates")["items"]
    return found


def _preview(
    visit: Visit, survey: str, channel: str, language: str, name: str, own: list[dict[str, Any]]
) -> dict[str, Any] | None:
    """Return a message as the API makes it; None where a template of this name has no words for it."""
    same = [each for each in own if each["channel"] == channel and each["name"] == name and not each["reminder"]]
    words = next((each for each in same if each["language"] == language), None)
    words = words or visit.api.find(f"/surveys/{survey}/templates/{channel}/{language}", name=name)
    if words is None:
        return None
    asked = {part: words[part] for part in _PARTS}
    try:
        shown: dict[str, Any] = visit.api.post(
            f"/surveys/{survey}/templates/preview", {**asked, "channel": channel, "language": language}
        )
    except EscutaError:  # what cannot be shown is told by the dry run
        return None
    return shown


def _language(visit: Visit, wanted: str) -> str:
    return wanted if wanted in i18n.LANGUAGES else visit.language
