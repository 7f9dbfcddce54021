"""Keeping what is half filled in, while somebody answers. Only the page's script asks for it: there is no page."""

from chalice.app import Response

from escuta.feedback import partials
from respond import forms, pages
from respond.visits import Visit


def keep(visit: Visit) -> Response:
    """Keep a half-filled survey and say which saving is kept: an older one that comes late is ignored."""
    kept = partials.keep(visit.door, visit.token, forms.partial(visit))
    return pages.document({"number": kept.number})
