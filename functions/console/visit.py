"""Who is at the door: cookies, session, language, and whether a form was sent from our own page."""

import hmac
import re
import secrets
from functools import cache, cached_property
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit
from zoneinfo import available_timezones

from aws_lambda_powertools.shared.cookies import Cookie, SameSite
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from console.api import Api
from console.words import Reader
from escuta import i18n
from escuta.config import settings
from escuta.directory import access, audit
from escuta.directory.access import signing_in
from escuta.directory.model import Session
from escuta.errors import ForbiddenError, InvalidError

SESSION_COOKIE = "__Host-escuta"  # the prefix makes browsers demand Secure, Path=/ and no Domain
STEP_COOKIE = "__Host-escuta-step"  # how far somebody is on the way in
TRIP_COOKIE = "__Host-escuta-trip"  # what comes back from the identity provider must know
LANGUAGE_COOKIE = "__Host-escuta-language"
THEME_COOKIE = "__Host-escuta-theme"
ZONE_COOKIE = "__Host-escuta-zone"  # the zone of the reader's clock, which only their browser knows
BACK_COOKIE = "__Host-escuta-back"  # the page that somebody asked for who had to sign in first
THEMES = ("auto", "light", "dark")
CHOICES = ("survey", "days", "segment")  # what may be chosen on the home page, in its query string
_ROOT = "/console"
_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 2000
_MOST_FIELDS_AT_THE_DOOR = 20
_WAY = re.compile(r"[a-z0-9][\w.~/-]{0,300}(\?[\w.~%&=+,:-]{0,1500})?|")  # below `/console`, and to nowhere else
_BACK_SECONDS = 600
_YEAR = 365 * 86400


class _MissingError(InvalidError, KeyError):
    """A field is missing: refused like what is wrong, and to templates, which ask for what may be there, a key."""


class _Form(dict[str, str]):
    """The fields of a form. One that no form of ours leaves out is demanded: its absence is refused, and no fault."""

    def __missing__(self, name: str) -> str:
        raise _MissingError("field_missing", field=name)


class Visit:
    """One request. Reads nothing before it is asked."""

    def __init__(self, event: APIGatewayProxyEvent) -> None:
        """Remember the request, and draw the nonce of its page."""
        self.event = event
        self.nonce = secrets.token_urlsafe(16)
        self.typed = ""  # the user name of a refused sign-in, so that nobody types it twice
        self.speaks = ""  # the language of whom a link was sent to, or the one chosen on its page
        self.cookies = _cookies(event.headers.get("Cookie") or "")
        self.noted: audit.Entry | None = None  # what the audit says of this request, if it says anything
        self.refusal = ""  # the code of what is refused on the page itself

    @cached_property
    def session(self) -> Session | None:
        """The session of the cookie, while it lasts."""
        cookie = self.cookies.get(SESSION_COOKIE, "")
        found = access.session(cookie) if cookie else None
        return access.seen(found) if found and self._is_somebody else found

    def tell(self, **told: str) -> None:
        """Tell the audit what only the work finds out: `actor`, `actor_name`, `role`, `thing`."""
        if self.noted is not None:
            self.noted.about(**told)

    @property
    def language(self) -> str:
        """The language chosen on the page, else the person's own once the session is read, else the browser's."""
        known = self.__dict__.get("session")
        preferred = self.speaks or self.cookies.get(LANGUAGE_COOKIE) or (known.language if known else "")
        offered = tuple(sorted(i18n.LANGUAGES, key=lambda language: language != settings().language))
        return i18n.negotiate(preferred, self.event.headers.get("Accept-Language") or "", offered)

    @cached_property
    def api(self) -> Api:
        """What this person may ask; ForbiddenError for who is signed out."""
        if self.session is None:
            raise ForbiddenError("signed_out")
        return Api(self, access.caller_of_session(self.session))

    @property
    def theme(self) -> str:
        """Whether pages are light, dark, or as the device is."""
        chosen = self.cookies.get(THEME_COOKIE, "")
        return chosen if chosen in THEMES else THEMES[0]

    @property
    def timezone(self) -> str:
        """The zone of the reader's clock, as their browser says, else the organisation's."""
        said = self.cookies.get(ZONE_COOKIE, "").replace("%2F", "/")
        own = settings().timezone
        return said if said and said != own and said in _zones() else own

    @property
    def is_part(self) -> bool:
        """Tell whether a script of ours asks for a part of the page."""
        return self.event.headers.get("HX-Request") == "true"

    @property
    def _is_somebody(self) -> bool:
        """Tell whether a person asks: a page that looks by itself for news keeps nobody signed in."""
        return not self.is_part or self.event.http_method != "GET"

    def asked(self, name: str, otherwise: str = "") -> str:
        """Return a parameter of the query string."""
        return (self.event.query_string_parameters or {}).get(name) or otherwise

    @property
    def way(self) -> str:
        """Return where we are, below `/console`, with the query."""
        _, _, tail = self.event.path.partition(_ROOT)
        query = urlencode({k: v for k, v in (self.event.query_string_parameters or {}).items() if v})
        return tail.strip("/") + (f"?{query}" if query else "")

    def without(self, *names: str) -> str:
        """Return where we are, without these parameters of the query."""
        path, _, _ = self.way.partition("?")
        asked = self.event.query_string_parameters or {}
        query = urlencode({k: v for k, v in asked.items() if v and k not in names})
        return path + (f"?{query}" if query else "")

    def way_back(self, form: dict[str, str]) -> str:
        """Return the page that a form says to return to; home when it is none of ours."""
        back = form.get("back", "")
        return back if _WAY.fullmatch(back) and ".." not in back else ""

    def reader(self, timezone: str = "") -> Reader:
        """Return how this person reads, on the clock of a place or of the organisation."""
        return Reader(self.language, timezone or settings().timezone)

    def link(self, to: str = "") -> str:
        """Return the relative link to a page of the console.

        The stage, and locally one more prefix, stand before our path and are not known here; `/console` and
        `/console/` are one page to us, but links resolve differently on them.
        """
        _, _, tail = self.event.path.partition(_ROOT)
        return "../" * tail.count("/") + _ROOT[1:] + (f"/{to}" if to else "")

    def choices(self) -> dict[str, str]:
        """Return what was chosen in the query string; an empty text stands for the default."""
        asked = self.event.query_string_parameters or {}
        return {name: asked.get(name) or "" for name in CHOICES}

    def here(self, **changed: str) -> str:
        """Return the link to the same figures with another choice."""
        return self.link() + "?" + urlencode({k: v for k, v in (self.choices() | changed).items() if v})

    def form(self) -> dict[str, str]:
        """Return the fields of a form that was sent from our own page, of a name that comes often the first."""
        return _Form({name: values[0] for name, values in self.fields.items()})

    @cached_property
    def fields(self) -> dict[str, list[str]]:
        """All that a form of our own page says, every value of a name; ForbiddenError when it came from elsewhere."""
        if not self._same_site():
            raise ForbiddenError("cross_site")
        if not (self.event.headers.get("Content-Type") or "").startswith(_FORM):
            raise InvalidError("form_invalid")
        most = _MOST_FIELDS if SESSION_COOKIE in self.cookies else _MOST_FIELDS_AT_THE_DOOR
        try:
            return parse_qs(self.event.decoded_body or "", keep_blank_values=True, max_num_fields=most)
        except ValueError as error:
            raise InvalidError("form_invalid") from error

    def signed_form(self) -> dict[str, str]:
        """Return the fields of a form that carries the token of this session."""
        fields = self.form()
        token = self.session.csrf if self.session else ""
        if not token or not hmac.compare_digest(token.encode(), fields.get("csrf", "").encode()):
            raise ForbiddenError("cross_site")
        return fields

    def _same_site(self) -> bool:
        """Tell whether the browser says that the form stood on our own page.

        `Sec-Fetch-Site` decides. Browsers without it send `Origin`, which must be this very host.
        """
        fetch = self.event.headers.get("Sec-Fetch-Site")
        if fetch:
            return fetch == "same-origin"
        host = self.event.headers.get("Host") or ""
        return bool(host) and urlsplit(self.event.headers.get("Origin") or "").netloc == host


def session_cookie(text: str) -> Cookie:
    """Return the cookie of a session; without text it takes the cookie away."""
    return _cookie(SESSION_COOKIE, text, None if text else 0)


def step_cookie(text: str) -> Cookie:
    """Return the cookie of a step on the way in, which is good for ten minutes; without text it takes it away."""
    return _cookie(STEP_COOKIE, text, signing_in.STEP_SECONDS if text else 0)


def trip_cookie(text: str) -> Cookie:
    """Return the cookie of a trip to the identity provider, likewise."""
    return _cookie(TRIP_COOKIE, text, signing_in.STEP_SECONDS if text else 0)


def theme_cookie(theme: str) -> Cookie:
    """Return the cookie that remembers a theme for a year."""
    return _cookie(THEME_COOKIE, theme, _YEAR)


def back_cookie(way: str) -> Cookie:
    """Return the cookie that remembers, for ten minutes, which page was asked for; without one it takes it away."""
    return _cookie(BACK_COOKIE, quote(way, safe="") if way else "", _BACK_SECONDS if way else 0)


def back_of(visit: Visit) -> str:
    """Return the page that was asked for before somebody had to sign in; "" for none of ours."""
    return visit.way_back({"back": unquote(visit.cookies.get(BACK_COOKIE, ""))})


def language_cookie(language: str) -> Cookie:
    """Return the cookie that remembers a language for a year."""
    return _cookie(LANGUAGE_COOKIE, language, _YEAR)


@cache
def _zones() -> frozenset[str]:
    """Return the names of all zones, for which a folder of files is walked: once."""
    return frozenset(available_timezones())


def _cookie(name: str, value: str, max_age: int | None) -> Cookie:
    return Cookie(name, value, path="/", secure=True, http_only=True, same_site=SameSite.LAX_MODE, max_age=max_age)


def _cookies(header: str) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return {name: value for name, _, value in pairs}
