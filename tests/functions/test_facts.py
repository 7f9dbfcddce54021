from typing import Any

import pytest

from escuta import table
from escuta.directory.model import Product
from escuta.feedback import facts
from escuta.feedback.model import Condition, Intercept, Jump, Op, Question, QuestionKind, StoreToken, SurveyDraft
from tests.conftest import NOON
from tests.kit import factories
from tests.kit.faults import recording

pytestmark = pytest.mark.usefixtures("aws")
WORDS = {"en": "Words"}


def survey(*names: str) -> SurveyDraft:
    """Return a survey whose logic tests these facts."""
    tested = Condition(any=tuple(Condition(field=name, op=Op.ANSWERED) for name in names))
    return SurveyDraft(
        languages=("en",), title=WORDS, questions=(Question(id="a", kind=QuestionKind.TEXT, text=WORDS, show=tested),)
    )


def store() -> None:
    table.put(factories.segment(city="São Paulo", state="SP"))


def ana(**fields: Any) -> Any:
    return factories.invitation(name="Ana", product="cafe-500", custom={"plan": "gold"}, **fields)


TOKEN = StoreToken(id="t", token_key="k", survey="visit", segment="paulista", language="es", created_at=NOON)  # noqa: S106 - a key of a row
WEB = Intercept(id="i", name="Shop", survey="visit", segment="paulista", origins=(), created_at=NOON)


def test_conditions_name_facts_wherever_they_stand() -> None:
    one, two, three, four = (Condition(field=name, op=Op.ANSWERED) for name in ("a", "b", "c", "d"))
    question = Question(
        id="q",
        kind=QuestionKind.TEXT,
        text=WORDS,
        show=Condition(all=(one, Condition(any=(two,)))),
        require=three,
        jumps=(Jump(when=four, to="end"),),
    )

    assert facts.names(SurveyDraft(languages=("en",), title=WORDS, questions=(question,))) == {"a", "b", "c", "d"}


def test_of_an_invitation_the_person_the_product_and_the_place_are_known() -> None:
    store()
    table.put(Product(code="cafe-500", name="Café 500 g", group="coffee"))
    wanted = (
        "channel",
        "language",
        "contact.plan",
        "product",
        "product.group",
        "segment",
        "segment.city",
        "hidden.ref",
    )

    assert facts.of(ana(), survey(*wanted), {"ref": "qr7"}) == {
        "channel": "email",
        "language": "pt-BR",
        "contact.plan": "gold",
        "product": "cafe-500",
        "product.group": "coffee",
        "segment": ("aurora", "sudeste", "paulista"),
        "segment.city": "São Paulo",
        "hidden.ref": "qr7",
    }


def test_of_a_store_link_and_of_a_website_the_place_is_known() -> None:
    store()
    wanted = survey("channel", "segment", "segment.state", "contact.plan", "language")

    known = {"segment": ("aurora", "sudeste", "paulista"), "segment.state": "SP"}
    assert facts.of(TOKEN, wanted, {}) == {"channel": "store", "language": "es", **known}
    assert facts.of(WEB, wanted, {}) == {"channel": "web", "language": "", **known}


def test_what_the_survey_does_not_test_is_not_read() -> None:
    with recording() as made:
        assert facts.of(ana(), survey("channel", "product"), {"ref": "qr7"}) == {
            "channel": "email",
            "product": "cafe-500",
        }

    assert made == []
