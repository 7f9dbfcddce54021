"""What comments say, in three languages, as people type them: without accents, in capitals, in a hurry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escuta import i18n
from escuta.feedback import comments
from escuta.feedback.comments import Tone, topics, words


@pytest.mark.parametrize(
    ("text", "language", "tone", "about"),
    [
        ("Não recebi até agora, quero meu dinheiro de volta!", "pt-BR", Tone.NEGATIVE, ("delivery", "refund")),
        ("NAO RECEBI NADA", "pt-BR", Tone.NEGATIVE, ("delivery",)),
        ("Chegou bem antes do prazo, super recomendo", "pt-BR", Tone.POSITIVE, ("delivery",)),
        ("A fila era enorme mas a atendente foi muito simpática", "pt-BR", Tone.POSITIVE, ("service", "waiting")),
        ("A atendente foi simpática mas a fila é um absurdo", "pt-BR", Tone.NEGATIVE, ("service", "waiting")),
        ("Não gostei", "pt-BR", Tone.NEGATIVE, ()),
        ("Não tive problemas, tudo certo", "pt-BR", Tone.POSITIVE, ()),
        ("Veio o tamanho errado e faltando uma peça", "pt-BR", Tone.NEGATIVE, ("product", "order")),
        ("The queue was awful", "en", Tone.NEGATIVE, ("waiting",)),
        ("It never arrived and nobody answers", "en", Tone.NEGATIVE, ("delivery", "service")),
        ("I would not recommend it, poor quality", "en", Tone.NEGATIVE, ("product",)),
        ("Great service, very friendly staff", "en", Tone.POSITIVE, ("service",)),
        ("No me llegó el pedido y nadie contesta", "es", Tone.NEGATIVE, ("delivery", "service")),
        ("La cajera fue muy amable, todo perfecto", "es", Tone.POSITIVE, ("service",)),
        ("No lo recomiendo, mala calidad", "es", Tone.NEGATIVE, ("product",)),
    ],
)  # fmt: skip
def test_a_comment_is_understood(text: str, language: str, tone: Tone, about: tuple[str, ...]) -> None:
    read = comments.read(text)
    assert (read.language, read.tone, read.topics) == (language, tone, about)


@pytest.mark.parametrize("text", ["ok", "👍", "", "...", "123", "Lojas Aurora"])
def test_what_says_no_feeling_is_neutral_and_in_the_language_of_the_page(text: str) -> None:
    assert comments.read(text, "es") == comments.Comment(language="es", sentiment=0.0, tone=Tone.NEUTRAL, topics=())


def test_one_word_tells_its_language_whatever_the_page_speaks() -> None:
    assert [comments.read(word, "es").language for word in ("Péssimo", "Awesome", "Pésima")] == ["pt-BR", "en", "es"]


def test_more_of_the_same_is_felt_more_and_a_word_of_degree_strengthens() -> None:
    plain, strong, twice = (comments.read(text).sentiment for text in ("ruim", "muito ruim", "ruim. ruim"))
    assert 0 > plain > strong > twice > -1


@given(st.text(max_size=300), st.sampled_from(["", "pt-BR", "en", "es", "fr"]))
def test_whatever_is_written_is_read(text: str, spoken: str) -> None:
    read = comments.read(text, spoken)
    assert -1 <= read.sentiment <= 1
    assert read.language in i18n.LANGUAGES
    assert set(read.topics) <= topics.built_in().names("en").keys()


def test_a_comment_of_the_greatest_length_takes_no_time() -> None:
    longest = "não recebi " * 1_000
    assert comments.read(longest).tone is Tone.NEGATIVE
    assert comments.read(longest + "ótimo " * 10_000) == comments.read(longest[: words.LONGEST])


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_a_dictionary_has_what_it_needs_and_no_term_twice(language: str) -> None:
    told = words.data(language)
    assert told.keys() == {"words", "phrases", "negations", "degrees", "turns", "small"}
    weights = [*told["words"].values(), *told["phrases"].values()]
    assert all(-3.3 <= weight <= 3.3 for weight in weights)
    assert all(0.5 <= factor <= 1.7 for factor in told["degrees"].values())
    assert all(len(words.stems(word, language)) == 1 for word in told["words"])
    assert all(len(words.stems(phrase, language)) > 1 for phrase in told["phrases"])
    for topic, listed in words.data("topics").items():
        assert listed["name"].keys() == set(i18n.LANGUAGES), topic
        assert listed["terms"][language], topic
