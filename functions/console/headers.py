"""The headers that every answer of the console carries."""

from escuta.config import origin, settings

_POLICY = {
    "default-src": "'none'",
    "style-src": "'nonce-{nonce}'",
    "img-src": "'self' data:",  # the icon of the browser tab
    "form-action": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
}
_FRAMED = {
    "script-src": "'nonce-{nonce}'",
    "style-src": "'self' 'nonce-{nonce}'",
    "img-src": "'self' data: blob:",  # pictures made on the page, too
    "connect-src": "'self'{besides}",
    "frame-src": "'self'{door}",  # surveys and messages are previewed
    "form-action": "'self'{door}",  # without a script, a form leads to the preview of a survey
}


def of(nonce: str) -> dict[str, str]:
    """Return them; `nonce` opens the one style sheet of this answer. There is no script, so none is allowed."""
    return {
        "Content-Security-Policy": _said(_POLICY, nonce=nonce),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex",
        "Vary": "Cookie, Accept-Language",
    }


def framed(nonce: str, *connect: str) -> dict[str, str]:
    """Return what a page of the menus may do: run our scripts, and ask us, and these other origins."""
    told = settings()
    doors = {origin(told.public_url)} - {origin(told.house)}
    besides, door = ("".join(f" {each}" for each in some) for some in (connect, doors))
    return {"Content-Security-Policy": _said(_POLICY | _FRAMED, nonce=nonce, besides=besides, door=door)}


def _said(policy: dict[str, str], **parts: str) -> str:
    return "; ".join(f"{name} {value}" for name, value in policy.items()).format(**parts)
