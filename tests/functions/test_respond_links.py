"""Links that are cut, unknown or over, and a store that is down, as a browser without JavaScript meets them."""

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from escuta import clock, ids, table
from escuta.directory import segments
from escuta.feedback import surveys
from escuta.feedback.model import SurveyStatus
from escuta.outreach.model import InvitationState
from tests.conftest import NOON
from tests.functions.browsing import field, get, post, words
from tests.functions.respondents import SUBMISSION_ID, invite, logging_all, open_survey, stand
from tests.kit.faults import failing, transaction_cancelled


@pytest.fixture
def ana(aws: None, noon: datetime) -> str:  # noqa: ARG001 - the store and the clock come first
    """The token of Ana's link."""
    open_survey()
    return invite("Ana")[0]


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t[:10], lambda t: t + "x", lambda t: t.lower()])
def test_t2_a_cut_link_says_so(ana: str, change: Any) -> None:
    page = get(f"/s/{change(ana)}")

    assert page.status_code == 404
    assert "O link chegou incompleto" in words(page)


@pytest.mark.parametrize(
    "token", ["%C3%A9", quote("\N{ARABIC-INDIC DIGIT NINE}" * 23), "%25%34%31", "' OR 1=1", "..%2f..", "a" * 2000]
)
def test_t1_garbage_for_a_link_is_never_a_fault(ana: str, token: str) -> None:  # noqa: ARG001 - opens the survey
    for door in "stiu":
        assert get(f"/{door}/{token}").status_code in {403, 404}


@pytest.mark.parametrize("glued", [".", ")", ">", "=", ").", '"', "*"])
def test_t1_punctuation_that_a_mail_client_glued_to_the_link_is_dropped(ana: str, glued: str) -> None:
    page = get(f"/s/{ana}{glued}")

    assert page.status_code == 200
    assert f'action="{ana}"' in page.body.decode()


def test_t1_every_unknown_link_gets_the_same_page(ana: str) -> None:  # noqa: ARG001 - opens the survey
    first, second = (get(f"/s/{ids.new_token()}") for _ in range(2))

    assert first.status_code == second.status_code == 404
    assert len(first.body) == len(second.body)
    assert words(first) == words(second)


@pytest.mark.parametrize(
    ("changes", "heading"),
    [
        ({"expires_at": NOON}, "O prazo para responder terminou"),
        ({"revoked_at": NOON}, "Este link foi desativado"),
        ({"state": InvitationState.CANCELLED}, "Este link foi desativado"),
    ],
)
@pytest.mark.usefixtures("aws", "noon")
def test_t3_a_link_that_is_over_says_why_in_the_language_of_its_person(changes: dict[str, Any], heading: str) -> None:
    open_survey()
    token, _ = invite("Ana", **changes)

    page = get(f"/s/{token}", **{"Accept-Language": "en"})

    assert page.status_code == 410
    assert heading in words(page)


def test_a_store_link_that_has_not_started_says_so(ana: str) -> None:  # noqa: ARG001 - opens the survey
    token, _ = stand(starts_at=NOON + timedelta(days=1))

    page = get(f"/t/{token}")

    assert page.status_code == 403
    assert "Ainda não começou" in words(page)


def test_the_link_of_a_retired_store_opens_no_page_and_an_invitation_to_speak_of_it_still_does(ana: str) -> None:
    token, _ = stand()
    table.save(segments.get("sp-01").changed(retired_at=NOON))

    page = get(f"/t/{token}")

    assert page.status_code == 410
    assert "Este link foi desativado" in words(page)
    assert get(f"/s/{ana}").status_code == 200


def test_t13_a_link_opened_after_400_days_says_that_its_time_is_over(ana: str) -> None:
    with clock.at(NOON + timedelta(days=400)):
        page = get(f"/s/{ana}")

    assert page.status_code == 410
    assert "procure a loja" in words(page)


def test_t3_the_link_of_a_survey_that_was_deleted_is_over(ana: str) -> None:
    table.delete(type(surveys.get("visit")), surveys.get("visit").key())

    assert get(f"/s/{ana}").status_code == 410
    assert post(f"/s/{ana}", **{"n.nps": "9"}).status_code == 410


@pytest.mark.parametrize(
    ("status", "heading"),
    [(SurveyStatus.CLOSED, "A pesquisa foi encerrada"), (SurveyStatus.PAUSED, "A pesquisa está em pausa")],
)
def test_r6_a_closed_survey_apologises_and_gives_the_words_back(ana: str, status: SurveyStatus, heading: str) -> None:
    surveys.move("visit", status)
    assert heading in words(get(f"/s/{ana}"))

    with clock.at(NOON + timedelta(hours=25)):
        page = post(f"/s/{ana}", **{"n.nps": "3", "t.comment": "Cheguei tarde"})

    assert page.status_code == 410
    assert heading in words(page)
    assert "Cheguei tarde</textarea>" in page.body.decode()


def test_r16_when_the_store_is_down_the_page_keeps_what_was_typed_and_can_send_it_again(ana: str) -> None:
    def throttled(_parameters: dict[str, Any]) -> Exception:
        return transaction_cancelled("None", "ThrottlingError")

    with failing("TransactWriteItems", throttled):
        page = post(f"/s/{ana}", **{"n.nps": "3", "t.comment": 'Linha 1\n"Linha" 2', "c.reasons.price": "yes"})

    assert page.status_code == 503
    assert int(page.headers["Retry-After"]) > 0
    names = re.findall(r'<(?:input type="hidden"|textarea) name="([^"]+)"', page.body.decode())
    assert sorted(names) == ["c.reasons.price", "language", "n.nps", "submission_id", "t.comment", "version"]
    assert field(page, "submission_id") == SUBMISSION_ID
    assert '<textarea name="t.comment" hidden>\nLinha 1\n&#34;Linha&#34; 2</textarea>' in page.body.decode()


def test_r16_when_the_store_is_down_a_link_asks_to_come_back(ana: str) -> None:
    def throttled(_parameters: dict[str, Any]) -> Exception:
        return transaction_cancelled("ThrottlingException")

    with failing("GetItem", throttled):
        page = get(f"/s/{ana}")

    assert page.status_code == 503
    assert f'<a class="button" href="{ana}">Tentar de novo</a>' in page.body.decode()


def test_a_fault_of_ours_is_an_apology_and_logs_its_place_but_no_value(ana: str) -> None:
    table.put(surveys.version("visit", 1).changed(title={"en": "Secret plans"}))
    surveys.version.cache_clear()

    with logging_all() as lines:
        page = get(f"/s/{ana}")

    logged = lines.getvalue()
    assert page.status_code == 500
    assert "Algo deu errado do nosso lado" in words(page)
    assert '"fault":"KeyError"' in logged
    assert "survey.html" in logged
    assert not re.search(rf"{ana}|Secret plans|Souza|mail\.example", logged)


@pytest.mark.parametrize("language", ["pt-BR", "en", "es"])
def test_the_page_speaks_three_languages(ana: str, language: str) -> None:
    page = get(f"/s/{ana}?lang={language}")

    assert page.headers["Content-Language"] == language
    assert {"pt-BR": "Enviar resposta", "en": "Send answer", "es": "Enviar respuesta"}[language] in words(page)
