"""The headers that every answer of the console carries."""

_POLICY = (
    "default-src 'none'",
    "style-src 'nonce-{nonce}'",
    "img-src 'self' data:",  # the icon of the browser tab
    "form-action 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
)


def of(nonce: str) -> dict[str, str]:
    """Return them; `nonce` opens the one style sheet of this answer. There is no script, so none is allowed."""
    return {
        "Content-Security-Policy": "; ".join(_POLICY).format(nonce=nonce),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Strict-Transport-Security": "max-age=63072000",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex",
        "Vary": "Cookie, Accept-Language",
    }
