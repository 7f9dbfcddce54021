"""The text part that is made of HTML."""

import pytest

from escuta.outreach import merge, plain

ALL = frozenset({"name", "store", "link", "unsubscribe", "scale"})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<h1>Oi,\n  Ana</h1><p>Um<br>dois</p>", "Oi, Ana\n\nUm\ndois\n"),
        ('<p><a href="{{ link }}">Responder</a></p>', "Responder:\n{{ link }}\n"),
        ('<a href="https://x.example">https://x.example</a>', "https://x.example\n"),
        ('<a href="mailto:a@b.example">a@b.example</a>', "a@b.example\n"),
        ("<ul><li>um</li><li>dois</li></ul>", "- um\n- dois\n"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc\n"),
        ('<div style="display:none">x<p>y<br></p></div><p>z</p>', "z\n"),
        ('<img src="https://x.example/a.png" alt="Loja"> &amp; &lt;b&gt;', "Loja & <b>\n"),
        ("{% if name %}<b>{{ name }}</b>{% else %}-{% endif %}", "{% if name %}{{ name }}{% else %}-{% endif %}\n"),
        ("{{ scale }}", "{{ scale }}\n"),
        ("&#123;{{ name }} {<b>{{ name }}</b>} {<i>{</i>", "{ {{ name }} { {{ name }}} { {\n"),
        ("&#123;{ name }} {&#37; x", "{ { name }} { % x\n"),
    ],
)
def test_a_text_says_what_the_html_says(source: str, expected: str) -> None:
    assert plain.text(source) == expected
    assert merge.problems("text", expected, ALL) == ()
