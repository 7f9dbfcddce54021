import pytest

from escuta.outreach.sms_replies import wish


@pytest.mark.parametrize(
    "words",
    [
        *("STOP", "stop", "Stop.", " sToP!! ", "SAIR", "sair.", "Parar", "PARE", "cancelar", "Descadastrar", "remover"),
        *("ALTO", "baja", "Detener", "quero sair", "STOP ALL", "please stop", "“Sair”", "páre", "🛑 stop", "END"),
        *("unsubscribe", "QUIT", "Cancel", "\uff33\uff34\uff2f\uff30"),  # the last one in full width
    ],
)
def test_a_word_or_two_that_say_no_more(words: str) -> None:  # M6
    found = wish(words)
    assert found is not None
    assert found[0] == "stop"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("HELP", ("help", "")),
        ("ajuda?", ("help", "pt-BR")),
        ("Ayuda", ("help", "es")),
        ("START", ("start", "")),
        ("voltar", ("start", "pt-BR")),
        ("ALTA", ("start", "es")),
        ("SAIR", ("stop", "pt-BR")),
        ("BAJA", ("stop", "es")),
        ("CANCELAR", ("stop", "")),
    ],
)
def test_each_word_says_what_is_wanted_and_in_which_language(words: str, expected: tuple[str, str]) -> None:
    assert wish(words) == expected


@pytest.mark.parametrize("words", ["HELP! STOP!", "start? stop", "Ajuda, sair", "voltar... PARAR"])
def test_whoever_says_no_beside_another_word_says_no(words: str) -> None:
    found = wish(words)
    assert found is not None
    assert found[0] == "stop"


@pytest.mark.parametrize("words", ["muy alta", "volver pronto", "kick start", "Responda VOLTAR"])
def test_only_the_word_alone_opens_what_was_closed(words: str) -> None:
    assert wish(words) is None


@pytest.mark.parametrize("words", ["sem parar", "sin parar", "jamás pare", "nem pare", "cant stop", "wont stop"])
def test_a_word_that_is_turned_round_is_none(words: str) -> None:
    assert wish(words) is None


@pytest.mark.parametrize(
    "words",
    [
        *("", "👍", "nota 10", "Adorei a loja, voltarei!", "não parar", "no stop", "stopped", "parada"),
        *("quero cancelar meu pedido de ontem", "I am out of office until Monday. Reply STOP"),
        "https://stop.example/sair/agora/ja",
    ],
)
def test_anything_else_is_left_to_a_person(words: str) -> None:
    assert wish(words) is None
