"""The message of one invitation: what its fields say, and the headers that go with it."""

from datetime import datetime
from typing import Any

import pytest
from fast_mail_parser import PyMail, parse_email

from escuta import table
from escuta.directory import managers
from escuta.directory.model import Product
from escuta.outreach import invitations, letters, messages, sending_rules, templates
from escuta.outreach.letters import Asked
from escuta.outreach.merge import BlankError
from escuta.outreach.messages import Email
from escuta.outreach.model import (
    AudienceKind,
    Channel,
    Deployment,
    Invitation,
    SendingDraft,
    Strategy,
    Template,
)
from tests.conftest import NOON
from tests.kit import factories
from tests.kit.faults import recording

VISIT = {"reference": "NF-1001", "date": "2026-03-09", "amount": "1299.9", "currency": "BRL"}
WAY_OUT = '<a href="{{ link }}">Abrir</a> <a href="{{ unsubscribe }}">Sair</a>'


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    sul = factories.segment(
        "aurora", "sudeste", "paulista", name="Paulista", city="São Paulo", attributes={"format": "rua"}
    )
    table.put_many([factories.segment("aurora"), factories.segment("aurora", "sudeste"), sul])
    table.put(Product(code="tv-55", name="Televisor 55", group="Som e imagem"))
    managers.create("Beatriz Lima", "bia@aurora.example", language="pt-BR", segments=("sudeste",))


def deployment(**fields: Any) -> Deployment:
    own = {"id": "first", "name": "x", "survey": "visit", "strategy": Strategy.EMAIL, "audience": AudienceKind.ALL}
    return Deployment(**{**own, "created_at": NOON, **fields})


def said(text: str, language: str = "pt-BR", **fields: Any) -> str:
    templates.save(Template(survey="visit", channel=Channel.EMAIL, language=language, subject=text, html=WAY_OUT))
    invited = factories.invitation(visit=VISIT, product="tv-55", language=language, **fields)
    return letters.email(invited, deployment(), Asked(languages=(language,))).subject


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("pt-BR", "NF-1001 09/03/2026 R$ 1.299,90 BRL"),
        ("en", "NF-1001 09 Mar 2026 R$ 1,299.90 BRL"),
        ("es", "NF-1001 09/03/2026 R$ 1.299,90 BRL"),
    ],
)
def test_a_visit_is_told_as_the_person_writes_it(language: str, expected: str) -> None:
    text = "{{ visit.reference }} {{ visit.date }} {{ visit.amount }} {{ visit.currency }}"

    assert said(text, language) == expected


def test_the_place_the_product_and_the_manager_are_told() -> None:
    text = (
        "{{ store }} {{ segment.city }} {{ segment.format }} {{ product }} {{ product.group }} {{ manager.first_name }}"
    )

    assert said(text) == "Paulista São Paulo rua Televisor 55 Som e imagem Beatriz"


def test_what_is_not_known_takes_its_fallback_or_holds_the_person_back() -> None:  # E4
    assert said("{{ segment.address | default('-') }}") == "-"
    with pytest.raises(BlankError, match=r"segment\.address"):
        said("{{ segment.address }}", "en")


def test_nothing_is_read_for_a_single_message_once_a_worker_is_warm() -> None:
    text = "{{ store }} {{ product.group }} {{ manager.name }} {{ visit.date }}"
    assert said(text) == "Paulista Som e imagem Beatriz Lima 09/03/2026"
    invited = factories.invitation(name="Bruno", visit=VISIT, product="tv-55")

    with recording() as calls:
        letters.email(invited, deployment(), Asked(languages=("pt-BR",)))

    assert calls == []


def written(invited: Invitation | None = None, reminder: int = 0, **fields: Any) -> tuple[Email, PyMail]:
    email = letters.email(
        invited or factories.invitation(), deployment(**fields), Asked(languages=("pt-BR",)), reminder
    )
    return email, parse_email(messages.as_mime(email))


def test_the_mail_can_be_left_with_one_click_and_is_answered_by_no_machine() -> None:  # E8, E22
    invited = factories.invitation()
    email, got = written(invited, 2)

    out = invitations.link(invited, "unsubscribe")
    assert got.headers["List-Unsubscribe"] == [f"<{out}>"]
    assert got.headers["List-Unsubscribe-Post"] == ["List-Unsubscribe=One-Click"]
    assert got.headers["Auto-Submitted"] == ["auto-generated"]
    assert got.headers["Precedence"] == ["bulk"]
    assert got.headers["Message-ID"] == [f"<{invited.link_key}.2@aurora.example>"]
    assert email.tags == {"invitation": invited.link_key, "reminder": "2"}
    assert out in got.text_html[0]


@pytest.mark.parametrize(
    ("own", "organisation", "expected"),
    [
        ("", "", []),
        ("manager", "", ["bia@aurora.example"]),
        ("", "manager", ["bia@aurora.example"]),
        ("sac@aurora.example", "manager", ["sac@aurora.example"]),
        ("sac@aurora.example, eve@example.com", "", []),  # E2
    ],
)
def test_answers_go_to_whom_the_sending_says(own: str, organisation: str, expected: list[str]) -> None:
    sending_rules.save(SendingDraft(reply_to=organisation), rev=0, who="Bia")

    _, got = written(reply_to=own)

    assert [one.address for one in got.reply_to] == expected


HOSTILE = "<img src=x onerror=alert(1)>{{7*7}}{% if %}${x}%s"


def test_what_a_person_is_called_is_shown_literally_in_both_parts() -> None:  # E1, E3
    _, got = written(factories.invitation(first_name=HOSTILE).changed(name=HOSTILE + "\r\nBcc: eve@example.com"))

    assert got.subject.startswith(HOSTILE)
    assert "&lt;img src=x onerror=alert(1)&gt;{{7*7}}{% if %}${x}%s" in got.text_html[0]
    assert "<img" not in got.text_html[0]
    assert HOSTILE in got.text_plain[0]
    assert "Bcc" not in got.headers


def test_the_document_around_the_words_is_ours() -> None:
    templates.save(
        Template(
            survey="visit",
            channel=Channel.EMAIL,
            language="pt-BR",
            subject="x",
            html=f"<html><head><title>T</title></head><body onload=x><p>Oi</p>{WAY_OUT}</body></html>",
        )
    )
    _, got = written()

    assert got.text_html[0].startswith('<!doctype html>\r\n<html lang="pt-BR"')
    assert got.text_html[0].count("<body") == 1
    assert "onload" not in got.text_html[0]
    assert "light only" in got.text_html[0]  # their colors are not made for the dark
    assert "Lojas Aurora</p>" in got.text_html[0]  # E7: who sends it is always said
    assert got.text_plain[0].startswith("Oi\r\n\r\nAbrir:\r\nhttps://fala.aurora.example/s/")
    assert got.text_plain[0].rstrip().endswith("Lojas Aurora")
