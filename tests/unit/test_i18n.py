from datetime import UTC, datetime

import pytest

from escuta import i18n


@pytest.mark.parametrize(
    ("own", "header", "expected"),
    [
        ("es", "pt-BR,pt;q=0.9", "es"),
        ("", "en-GB,en;q=0.9", "en"),
        ("", "fr;q=1, es-AR;q=0.8, en;q=0.3", "es"),
        ("", "en;q=0.1, pt;q=0.9", "pt-BR"),
        ("", "", "pt-BR"),
        ("", "fr, de;q=x", "pt-BR"),
        ("xx", "", "pt-BR"),
        ("pt_PT", "", "pt-BR"),
    ],
)
def test_the_own_language_comes_first_then_the_browsers(own: str, header: str, expected: str) -> None:
    assert i18n.negotiate(own, header) == expected


def test_a_language_that_is_not_offered_falls_back_to_the_first() -> None:
    assert i18n.negotiate("es", "es", ("en", "pt-BR")) == "en"


@pytest.mark.parametrize(("language", "expected"), [("pt-BR", "1.234,5"), ("es", "1.234,5"), ("en", "1,234.5")])
def test_numbers_are_written_as_the_reader_writes_them(language: str, expected: str) -> None:
    assert i18n.number(1234.5, language, 1) == expected


@pytest.mark.parametrize(("language", "expected"), [("pt-BR", "10/03/2026 12:00"), ("en", "10 Mar 2026 12:00")])
def test_a_moment_is_shown_in_the_readers_zone(language: str, expected: str) -> None:
    assert i18n.moment(datetime(2026, 3, 10, 15, tzinfo=UTC), language, "America/Sao_Paulo") == expected
