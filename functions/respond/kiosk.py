"""A store link as an app on a device: its manifest, its service worker, its sign of life."""

from urllib.parse import quote

from chalice.app import Response
from pydantic import ValidationError

from escuta import clock
from escuta.errors import NotFoundError, TooLargeError
from escuta.feedback import devices, links, surveys
from escuta.feedback.links import Door
from escuta.feedback.model import Kiosk, StoreToken, SurveyVersion
from respond import headers, offline, pages
from respond.visits import LARGEST_BODY, MalformedError, Visit

_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512"><path fill="{color}" d="M0 0h512v512H0z"/>'
    '<path fill="#fff" d="M150 140h212a38 38 0 0 1 38 38v128a38 38 0 0 1-38 38H262l-72 62v-62h-40a38 38 0 0 1-38-38V178'
    'a38 38 0 0 1 38-38z"/><path fill="{color}" d="M176 210h28v64h-28zm66-22h28v108h-28zm66 34h28v40h-28z"/></svg>'
)
# A worker is bound by the policy that it came with: it may ask this host, and nothing else.
_WORKER = "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def manifest(visit: Visit) -> Response:
    """Return what a browser needs to install the page. Addresses are relative: a stage may stand before the path."""
    token, _, version = _opened(visit)
    language = visit.language(token.language, version.languages)
    title, color = pages.title(version, language), version.branding.light.accent or version.color
    content = {
        "name": f"{title} · {token.label}" if token.label else title,
        "short_name": (token.label or title)[:30],
        "lang": language,
        "dir": "ltr",
        "start_url": f"../{visit.token}",
        "scope": f"../{visit.token}",
        "display": "standalone",
        "display_override": ["fullscreen", "standalone"],
        "orientation": "any",
        "theme_color": color,
        "background_color": color,
        "icons": [
            {
                "src": f"data:image/svg+xml,{quote(_ICON.format(color=color))}",
                "sizes": "any",
                "type": "image/svg+xml",
                "purpose": purpose,
            }
            for purpose in ("any", "maskable")
        ],
    }
    return pages.document(content, kind="application/manifest+json")


def worker(visit: Visit) -> Response:
    """Return the service worker of a kiosk. A new version of the survey, or of its page, is a new worker."""
    _, kiosk, version = _opened(visit)
    script = offline.worker(version.languages, offline.edition(kiosk, version))
    own = {"Service-Worker-Allowed": f"../{visit.token}", headers.POLICY: _WORKER}
    return Response(script, {"Content-Type": "text/javascript; charset=utf-8", **own}, 200)


def seen(visit: Visit) -> Response:
    """Take a device's sign of life."""
    if len(visit.body) > LARGEST_BODY:
        raise TooLargeError("body_too_large", limit_kb=LARGEST_BODY // 1024)
    try:
        sign = devices.Sign.model_validate_json(visit.body)
    except ValidationError as error:
        fields = {".".join(map(str, problem["loc"])) or "body" for problem in error.errors()}
        raise MalformedError("malformed_fields", fields=", ".join(sorted(fields))[:200]) from None
    devices.heard(visit.token, sign)
    return Response("", {"Content-Type": "application/json"}, 204)


def _opened(visit: Visit) -> tuple[StoreToken, Kiosk, SurveyVersion]:
    """Return the token of a kiosk and what it shows now. A link that is no kiosk has none of this."""
    source = links.find(Door.STORE, visit.token)
    if not isinstance(source, StoreToken) or source.kiosk is None:
        raise NotFoundError("link_unknown")
    with links.speaking(source):
        links.admit(source, clock.now())
        return source, source.kiosk, surveys.live(source.survey)
