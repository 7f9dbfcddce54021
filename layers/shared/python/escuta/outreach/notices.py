"""Telling whoever owns a folder what became of a file, by one mail about each state that the file rests in.

At most once: the mail is claimed in the file's row before it is sent, with one attempt. When nobody knows whether it
left it stays `unknown`: the report is where it belongs either way. Nothing personal stands in the mail: of what is
wrong with the rows only the kind and the count.
"""

from functools import partial
from typing import Any

from escuta import i18n
from escuta.config import settings
from escuta.directory import drops, folders, reports
from escuta.directory.model import DropFile, FileState, Folder, RowOutcome
from escuta.errors import UnavailableError
from escuta.outreach import mails, messages
from escuta.outreach.messages import Email, Lost, Refused

_PACKAGE = "escuta.outreach"
_SHOWN = 5  # reasons
_LONGEST = 120  # characters of a name
_SILENT = frozenset({"replaced", "folder_reserved"})  # the newer file has the mail; a reserved folder has no owner
_CALM = frozenset({FileState.DONE, FileState.DUPLICATE})


def tell(file: DropFile) -> str:
    """Send the mail about a file to the owner of its folder, and return what became of it: "" when nobody is told.

    UnavailableError when the mail service wants it later: the same call then sends it.
    """
    folder = folders.of(file.folder)
    if not folder.owner_email or file.reason in _SILENT:
        return ""
    claimed, mine = _claimed(file)
    if not mine:
        return claimed.mail
    try:
        messages.send_email(email(claimed, folder))
    except Refused as refusal:
        if not refusal.retry:
            return _marked(claimed, "refused")
        _marked(claimed, "")
        raise UnavailableError("mail_unavailable", retry_after=60) from refusal
    except Lost:
        return _marked(claimed, "unknown")
    return _marked(claimed, "sent")


def _claimed(file: DropFile) -> tuple[DropFile, bool]:
    """Return the file as it is stored, and whether the mail about this state is ours to send.

    A claim that is found belongs to somebody who is sending, or who died: it is `unknown` until that one says better.
    """
    mine = False

    def claim(now: DropFile) -> DropFile | None:
        nonlocal mine
        mine = now.state is file.state and not now.mail
        if mine:
            return now.changed(mail="claimed")
        return now.changed(mail="unknown") if now.state is file.state and now.mail == "claimed" else None

    found = drops.change(file.id, claim)
    return found, mine


def _marked(claimed: DropFile, outcome: str) -> str:
    def mark(now: DropFile) -> DropFile | None:
        return now.changed(mail=outcome) if now.state is claimed.state and now.mail in {"claimed", "unknown"} else None

    return drops.change(claimed.id, mark).mail


def email(file: DropFile, folder: Folder) -> Email:
    """Return the mail about a file, in the language of its folder's owner."""
    facts = _facts(file, folder)
    mail = mails.render("file", folder.owner_language, **facts)
    return Email(
        to=folder.owner_email,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        sender_name=settings().organisation,
        headers={"Auto-Submitted": "auto-generated"},
        tags={"file": file.id},
    )


def _facts(file: DropFile, folder: Folder) -> dict[str, Any]:
    language = folder.owner_language
    say = partial(i18n.say, _PACKAGE, language)
    rejected = file.totals.get(RowOutcome.REJECTED, 0)
    shown = sorted(file.reasons.items(), key=lambda each: (-each[1], each[0]))
    more = sum(count for _, count in shown[_SHOWN:])
    return {
        "say": say,
        "organisation": settings().organisation,
        "name": _line(file.object_key),
        "received": i18n.moment(file.received_at, language, folder.timezone or settings().timezone),
        "dry_run": file.dry_run,
        "attention": rejected > 0 or file.state not in _CALM,
        "pill": say(f"mail.pill.{'would' if file.dry_run and file.totals else file.state}"),
        "headline": _headline(file, say, language),
        "message": reports.outline(language, file.reason, file.details) if file.reason else "",
        "figures": _figures(file, say, language),
        "reasons": [
            (i18n.number(count, language), reports.outline(language, code, {})) for code, count in shown[:_SHOWN]
        ],
        "more": say("mail.more", count=i18n.number(more, language)) if more else "",
        "held": say("mail.held", file=file.id) if file.state is FileState.HELD else "",
        "routes": _routes(file, say, language),
        "report": _plain(file.report_key),
        "report_words": say("mail.report" if file.totals else "mail.verdict"),
        "rejected": _plain(file.rejected_key),
        "link": f"{settings().house}/console/",
        "why": say("mail.why", folder=_line(file.folder)) if file.folder else say("mail.why_no_folder"),
    }


def _headline(file: DropFile, say: Any, language: str) -> str:
    rejected = file.totals.get(RowOutcome.REJECTED, 0)
    mood = ".would" if file.dry_run else ""
    if file.state is not FileState.DONE:
        return str(say(f"mail.headline.{file.state}"))
    if not rejected:
        return str(say(f"mail.headline.done{mood}"))
    code = f"mail.headline.rejected{mood}.{'one' if rejected == 1 else 'many'}"
    return str(say(code, rejected=i18n.number(rejected, language), rows=i18n.number(file.rows, language)))


def _figures(file: DropFile, say: Any, language: str) -> list[tuple[str, str]]:
    """Return label and figure of what the rows came to: those that are none are left out, the accepted ones never."""
    if not file.totals:
        return []
    told = [(each, file.totals.get(each, 0)) for each in RowOutcome]
    counted = [("rows", file.rows), *((each, n) for each, n in told if n or each is RowOutcome.ACCEPTED)]
    return [(say(f"mail.figure.{name}"), i18n.number(count, language)) for name, count in counted]


def _routes(file: DropFile, say: Any, language: str) -> list[tuple[str, str]]:
    """Return under which of the folder's rules how many rows fall: who is asked by which, and who is left in peace."""
    asked = [(name or say("mail.nobody"), count) for name, count in sorted(file.routed.items(), key=_named_first)]
    kept = [(say("mail.excluded", rule=name), count) for name, count in sorted(file.excluded.items())]
    return [(_line(name), i18n.number(count, language)) for name, count in asked + kept]


def _named_first(counted: tuple[str, int]) -> tuple[bool, str]:
    return not counted[0], counted[0]


def _line(text: str) -> str:
    plain = _plain(text)
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"


def _plain(text: str) -> str:
    """Return a name on one line, without what could hide or turn around the text beside it."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
