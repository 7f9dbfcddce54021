"""Tickets: an unhappy answer that somebody must follow up, from its opening to its closing."""

from escuta.feedback.tickets.finding import (
    about,
    closed_due,
    counts,
    listing,
    of_contact,
    open_count,
    open_under,
    open_upto,
)
from escuta.feedback.tickets.keeping import CUSTOMER, PRODUCT, Actor, Line, at, get, log, store
from escuta.feedback.tickets.life import MOVES, assign, close, comment, move, moved, transfer
from escuta.feedback.tickets.opening import Opened, follow_up, identity
from escuta.feedback.tickets.ruling import CALL_ME, DETRACTOR, RULES, Rule

__all__ = [
    "CALL_ME",
    "CUSTOMER",
    "DETRACTOR",
    "MOVES",
    "PRODUCT",
    "RULES",
    "Actor",
    "Line",
    "Opened",
    "Rule",
    "about",
    "assign",
    "at",
    "close",
    "closed_due",
    "comment",
    "counts",
    "follow_up",
    "get",
    "identity",
    "listing",
    "log",
    "move",
    "moved",
    "of_contact",
    "open_count",
    "open_under",
    "open_upto",
    "store",
    "transfer",
]
