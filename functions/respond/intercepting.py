"""What a website gets of an intercept: the script that opens it, and the frame in which it opens."""

import hashlib
import json
import re
from functools import cache
from importlib import resources
from urllib.parse import urlsplit

from chalice.app import Response

from escuta.config import settings
from escuta.errors import EscutaError, ForbiddenError, UnavailableError
from escuta.feedback import intercepts
from escuta.feedback.intercepts import Shown
from escuta.feedback.links import Door
from escuta.feedback.responses import Submission
from escuta.i18n import say
from respond import headers
from respond.visits import Visit

SUFFIX = ".js"
_KIND: dict[str, str | list[str]] = {
    "Content-Type": "text/javascript; charset=utf-8",
    "Cross-Origin-Resource-Policy": "cross-origin",  # it is made for the pages of others
}
_CACHED: dict[str, str | list[str]] = {"Cache-Control": "public, max-age=300"}
_NONCE = re.compile(r"'nonce-([\w-]+)'")


def script(visit: Visit) -> Response:
    """Return the script of an intercept. What is over, early or unknown has an empty one: the website notices nothing.

    It is the one answer that may be kept by browsers, for five minutes; but not when the store did not answer.
    """
    try:
        shown = intercepts.shown(visit.token.removesuffix(SUFFIX))
    except UnavailableError:
        return Response("", dict(_KIND))
    body = _program(shown) if shown else ""
    tag = f'W/"{hashlib.sha256(body.encode()).hexdigest()[:24]}"'
    kept = {**_KIND, **_CACHED, "ETag": tag}
    if tag in visit.header("if-none-match"):
        return Response("", kept, 304)
    return Response(body, kept)


def framed(visit: Visit, response: Response) -> Response:
    """Let the websites of an intercept, and no other, frame a page of it, and let the page tell them its size."""
    policy = str(response.headers.get(headers.POLICY, ""))
    nonce = _NONCE.search(policy)
    if visit.door is not Door.INTERCEPT or nonce is None:
        return response
    if policy.endswith("'none'"):  # the page does not know whose it is: thanks, or a refusal
        response.headers[headers.POLICY] = headers.policy(nonce[1], framed_by=_origins(visit))
    before, end, after = str(response.body).rpartition("</body>")
    response.body = f'{before}<script nonce="{nonce[1]}">{_telling()}</script>\n{end}{after}'
    return response


def from_our_page(visit: Visit) -> None:
    """Refuse an answer that a page of somebody else sends; ForbiddenError `cross_site`.

    Our pages send no referrer, so that the origin of a form without script is `null`: what the browser says of the site
    is asked first. Programs say neither, and are nobody's page.
    """
    site, origin = visit.header("sec-fetch-site"), visit.header("origin")
    if site:
        strange = site not in {"same-origin", "none"}
    else:
        strange = bool(origin) and urlsplit(origin).netloc not in {
            visit.header("host"),
            urlsplit(settings().public_url).netloc,
        }
    if strange:
        raise ForbiddenError("cross_site")


def allowed(visit: Visit, submission: Submission) -> Submission:
    """Return what was sent, without the hidden fields that an intercept does not hand over."""
    if visit.door is not Door.INTERCEPT or not submission.hidden:
        return submission
    names = intercepts.recent(visit.token).hidden
    return submission.changed(hidden={name: value for name, value in submission.hidden.items() if name in names})


def _origins(visit: Visit) -> tuple[str, ...]:
    try:
        return intercepts.recent(visit.token).origins
    except EscutaError:  # no such intercept, or no answer of the store: then nobody frames the page that says so
        return ()


def _program(shown: Shown) -> str:
    """Return the script with what it must know; all of it can be read by anyone."""
    intercept = shown.intercept
    public = intercept.model_dump(mode="json", include={"id", "origins", "hidden", "language", "place", "trigger"})
    words = {
        language: {part: say("respond", language, f"intercept.{part}") for part in ("label", "close")}
        for language in shown.languages
    }
    config = json.dumps({**public, "languages": shown.languages, "words": words}, separators=(",", ":"))
    return _template("intercept").replace("/*config*/ null", config, 1)


@cache
def _telling() -> str:
    return _template("frame")


@cache
def _template(name: str) -> str:
    """Return a script with its style sheet in it, without what only its readers need."""
    folder = resources.files("respond").joinpath("templates")
    style = " ".join(folder.joinpath(f"{name}.css").read_text(encoding="utf-8").split())
    lines = [line.strip() for line in folder.joinpath(f"{name}.js").read_text(encoding="utf-8").splitlines()]
    program = "\n".join(line.partition(" // ")[0] for line in lines if not line.startswith("//"))
    return program.replace('/*style*/ ""', json.dumps(style), 1)
