"""Writing the message of one invitation: the template filled in for one person, with the headers the law asks for."""

from escuta import i18n
from escuta.config import settings
from escuta.directory import products, segments
from escuta.entity import Value
from escuta.outreach import invitations, merge, templates
from escuta.outreach.messages import Email
from escuta.outreach.model import TRAP, Channel, Deployment, Invitation, Template

Texts = dict[str, str]  # language -> words


class Scale(Value):
    """The question that the message shows, and the ends of its scale."""

    question: Texts
    first: int
    last: int
    low: Texts
    high: Texts


class Asked(Value):
    """What a message must know of the survey it asks for."""

    languages: tuple[str, ...]
    scale: Scale | None = None
    color: str = "#0b5c5e"


def language_of(invitation: Invitation, asked: Asked) -> str:
    """Return the language to write in: the person's own if the survey speaks it."""
    own = i18n.match(invitation.language)
    return own if own in asked.languages and own else asked.languages[0]


def letter(invitation: Invitation, deployment: Deployment, asked: Asked, reminder: int = 0) -> Email | str:
    """Return the message for one person; BlankError or TooLongError when it cannot be written."""
    if invitation.channel is Channel.EMAIL:
        return email(invitation, deployment, asked, reminder)
    return sms(invitation, deployment, asked, reminder)


def email(invitation: Invitation, deployment: Deployment, asked: Asked, reminder: int = 0) -> Email:
    """Return the mail for one person; BlankError when a field without fallback is empty."""
    language = language_of(invitation, asked)
    template = _template(invitation, deployment, language, reminder)
    values = _values(invitation, asked, language)
    row, labels = _scale(values["link"], asked, language)
    return Email(
        to=invitation.address,
        to_name=invitation.name,
        sender_name=deployment.sender_name or settings().organisation,
        subject=merge.render(template.subject, values),
        html=merge.render(template.html, {**values, "scale": row}, escape=True, trusted=templates.MADE_HERE),
        text=merge.render(template.text, {**values, "scale": labels}),
        headers={
            "List-Unsubscribe": f"<{values['unsubscribe']}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
        tags={"invitation": invitation.link_key, **({"reminder": str(reminder)} if reminder else {})},
    )


def sms(invitation: Invitation, deployment: Deployment, asked: Asked, reminder: int = 0) -> str:
    """Return the SMS for one person; BlankError or TooLongError when it cannot be written."""
    language = language_of(invitation, asked)
    template = _template(invitation, deployment, language, reminder)
    return templates.render_sms(template, _values(invitation, asked, language))


def _template(invitation: Invitation, deployment: Deployment, language: str, reminder: int) -> Template:
    named = deployment.template
    return templates.get(invitation.survey, invitation.channel, language, name=named, reminder=bool(reminder))


def _values(invitation: Invitation, asked: Asked, language: str) -> dict[str, str]:
    store = segments.by_code().get(invitation.segment)
    values = {
        **{f"custom.{name}": value for name, value in invitation.custom.items()},
        "first_name": invitation.first_name,
        "name": invitation.name,
        "store": store.name if store else "",
        "product": _product(invitation.product),
        "organisation": settings().organisation,
    }
    question = _words(asked.scale.question, language) if asked.scale else ""
    return {
        **values,
        "question": "".join(piece.text for piece in merge.told(question, values)),
        "link": invitations.link(invitation),
        "unsubscribe": invitations.link(invitation, "unsubscribe"),
    }


def _product(code: str) -> str:
    found = products.named(code)
    return found.name if found else code


def _scale(link: str, asked: Asked, language: str) -> tuple[str, str]:
    """Return the scale as a row of links and as a line of text. A link only preselects: it answers nothing."""
    scale = asked.scale
    if scale is None:
        return "", ""
    low, high = _words(scale.low, language), _words(scale.high, language)
    values = range(scale.first, scale.last + 1)
    row = templates.partial("scale.html", link=link, values=values, trap=TRAP, low=low, high=high, color=asked.color)
    ends = [f"{number} = {label}" for number, label in ((scale.first, low), (scale.last, high)) if label]
    return row, " · ".join(ends)


def _words(texts: Texts, language: str) -> str:
    return texts.get(language) or next(iter(texts.values()), "")
