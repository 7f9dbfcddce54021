"""The same routes, as a program or the page's script meets them."""

import json
import re
from datetime import datetime
from typing import Any

import pytest
from chalice.test import Client, HTTPResponse

from escuta.feedback import responses
from respond.app import app
from tests.functions.respondents import OTHER_ID, SUBMISSION_ID, invite, open_survey
from tests.kit.faults import failing, transaction_cancelled

START = f'{{"submission_id": "{SUBMISSION_ID}", "version": 1, "answers": '
ANY_LINK = "AnaAnaAnaAnaAnaAnaAnaA1"  # what cannot be read is refused before anything is looked up


@pytest.fixture
def ana(aws: None, noon: datetime) -> str:  # noqa: ARG001 - the store and the clock come first
    """The token of Ana's link."""
    open_survey()
    return invite("Ana")[0]


def send(
    token: str, body: str | bytes, kind: str = "application/json", accept: str = "application/json"
) -> HTTPResponse:
    whole = body.encode() if isinstance(body, str) else body
    return Client(app).http.post(f"/s/{token}", headers={"Content-Type": kind, "Accept": accept}, body=whole)


def answer(token: str, submission_id: str = SUBMISSION_ID, **answers: Any) -> HTTPResponse:
    return send(token, json.dumps({"submission_id": submission_id, "version": 1, "answers": answers}))


def test_a_program_gets_a_receipt(ana: str) -> None:
    receipt = answer(ana, nps=9, comment="Bom", reasons=["price"])

    assert receipt.status_code == 200
    assert receipt.headers["Content-Type"] == "application/json"
    assert receipt.json_body == {
        "id": SUBMISSION_ID,
        "survey": "visit",
        "version": 1,
        "received_at": responses.get(SUBMISSION_ID).model_dump(mode="json")["received_at"],
        "title": "Que bom saber disso!",
        "text": "Obrigado por responder. Sua opinião anima a equipe que recebeu você.\nJá pode fechar esta janela.",
        "call": False,
        "share": [],
    }


def test_r2_sending_again_gets_the_same_receipt_and_says_so(ana: str) -> None:
    first, second = (answer(ana, nps=9) for _ in range(2))

    assert second.body == first.body
    assert second.headers["Idempotent-Replayed"] == "true"


def test_the_script_of_the_page_sends_a_form_and_reads_json(ana: str) -> None:
    receipt = send(
        ana,
        f"submission_id={SUBMISSION_ID}&version=1&language=en&n.nps=3&client_time=2026-03-10T12%3A00%3A00.000Z",
        kind="application/x-www-form-urlencoded;charset=UTF-8",
    )

    assert receipt.json_body["title"] == "Thank you for being frank"


def test_a_form_and_json_with_the_same_answers_are_the_same(ana: str) -> None:
    answer(ana, nps=9, comment="a\nb", reasons=["staff", "price"])

    again = send(
        ana,
        f"submission_id={SUBMISSION_ID}&version=1&n.nps=9&t.comment=a%0D%0Ab&c.reasons.price=yes&c.reasons.staff=yes",
        kind="application/x-www-form-urlencoded",
    )

    assert again.status_code == 200
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("score", ["11", "9.0", "9.5", '"9"', "true", "null", "1e309", "-0", "1" + "0" * 5000, "[9]"])
def test_r7_a_score_that_is_no_integer_of_the_scale_is_refused_naming_it(ana: str, score: str) -> None:
    refused = send(ana, START + f'{{"nps": {score}}}}}')

    assert refused.status_code == 422
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json_body["code"] == "answers_invalid"
    assert refused.json_body["errors"] == [
        {
            "question": "nps",
            "code": "answer_scale",
            "detail": "Escolha um número inteiro de 0 a 10.",
            "low": 0,
            "high": 10,
        }
    ]


@pytest.mark.parametrize(
    "body",
    [
        START + '{"nps": NaN}}',
        START + '{"nps": Infinity}}',
        START + '{"nps": -Infinity}}',
        START + '{"nps": 9, "nps": 0}}',
        START + '{"nps": 9}, "version": 1}',
        START + '{"nps": 9}} trailing',
        START + '{"nps": 9}',
        "[" * 10_000,
        '{"a":' * 10_000,
        "",
        "nps=9",
        ("\ufeff" + START + '{"nps": 9}}').encode(),
        (START + '{"nps": 9}}').encode("utf-16"),
        b'{"submission_id": "\xff"}',
    ],
)
def test_r13_what_is_not_clean_json_is_refused(body: str | bytes) -> None:
    refused = send(ANY_LINK, body)

    assert refused.status_code == 400
    assert refused.json_body["code"] == "malformed_json"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ("[]", "body"),
        ('"text"', "body"),
        ("{}", "answers, submission_id, version"),
        (START + '{"nps": 9}, "extra": 1}', "extra"),
        (START + '{"nps": {"score": {"of": 9}}}}', "answers"),
        (START + '{"nps": [[9]]}}', "answers"),
        (START + "[9]}", "answers"),
        (f'{{"submission_id": "{SUBMISSION_ID}", "version": "1", "answers": {{}}}}', "version"),
        (f'{{"submission_id": "{SUBMISSION_ID}", "version": true, "answers": {{}}}}', "version"),
        ('{"submission_id": "short", "version": 1, "answers": {}}', "submission_id"),
        ('{"submission_id": "AnaAnaAnaAnaAnaAnaAna#1", "version": 1, "answers": {}}', "submission_id"),
        (f'{{"submission_id": "{SUBMISSION_ID}\\n", "version": 1, "answers": {{}}}}', "submission_id"),
    ],
)
def test_fields_that_are_missing_or_wrong_are_named(body: str, fields: str) -> None:
    refused = send(ANY_LINK, body)

    assert refused.status_code == 400
    assert (refused.json_body["code"], refused.json_body["fields"]) == ("malformed_fields", fields)


def test_r13_a_name_of_a_megabyte_is_too_large_before_it_is_read() -> None:
    refused = send(ANY_LINK, '{"' + "k" * 1024 * 1024 + '": 1}')

    assert refused.status_code == 413
    assert refused.json_body["code"] == "body_too_large"


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/xml", "", "json"])
def test_r13_another_content_type_is_refused(kind: str) -> None:
    refused = send(ANY_LINK, START + '{"nps": 9}}', kind=kind)

    assert refused.status_code == 415
    assert refused.json_body["code"] == "media_type"


def test_r5_unknown_questions_are_named(ana: str) -> None:
    refused = answer(ana, nps=9, salary=100)

    assert refused.status_code == 422
    assert refused.json_body["questions"] == ["salary"]


def test_r11_half_a_character_in_a_name_does_not_break_the_refusal(ana: str) -> None:
    refused = send(ana, START + '{"\\ud83d": 9}}')

    assert refused.status_code == 422
    assert refused.json_body["questions"] == ["?"]


def test_r4_the_second_answer_is_a_conflict(ana: str) -> None:
    answer(ana, nps=9)

    refused = answer(ana, OTHER_ID, nps=2)

    assert refused.status_code == 409
    assert refused.json_body == {
        "type": "about:blank",
        "title": "Esta pesquisa já foi respondida",
        "status": 409,
        "code": "already_answered",
        "detail": "Já recebemos uma resposta por este link. Obrigado! Não é preciso fazer mais nada.",
    }


def test_r16_a_store_that_is_down_says_when_to_come_back(ana: str) -> None:
    def throttled(_parameters: dict[str, Any]) -> Exception:
        return transaction_cancelled("None", "ThrottlingError")

    with failing("TransactWriteItems", throttled):
        refused = answer(ana, nps=9)

    assert refused.status_code == 503
    assert re.fullmatch(r"[1-9][0-9]*", refused.headers["Retry-After"])
    assert answer(ana, nps=9).status_code == 200


def test_a_program_that_accepts_anything_and_sends_json_gets_json(ana: str) -> None:
    assert send(ana, START + '{"nps": 9}}', accept="*/*").headers["Content-Type"] == "application/json"
