"""Writing the message of one invitation: the template filled in for one person, with the headers the law asks for."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from html import escape
from typing import NamedTuple

from escuta import i18n
from escuta.config import settings
from escuta.entity import Value
from escuta.outreach import invitations, merge, mime, sending_rules, templates, values
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
    thumbs: bool = False  # two answers, which are shown as words


class Asked(Value):
    """What a message must know of the survey it asks for."""

    languages: tuple[str, ...]
    scale: Scale | None = None
    color: str = "#0b5c5e"


class Links(NamedTuple):
    """Where the two links of a message lead."""

    link: str
    unsubscribe: str


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
    links = links_of(invitation)
    written = write(invitation, _template(invitation, deployment, language, reminder), asked, language, links)
    return Email(
        to=invitation.address,
        to_name=invitation.name,
        sender_name=deployment.sender_name or settings().organisation,
        subject=written.subject,
        html=written.html,
        text=written.text,
        reply_to=reply_to(invitation, deployment),
        message_id=_message_id(invitation, reminder),
        headers={
            "List-Unsubscribe": f"<{links.unsubscribe}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            **UNANSWERED,
        },
        tags={"invitation": invitation.link_key, **({"reminder": str(reminder)} if reminder else {})},
    )


# No machine is to answer: RFC 3834 says so by the first; older responders heed the second, those of Exchange the third.
UNANSWERED: Mapping[str, str] = {
    "Auto-Submitted": "auto-generated",
    "Precedence": "bulk",
    "X-Auto-Response-Suppress": "OOF, AutoReply",
}


def links_of(invitation: Invitation) -> Links:
    """Return the links of an invitation."""
    return Links(invitations.link(invitation), invitations.link(invitation, "unsubscribe"))


def write(
    invitation: Invitation,
    template: Template,
    asked: Asked,
    language: str,
    links: Links,
    blank: Callable[[str], str] | None = None,
) -> templates.Letter:
    """Return the words of a mail for one person. BlankError as `merge.run`, to which `blank` goes."""
    words = templates.words(template)
    known = said(invitation, asked, language, links, words.used)
    row, labels = _scale(links.link, asked, language) if "scale" in words.used else ("", "")
    return templates.render(words, known, row, labels, blank)


def sms(invitation: Invitation, deployment: Deployment, asked: Asked, reminder: int = 0) -> str:
    """Return the SMS for one person; BlankError or TooLongError when it cannot be written."""
    language = language_of(invitation, asked)
    template = _template(invitation, deployment, language, reminder)
    known = said(invitation, asked, language, links_of(invitation), merge.fields(template.text))
    return templates.render_sms(template, known)


def reply_to(invitation: Invitation, deployment: Deployment) -> str:
    """Return where answers to the mail go: what the deployment says, else the organisation; "" to the sender.

    An address that is none stops no mail.
    """
    chosen = deployment.reply_to or sending_rules.current().reply_to
    if chosen == "manager":
        found = values.manager(invitation)
        chosen = found.email if found else ""
    return chosen if chosen and mime.is_address(chosen) else ""


def _message_id(invitation: Invitation, reminder: int) -> str:
    host = settings().sender.rpartition("@")[2]
    return f"<{invitation.link_key}.{reminder}@{host}>"


def _template(invitation: Invitation, deployment: Deployment, language: str, reminder: int) -> Template:
    named = deployment.template
    return templates.get(invitation.survey, invitation.channel, language, name=named, reminder=bool(reminder))


def said(invitation: Invitation, asked: Asked, language: str, links: Links, used: frozenset[str]) -> dict[str, str]:
    """Return what these fields say of one person, but for the scale."""
    question = _words(asked.scale.question, language) if asked.scale and "question" in used else ""
    more = merge.named(question)
    known = values.of(invitation, language, used | more)
    asking = "".join(piece.text for piece in merge.told(question, known)) if more else question
    return {**known, "question": asking, "link": links.link, "unsubscribe": links.unsubscribe}


def _scale(link: str, asked: Asked, language: str) -> tuple[str, str]:
    """Return the scale as a row of links and as a line of text. A link only preselects: it answers nothing."""
    if asked.scale is None:
        return "", ""
    scale = asked.scale
    low, high = _words(scale.low, language), _words(scale.high, language)
    if scale.thumbs:
        said = ((scale.last, high), (scale.first, low))
        return _thumbs(said, asked.color).replace(_LINK, escape(link)), " / ".join(words for _, words in said if words)
    row = _row(scale.first, scale.last, low, high, asked.color)
    ends = [f"{number} = {label}" for number, label in ((scale.first, low), (scale.last, high)) if label]
    return row.replace(_LINK, escape(link)), " · ".join(ends)


_LINK = "\0"


@lru_cache(maxsize=64)
def _row(first: int, last: int, low: str, high: str, color: str) -> str:
    """Return the row of a scale with a mark where the link goes: the same for all who are asked."""
    steps = range(first, last + 1)
    return templates.partial("scale.html", link=_LINK, values=steps, trap=TRAP, low=low, high=high, color=color)


@lru_cache(maxsize=64)
def _thumbs(said: tuple[tuple[int, str], ...], color: str) -> str:
    """Return two answers as links, the good one first; a thumb stands alone where nobody gave it words."""
    return templates.partial("thumbs.html", link=_LINK, said=said, trap=TRAP, color=color)


def _words(texts: Texts, language: str) -> str:
    return texts.get(language) or next(iter(texts.values()), "")
