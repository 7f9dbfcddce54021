"""The words of an invitation, per survey, channel and language: the customer's own, or the starters that ship here."""

from collections.abc import Mapping
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from escuta import i18n, table
from escuta.errors import InvalidError
from escuta.outreach import merge, sms
from escuta.outreach.merge import Problem
from escuta.outreach.model import MESSAGES, Channel, Template

CLIPPED = 102_000  # bytes of HTML after which Gmail hides the rest, and with it the way out
WORDS = frozenset({"first_name", "name", "store", "product", "organisation", "question"})
LINKS = frozenset({"link", "unsubscribe"})
MADE_HERE = frozenset({"scale"})  # markup of this product, put into the HTML as it is


class TooLongError(Exception):
    """An SMS takes more parts than allowed, even without accents."""


def problems(template: Template) -> tuple[Problem, ...]:
    """Return all that keeps a template from being saved, with the places; () when it is good."""
    if template.channel is Channel.SMS:
        found = merge.problems("text", template.text, WORDS | LINKS)
        return found or _missing(template, "text", {"link"})
    found = (
        *merge.problems("subject", template.subject, WORDS),
        *merge.problems("html", template.html, WORDS | LINKS | MADE_HERE),
        *merge.problems("text", template.text, WORDS | LINKS | MADE_HERE),
    )
    if len(template.html.encode()) > CLIPPED:
        found = (*found, Problem(part="html", code="clipped"))
    if not template.subject.strip():
        found = (*found, Problem(part="subject", code="empty"))
    return found or (*_missing(template, "html", LINKS), *_missing(template, "text", LINKS))


def _missing(template: Template, part: str, needed: frozenset[str] | set[str]) -> tuple[Problem, ...]:
    used = merge.fields(getattr(template, part))
    return tuple(Problem(part=part, code="field_missing", name=name) for name in sorted(needed - used))


def save(template: Template) -> Template:
    """Store a template; InvalidError `template_invalid` with `problems` when it is not one."""
    found = problems(template)
    if found:
        listed = [problem.model_dump() for problem in found]
        raise InvalidError("template_invalid", field=found[0].part, problems=listed)
    return table.save(template) if template.rev else table.create(template)


def get(survey: str, channel: Channel, language: str, *, name: str = "", reminder: bool = False) -> Template:
    """Return the customer's template of this name in this language, else the one without a name, else the starter.

    Who wrote an invitation and no reminder reminds in the words of the invitation.
    """
    for called in dict.fromkeys((name, "")):
        for wanted in (True, False) if reminder else (False,):
            found = table.find(Template, Template.at(survey, channel, language, name=called, reminder=wanted))
            if found is not None:
                return found
    return starter(survey, channel, language, reminder=reminder)


def listing(survey: str) -> tuple[Template, ...]:
    """Return the customer's templates of a survey: by channel, language and name."""
    return table.query(Template, f"templates#{survey}").items


def starters(survey: str) -> tuple[Template, ...]:
    """Return a template for every channel and language, of invitations and of reminders, to begin with."""
    return tuple(
        starter(survey, channel, language, reminder=reminder)
        for reminder in (False, True)
        for channel in MESSAGES
        for language in i18n.LANGUAGES
    )


def starter(survey: str, channel: Channel, language: str, *, reminder: bool = False) -> Template:
    """Return the starter of a channel and language, as a template that stands by itself."""
    parts = {"text": "sms.txt"}
    if channel is Channel.EMAIL:
        parts = {"subject": "subject.txt", "html": "email.html", "text": "email.txt"}
    folder = f"{language}/reminder" if reminder else language
    words = {part: _flat(f"{folder}/{name}") for part, name in parts.items()}
    named = {"survey": survey, "channel": channel, "language": language, "reminder": reminder}
    return Template.model_validate({**named, **words})


@cache
def _flat(name: str) -> str:
    return _shipped().get_template(name).render().strip() + ("" if name.endswith("subject.txt") else "\n")


@cache
def _shipped() -> Environment:
    """Return the files of the product, whose own tags are `[%` and `[[`, so that merge fields stay as they are."""
    return Environment(  # noqa: S701 - the starters' values are escaped where people's data comes in: merge.render
        loader=PackageLoader("escuta.outreach", "starters"),
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
        comment_start_string="[#",
        comment_end_string="#]",
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )


def partial(name: str, **values: object) -> str:
    """Return a piece of markup of this product, every value escaped."""
    return _escaping().get_template(name).render(**values)


@cache
def _escaping() -> Environment:
    """Return the same templates with every value escaped; kept, so that each is compiled once."""
    return _shipped().overlay(autoescape=True)


def render_sms(template: Template, values: Mapping[str, str]) -> str:
    """Return the message for one person; BlankError, or TooLongError above the limit of parts."""
    text = sms.fitted(merge.render(template.text, values).strip())
    if sms.measure(text).parts > sms.MOST_PARTS:
        raise TooLongError
    return text
