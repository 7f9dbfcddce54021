"""The words of an invitation, per survey, channel and language: the customer's own, or the starters that ship here.

What is stored is the body alone, cleaned; the document around it is ours. It is cleaned again whenever a worker takes
it up, and kept as steps by its content: nothing is parsed for a single message.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined, TemplateSyntaxError

from escuta import clock, i18n, table
from escuta.config import settings
from escuta.entity import Key
from escuta.errors import InvalidError
from escuta.outreach import checking, markup, merge, plain, sms
from escuta.outreach.markup import Markup
from escuta.outreach.merge import BlankError, Problem, Program
from escuta.outreach.model import MESSAGES, Channel, Template
from escuta.outreach.tags import UnfitError

_FRESH_SECONDS = 10
_OWN_LOOK = "card"  # a class of ours: what uses it has colors of ours for the dark, too
_EDGE = "\0"
_FOLDERS = {"follow-up": "follow_up"}  # a survey that the product makes by itself has words of its own


class TooLongError(Exception):
    """An SMS takes more parts than allowed, even without accents."""


class UnusableError(InvalidError):
    """The words are none that may be sent (any more): what is stored was checked as it was done then."""


class Letter(NamedTuple):
    """The words of a mail for one person."""

    subject: str
    html: str
    text: str


class Words(NamedTuple):
    """A template ready to be filled in."""

    subject: Program
    html: Program
    text: Program
    used: frozenset[str]  # fields
    around: tuple[str, str]  # the document before and after the HTML
    below: str  # of the text


def save(template: Template) -> Template:
    """Store a template as it will go out; InvalidError `template_invalid` with `problems` when it cannot.

    What no message may have is taken out of the HTML; a mail without a text part gets one made of it.
    """
    found = checking.problems(template)
    if found:
        raise _refused(found)
    made = whole(template).changed(updated_at=clock.now())
    stored = table.save(made) if made.rev else table.create(made)
    forget()
    return stored


def delete(template: Template) -> None:
    """Take back a template: the one without a name, or the starter, is sent from then on."""
    table.delete(Template, template.key())
    forget()


def whole(template: Template) -> Template:
    """Return a valid template as it is kept: its HTML cleaned, its text there."""
    if template.channel is Channel.SMS:
        return template
    made = template.changed(html=markup.compiled(template.html).html)
    return made if template.text.strip() else made.changed(text=plain.text(made.html))


def get(survey: str, channel: Channel, language: str, *, name: str = "", reminder: bool = False) -> Template:
    """Return the customer's template of this name in this language, else the one without a name, else the starter.

    Who wrote an invitation and no reminder reminds in the words of the invitation. Up to 10 seconds old.
    """
    return _kept(clock.epoch() // _FRESH_SECONDS, survey, channel, language, name, reminder)


@lru_cache(maxsize=256)
def _kept(_window: int, survey: str, channel: Channel, language: str, name: str, reminder: bool) -> Template:  # noqa: FBT001 - a key of the cache
    for called in dict.fromkeys((name, "")):
        for wanted in (True, False) if reminder else (False,):
            found = table.find(Template, Template.at(survey, channel, language, name=called, reminder=wanted))
            if found is not None:
                return found
    return starter(survey, channel, language, reminder=reminder)


def forget() -> None:
    """Read templates anew at the next look: one of them was written."""
    _kept.cache_clear()


def listing(survey: str) -> tuple[Template, ...]:
    """Return the customer's templates of a survey: by channel, language and name."""
    return table.query(Template, f"templates#{survey}").items


def aged(kept: Sequence[Template], first: str) -> frozenset[Key]:
    """Return the keys of the translations that may be out of date: the words in the first language were saved later."""
    written = {each.key(): each.updated_at for each in kept}

    def is_old(template: Template) -> bool:
        name, reminder = template.name, template.reminder
        origin = written.get(Template.at(template.survey, template.channel, first, name=name, reminder=reminder))
        return origin is not None and template.updated_at is not None and template.updated_at < origin

    return frozenset(each.key() for each in kept if is_old(each))


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
    own = _FOLDERS.get(survey)
    folder = f"{language}/{own}" if own else f"{language}/reminder" if reminder else language
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


def words(template: Template) -> Words:
    """Return a mail template ready to be filled in; kept by its content. UnusableError when it may not be one."""
    return _words(template.language, template.subject, template.html, template.text)


@lru_cache(maxsize=64)
def _words(language: str, subject: str, source: str, text: str) -> Words:
    html = _markup(source)
    programs = _program("subject", subject), html.steps, _program("text", text)
    used = frozenset[str]().union(*map(merge.used, programs))
    around = shell(language, adapts=_OWN_LOOK in html.classes, signed=checking.is_unsigned(source))
    below = f"\n\n{settings().organisation}\n" if checking.is_unsigned(text) else ""
    return Words(*programs, used, around, below)


def _markup(source: str) -> Markup:
    try:
        made = markup.compiled(source)
    except (UnfitError, TemplateSyntaxError) as error:
        raise _refused([Problem(part="html", code="syntax")]) from error
    if made.problems:
        raise _refused(made.problems)
    return made


def _program(part: str, source: str) -> Program:
    try:
        return merge.program(source)
    except TemplateSyntaxError as error:
        raise _refused([Problem(part=part, code="syntax")]) from error


def _refused(problems: Sequence[Problem]) -> UnusableError:
    listed = [problem.model_dump() for problem in problems]
    return UnusableError("template_invalid", field=problems[0].part, problems=listed)


def render(made: Words, values: Mapping[str, str], row: str, labels: str, blank: Callable[[str], str] | None) -> Letter:
    """Return the mail for one person; `row` and `labels` are the scale as HTML and text. BlankError as `merge.run`."""
    before, after = made.around
    html = merge.run(made.html, {**values, "scale": row}, blank=blank)
    text = merge.run(made.text, {**values, "scale": labels}, blank=blank)
    subject = merge.run(made.subject, values, blank=blank)
    if blank is None and not subject.strip():  # its conditions left nothing of it
        raise BlankError("subject")
    return Letter(subject, f"{before}{html}{after}", text + made.below)


@lru_cache(maxsize=16)
def shell(language: str, *, adapts: bool, signed: bool) -> tuple[str, str]:
    """Return the document before and after the HTML of a template.

    `adapts`: it has the colors of the dark, for what is written in our classes; `signed`: it names the sender at its
    end, for what does not do so itself.
    """
    made = _escaping().get_template("shell.html")
    whole = made.render(
        language=language, organisation=settings().organisation, adapts=adapts, signed=signed, slot=_EDGE
    )
    before, after = whole.split(_EDGE)
    return before, after


def render_sms(template: Template, values: Mapping[str, str], blank: Callable[[str], str] | None = None) -> str:
    """Return the message for one person; BlankError, UnusableError, or TooLongError above the limit of parts."""
    said = merge.run(_program("text", template.text), values, blank=blank).strip()
    text = sms.fitted(said, template.accents)
    if blank is None and sms.measure(text).parts > template.most_parts:
        raise TooLongError
    return text
