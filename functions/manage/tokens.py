"""Store tokens: links on devices and posters, with their QR codes."""

from typing import Any

from pydantic import Field

from escuta.directory import access, segments
from escuta.entity import Moment
from escuta.feedback import qr, tokens
from escuta.feedback.model import OnIdle, StoreToken, TokenKind
from escuta.feedback.tokens import Life
from manage import poster
from manage.asking import Asked, Created, Document, Listing, Request

_INTERNAL: Any = {"token_key": True, "replaced": True, "kiosk": {"exit_salt", "exit_hash"}}


class TokenListing(Listing):
    """Tokens of one segment, or of all that the caller may see; of one survey, or of all; of devices alone, or not."""

    segment: str = ""
    survey: str = ""
    kiosk: bool | None = None


class KioskAsked(Asked):
    """How the link behaves on a device; the access code is kept as a hash, and stays when none is sent."""

    idle_seconds: int = Field(default=30, ge=5, le=600)
    on_idle: OnIdle = OnIdle.SUBMIT
    access_code: str = Field(default="", json_schema_extra={"pattern": "^([0-9]{4,12})?$"})  # that ends kiosk mode


class TokenPatch(Asked):
    """What can be changed; a field that is not sent stays."""

    label: str = Field(default="", json_schema_extra={"maxLength": 100})  # what the device or the place is called
    quota: int = Field(default=0, ge=0)  # answers it takes in all; 0: any number
    language: str = ""  # one of the survey's; "": the visitor's own
    kiosk: KioskAsked | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None


class NewToken(TokenPatch):
    """A token; which survey it opens, where, and whom it asks for stays as it is for good."""

    survey: str
    segment: str  # its code
    type: TokenKind = TokenKind.ANONYMOUS
    asks: tuple[str, ...] = ()  # of a transactional one: `name`, `email`, `phone`, `product`, `custom.{field}`


class Turn(Asked):
    """Which link is to be replaced: the turn that was read."""

    turn: int = Field(ge=1)


class Scale(Asked):
    """How large a PNG is."""

    scale: int = Field(default=10, ge=1, le=qr.LARGEST_SCALE)


class Printing(Asked):
    """In which language a poster speaks; "": the token's own, else the survey's first."""

    language: str = ""


def listing(request: Request) -> dict[str, Any]:
    """Return tokens, the oldest first of each segment; a page may be shorter although there is a next one."""
    asked = request.query(TokenListing)
    segment = request.segment(asked.segment).code if asked.segment else ""
    page = tokens.listing(segment, limit=asked.limit, cursor=request.cursor(asked))
    seen = [found for found in page.items if _is_asked(asked, found) and _may_see(request, found)]
    lives = tokens.lives(seen)
    shown = request.page(page, lambda found: found)
    return {**shown, "items": [_with_life(found, lives[found.id]) for found in seen]}


def create(request: Request) -> Created:
    """Make a link to a survey for a segment that the caller may see: for a device, a poster, a table.

    A `transactional` one asks who is answering first, by the fields of `asks`. With `quota` it takes so many answers
    and no more; with `kiosk` it starts over by itself, and is left with the access code. The link can be shown again
    (`GET`), replaced (`rotate`) and closed (`DELETE`).
    """
    asked = request.body(NewToken)
    request.segment(asked.segment)
    fields = {name: value for name, value in dict(asked).items() if name != "kiosk"}
    kiosk = tokens.kiosk(**dict(asked.kiosk)) if asked.kiosk else None
    with request.making():
        _, made = tokens.create(**fields, kiosk=kiosk, identity=request.identity("token"))
    return Created(_shown(made), f"tokens/{made.id}")


def get(request: Request, token: str) -> dict[str, Any]:
    """Return one token, also when it is over."""
    request.query(Asked)
    return _shown(_visible(request, token))


def change(request: Request, token: str) -> dict[str, Any]:
    """Change what a token allows. Its link stays; one that is revoked is refused (410 `store_token_revoked`)."""
    asked = request.body(TokenPatch)
    found = _visible(request, token)
    request.match(found)
    fields = {name: getattr(asked, name) for name in asked.model_fields_set}
    if asked.kiosk:
        sent = {name: getattr(asked.kiosk, name) for name in asked.kiosk.model_fields_set}
        fields["kiosk"] = tokens.kiosk(found.kiosk, **sent)
    return _shown(tokens.change(found, **fields))


def rotate(request: Request, token: str) -> dict[str, Any]:
    """Replace the link by a new one: the old one opens nothing from now on.

    `turn` is that of the link to be replaced, as it was read: called twice, it is replaced once.
    """
    asked = request.body(Turn)
    found = _visible(request, token)
    return _shown(tokens.rotate(found.id, asked.turn)[1])


def revoke(request: Request, token: str) -> dict[str, Any]:
    """Close the link for good; what was answered by it stays. Doing it twice changes nothing."""
    request.query(Asked)
    found = _visible(request, token)
    request.match(found)
    return _shown(tokens.revoke(found.id, found if request.is_exact else None))


def svg(request: Request, token: str) -> Document:
    """Return the QR code as SVG."""
    request.query(Asked)
    return Document("image/svg+xml", qr.svg(tokens.link(_visible(request, token))))


def png(request: Request, token: str) -> Document:
    """Return the QR code as PNG."""
    asked = request.query(Scale)
    return Document("image/png", qr.png(tokens.link(_visible(request, token)), asked.scale))


def printed(request: Request, token: str) -> Document:
    """Return a page to print and to hang up: the question, the QR code, and how to answer."""
    asked = request.query(Printing)
    found = _visible(request, token)
    return poster.drawn(found, asked.language)


def _shown(stored: StoreToken) -> dict[str, Any]:
    return _with_life(stored, tokens.lives([stored])[stored.id])


def _with_life(stored: StoreToken, life: Life) -> dict[str, Any]:
    shown = stored.model_dump(mode="json", exclude=_INTERNAL)
    return {**shown, "link": tokens.link(stored), **life.model_dump(mode="json")}


def _visible(request: Request, token: str) -> StoreToken:
    found = tokens.get(token)
    if request.caller.segments:
        request.inside(segments.get(found.segment).path, "store_token_not_found")
    return found


def _is_asked(asked: TokenListing, token: StoreToken) -> bool:
    return asked.survey in {"", token.survey} and asked.kiosk in {None, token.kiosk is not None}


def _may_see(request: Request, found: StoreToken) -> bool:
    place = segments.by_code().get(found.segment)
    return not request.caller.segments or (place is not None and access.may_see(request.caller, place.path))
