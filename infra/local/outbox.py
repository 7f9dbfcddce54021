"""The outbox: a page that shows what was sent, as a person would see it. `python -m infra.local.outbox`.

What a message holds was written by others: text is escaped, and the HTML of a mail is shown in a sandboxed frame under
a policy that runs no script and loads nothing.
"""

import json
import re
import secrets
import signal
import threading
from dataclasses import asdict
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from escuta import i18n
from escuta.config import origin
from infra.local import hooks, messages, provider, stack
from infra.local.messages import Message
from infra.local.place import HOST, Place
from infra.local.provider import Told

_PACKAGE = "infra.local"
_TIMEZONE = "America/Sao_Paulo"
_SHOWN = 40
_LONGEST_FORM = 8_192  # bytes
_WATCH = 2.0  # seconds between two looks, so that an SMS gets its time
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")
_PAGE_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; frame-src 'self'; "
    "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# What a website must allow for an intercept: its script, and the frame that the survey is in.
_SHOP_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; "
    "frame-src {api}; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data:; form-action 'none'; frame-ancestors 'self'"
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def page(found: list[Message], *, language: str, to: str, nonce: str, said: str = "") -> str:
    """Return the page with the newest of these messages. `said` is what the provider has just told."""
    return _rendered(
        "outbox.html",
        language,
        messages=found[:_SHOWN],
        total=len(found),
        newest=found[0].id if found else "",
        told={message.id: provider.of(message) for message in found[:_SHOWN]},
        said=said if said in set(Told) else "",
        to=to,
        nonce=nonce,
    )


def shop(script: str, *, language: str, nonce: str) -> str:
    """Return a page of the demo company's website; `script` is the address of its intercept."""
    return _rendered("shop.html", language, script=script, nonce=nonce)


def hooked(received: hooks.Received, *, language: str, nonce: str) -> str:
    """Return the page of the webhooks that came."""
    return _rendered("hooks.html", language, calls=received.newest(), nonce=nonce)


def _rendered(template: str, language: str, **shown: Any) -> str:
    environment = Environment(loader=PackageLoader(_PACKAGE, "pages"), autoescape=True, undefined=StrictUndefined)
    environment.filters["links"] = _links
    environment.filters["moment"] = lambda at: i18n.moment(datetime.fromtimestamp(at, UTC), language, _TIMEZONE)
    return environment.get_template(template).render(
        say=lambda code, **details: i18n.say(_PACKAGE, language, code, **details),
        language=language,
        languages=i18n.LANGUAGES,
        **shown,
    )


def _links(text: str) -> Markup:
    """Return the text with its addresses made into links; everything in it is escaped."""
    parts, end = [], 0
    for found in _LINK.finditer(text):
        url = escape(found[0])
        parts += [
            escape(text[end : found.start()]),
            Markup('<a href="{0}" target="_blank" rel="noopener noreferrer">{0}</a>').format(url),
        ]
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


def matching(found: list[Message], to: str) -> list[Message]:
    """Return the messages to an address or telephone number, or all."""
    return [message for message in found if to.strip().lower() in message.to.lower()]


class _Handler(BaseHTTPRequestHandler):
    place: Place
    received: hooks.Received

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path in {"/shop", hooks.PATH, f"{hooks.PATH}.json"}:
            self._aside(parts.path, asked)
            return
        found = matching(messages.sent(self.place), asked.get("to", ""))
        if parts.path == "/":
            self._page(found, asked)
        elif parts.path == "/messages.json":
            body = json.dumps({"messages": [asdict(message) for message in found]})
            self._answer(body, "application/json", "default-src 'none'")
        elif parts.path.startswith("/mail/"):
            self._mail(found, unquote(parts.path.removeprefix("/mail/")))
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        """Take the call of a webhook; or let the provider tell something of a message, if this page asks for it."""
        if self.path.startswith(hooks.PATH):
            self._hooked()
            return
        if self.path != "/told" or self.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            self.send_error(HTTPStatus.FORBIDDEN)
            return
        length = min(int(self.headers.get("Content-Length") or 0), _LONGEST_FORM)
        asked = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
        found = next((each for each in messages.sent(self.place) if each.id == asked.get("id")), None)
        if found is None or asked.get("told") not in provider.of(found):
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        provider.tell(self.place, found, Told(asked["told"]), asked.get("words", ""))
        self.send_response(HTTPStatus.SEE_OTHER)
        self.send_header("Location", "./?" + urlencode({"lang": asked.get("lang", ""), "told": asked["told"]}))
        self.end_headers()

    def _hooked(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > hooks.LONGEST:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        self.received.take(self.path, self.headers, self.rfile.read(length))
        self.send_response(HTTPStatus.NO_CONTENT)
        self.end_headers()

    def _aside(self, path: str, asked: dict[str, str]) -> None:
        if path == "/shop":
            self._shop(asked)
        elif path == hooks.PATH:
            nonce = secrets.token_urlsafe(16)
            language = i18n.negotiate(asked.get("lang", ""), self.headers.get("Accept-Language", ""))
            body = hooked(self.received, language=language, nonce=nonce)
            self._answer(body, "text/html; charset=utf-8", _PAGE_POLICY.format(nonce=nonce))
        else:
            self._answer(self.received.as_json(), "application/json", "default-src 'none'")

    def _shop(self, asked: dict[str, str]) -> None:
        nonce = secrets.token_urlsafe(16)
        language = i18n.negotiate(asked.get("lang", ""), self.headers.get("Accept-Language", ""))
        script = f"{self.place.door}/i/{stack.look(self.place).seeded['intercept']}.js"
        policy = _SHOP_POLICY.format(nonce=nonce, api=origin(self.place.door))
        self._answer(shop(script, language=language, nonce=nonce), "text/html; charset=utf-8", policy)

    def _page(self, found: list[Message], asked: dict[str, str]) -> None:
        nonce = secrets.token_urlsafe(16)
        language = i18n.negotiate(asked.get("lang", ""), self.headers.get("Accept-Language", ""))
        body = page(found, language=language, to=asked.get("to", ""), nonce=nonce, said=asked.get("told", ""))
        self._answer(body, "text/html; charset=utf-8", _PAGE_POLICY.format(nonce=nonce))

    def _mail(self, found: list[Message], identity: str) -> None:
        mail = next((message for message in found if message.id == identity and message.html), None)
        if mail is None:
            self.send_error(HTTPStatus.NOT_FOUND)
        else:
            self._answer(f'<base target="_blank">{mail.html}', "text/html; charset=utf-8", _MAIL_POLICY)

    def _answer(self, body: str, content_type: str, policy: str) -> None:
        raw = body.encode()
        self.send_response(HTTPStatus.OK)
        headers = {"Content-Type": content_type, "Content-Length": str(len(raw)), "Content-Security-Policy": policy}
        for name, value in {**headers, **_HEADERS}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in http.server
        """Say nothing of requests; errors come out by themselves."""


def _watch(place: Place, ended: threading.Event) -> None:
    while not ended.wait(_WATCH):
        try:
            messages.sent(place)
        except OSError:
            continue  # the embedded AWS is starting or ending; the next look is soon


def main() -> None:
    """Serve until the process is asked to end."""
    place = Place.from_environment()
    ended = threading.Event()
    server = ThreadingHTTPServer(
        (HOST, place.outbox_port), type("Handler", (_Handler,), {"place": place, "received": hooks.Received()})
    )
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    threading.Thread(target=_watch, args=(place, ended), daemon=True).start()
    server.serve_forever()
    ended.set()


if __name__ == "__main__":
    main()
