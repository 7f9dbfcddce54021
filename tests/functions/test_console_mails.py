"""The mails of the user pool, in the language of whom they are for."""

import re
from typing import Any

import pytest

from console import mails


def asked(source: str, locale: str, **told: str) -> Any:
    request = {
        "userAttributes": {"locale": locale, "name": "Ana <b>Souza</b>", "email": "ana@aurora.example"},
        "codeParameter": "{####}",
        "usernameParameter": "{username}",
        "clientMetadata": told or None,
    }
    response = {"smsMessage": None, "emailMessage": None, "emailSubject": None}
    return mails.handler({"triggerSource": source, "request": request, "response": response}, None)["response"]


@pytest.mark.parametrize(
    ("locale", "subject", "hello"),
    [
        ("pt-BR", "Lojas Aurora: seu acesso ao Escuta", "Olá, Ana"),
        ("en-GB", "Lojas Aurora: your access to Escuta", "Hello Ana"),
        ("es", "Lojas Aurora: tu acceso a Escuta", "Hola, Ana"),
        ("de", "Lojas Aurora: seu acesso ao Escuta", "Olá, Ana"),
    ],
)
def test_an_invitation_is_in_the_language_of_who_is_invited(locale: str, subject: str, hello: str) -> None:
    mail = asked("CustomMessage_AdminCreateUser", locale, organisation="Lojas Aurora", url="https://fala/console")

    assert mail["emailSubject"] == subject
    assert hello in mail["emailMessage"]
    assert 'href="https://fala/console"' in mail["emailMessage"]
    assert {"{####}", "{username}"} <= set(re.findall(r"\{[^}]+\}", mail["emailMessage"]))  # Cognito demands both
    assert "<b>" not in mail["emailMessage"]


def test_a_subject_is_plain_text_of_a_length_that_cognito_takes() -> None:
    assert asked("CustomMessage_AdminCreateUser", "en", organisation="Lima & Filhos")["emailSubject"] == (
        "Lima & Filhos: your access to Escuta"
    )
    assert len(asked("CustomMessage_ForgotPassword", "es", organisation="Aurora " * 40)["emailSubject"]) <= 140


@pytest.mark.parametrize("locale", ["pt-BR", "en", "es"])
def test_a_code_comes_with_its_mark_also_when_nobody_says_for_which_organisation(locale: str) -> None:
    mail = asked("CustomMessage_ForgotPassword", locale)

    assert "{####}" in mail["emailMessage"]
    assert mail["emailSubject"].startswith("Escuta: ")


def test_a_mail_that_we_do_not_know_is_left_to_cognito() -> None:
    assert asked("CustomMessage_VerifyUserAttribute", "en") == {
        "smsMessage": None,
        "emailMessage": None,
        "emailSubject": None,
    }
