"""What keeps a template from being saved, and what its writer should know."""

import html
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from escuta.config import settings
from escuta.outreach import cleaning, markup, merge, sms, vocabulary
from escuta.outreach.markup import LINKS, Markup
from escuta.outreach.merge import Problem
from escuta.outreach.model import Channel, Template

CLIPPED = 102_000  # bytes of HTML after which Gmail hides the rest, and with it the way out
LONG = 90_000
_AROUND = 9_000  # bytes of the document and of a scale of eleven steps, at most
_HOST = re.compile(r"(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,24})(?=[/:?\s]|$)", re.IGNORECASE)
_FIELD = re.compile(r"\{\{\s*(\w+)[^}]*\}\}")
_URGING = re.compile(  # what the mails of thieves ask for, in our three languages
    r"\b(senha|contrase[ñn]a|password|cvv|cart[ãa]o de cr[ée]dito|tarjeta de cr[ée]dito|credit card number"
    r"|conta (?:ser[áa] )?(?:bloqueada|suspensa)|cuenta (?:ser[áa] )?(?:bloqueada|suspendida)"
    r"|account (?:will be )?(?:suspended|blocked)|voc[êe] ganhou|has ganado|you have won)\b",
    re.IGNORECASE,
)
_SAMPLE = "x" * 55  # as long as a link


def problems(template: Template) -> tuple[Problem, ...]:
    """Return all that keeps a template from being saved, with the places; () when it is good."""
    said = f"{template.subject} {template.html} {template.text}"
    more = vocabulary.attributes() if "segment." in said else frozenset[str]()
    custom = vocabulary.custom() if "custom." in said else frozenset[str]()
    found = tuple(_unfit(template, more, custom))
    return found or tuple(_lacking(template))


def _unfit(template: Template, more: frozenset[str], custom: frozenset[str]) -> Iterator[Problem]:
    words, texts = vocabulary.WORDS | more, vocabulary.TEXTS | more
    if template.channel is Channel.SMS:
        yield from merge.problems("text", template.text, words | LINKS, custom=custom)
        return
    yield from merge.problems("subject", template.subject, words, custom=custom)
    found = merge.problems("html", template.html, texts, custom=custom)
    yield from found or _clipped(markup.compiled(template.html))
    yield from merge.problems("text", template.text, texts, custom=custom)
    if not template.subject.strip():
        yield Problem(part="subject", code="empty")


def _clipped(made: Markup) -> Iterator[Problem]:
    yield from made.problems
    if _bytes(made) > CLIPPED:
        yield Problem(part="html", code="clipped")


def _bytes(made: Markup) -> int:
    return len(made.html.encode("utf-8", "replace")) + _AROUND


def _lacking(template: Template) -> Iterator[Problem]:
    """Yield the links that a message must have: the way to answer, and the way out."""
    if template.channel is Channel.SMS:
        yield from _missing("text", template.text, frozenset({"link"}))
        return
    yield from _missing("html", markup.compiled(template.html).html, LINKS)
    if template.text.strip():
        yield from _missing("text", template.text, LINKS)


def _missing(part: str, source: str, needed: frozenset[str]) -> Iterator[Problem]:
    there = merge.fields(source)
    for name in sorted(needed - merge.certain(merge.program(source), LINKS)):
        yield Problem(part=part, code="field_not_always" if name in there else "field_missing", name=name)


def warnings(template: Template) -> tuple[Problem, ...]:
    """Return what the writer of a valid template should know before anything is sent."""
    if template.channel is Channel.SMS:
        return tuple(_of_sms(template))
    made = markup.compiled(template.html)
    return (*_of_mail(template, made), *_of_links(made))


def _of_sms(template: Template) -> Iterator[Problem]:
    sample = dict.fromkeys(LINKS, _SAMPLE)
    words = merge.run(merge.program(template.text), sample, blank=lambda name: name.rpartition(".")[2])
    going = sms.fitted(words.strip(), template.accents)
    measured = sms.measure(going)
    if measured.parts > 1:
        yield Problem(part="text", code="sms_parts", name=str(measured.parts))
    if measured.encoding == "UCS-2":
        yield Problem(part="text", code="sms_alphabet", name=" ".join(sorted(sms.beyond(going)))[:40])
    if "unsubscribe" not in merge.fields(template.text):
        yield Problem(part="text", code="sms_no_way_out")
    yield from _urging("text", words)


def _of_mail(template: Template, made: Markup) -> Iterator[Problem]:
    for name in cleaning.removed(template.html):
        yield Problem(part="html", code="style_removed" if name == "style" else "removed", name=name)
    for name in made.lost:
        yield Problem(part="html", code="field_removed", name=name)
    for address in made.relative:
        yield Problem(part="html", code="address_relative", name=address)
    if LONG < _bytes(made) <= CLIPPED:
        yield Problem(part="html", code="long", name=str(_bytes(made) // 1_000))
    if made.mute_images:
        yield Problem(part="html", code="image_mute", name=str(made.mute_images))
    if is_unsigned(template.html):
        yield Problem(part="html", code="sender_added", name=settings().organisation)
    if not template.text.strip():
        yield Problem(part="text", code="text_made")
    yield from _urging("subject", template.subject)
    yield from _urging("html", html.unescape(re.sub(r"<[^>]*>", " ", made.html)))


def _of_links(made: Markup) -> Iterator[Problem]:
    """Yield the links whose words name another place than they lead to, as those of thieves do."""
    for link in made.links:
        said = _HOST.search(link.text)
        if said and not _same(said.group(1).lower(), _leads(link.href)):
            yield Problem(part="html", code="link_elsewhere", name=f"{said.group(1)} → {_leads(link.href)}"[:120])


def _leads(href: str) -> str:
    field = _FIELD.match(href)
    whole = settings().public_url if field and field.group(1) in LINKS else href
    return (urlsplit(whole).hostname or whole.partition("@")[2].partition("?")[0]).lower()


def _same(said: str, leads: str) -> bool:
    return said.removeprefix("www.") == leads.removeprefix("www.") or leads.endswith(f".{said.removeprefix('www.')}")


def _urging(part: str, text: str) -> Iterator[Problem]:
    found = _URGING.search(text)
    if found:
        yield Problem(part=part, code="urging", name=found.group())


def is_unsigned(source: str) -> bool:
    """Tell whether a text does not say to everybody who sends it."""
    signs = "organisation" in merge.certain(merge.program(source), LINKS)
    return not signs and settings().organisation not in html.unescape(source)
