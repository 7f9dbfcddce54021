"""A link as a QR code, for a poster, a receipt or a device. Drawn by segno."""

from io import BytesIO

import segno

_QUIET = 4  # modules around the code: ISO/IEC 18004 asks for that many
_CORRECTION = "q"  # a quarter of the code may be dirty, torn or covered
LARGEST_SCALE = 40


def svg(url: str) -> str:
    """Return the code as an SVG without a size of its own: it fills the place where it stands."""
    out = BytesIO()
    _code(url).save(out, kind="svg", border=_QUIET, xmldecl=False, omitsize=True, light="#fff", title=url)
    return out.getvalue().decode().strip()


def png(url: str, scale: int = 10) -> bytes:
    """Return the code as a PNG in black and white; `scale` is the side of one module in pixels."""
    out = BytesIO()
    _code(url).save(out, kind="png", border=_QUIET, scale=scale)
    return out.getvalue()


def _code(url: str) -> segno.QRCode:
    return segno.make(url, error=_CORRECTION, micro=False)
