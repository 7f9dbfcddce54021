"""Links that hand over answers and hidden fields: signed for one link, so that nobody changes them on the way."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pydantic import Field

from escuta.directory import segments
from escuta.errors import InvalidError, NotFoundError
from escuta.feedback import answers, links, prefill, surveys
from escuta.feedback.links import Door
from escuta.feedback.model import SurveyVersion
from manage.asking import Asked, Request

_DOORS = {"s": Door.INVITATION, "t": Door.STORE}
_LONGEST = 200


class NewPrefill(Asked):
    """What a link shall hand over."""

    link: str
    answers: dict[str, Any] = Field(default_factory=dict)  # by question: a number, a text, or ids of choices
    hidden: dict[str, str] = Field(default_factory=dict)  # by the names that the survey has; 200 characters each


def create(request: Request) -> dict[str, Any]:
    """Return a link that hands over answers and hidden fields. Nothing is stored: the signature is all there is.

    `link` is that of an invitation or of a store. Answers must fit their questions, hidden fields must be those that
    the survey names; more than 1,500 characters of them are refused (422 `prefill_long`).
    """
    asked = request.body(NewPrefill)
    address = urlsplit(asked.link)
    path, _, token = address.path.rpartition("/")
    door = _DOORS.get(path.rpartition("/")[2])
    if door is None:
        raise NotFoundError("link_unknown")
    source = links.find(door, token)
    request.inside(segments.get(source.segment).path, "link_unknown")
    version = surveys.live(source.survey)
    proposed = answers.proposed(version, asked.answers)
    _check_hidden(version, asked.hidden)
    query = f"p={prefill.sign(token, proposed, asked.hidden)}"
    return {"link": urlunsplit(address._replace(query=query, fragment=""))}


def _check_hidden(version: SurveyVersion, hidden: dict[str, str]) -> None:
    for name, value in hidden.items():
        if name not in version.hidden:
            raise InvalidError("prefill_hidden", field=f"hidden.{name[:64]}", allowed=list(version.hidden))
        if not value or len(value) > _LONGEST:
            raise InvalidError("prefill_hidden_long", field=f"hidden.{name}", most=_LONGEST)
