import pytest

from escuta.outreach.inviting import first_name


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Ana Souza", "Ana"),
        ("JOÃO PEREIRA", "João"),
        ("maria", "Maria"),
        ("Souza; Filhos Decorações", "Souza"),
        ("McDonald, Ian", "McDonald"),
        ("", ""),
    ],
)
def test_a_person_is_called_by_the_first_word_without_what_follows_it(name: str, called: str) -> None:
    assert first_name(name) == called
