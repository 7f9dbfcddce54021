"""What of a customer's HTML goes out: nothing that a mail client would run, fetch or take for another address."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escuta.outreach import cleaning, markup, merge

PERSON = {"name": "Ana <b>", "store": 'M&M\'s "Moema"', "link": "https://fala.example/s/1"}


def filled(source: str, **values: str) -> str:
    return merge.run(markup.compiled(source).steps, {**PERSON, **values}, blank=lambda _: "")


def problems(source: str) -> list[tuple[str, str, int, int]]:
    return [(p.code, p.name, p.line, p.column) for p in markup.compiled(source).problems]


class Seen(HTMLParser):
    """What another reader of HTML finds in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def harmless(text: str) -> bool:
    seen = Seen(text)
    addresses = [re.sub(r"[\x00-\x20`]", "", value) for name, value in seen.attributes if name in {"href", "src"}]
    styles = " ".join(value for name, value in seen.attributes if name == "style").lower()
    bad = [name for name, _ in seen.attributes if name.startswith("on") or name in BAD]
    schemes = [one for one in addresses if re.match(r"(?!https?:|mailto:)[a-z][a-z0-9+.-]*:", one, re.IGNORECASE)]
    fetched = [word for word in ("url(", "expression", "\\", "@import") if word in styles]
    comments = "<!--" in re.sub(r'"[^"]*"', "", text)
    return set(seen.tags) <= cleaning.TAGS and not (bad or schemes or fetched or comments)


BAD = {"id", "srcset", "srcdoc", "background", "ping", "formaction"}
VECTORS = (  # after the OWASP cheat sheet on filter evasion, and html5sec.org
    "<script>alert(1)</script>",
    "<SCRIPT SRC=https://x.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<<SCRIPT>alert('x');//\\<</SCRIPT>",
    '<IMG SRC="javascript:alert(1);">',
    "<IMG SRC=`javascript:alert(1)`>",
    '<IMG """><SCRIPT>alert(1)</SCRIPT>"\\>',
    "<IMG SRC=# onmouseover=alert(1)>",
    "<img src=x onerror=&#0000106&#0000097&#0000118&#0000097>",
    '<IMG SRC="jav&#x09;ascript:alert(1);">',
    '<a href="jav&#x0A;ascript:alert(1);">x</a>',
    '<a href=" &#14; javascript:alert(1);">x</a>',
    '<a href="java\0script:alert(1)">x</a>',
    '<a href="vbscript:msgbox(1)">x</a><a href="data:text/html;base64,PHNjcmlwdD4=">x</a>',
    "<SCRIPT/XSS SRC=https://x.example/x.js></SCRIPT>",
    "<BODY onload!#$%&()*~+-_.,:;?@[/|\\]^`=alert(1)>",
    "<svg/onload=alert(1)><svg><script>alert(1)</script></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><img src=x onerror=alert(1)></template>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe><object data=x></object><embed src=x>",
    "<form action=javascript:alert(1)><input type=submit><button formaction=javascript:alert(1)>x</button></form>",
    "<base href='javascript:alert(1);//'><link rel=stylesheet href='javascript:alert(1);'><meta http-equiv=refresh>",
    "<STYLE>@import'https://x.example/x.css';</STYLE><style>body{background:url(javascript:alert(1))}</style>",
    '<DIV STYLE="background-image: url(javascript:alert(1))">',
    "<DIV STYLE=\"background-image:\\0075\\0072\\006C\\0028'x'\\0029\">",
    '<DIV STYLE="width: expression(alert(1));">',
    "<XSS STYLE='xss:expr/*XSS*/ession(alert(1))'>",
    "<!--[if gte IE 4]><SCRIPT>alert(1);</SCRIPT><![endif]-->",
    "<! foo='><script>alert(1)</script>'><? foo='><script>alert(1)</script>'>",
    "<details open ontoggle=alert(1)><video><source onerror=alert(1)></video><audio src=x onerror=alert(1)>",
    "<a href='https://x.example' onclick=alert(1) ping=https://x.example id=x name=y>x</a>",
    "<textarea><img title='</textarea><img src=x onerror=alert(1)>'></textarea>",
    "<xmp><img title='</xmp><img src=x onerror=alert(1)>'></xmp><plaintext><img src=x onerror=alert(1)>",
    "<table background='javascript:alert(1)'><td background='javascript:alert(1)'>",
    "<p title='--><img src=x onerror=alert(1)>'>x</p>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
)


@pytest.mark.parametrize("number", range(len(VECTORS)))
def test_nothing_of_the_known_vectors_survives(number: int) -> None:
    once = filled(VECTORS[number])

    assert harmless(once)
    assert filled(markup.compiled(VECTORS[number]).html) == once


def test_the_one_who_looks_would_notice_what_survives() -> None:
    assert [vector for vector in VECTORS if harmless(vector)] == [
        "<p title='--><img src=x onerror=alert(1)>'>x</p>",  # harmful to other readers
        "&lt;script&gt;alert(1)&lt;/script&gt;",  # a text, that it must stay
    ]


FRAGMENTS = st.sampled_from(
    [
        *VECTORS,
        "{{ name }}",
        "{{ link }}",
        "{{ store | default('<script>') }}",
        "{% if name %}",
        "{% else %}",
        "{% endif %}",
        "<p>",
        "</p>",
        "<table>",
        "<tr>",
        "<td>",
        "</table>",
        '<a href="',
        '<img src="',
        '" title="',
        "'",
        '">',
        "<b>",
        "</b>",
        *("<", ">", "&", "{", "}", "{&#123;", "--", "<!--", "-->", "javascript:", "style=", "&#x3c;", "\0", "Olá"),
    ]
)


@given(st.lists(FRAGMENTS, max_size=12).map("".join), st.sampled_from([*VECTORS, "Ana", "javascript:alert(1)", '"><x']))
def test_nothing_that_runs_survives_whatever_is_put_together(source: str, value: str) -> None:
    if merge.problems("html", source, frozenset({"name", "link", "store"})):
        return
    made = markup.compiled(source)
    if made.problems:
        return
    person = {"name": value, "store": value, "link": "https://fala.example/s/1"}

    assert harmless(merge.run(made.steps, person, blank=lambda _: ""))
    assert not merge.problems("html", made.html, frozenset({"name", "link", "store"}))
    assert markup.compiled(made.html).html == made.html


@given(st.text())
def test_a_value_says_only_what_it_is_wherever_it_stands(value: str) -> None:
    value = re.sub(r"[\r\0]", "", value).strip() or "x"
    source = '<a href="https://x.example/?q={{ name }}" title="{{ name }}">{{ name }}</a>'

    seen = Seen(filled(source, name=value))

    whole = value.encode("utf-8", "replace").decode()
    assert seen.tags == ["a"]
    assert seen.attributes[1] == ("title", value)
    assert unquote(seen.attributes[0][1]) == f"https://x.example/?q={whole}"


def test_each_value_is_written_for_its_place() -> None:
    source = '<a href="{{ link }}?r=5" title="{{ store }}">{{ name }}</a><a href="https://x.example/{{ store }}">x</a>'

    assert filled(source) == (
        '<a href="https://fala.example/s/1?r=5" title="M&amp;M&#x27;s &quot;Moema&quot;">Ana &lt;b&gt;</a>'
        '<a href="https://x.example/M%26M%27s%20%22Moema%22">x</a>'
    )


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ('<a href="{{ store }}">x</a>', ("field_address", "store", 1, 10)),  # javascript:
        ('<a href=" {{ store }}">x</a>', ("field_address", "store", 1, 11)),
        ('<a href="java{{ store }}">x</a>', ("field_address", "store", 1, 14)),
        ('<a href="https://{{ store }}/">x</a>', ("field_address", "store", 1, 18)),
        ('<a href="https://a.example\\@{{ store }}/">x</a>', ("field_address", "store", 1, 29)),
        ('\n<img src="{{ link }}">', ("field_address", "link", 2, 11)),
        ("<a href=\"{{ link | default('x') }}\">x</a>", ("field_address", "link | default('x')", 1, 10)),
        ('<p class="{{ store }}">x</p>', ("field_place", "store", 1, 11)),
        ('<p style="color:{{ store }}">x</p>', ("field_place", "store", 1, 17)),
        ('<p title="{{ scale }}">x</p>', ("field_place", "scale", 1, 11)),
        ('<a {% if store %}href="x"{% endif %}>x</a>', ("condition_place", "if store", 1, 4)),
        ('<a href="https://x.example/{% if store %}a{% endif %}">x</a>', ("condition_place", "if store", 1, 28)),
        ('<p class="{% if store %}x{% endif %}">x</p>', ("condition_place", "if store", 1, 11)),
        ("<script>{% if store %}x{% endif %}</script>", ("condition_place", "if store", 1, 9)),
        ("<div>{% if store %}<p>x</div>{% endif %}", ("condition_crosses", "if store", 1, 6)),
        ("<table>{% if store %}-<tr><td>x</td></tr>{% endif %}</table>", ("condition_crosses", "if store", 1, 8)),
        ("<table><tbody>{% if store %}{{ name }}{% endif %}</tbody></table>", ("condition_crosses", "name", 1, 29)),
    ],
)
def test_what_could_lead_elsewhere_is_refused_with_its_place(source: str, problem: tuple[str, str, int, int]) -> None:
    assert problems(source) == [problem]


def test_a_condition_between_the_rows_of_a_table_survives() -> None:
    row = "<tr><td>{}</td></tr>"
    source = f"<table>\n{{% if store %}}{row.format('{{ store }}')}{{% else %}}{row.format('-')}{{% endif %}}</table>"

    assert filled(source, store="Moema") == "<table><tbody>\n<tr><td>Moema</td></tr></tbody></table>"
    assert filled(source, store="") == "<table><tbody>\n<tr><td>-</td></tr></tbody></table>"
    assert problems(markup.compiled(source).html) == []


def test_a_whole_document_is_reduced_to_what_stands_in_it() -> None:
    source = (
        "<!doctype html><html><head><title>T</title><style>p{}</style></head>"
        "<body><!--[if mso]>x<![endif]--><p>Oi</p></body>"
    )

    assert markup.compiled(source).html == "<p>Oi</p>"
    assert cleaning.removed(source) == ("style", "title")


def test_a_brace_that_is_written_in_another_way_is_no_tag() -> None:
    source = "{&#123; name }} &#123;% if name %} <b title='&#123;&#123; name }}'>x</b>"

    assert Seen(filled(source)).attributes == [("title", "{{ name }}")]
    assert "Ana" not in filled(source)


def test_addresses_that_no_message_may_have_are_told_by_their_kind() -> None:
    source = '<a href="tel:+5511">a</a><a href=\'JavaScript:x\'>b</a><a href="mailto:a@b.example">c</a>'

    assert cleaning.removed(source + '<a href="{{ link }}">d</a><img src="https://x.example/a:b">') == (
        "javascript:",
        "tel:",
    )


def test_a_field_that_goes_with_what_is_removed_is_told() -> None:
    assert markup.compiled("<title>{{ name }}</title><p>x</p>").lost == ("name",)
