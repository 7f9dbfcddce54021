"""Webhooks: servers of the company that are told of events, signed, until they have taken them."""

from escuta.outreach.webhooks.delivering import work
from escuta.outreach.webhooks.hooks import change, create, delete, disable, get, health, listing, rotate
from escuta.outreach.webhooks.telling import due, fan_out, test

__all__ = [
    "change",
    "create",
    "delete",
    "disable",
    "due",
    "fan_out",
    "get",
    "health",
    "listing",
    "rotate",
    "test",
    "work",
]
