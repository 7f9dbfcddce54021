"""The survey page and its answers, as a browser without JavaScript meets them."""

import gzip
import re
from datetime import datetime

import pytest

from escuta import table
from escuta.feedback import responses, surveys
from escuta.feedback.model import Parked
from tests.functions.browsing import ANY_LINK, checked, field, get, post, words
from tests.functions.respondents import DRAFT, OTHER_ID, SUBMISSION_ID, invite, open_survey, stand
from tests.kit import world


@pytest.fixture
def ana(aws: None, noon: datetime) -> str:  # noqa: ARG001 - the store and the clock come first
    """The token of Ana's link."""
    open_survey()
    return invite("Ana")[0]


def test_the_page_asks_in_the_language_of_the_invited_person(ana: str) -> None:
    page = get(f"/s/{ana}", **{"Accept-Language": "en-GB,en;q=0.9"})

    assert page.status_code == 200
    assert '<html lang="pt-BR" dir="ltr">' in page.body.decode()
    assert "Você nos recomendaria?" in words(page)


def test_an_unknown_passer_by_is_asked_in_the_language_of_the_browser(ana: str) -> None:  # noqa: ARG001 - opens it
    token, _ = stand()

    assert "¿Nos recomendarías?" in words(get(f"/t/{token}", **{"Accept-Language": "fr, es-MX;q=0.8, en;q=0.5"}))


def test_the_language_can_be_switched_and_the_link_stays_the_same(ana: str) -> None:
    page = get(f"/s/{ana}?lang=en&r=9")

    assert "Would you recommend us?" in words(page)
    assert f'formaction="{ana}?lang=es" name="go" value="language" lang="es"' in page.body.decode()


@pytest.mark.parametrize("path", ["", "?lang=es", "?r=999"])
def test_opening_a_link_writes_nothing(ana: str, path: str) -> None:
    before = world.snapshot()

    for _ in range(3):
        assert get(f"/s/{ana}{path}").status_code == 200

    assert world.snapshot() == before


def test_a_score_in_the_url_is_only_chosen_beforehand(ana: str) -> None:
    page = get(f"/s/{ana}?r=9")

    assert checked(page) == ["n.nps"]
    assert re.search(r'value="9" required checked', page.body.decode())


@pytest.mark.parametrize("query", ["r=999", "r=11", "r=-1", "r=9&r=0", "r=%3Cscript%3E", "r=9.0", "r=", "r=%209"])
def test_t15_a_score_that_is_none_is_ignored(ana: str, query: str) -> None:
    page = get(f"/s/{ana}?{query}")

    assert page.status_code == 200
    assert checked(page) == []
    assert "<script>" not in page.body.decode().lower()


def test_every_page_has_its_own_submission_id(ana: str) -> None:
    first, second = (field(get(f"/s/{ana}"), "submission_id") for _ in range(2))

    assert first != second
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", first)


def test_the_whole_page_is_one_small_request(ana: str) -> None:
    body = get(f"/s/{ana}").body

    assert len(gzip.compress(body)) < 14 * 1024
    assert re.findall(rb'(?:src|href|action)="(?!#)([^"]*)"', body) == [
        b"data:,",
        f"{ana}?lang=pt-BR".encode(),
        f"{ana}?lang=en".encode(),
        f"{ana}?lang=es".encode(),
        ana.encode(),
    ]


def test_t12_a_preview_of_the_link_shows_nothing_personal(ana: str) -> None:
    page = get(f"/s/{ana}").body.decode()

    assert "<title>Sua visita · Lojas Aurora</title>" in page
    assert not re.search(r"Ana|Souza|mail\.example", page)


def test_the_ends_of_the_scale_are_said_with_their_scores(ana: str) -> None:
    page = words(get(f"/s/{ana}"))

    assert "0 \N{EN DASH} Nada provável" in page
    assert "10 \N{EN DASH} Muito provável" in page


@pytest.mark.parametrize(
    ("score", "heading"),
    [("10", "Que bom saber disso!"), ("7", "Obrigado por responder"), ("2", "Obrigado pela franqueza")],
)
def test_an_answer_is_thanked_for_in_words_that_fit_it(ana: str, score: str, heading: str) -> None:
    page = post(f"/s/{ana}", **{"n.nps": score, "t.comment": "Olá + você ✓", "c.reasons.price": "yes"})

    assert page.status_code == 200
    assert heading in words(page)
    assert responses.get(SUBMISSION_ID).answers == {
        "nps": int(score),
        "reasons": ("price",),
        "comment": "Olá + você ✓",
    }


def test_the_survey_may_bring_its_own_thanks(ana: str) -> None:
    own = {"promoter": {"pt-BR": "Volte sempre!", "en": "Come back!", "es": "¡Vuelve!"}}
    surveys.publish("visit", DRAFT.changed(thanks=own))

    assert "Volte sempre!" in words(post(f"/s/{ana}", **{"version": "2", "n.nps": "9"}))


def test_r1_pressing_send_twice_shows_the_same_thanks(ana: str) -> None:
    first = post(f"/s/{ana}", **{"n.nps": "9"})
    second = post(f"/s/{ana}", **{"n.nps": "9"})

    assert words(second) == words(first)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers


def test_the_page_goes_on_in_the_language_it_was_answered_in(ana: str) -> None:
    assert "So good to hear!" in words(post(f"/s/{ana}?lang=en", **{"language": "en", "n.nps": "9"}))
    assert responses.get(SUBMISSION_ID).language == "en"


def test_in_a_store_the_next_person_may_answer(ana: str) -> None:  # noqa: ARG001 - opens the survey
    token, _ = stand()

    page = post(f"/t/{token}", **{"n.nps": "9"})

    assert f'<a class="button" href="{token}">Nova resposta</a>' in page.body.decode()
    assert post(f"/t/{token}", **{"submission_id": OTHER_ID, "n.nps": "1"}).status_code == 200


def test_a_wrong_answer_comes_back_with_what_was_typed_and_what_is_wrong(ana: str) -> None:
    page = post(f"/s/{ana}", **{"t.comment": "Faltou <troco> & sacola", "c.reasons.staff": "yes"})

    text = page.body.decode()
    assert page.status_code == 422
    assert "Confira sua resposta" in words(page)
    assert '<a href="#f-nps">Você nos recomendaria?</a> Escolha ou escreva uma resposta.' in text
    assert 'aria-describedby="wrong-nps"' in text
    assert 'role="alert" tabindex="-1" id="errors" autofocus' in text
    assert "Faltou &lt;troco&gt; &amp; sacola</textarea>" in text
    assert checked(page) == ["c.reasons.staff"]
    assert field(page, "submission_id") == SUBMISSION_ID


@pytest.mark.parametrize(
    "score",
    [
        "11",
        "-1",
        "9.5",
        " 9 ",
        "9,0",
        "\N{ARABIC-INDIC DIGIT NINE}",
        "\N{FULLWIDTH DIGIT NINE}",
        "nine",
        "1e1",
        "+9",
        "09",
        "-0",
        "",
    ],
)
def test_r7_a_form_takes_only_the_integers_of_the_scale(ana: str, score: str) -> None:
    page = post(f"/s/{ana}", **{"n.nps": score})

    assert page.status_code == 422
    assert "Escolha um número inteiro de 0 a 10." in words(page)


def test_r10_a_text_that_is_too_long_comes_back_whole(ana: str) -> None:
    page = post(f"/s/{ana}", **{"n.nps": "9", "t.comment": "é" * 10_001})

    assert page.status_code == 422
    assert "O texto tem 10.001 caracteres; o máximo é 10.000." in words(page)
    assert "é" * 10_001 in page.body.decode()


def test_r10_a_body_above_64_kb_is_refused_before_it_is_read() -> None:
    page = post(ANY_LINK, body=b"\xff" * (64 * 1024 + 1))

    assert page.status_code == 413
    assert "O texto é longo demais" in words(page)


def test_r11_nul_in_a_form_is_refused_at_its_question(ana: str) -> None:
    page = post(f"/s/{ana}", body=f"submission_id={SUBMISSION_ID}&version=1&n.nps=9&t.comment=a%00b")

    assert page.status_code == 422
    assert "O texto contém um caractere que não pode ser guardado." in words(page)


@pytest.mark.parametrize(
    "body",
    [
        "n.nps=9&n.nps=0",
        "n.nps=9&t.nps=0",
        "n.nps=9&submission_id=BrunoBrunoBrunoBruno12",
        "t.comment=a&t.comment=b",
    ],
)
def test_r14_a_field_that_comes_twice_is_refused(body: str) -> None:
    page = post(ANY_LINK, body=f"submission_id={SUBMISSION_ID}&version=1&{body}")

    assert page.status_code == 400
    assert "veio mais de uma vez" in words(page)


@pytest.mark.parametrize(
    "body",
    ["", "n.nps=9", "%", "n.nps", "n.nps=%ff", b"\xff\xfe", "submission_id=short&version=1&n.nps=9", "&" * 600],
)
def test_r14_a_form_that_makes_no_sense_is_told_so(body: str | bytes) -> None:
    page = post(ANY_LINK, body=body)

    assert page.status_code == 400
    assert "Não conseguimos ler o que foi enviado" in words(page)


def test_r5_a_field_that_the_survey_does_not_have_is_named_and_parked(ana: str) -> None:
    page = post(f"/s/{ana}", **{"n.nps": "9", "t.salary": "100", "utm_source": "x"})

    assert page.status_code == 422
    assert "salary, utm_source" in words(page)
    assert [parked.reason for parked in table.query(Parked, "parked", index="g1").items] == ["questions_unknown"]


def test_r3_the_same_page_with_other_answers_is_told_and_the_words_are_given_back(ana: str) -> None:
    post(f"/s/{ana}", **{"n.nps": "9"})

    page = post(f"/s/{ana}", **{"n.nps": "2", "t.comment": "Pensando bem…"})

    assert page.status_code == 422
    assert "Esta resposta já foi recebida" in words(page)
    assert "Pensando bem…</textarea>" in page.body.decode()


def test_r4_the_second_tab_is_told_and_its_words_are_offered_for_copying(ana: str) -> None:
    post(f"/s/{ana}", **{"n.nps": "9"})

    page = post(f"/s/{ana}", **{"submission_id": OTHER_ID, "n.nps": "2", "t.comment": "Da outra aba"})

    assert page.status_code == 409
    assert "Esta pesquisa já foi respondida" in words(page)
    assert "O que você escreveu" in words(page)
    assert "Da outra aba</textarea>" in page.body.decode()
    assert get(f"/s/{ana}").status_code == 409
