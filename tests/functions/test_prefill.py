import pytest

from escuta.errors import InvalidError
from escuta.feedback import prefill
from escuta.feedback.prefill import Prefill

ANA, BRUNO = "AnaAnaAnaAnaAnaAnaAnaAx", "BrunoBrunoBrunoBrunoBrx"

pytestmark = pytest.mark.usefixtures("aws")


def test_what_was_signed_is_read_through_the_same_link() -> None:
    text = prefill.sign(ANA, {"nps": 9, "reasons": ["staff"], "comment": "Bom café"}, {"plan": "gold"})

    assert prefill.read(ANA, text) == Prefill(
        answers={"nps": 9, "reasons": ["staff"], "comment": "Bom café"}, hidden={"plan": "gold"}
    )
    assert prefill.read(f"{ANA}.", text) == prefill.read(ANA, text)


def test_it_is_worth_nothing_on_another_link() -> None:
    assert prefill.read(BRUNO, prefill.sign(ANA, {"nps": 9}, {})) is None


def test_whoever_changes_a_letter_hands_over_nothing() -> None:
    text = prefill.sign(ANA, {"nps": 9}, {"plan": "gold"})

    for place in range(len(text)):
        other = "A" if text[place] != "A" else "B"
        assert prefill.read(ANA, text[:place] + other + text[place + 1 :]) is None
    for bad in ("", "A", text[:-1], text + "A", "é" * 40, text[:22], "\0", "A" * 5000):
        assert prefill.read(ANA, bad) is None


def test_an_address_stays_short_enough_to_arrive() -> None:
    assert len(prefill.sign(ANA, {"comment": "x" * 1_000}, {})) <= 1_500
    with pytest.raises(InvalidError, match="prefill_long"):
        prefill.sign(ANA, {"comment": "x" * 1_200}, {})
