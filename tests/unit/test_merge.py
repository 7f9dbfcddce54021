import time
import tracemalloc

import pytest

from escuta.outreach import merge

ALLOWED = frozenset({"first_name", "store", "link"})


def found(source: str) -> list[tuple[str, str, int, int]]:
    return [(p.code, p.name, p.line, p.column) for p in merge.problems("text", source, ALLOWED)]


@pytest.mark.parametrize(
    "source",
    [
        "Olá!",
        "{{ first_name }}",
        '{{ first_name | default("cliente") }}',
        "{{ custom.size }} {{ custom.size | default('M') }}",
        "{% if store %}na {{ store }}{% else %}conosco{% endif %}",
        "{% if store %}{% if link %}{% if first_name %}x{% endif %}{% endif %}{% endif %}",
        "{# a remark #}100 % { } %s",
    ],
)
def test_fields_fallbacks_and_conditions_are_a_template(source: str) -> None:
    assert found(source) == []


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("Olá {{ naame }}", ("unknown_field", "naame", 1, 8)),  # E4
        ("Olá\n{% if shop %}x{% endif %}", ("unknown_field", "shop", 2, 7)),
        ("Olá\nAna {{ first_name", ("syntax", "{{ first_name", 2, 5)),  # E5
        ("Olá\r\n{# a remark", ("syntax", "{# a remark", 2, 1)),
        ("{{ first_name {{ store }}", ("syntax", "{{ first_name {{ store }}", 1, 1)),
        ("a\r\nb\r\n  {% if store %}x", ("syntax", None, 3, 3)),
        ("{{ 7*7 }}", ("not_allowed", "", 1, 1)),
        ("{{ first_name.upper() }}", ("not_allowed", "", 1, 1)),
        ("{{ first_name.__class__ }}", ("not_allowed", "", 1, 1)),
        ("{{ custom['size'] }}", ("not_allowed", "", 1, 1)),
        ("{{ custom.a.b }}", ("not_allowed", "", 1, 1)),
        ("{{ custom }}", ("unknown_field", "custom", 1, 4)),
        ("{{ first_name | upper }}", ("not_allowed", "", 1, 1)),
        ("{{ first_name | default(store) }}", ("not_allowed", "", 1, 1)),
        ("{{ first_name | default('x', true) }}", ("not_allowed", "", 1, 1)),
        ("{{ first_name | default(*store) }}", ("not_allowed", "", 1, 1)),
        ("{% if store == 'x' %}{% endif %}", ("not_allowed", "", 1, 1)),
        ("{% if not store %}{% endif %}", ("not_allowed", "", 1, 1)),
        ("{% if store %}{% elif link %}{% endif %}", ("not_allowed", "", 1, 15)),
        ("a {% for x in store %}{% endfor %}", ("not_allowed", "", 1, 3)),
        ("{% set store = 1 %}", ("not_allowed", "", 1, 1)),
        ("{% include 'secret' %}", ("not_allowed", "", 1, 1)),
        ("{% if store %}" * 4 + "{% endif %}" * 4, ("too_deep", "", 1, 1)),
        ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", ("not_allowed", "", 1, 1)),
        ("{% if store %}" * 400, ("too_deep", "", 1, 1)),
        ("{% raw %}{{ x }}{% endraw %}", ("not_allowed", "", 1, 1)),
        ("{{ first_name }}" * 501, ("too_many_tags", "", 1, 1)),
        ("x" * 262_145, ("too_long", "", 1, 1)),
    ],
)
def test_anything_else_is_refused_with_its_place(source: str, problem: tuple[str, str | None, int, int]) -> None:
    code, name, line, column = found(source)[0]

    assert (code, line, column) == (problem[0], *problem[2:])
    assert problem[1] is None or name == problem[1]


# What has brought down sandboxes of Jinja2 and their like, each as long as a template may be.
BOMBS = {
    "a range": "{% for x in range(10**12) %}a{% endfor %}",
    "a range in a field": "{{ range(10**9) | list }}",
    "a format that pads": "{{ '%c' * 10**9 }}",
    "a format of a number": "{{ '%1000000000d' % 1 }}",
    "a format with attributes": "{{ '{0.__class__.__mro__}'.format(first_name) }}",
    "a format filter": "{{ '%s' | format(first_name) }}",
    "a format_map": "{{ '{a.b}'.format_map(store) }}",
    "a centre": "{{ first_name | center(1000000000) }}",
    "a batch": "{{ first_name | batch(1000000000) | list }}",
    "an indent": "{{ first_name | indent(1000000000) }}",
    "a sum of lists": "{{ [first_name] * 1000000000 }}",
    "a lipsum": "{{ lipsum(n=1000000) }}",
    "a cycler": "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "subclasses": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "a namespace": "{% set ns = namespace(x=1) %}",
    "a macro that calls itself": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "an import": "{% from 'x' import y %}",
    "a filter block": "{% filter upper %}x{% endfilter %}",
    "a power": "{{ 9**9**9**9 }}",
    "a number of many digits": "{{ " + "9" * 200_000 + " }}",
    "a number in base 16": "{{ 0x" + "f" * 200_000 + " }}",
    "parentheses": "{{ " + "(" * 100_000 + " }}",
    "lists": "{{ " + "[" * 100_000,
    "dictionaries": "{{ " + "{" * 400 + " }}",
    "negations": "{{ " + "not " * 60_000 + "x }}",
    "signs": "{{ " + "-" * 200_000 + "1 }}",
    "filters": "{{ first_name" + "|upper" * 40_000 + " }}",
    "attributes": "{{ first_name" + ".a" * 100_000 + " }}",
    "a sum": "{{ " + "a~" * 100_000 + "a }}",
    "comparisons": "{{ " + "a<" * 100_000 + "a }}",
    "strings": "{{ first_name | default(" + "'a' " * 60_000 + ") }}",
    "a long fallback": "{{ first_name | default('" + "\\u0041" * 40_000 + "') }}",
    "conditions": "{% if store %}" * 500,
    "branches": "{% if store %}x" + "{% elif store %}y" * 490 + "{% endif %}",
    "blanks": "{{" + " " * 260_000 + "x",
    "blanks before a tag": "a" + " " * 250_000 + "{%-",
    "a remark without end": "{#" + "-" * 260_000,
    "a raw text": "{% raw %}" + "x" * 200_000,
    "a string without end": "{{ '" + "\\" * 200_000,
    "openings": "{{ \n" * 499,
    "openings in a string": "{{ a | default('" + "{{" * 499 + "x" * 250_000 + "') }}",
    "braces": "{" * 262_000,
}


_LONG = 5.0  # seconds; each takes below 50 ms, and what is read without a bound takes minutes, however busy the machine


@pytest.mark.parametrize("bomb", BOMBS)
def test_no_text_costs_time_or_memory(bomb: str) -> None:
    found(BOMBS[bomb])  # whatever is read once in a process
    began = time.process_time()
    refused = found(BOMBS[bomb])
    took = time.process_time() - began
    tracemalloc.start()
    found(BOMBS[bomb])
    memory = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert len(refused) == 1
    assert took < _LONG
    assert memory < 4_000_000


def test_as_many_tags_as_there_may_be_are_read_in_time() -> None:
    source = "{{ first_name | default('você') }} " * 500

    began = time.process_time()
    assert found(source) == []
    assert merge.render(source, {"first_name": "Ana"}) == "Ana " * 500
    assert time.process_time() - began < _LONG


def test_every_unknown_field_is_named() -> None:
    assert [name for _, name, _, _ in found("{{ a }}\n{{ b }} {{ store }} {{ c }}")] == ["a", "b", "c"]


def test_a_person_is_put_in() -> None:
    source = (
        "Olá, {{ first_name }}! {{ custom.size | default('M') }} {% if store %}na {{ store }}{% else %}aqui{% endif %}"
    )

    assert merge.render(source, {"first_name": "Ana", "custom.size": "G"}) == "Olá, Ana! G aqui"
    assert merge.render(source, {"first_name": "Bruno", "store": "Moema"}) == "Olá, Bruno! M na Moema"


def test_a_blank_field_without_fallback_holds_the_person_back() -> None:  # E4: never "Olá ,"
    with pytest.raises(merge.BlankError) as blank:
        merge.render("Olá {{ first_name }},", {"first_name": "  "})

    assert blank.value.field == "first_name"


HOSTILE = "<img src=x onerror=alert(1)>{{7*7}}{% if %}${x}%s\"'"


def test_what_a_person_is_called_is_shown_literally() -> None:  # E3
    assert merge.render("{{ first_name }}", {"first_name": HOSTILE}) == HOSTILE
    assert merge.render("<b>{{ first_name }}</b>", {"first_name": HOSTILE}, escape=True) == (
        "<b>&lt;img src=x onerror=alert(1)&gt;{{7*7}}{% if %}${x}%s&quot;&#x27;</b>"
    )


def test_a_fallback_is_escaped_too_and_our_own_markup_is_not() -> None:
    values = {"scale": "<table></table>"}

    assert merge.render("{{ store | default('<i>') }}", {}, escape=True) == "&lt;i&gt;"
    assert merge.render("{{ scale }}", values, escape=True, trusted=frozenset({"scale"})) == "<table></table>"


def test_an_empty_fallback_is_one() -> None:
    assert merge.render("{{ first_name | default('') }}!", {}) == "!"


WIDE = frozenset({"first_name", "store", "answer.nps", "hidden.plan"})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ answer.nps | default('-') }} {{ hidden.plan | default('') }} {{ store }}", []),
        ("{% if first_name %}{{ first_name }}{% endif %}", []),
        ("{% if first_name %}x{% else %}{{ first_name }}{% endif %}", [("no_fallback", "first_name")]),
        ("Olá, {{ first_name }}", [("no_fallback", "first_name")]),
        ("{{ answer.nps }}", [("no_fallback", "answer.nps")]),
        ("{{ answer.ces | default('-') }}", [("unknown_field", "answer.ces")]),
        ("{{ answer.ces }}", [("unknown_field", "answer.ces")]),
        ("{% if answer.nps %}x{% endif %}", [("not_tested", "answer.nps")]),
        ("{{ answer.nps.real | default('-') }}", [("not_allowed", "")]),
        ("{{ answer | default('-') }}", [("unknown_field", "answer")]),
    ],
)
def test_what_everybody_sees_needs_a_fallback(source: str, expected: list[tuple[str, str]]) -> None:
    complaints = merge.problems("text", source, WIDE, sure=frozenset({"store"}))

    assert [(problem.code, problem.name) for problem in complaints] == expected


def test_a_template_names_its_fields() -> None:
    source = (
        "{% if store %}{{ custom.size | default('M') }}{% endif %} {{ answer.nps | default('-') }} {{ first_name }}"
    )

    assert merge.fields(source) == {"store", "custom.size", "answer.nps", "first_name"}
