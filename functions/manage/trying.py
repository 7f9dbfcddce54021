"""Trying a template before anybody gets it: what it says to one person, and a test to one's own address."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from escuta import clock, i18n, table
from escuta.config import settings
from escuta.directory import access, addresses, segments
from escuta.directory.model import Contact, Scope, Transaction
from escuta.errors import InvalidError
from escuta.feedback import asking, showing, surveys
from escuta.outreach import (
    ceilings,
    checking,
    inviting,
    letters,
    merge,
    messages,
    prices,
    sms,
    suppression,
    templates,
)
from escuta.outreach.eligibility import Send
from escuta.outreach.letters import Asked as Survey
from escuta.outreach.letters import Links
from escuta.outreach.messages import Email, Lost, Refused
from escuta.outreach.model import AudienceKind, Channel, Deployment, Invitation, Strategy, Template
from escuta.outreach.subjects import Subject
from manage.asking import Request, language_of
from manage.templates import TemplateWords, channel_of, language_named, placed, stored, told

_SAMPLE = "Ana Souza"
_MAIL, _PHONE = "ana@example.com", "+5511999990000"


class Trial(TemplateWords):
    """A draft, and whom to write it to: a contact and one of the visits, else somebody who does not exist.

    Without any words, what is stored under `name` is tried.
    """

    channel: str
    language: str
    contact: str = Field(default="", max_length=64)
    transaction: str = Field(default="", max_length=64)


class Test(Trial):
    """A draft that is really sent, to these addresses of one's own."""

    to: Annotated[tuple[Annotated[str, Field(max_length=254)], ...], Field(min_length=1, max_length=5, strict=False)]


def preview(request: Request, survey: str) -> dict[str, Any]:
    """Return what a draft says to one person, and all that is wrong with it. Nothing is stored or sent.

    Without `contact` the person is made up; with one, `contacts:read` is needed, too.
    """
    trial = request.body(Trial)
    template, spoken = _draft(survey, trial), language_of(request.event, request.caller)
    problems = checking.problems(template)
    wrong = {"problems": [told(problem, spoken) for problem in problems]}
    if problems:
        return {
            **wrong,
            "warnings": [],
            "subject": "",
            "html": "",
            "text": "",
            "blank": [],
            "fallback": [],
            "sms": None,
        }
    invitation = _invitation(request, survey, trial, template)
    warned = {"warnings": [told(warning, spoken) for warning in checking.warnings(template)]}
    return {**wrong, **warned, **_shown(templates.whole(template), invitation, asking.asked(survey))}


def _draft(survey: str, trial: Trial) -> Template:
    surveys.get(survey)
    if not (trial.subject or trial.html or trial.text):
        return stored(survey, trial.channel, trial.language, name=trial.name, reminder=trial.reminder)
    words = trial.model_dump(exclude={"channel", "language", "contact", "transaction", "to"})
    channel, language = channel_of(trial.channel), language_named(trial.language)
    return Template(survey=survey, channel=channel, language=language, **words)


def _invitation(request: Request, survey: str, trial: Trial, template: Template) -> Invitation:
    """Return the invitation that a deployment would make of this person, with nothing stored."""
    visit = None
    if trial.contact:
        access.require(request.caller, Scope.CONTACTS_READ)
        contact = table.load(Contact, Contact.at(trial.contact))
        request.inside(segments.get(contact.segment).path, "contact_not_found")
        if trial.transaction:
            visit = table.load(Transaction, Transaction.at(contact.id, trial.transaction))
            request.inside(visit.segment_path, "transaction_not_found")
    else:
        contact = _sample(template.language)
    deployment = Deployment(
        id="preview",
        name="preview",
        survey=survey,
        strategy=Strategy(template.channel.value),
        audience=AudienceKind.CONTACTS,
        created_at=clock.now(),
    )
    made = inviting.made(deployment, Subject(contact, visit), Send(channels=(template.channel,)), clock.now())
    return next(iter(made))


def _sample(language: str) -> Contact:
    place = next(reversed(segments.all()), None)
    if place is None:
        raise InvalidError("required", field="contact")
    now = clock.now() - timedelta(days=1)
    who = {"id": "preview", "name": _SAMPLE, "email": _MAIL, "phone": _PHONE, "language": language}
    return Contact.model_validate({**who, "segment": place.code, "created_at": now, "updated_at": now})


def _shown(template: Template, invitation: Invitation, asked: Survey) -> dict[str, Any]:
    links = Links(showing.link(template.survey), showing.link(template.survey))
    if template.channel is Channel.SMS:
        known = letters.said(invitation, asked, template.language, links, merge.fields(template.text))
        text = templates.render_sms(template, known, _nothing)
        missed = merge.missed(merge.program(template.text), known)
        return {"subject": "", "html": "", "text": text, **_blank(missed), "sms": _cost(template, invitation, text)}
    words = templates.words(template)
    known = letters.said(invitation, asked, template.language, links, words.used)
    if asked.scale:
        known["scale"] = "x"  # said, whatever it is
    written = letters.write(invitation, template, asked, template.language, links, _nothing)
    missed = (step for program in (words.subject, words.html, words.text) for step in merge.missed(program, known))
    return {**written._asdict(), **_blank(missed), "sms": None}


def _nothing(_field: str) -> str:
    return ""


def _blank(missed: Iterable[merge.Field]) -> dict[str, list[str]]:
    """Return the fields that hold a person back, and those for which other words stand."""
    steps = list(missed)
    return {
        "blank": sorted({step.name for step in steps if step.fallback is None}),
        "fallback": sorted({step.name for step in steps if step.fallback is not None}),
    }


def _cost(template: Template, invitation: Invitation, text: str) -> dict[str, Any]:
    measured = sms.measure(text)
    number = invitation.address
    cost: Decimal | None = prices.cost(number, measured.parts) if number else None
    own = {"most_parts": template.most_parts, "too_long": measured.parts > template.most_parts}
    return {**measured.model_dump(), **own, "cost_usd": None if cost is None else str(cost)}


def test(request: Request, survey: str) -> dict[str, Any]:
    """Send a draft to at most five addresses of one's own, marked as a test; its links take no answer.

    Each address is told apart: one that is closed, or that a carrier refuses, is not sent to and says why. Tests count
    towards the limits of SMS. A draft that could not be sent is refused (422 `template_invalid`).
    """
    request.everywhere()
    trial = request.body(Test)
    template, spoken = _draft(survey, trial), language_of(request.event, request.caller)
    problems = checking.problems(template)
    if problems:
        details = [placed(problem, spoken) for problem in problems]
        raise InvalidError("template_invalid", field=problems[0].part, problems=details)
    where = [_address(template.channel, to, place) for place, to in enumerate(trial.to)]
    invitation = _invitation(request, survey, trial, template)
    shown = _shown(templates.whole(template), invitation, asking.asked(survey))
    return {"items": [{"to": to, **_sent(template, to, shown, spoken)} for to in where]}


def _address(channel: Channel, text: str, place: int) -> str:
    try:
        if channel is Channel.EMAIL:
            return addresses.email(text.strip())
        return addresses.phone(text.strip(), settings().country)
    except InvalidError as error:
        raise InvalidError(error.code, field=f"to[{place}]", **error.details) from error


def _sent(template: Template, to: str, shown: dict[str, Any], spoken: str) -> dict[str, Any]:
    """Return what became of one test. It is tried once, as every message."""
    try:
        reason = _stopped(template, to, shown)
        message = "" if reason else _post(template, to, shown)
    except Refused as refused:
        reason, message = refused.code, ""
    except Lost:
        reason, message = "answer_lost", ""
    words = i18n.say("escuta.outreach", spoken, f"reason.{reason}") if reason else ""
    return {"sent": not reason, "message_id": message, "reason": reason, "detail": words}


def _stopped(template: Template, to: str, shown: dict[str, Any]) -> str:
    closed = suppression.standing(template.channel, to, template.survey)
    if closed:
        return closed[0].cause
    if template.channel is Channel.EMAIL:
        return ""
    return "sms_too_long" if shown["sms"]["too_long"] else ceilings.take(to, shown["sms"]["parts"])


def _post(template: Template, to: str, shown: dict[str, Any]) -> str:
    if template.channel is Channel.SMS:
        return messages.send_sms(to, shown["text"])
    mark = i18n.say("escuta.outreach", template.language, "mail.test")
    return messages.send_email(
        Email(
            to=to,
            sender_name=settings().organisation,
            subject=f"{mark} {shown['subject']}",
            html=shown["html"],
            text=shown["text"],
            headers=dict(letters.UNANSWERED),
            tags={"test": "1"},
        )
    )
