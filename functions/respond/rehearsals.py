"""Surveys that are looked at or tried out: they look and go as they will, and nothing of it counts."""

import re

from chalice.app import Response
from markupsafe import Markup

from escuta.config import origin, settings
from escuta.errors import ForbiddenError
from escuta.feedback import rehearsing, showing
from escuta.feedback.showing import Shown
from escuta.i18n import say
from respond import asking, forms, headers, pages
from respond.visits import Visit

_NONCE = re.compile(r"'nonce-([\w-]+)'")
_MAIN = "<main>\n"


def show(visit: Visit) -> Response:
    """Show the survey behind the link."""
    return asking.survey(visit, _opened(visit).opened)


def take(visit: Visit) -> Response:
    """Thank for an answer; before that, without JavaScript, go from step to step. What is published takes none."""
    shown = _opened(visit)
    go = visit.typed.get("go")
    if go == "language":
        return asking.survey(visit, shown.opened)
    if go in asking.TURNS:
        return asking.step(visit, shown.opened.source, shown.opened.version, forms.submission(visit))
    if shown.preview is None:
        raise ForbiddenError("preview_only")
    done = rehearsing.take(shown, forms.submission(visit))
    version, source = shown.opened.version, shown.opened.source
    return pages.thanked(visit, done.receipt, version, lambda: (source, done.response))


def framed(visit: Visit, response: Response) -> Response:
    """Say on every such page what it is, and let the console frame it: who writes a survey looks at it."""
    policy = str(response.headers.get(headers.POLICY, ""))
    nonce = _NONCE.search(policy)
    if not visit.mark or nonce is None:
        return response
    told = settings()
    house = "".join(f" {each}" for each in {origin(told.house)} - {origin(told.public_url)})
    response.headers[headers.POLICY] = policy.replace("frame-ancestors 'none'", f"frame-ancestors 'self'{house}")
    words = say("respond", str(response.headers["Content-Language"]), f"{visit.mark}.banner")
    line = Markup('<p class="kept" role="note">{}</p>\n').format(words)
    # A page may come as Markup, which would show the tag that it replaces: it is split and joined.
    before, main, after = str(response.body).partition(_MAIN)
    response.body = "".join((before, main, line if main else "", after))
    return response


def _opened(visit: Visit) -> Shown:
    """Return what the link shows, and have every page of it say so."""
    shown = showing.opened(visit.token)
    visit.mark = "test" if shown.preview and shown.preview.keeps else "preview"
    return shown
