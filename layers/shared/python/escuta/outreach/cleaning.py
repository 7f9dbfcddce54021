"""What of HTML may stand in a message, and nothing else: the list that `nh3` keeps to. Pure.

A message is a fragment: the document around it is ours. There is no element here whose content is read in another way
(script, style, svg, template), so that what was cleaned once reads the same wherever it is put.
"""

import re
from functools import cache

import nh3

_BLOCKS = "div p h1 h2 h3 h4 h5 h6 blockquote pre hr center ul ol li dl dt dd address"
_TABLES = "table caption colgroup col thead tbody tfoot tr th td"
_INLINE = "a span b strong i em u s del ins small big sub sup br img font code abbr cite q wbr"
TAGS = frozenset(f"{_BLOCKS} {_TABLES} {_INLINE}".split())
VOID = frozenset({"br", "hr", "img", "col", "wbr"})
_ATTRIBUTES = {
    "*": {"style", "class", "align", "valign", "width", "height", "bgcolor", "role", "dir", "lang", "title"}
    | {"aria-hidden", "aria-label"},
    "a": {"href", "target"},
    "img": {"src", "alt", "border", "hspace", "vspace"},
    "table": {"border", "cellpadding", "cellspacing", "summary"},
    "td": {"colspan", "rowspan", "nowrap", "headers"},
    "th": {"colspan", "rowspan", "nowrap", "headers", "scope", "abbr"},
    "col": {"span"},
    "colgroup": {"span"},
    "font": {"color", "face", "size"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "hr": {"size", "color", "noshade"},
}
_SIDES = ("", "-top", "-right", "-bottom", "-left")
_PLAIN_STYLES = """
background background-color box-sizing clear color direction display float height line-height list-style list-style-type
letter-spacing max-height max-width min-height min-width opacity overflow overflow-wrap table-layout text-align
text-decoration text-indent text-transform vertical-align visibility white-space width word-break word-wrap
font font-family font-size font-style font-variant font-weight border-collapse border-radius border-spacing
mso-hide mso-line-height-rule mso-padding-alt mso-table-lspace mso-table-rspace
-webkit-text-size-adjust -ms-text-size-adjust
"""
_STYLES = frozenset(
    {
        *_PLAIN_STYLES.split(),
        *(f"{kind}{side}" for kind in ("padding", "margin", "border") for side in _SIDES),
        *(f"border{side}-{what}" for side in _SIDES for what in ("color", "style", "width")),
    }
)
_WITH_CONTENT = """
script style title noscript iframe object embed applet svg math template textarea select xmp noembed noframes
"""
_GONE = frozenset(_WITH_CONTENT.split())  # elements that go with everything in them
_FUNCTION = re.compile(r"([a-z-]*)\s*\(", re.IGNORECASE)
_FUNCTIONS = frozenset({"rgb", "rgba", "hsl", "hsla", "calc"})
_NAMED = re.compile(r"<\s*([a-zA-Z][a-zA-Z0-9:-]{0,30})")
_HANDLER = re.compile(r"[\s/\"'](on[a-z]{3,30}|srcset|srcdoc|formaction|background|ping|id|name)\s*=", re.IGNORECASE)
_SCHEME = re.compile(r"[\s/\"'](?:href|src)\s*=\s*[\"']?\s*([a-z][a-z0-9+.-]{0,20}):", re.IGNORECASE)
_SCHEMES = frozenset({"http", "https", "mailto"})
_DOCUMENT = frozenset({"html", "head", "body", "meta"})  # goes without a word: the document is ours


def clean(source: str) -> str:
    """Return what may stand in a message of this HTML. Comments are kept: see `markup`, which keeps only its own."""
    return _cleaner().clean(source)


def removed(source: str) -> tuple[str, ...]:
    """Return what is in this HTML that no message may have, as far as can be told: `form`, `onclick=`, `tel:`."""
    tags = {name.lower() for name in _NAMED.findall(source)} - TAGS - _DOCUMENT
    schemes = {name.lower() for name in _SCHEME.findall(source)} - _SCHEMES
    handlers = {f"{name.lower()}=" for name in _HANDLER.findall(source)}
    return (*sorted(tags), *sorted(handlers), *sorted(f"{name}:" for name in schemes))


@cache
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(TAGS),
        clean_content_tags=set(_GONE),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=_kept,
        filter_style_properties=set(_STYLES),
        url_schemes=set(_SCHEMES),
        strip_comments=False,
        link_rel=None,
    )


def _kept(_tag: str, name: str, value: str) -> str | None:
    """Return the value of an attribute, of a style without what would fetch or compute something."""
    if name != "style":
        return value
    return ";".join(part for part in value.split(";") if not _active(part)) or None


def _active(declaration: str) -> bool:
    called = {name.lower() for name in _FUNCTION.findall(declaration)}
    return bool(called - _FUNCTIONS) or any(sign in declaration for sign in "\\@<")
