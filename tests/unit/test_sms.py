import pytest

from escuta.outreach import sms
from escuta.outreach.model import Accents

EMOJI = "\N{WAVING HAND SIGN}"


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts"),
    [
        ("Ola", "GSM-7", 3, 1),
        ("é à ñ ü Ç", "GSM-7", 9, 1),  # the accents that the default alphabet has
        ("Olá", "UCS-2", 3, 1),  # and one that it has not
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("{}[]~^|\\€", "GSM-7", 18, 1),  # M1: extension characters count two
        ("á" * 70, "UCS-2", 70, 1),
        ("á" * 71, "UCS-2", 71, 2),
        ("á" * 134, "UCS-2", 134, 2),
        ("á" * 135, "UCS-2", 135, 3),
        (EMOJI, "UCS-2", 2, 1),
    ],
)
def test_alphabet_units_and_parts(text: str, encoding: str, units: int, parts: int) -> None:
    assert sms.measure(text).model_dump() == {"encoding": encoding, "units": units, "parts": parts}


def test_an_escape_is_not_split_over_two_parts() -> None:
    text = "a" * 152 + "€" + "a" * 152  # 306 septets, but the euro sign moves to the second part

    assert (sms.measure(text).units, sms.measure(text).parts) == (306, 3)


def test_an_emoji_is_not_split_over_two_parts() -> None:  # M2
    text = "á" * 66 + EMOJI + "á" * 66

    assert (sms.measure(text).units, sms.measure(text).parts) == (134, 3)


def test_accents_go_where_that_saves_a_part_and_nowhere_else() -> None:
    short, long = "Você vem à São João?", "Você vem à São João? " + "a" * 130

    assert sms.fitted(short) == short
    assert sms.fitted(long) == "Voce vem à Sao Joao? " + "a" * 130
    assert sms.fitted("á" * 300) == "a" * 300


def test_who_writes_a_message_decides_on_its_accents() -> None:
    long = "Você vem à São João? " + "a" * 130

    assert sms.fitted(long, Accents.KEEP) == long
    assert sms.fitted("Olá \u201cAna\u201d", Accents.PLAIN) == 'Ola "Ana"'


def test_what_has_no_plain_letter_stays() -> None:
    assert sms.fitted("你好 " + EMOJI, Accents.PLAIN) == "你好 " + EMOJI


def test_typographic_signs_become_the_typed_ones() -> None:
    typographic = "\u201cOlá\u201d \u2013 d\u2019Ávila\u2026 "

    assert sms.fitted(typographic + "a" * 130) == '"Ola" - d\'Avila... ' + "a" * 130
