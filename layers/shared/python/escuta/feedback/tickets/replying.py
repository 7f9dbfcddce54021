"""The address to which a customer replies: it names the ticket, and only we can make it. Pure but for the secret."""

import hmac
import re

from escuta import ids, secrets
from escuta.config import settings

_PREFIX = "ticket+"
_LOCAL = re.compile(r"ticket\+([a-z2-7]{26})([a-z2-7]{26})")
_KEPT = 26  # letters of the token, 130 bits: with the id, they fit the 64 characters of a local part


def address(ticket: str) -> str:
    """Return where a reply about this ticket goes; "" where no mail is received.

    Lower case throughout, since some mail servers write local parts so.
    """
    domain = settings().inbound_domain
    return f"{_PREFIX}{ticket}{_token(ticket)}@{domain}" if domain and _LOCAL.fullmatch(_local(ticket)) else ""


def ticket_of(told: str) -> str:
    """Return the ticket that an address names; "" for one that we did not make, or of another domain."""
    local, _, domain = told.strip().strip("<>").casefold().rpartition("@")
    found = _LOCAL.fullmatch(local)
    if not found or not domain or domain != settings().inbound_domain.casefold():
        return ""
    ticket, token = found.groups()
    return ticket if hmac.compare_digest(token, _token(ticket)) else ""


def message_id(ticket: str, number: int) -> str:
    """Return the Message-ID of a message about a ticket, so that what quotes it is known as an answer to it."""
    return f"<{ticket}.{number}@{settings().sender.rpartition('@')[2]}>"


def _local(ticket: str) -> str:
    return f"{_PREFIX}{ticket}{_token(ticket)}"


def _token(ticket: str) -> str:
    return ids.keyed_hash(secrets.link_secret(), f"reply:{ticket}")[:_KEPT]
