"""The mail that says what changed."""

from datetime import UTC, datetime, time
from decimal import Decimal

from escuta import i18n
from escuta.config import settings
from escuta.directory.model import Manager, Rhythm
from escuta.feedback import mails
from escuta.feedback.model import Digest, Finding
from escuta.feedback.telling import cut, line
from escuta.outreach.messages import Email

_PACKAGE = "escuta.feedback"
_MINUS = "\N{MINUS SIGN}"
_PERCENT = 100
_LONGEST = 80  # characters of a name in a mail, which may be of any length


def email(digest: Digest, manager: Manager) -> Email:
    """Return the mail of a digest, in the manager's language."""
    language = digest.language

    def say(code: str, **details: object) -> str:
        return i18n.say(_PACKAGE, language, f"digest.{code}", **details)

    first = digest.findings[0]
    mail = mails.render(
        "digest",
        language,
        organisation=settings().organisation,
        greeting=say("greeting", name=_name(manager.name)),
        headline=say(f"headline.{digest.rhythm}", **_days(digest)),
        subject=_subject(first, len(digest.findings), language),
        lines=[_line(each, language) for each in digest.findings],
        sure=say("sure"),
        open=say("open"),
        link=f"{settings().house}/console/",
        why=say(f"why.{digest.rhythm}", organisation=settings().organisation),
    )
    return Email(
        to=digest.address,
        to_name=manager.name,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        sender_name=settings().organisation,
        headers={"Auto-Submitted": "auto-generated"},
        tags={"digest": digest.id},
    )


def _days(digest: Digest) -> dict[str, str]:
    ends = {"first": digest.first, "last": digest.last}
    if digest.rhythm is Rhythm.MONTHLY:
        month = i18n.say(_PACKAGE, digest.language, f"digest.month.{digest.first.month}")
        return {"month": month, "year": str(digest.first.year)}
    noon = time(12, tzinfo=UTC)
    return {name: i18n.day(datetime.combine(day, noon), digest.language, "UTC") for name, day in ends.items()}


def _subject(first: Finding, n: int, language: str) -> str:
    told = _line(first, language)
    words = f"{told['place']}: {told['what']}, {told['before']} → {told['now']}"
    return words if n == 1 else i18n.say(_PACKAGE, language, "digest.subject", first=words, more=n - 1)


def _line(found: Finding, language: str) -> dict[str, str]:
    """Return one change as it is written: where, what, from and to which value, and how sure that is."""
    what = _name(found.topic) or i18n.say(_PACKAGE, language, f"digest.metric.{found.metric}")
    between = ""
    if found.low is not None and found.high is not None:
        ends = {"low": _value(found.low, found.unit, language), "high": _value(found.high, found.unit, language)}
        between = i18n.say(_PACKAGE, language, "digest.between", **ends)
    code = "comments" if found.topic else "answers"
    return {
        "verdict": found.verdict,
        "word": i18n.say(_PACKAGE, language, f"digest.verdict.{found.verdict}"),
        "place": _name(found.segment_name),
        "survey": _name(found.survey_name),
        "what": what,
        **_both(found, language),
        "n": i18n.say(_PACKAGE, language, f"digest.{code}", n=i18n.number(found.n, language)),
        "between": between,
    }


def _both(found: Finding, language: str) -> dict[str, str]:
    """Return both values, with one digit more where they would read the same."""
    for digits in (0, 1):
        shown = {name: _value(getattr(found, name), found.unit, language, digits) for name in ("before", "now")}
        if shown["before"] != shown["now"]:
            break
    return shown


def _name(text: str) -> str:
    """Return a name on one line, without what turns the direction of the words around it."""
    return cut(line(text), _LONGEST)


def _value(value: float, unit: str, language: str, digits: int = 0) -> str:
    """Return a value as people write it: points whole, shares in per cent, means with one digit; so many more."""
    places = digits + (unit == "mean")
    number = round(Decimal(value * _PERCENT if unit == "share" else value), places) + 0
    text = i18n.number(number, language, places).replace("-", _MINUS)
    if unit != "share":
        return text
    return f"{text}\N{NO-BREAK SPACE}%" if language == "es" else f"{text}%"
