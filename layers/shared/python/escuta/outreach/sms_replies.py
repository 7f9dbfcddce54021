"""What people answer to an SMS: no more, help, again. A machine answers it once, and nothing else ever.

A reply that is none of these is kept for a person to read, and not answered: two machines must not talk to each other.
"""

import re
import unicodedata
from datetime import datetime
from enum import StrEnum
from typing import Any

from escuta import clock, i18n, ids, table
from escuta.config import settings
from escuta.entity import Value
from escuta.errors import ConflictError, UnavailableError
from escuta.observe import logger
from escuta.outreach import ceilings, messages, sms, suppression
from escuta.outreach.model import (
    STOP,
    Channel,
    Confirmation,
    Invitation,
    InvitationState,
    SentMessage,
    Suppression,
)

NOT_UNDERSTOOD = "reply_not_understood"  # why a reply is kept for a person to read
_PACKAGE = "escuta.outreach"
_MOST_WORDS = 2
_PARTS = re.compile(r"[^\W_]+")


class Wish(StrEnum):
    """What a reply asks for."""

    STOP = "stop"
    HELP = "help"
    START = "start"


# before a word, they turn it round
_ALSO_NO = frozenset(
    {"nao", "nem", "nunca", "jamais", "sem", "no", "ni", "jamas", "sin", "not", "dont", "cant", "wont", "never"}
)
_WORDS: dict[str, tuple[Wish, str]] = {
    **dict.fromkeys(("stop", "stopall", "unsubscribe", "end", "quit", "optout"), (Wish.STOP, "")),
    **dict.fromkeys(("cancel", "cancelar", "parar"), (Wish.STOP, "")),  # of more than one language
    **dict.fromkeys(("sair", "pare", "descadastrar", "descadastre", "remover", "remova"), (Wish.STOP, "pt-BR")),
    **dict.fromkeys(("alto", "baja", "detener", "detenga", "salir"), (Wish.STOP, "es")),
    "help": (Wish.HELP, ""),
    "ajuda": (Wish.HELP, "pt-BR"),
    "ayuda": (Wish.HELP, "es"),
    **dict.fromkeys(("start", "unstop"), (Wish.START, "")),
    "voltar": (Wish.START, "pt-BR"),
    **dict.fromkeys(("alta", "volver"), (Wish.START, "es")),
}


class _Reply(Value):
    originationNumber: str  # noqa: N815 - as the service writes it
    messageBody: str  # noqa: N815
    inboundMessageId: str  # noqa: N815
    previousPublishedMessageId: str = ""  # noqa: N815


def wish(words: str) -> tuple[Wish, str] | None:
    """Return what a reply asks for, and the language of the word that says so ("": of several); None: neither.

    One or two words, in whatever case and with whatever signs around them: longer sentences mean something else. A no
    goes before whatever stands beside it; only a word alone opens again ("muy alta" is an opinion).
    """
    plain = "".join(part for part in unicodedata.normalize("NFKD", words) if not unicodedata.combining(part))
    said = _PARTS.findall(plain.casefold())
    if len(said) > _MOST_WORDS or _ALSO_NO & set(said):
        return None
    found = [_WORDS[word] for word in said if word in _WORDS and (len(said) == 1 or _WORDS[word][0] is not Wish.START)]
    return min(found, key=lambda asked: asked[0] is not Wish.STOP, default=None)


def receive(said: dict[str, Any], told_at: datetime) -> str:
    """Do what a reply asks for. Return why a person should see it; "" when it was understood.

    One that opens a number again opens nothing that was closed after it was sent.
    """
    reply = _Reply.model_validate(said)
    asked = wish(reply.messageBody)
    if asked is None:
        return NOT_UNDERSTOOD
    what, spoken = asked
    logger().info("reply", extra={"asks_for": what, "message_id": reply.inboundMessageId})
    source = f"reply {reply.inboundMessageId}"
    match what:
        case Wish.STOP:
            if _answered(answer := ids.derive("confirmation", "stopped", reply.inboundMessageId)):
                return ""  # it comes a second time; the person may have said something else meanwhile
            asked_of = _asked(reply)
            whom = suppression.Whom(asked_of.contact, asked_of.segment_path) if asked_of else None
            survey = asked_of.survey if asked_of else ""
            suppression.add(Channel.SMS, reply.originationNumber, STOP, survey, source=source, whom=whom)
            if _closed_by(reply.originationNumber) == source:
                _answer(reply, "stopped", spoken, answer)
        case Wish.START:
            suppression.reopen(Channel.SMS, reply.originationNumber, STOP, "reply ", told_at)
        case Wish.HELP:
            number = suppression.address_hash(Channel.SMS, reply.originationNumber)
            day = clock.local_day(clock.now(), settings().timezone)
            if not _answered(answer := ids.derive("confirmation", "help", number, day)):
                _answer(reply, "help", spoken, answer)
    return ""


def _answered(identity: str) -> bool:
    return table.find(Confirmation, Confirmation.at(identity), consistent=True) is not None


def _closed_by(number: str) -> str:
    """Return which reply closed this number: it alone is confirmed, however often the person says it again."""
    key = Suppression.at(suppression.address_hash(Channel.SMS, number))
    found = table.find(Suppression, key, consistent=True)
    return found.reasons[STOP].source if found and STOP in found.reasons else ""


def _asked(reply: _Reply) -> Invitation | None:
    """Return the invitation that somebody replies to, as far as it can be told."""
    if not reply.previousPublishedMessageId:
        return None
    sent = table.find(SentMessage, SentMessage.at(reply.previousPublishedMessageId))
    return table.find(Invitation, Invitation.at(sent.link_key)) if sent else None


def _answer(reply: _Reply, what: str, spoken: str, identity: str) -> None:
    """Send the one answer to this, with one attempt, unless it was claimed meanwhile or would cost too much."""
    asked = _asked(reply)
    language = i18n.match(asked.language if asked else "") or spoken or settings().language
    text = i18n.say(_PACKAGE, language, f"reply.{what}", organisation=settings().organisation)
    over = ceilings.take(reply.originationNumber, sms.measure(text).parts)
    wanted = Confirmation(
        id=identity,
        what=what,
        state=InvitationState.REJECTED if over else InvitationState.CLAIMED,
        claim=ids.new(),
        reason=over,
        created_at=clock.now(),
    )
    claimed = _claimed(wanted)
    if claimed is not None and not over:
        state, reason, message_id = _sent(reply.originationNumber, text)
        table.save(claimed.changed(state=state, reason=reason, message_id=message_id))


def _claimed(wanted: Confirmation) -> Confirmation | None:
    try:
        return table.create(wanted)
    except ConflictError:
        return None
    except UnavailableError:
        found = table.find(Confirmation, wanted.key(), consistent=True)
        if found is None or found.claim != wanted.claim:
            raise
        return found  # only the answer was lost: the claim is ours


def _sent(number: str, text: str) -> tuple[InvitationState, str, str]:
    """Send, and return state, reason and the provider's id. Refused is refused: nobody waits for a late answer."""
    try:
        return InvitationState.SENT, "", messages.send_sms(number, text)
    except messages.Refused as refused:
        return InvitationState.REJECTED, refused.code, ""
    except messages.Lost:
        return InvitationState.UNKNOWN, "answer_lost", ""
