"""One request of a respondent, read as far as every route needs it."""

from functools import cached_property
from urllib.parse import parse_qsl

from chalice.app import Request

from escuta import i18n, ids
from escuta.errors import EscutaError
from escuta.feedback.links import Door

LARGEST_BODY = 64 * 1024


_DOORS = {"/s/": Door.INVITATION, "/t/": Door.STORE, "/i/": Door.INTERCEPT, "/p/": Door.PREVIEW}


class MalformedError(EscutaError):
    """The body cannot be read as what it says it is."""


class MediaTypeError(EscutaError):
    """The body is of a type that is not read here."""


class Visit:
    """What came in: the link's token, and how the answer should look."""

    def __init__(self, request: Request, token: str) -> None:
        """Take the request of one of our routes."""
        self._request = request
        self.token = ids.clean_token(token) if token.isascii() else ""
        self.posted = request.method == "POST"
        self.door = _DOORS.get(request.path[:3], Door.INVITATION)
        self.in_store = self.door is Door.STORE
        self.mark = ""  # what a page says above everything: that it is a preview, or a test

    @property
    def link(self) -> str:
        """The address of the link's own page, relative to the one that was asked for: `{token}`, `../{token}`."""
        return "../" * (self._request.path.strip("/").count("/") - 1) + self.token

    @property
    def body(self) -> bytes:
        """The body as it was sent, whether the gateway coded it or not."""
        body = self._request.raw_body
        return body if isinstance(body, bytes) else body.encode()

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case."""
        return self.header("content-type").partition(";")[0].strip().lower()

    @property
    def wants_json(self) -> bool:
        """Whether a program asks: it accepts JSON and no HTML, or sends JSON and accepts anything."""
        accept = self.header("accept").lower()
        return "text/html" not in accept and ("json" in accept or self.media_type == "application/json")

    @cached_property
    def fields(self) -> dict[str, str]:
        """The fields of a form. MalformedError when it is not one, or names a field twice."""
        try:
            pairs = parse_qsl(
                self.body.decode(), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=500
            )
        except ValueError as error:
            raise MalformedError("malformed_form") from error
        fields = dict(pairs)
        if len(fields) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise MalformedError("field_repeated", field=twice[:64])
        return fields

    @property
    def typed(self) -> dict[str, str]:
        """What the person typed, as far as it can be read: never a reason to refuse."""
        if not self.posted or len(self.body) > LARGEST_BODY or self.media_type == "application/json":
            return {}
        try:
            return self.fields
        except MalformedError:
            return {}

    def query(self, name: str) -> str:
        """Return a parameter of the URL that was given once, else ""."""
        given = self._request.query_params
        values: list[str] = given.getlist(name) if given is not None and name in given else []
        return values[0] if len(values) == 1 else ""

    def language(self, person: str = "", offered: tuple[str, ...] = i18n.LANGUAGES) -> str:
        """Return the language to answer in: switched to by hand, the person's own, the browser's, the first."""
        by_hand = i18n.match(self.query("lang") or self.typed.get("language", ""))
        preferred = by_hand if by_hand in offered else person
        return i18n.negotiate(preferred or "", self.header("accept-language"), offered)

    def header(self, name: str) -> str:
        """Return a header, "" when it was not sent."""
        return str(self._request.headers.get(name) or "")
