"""Which answers pass which filters, and how filters are written in an address."""

import pytest

from escuta.errors import InvalidError
from escuta.feedback import facets, filtering
from escuta.feedback.model import Filter, FilterBy, Heard, Origin, Response
from tests.kit.factories import response

pytestmark = pytest.mark.usefixtures("aws", "noon")


@pytest.fixture
def answer() -> Response:
    given = response(
        score=2,
        product="tv",
        channel="sms",
        language="es",
        deployment="march",
        origin=Origin.TAPPED,
        facets={"hidden.plan": "gold"},
        answers={"nps": 2, "reasons": ("price", "staff"), "how": "shop", "who": {"email": "ana@example.com"}},
        heard=Heard(tone="negative", topics=("delivery",)),
    )
    facets.admit([given])
    return given


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("product:tv", True),
        ("product:sofa,tv", True),
        ("product:sofa", False),
        ("product_group:Home", True),
        ("product_group:Garden", False),
        ("channel:sms", True),
        ("language:pt-BR", False),
        ("class:detractor", True),
        ("class:promoter,passive", False),
        ("tone:negative", True),
        ("topic:delivery,price", True),
        ("topic:price", False),
        ("deployment:march", True),
        ("origin:tapped", True),
        ("dimension.hidden.plan:gold", True),
        ("dimension.hidden.plan:~other", False),
        ("dimension.hidden.tier:gold", False),
        ("answer.nps:1,2", True),
        ("answer.nps:3", False),
        ("answer.reasons:staff", True),
        ("answer.how:web", False),
        ("answer.who:ana@example.com", False),
        ("answer.nothing:1", False),
        ("product:tv;channel:sms", True),
        ("product:tv;channel:email", False),
        ("", True),
    ],
)
def test_an_answer_passes_when_every_filter_has_one_of_its_values(answer: Response, text: str, passes: bool) -> None:  # noqa: FBT001 - a column of the table
    assert filtering.fits(answer, filtering.parse(text), group="Home") is passes


def test_an_answer_without_a_comment_has_no_tone_and_no_topic() -> None:
    assert not filtering.fits(response(), filtering.parse("tone:positive,neutral,negative"))
    assert not filtering.fits(response(score=None), filtering.parse("class:promoter"))


def test_whoever_filters_by_group_has_to_know_it() -> None:
    assert filtering.by_group(filtering.parse("channel:sms;product_group:Home"))
    assert not filtering.by_group(filtering.parse("product:tv"))


def test_a_value_may_hold_what_separates_values() -> None:
    assert filtering.parse("product:a%2Cb%3Bc%3A%25;answer.reasons:price, staff") == (
        Filter(field=FilterBy.PRODUCT, values=("a,b;c:%",)),
        Filter(field=FilterBy.ANSWER, of="reasons", values=("price", "staff")),
    )


@pytest.mark.parametrize(
    "text", ["colour:red", "product", "product:", "product:,", "answer:5", "product.x:tv", "a:1;;", "product:%FF"]
)
def test_what_is_no_filter_is_refused_with_what_may_be_filtered_by(text: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        filtering.parse(text)

    assert refusal.value.code == "filter_invalid"
    assert "dimension.{name}, answer.{question}, deployment, origin" in refusal.value.details["allowed"]


def test_there_are_at_most_ten_filters() -> None:
    assert len(filtering.parse(";".join(["product:tv"] * 10))) == 10
    with pytest.raises(InvalidError) as refusal:
        filtering.parse(";".join(["product:tv"] * 11))
    assert refusal.value.code == "filter_many"
