"""Trying a template by API: what it says to one person, what is wrong with it, and a test to one's own address."""

import base64
import json
from datetime import datetime
from typing import Any

import pytest
from fast_mail_parser import parse_email

from escuta import table
from escuta.directory import managers
from escuta.directory.model import Product, Scope
from escuta.outreach import messages, sending_rules, suppression
from escuta.outreach.model import Channel, Invitation, SendingDraft, SmsRules
from tests.functions.callers import Answer, ask, found_company, key, open_survey
from tests.functions.test_messages import replied, serving
from tests.kit.factories import contact

PATH = "/v1/surveys/visit/templates"
HTML = (
    '<p>Oi {{ first_name | default("cliente") }}</p><a href="{{ link }}">Abrir</a> <a href="{{ unsubscribe }}">Sair</a>'
)


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()


def tried(what: str = "preview", **words: Any) -> Answer:
    own = {"channel": "email", "language": "pt-BR", "subject": "Olá", "html": HTML}
    return ask("POST", f"{PATH}/{what}", key(), body={**own, **words}, headers={"Accept-Language": "en"})


def test_a_draft_is_shown_as_a_real_contact_would_get_it() -> None:
    bia = managers.create("Beatriz Lima", "bia@aurora.example", language="pt-BR", segments=("poa",))
    table.put(Product(code="tv-55", name="Televisor", group="Som e imagem"))
    ana = table.create(contact("Ana", segment="poa", product="tv-55", custom={"plan": "ouro"}))
    html = (
        f"{HTML}<p>{{{{ segment.name }}}}, {{{{ manager.first_name }}}}, {{{{ product.group }}}}, "
        "{{ visit.reference | default('-') }}</p>"
    )

    shown = tried(html=html, contact=ana.id).json

    assert bia.name == "Beatriz Lima"
    assert "<p>Oi Ana</p>" in shown["html"]
    assert "<p>Poa, Beatriz, Som e imagem, -</p>" in shown["html"]
    assert shown["html"].startswith("<!doctype html>")
    assert (shown["blank"], shown["fallback"], shown["problems"]) == ([], ["visit.reference"], [])
    assert shown["text"].startswith("Oi Ana\n\nAbrir:\nhttps://fala.aurora.example/p/")
    assert table.query(Invitation, f"contact#{ana.id}", index="g2").items == ()


def test_a_visit_to_a_place_that_the_caller_does_not_see_is_not_shown() -> None:
    visit = {"contact": {"external_id": "C-1", "email": "bia@example.com"}, "segment": "manaus", "reference": "NF-1"}
    later = {**visit, "segment": "poa", "reference": "NF-2"}
    said = [{**visit, "occurred_at": "2026-03-01T12:00:00Z"}, {**later, "occurred_at": "2026-03-02T12:00:00Z"}]
    elsewhere, here = ask("POST", "/v1/transactions", key(), body={"items": said}).json["items"]
    body = {"channel": "sms", "language": "pt-BR", "text": "{{ first_name }} {{ link }}", "contact": here["contact"]}

    def shown(transaction: str) -> Answer:
        asked = {**body, "transaction": transaction}
        return ask("POST", "/v1/surveys/visit/templates/preview", key(segment="sul"), body=asked)

    assert shown(here["transaction"]).status == 200
    assert (shown(elsewhere["transaction"]).status, shown(elsewhere["transaction"]).code) == (
        404,
        "transaction_not_found",
    )


def test_a_field_that_would_hold_the_person_back_is_told() -> None:  # E4
    shown = tried(subject="{{ visit.amount }} {{ first_name }}").json

    assert (shown["subject"], shown["blank"]) == (" Ana", ["visit.amount"])


def test_what_is_wrong_with_a_draft_is_told_with_its_place() -> None:  # E4
    shown = tried(html=HTML + "\n{{ naame }}").json

    assert shown["problems"] == [
        {"part": "html", "code": "unknown_field", "name": "naame", "line": 2, "column": 4,
         "detail": "There is no field “naame”."}
    ]  # fmt: skip
    assert shown["html"] == ""


def test_without_words_what_is_stored_is_tried() -> None:
    words = {"name": "vip", "subject": "Oi {{ first_name }}", "html": HTML, "text": ""}
    assert ask("PUT", f"{PATH}/email/pt-BR", key(), body=words).status == 200

    shown, starter = (tried(subject="", html="", name=name).json for name in ("vip", ""))
    missing = tried(subject="", html="", name="ouro")

    assert (shown["subject"], starter["subject"], missing.status) == (
        "Oi Ana",
        "Ana, como foi sua visita à loja Poa?",
        404,
    )


def test_a_test_of_what_cannot_be_sent_says_in_words_why() -> None:
    refused = tried("test", html=HTML + "\n{{ naame }}", to=["eu@aurora.example"])

    assert (refused.status, refused.json["detail"]) == (
        422,
        "The template cannot be used: html 2:4 There is no field “naame”.",
    )


def test_what_the_writer_should_know_is_told() -> None:  # E7, E23
    html = (
        HTML
        + '<style>p{}</style><script>x</script><img src="https://a.example/x.png"><a href="https://evil.example">www.banco.example</a>'
    )

    found = {(warning["code"], warning["name"]) for warning in tried(html=html).json["warnings"]}

    assert found == {
        ("style_removed", "style"),
        ("removed", "script"),
        ("image_mute", "1"),
        ("link_elsewhere", "www.banco.example → evil.example"),
        ("sender_added", "Lojas Aurora"),
        ("text_made", ""),
    }


def test_an_sms_is_measured_and_priced() -> None:  # M1
    sending_rules.save(SendingDraft(sms=SmsRules(prices={"BR": "0.05"})), rev=0, who="Bia")
    shown = tried(channel="sms", text="Você vem à São João? {{ link }}", html="", subject="", accents="keep").json

    assert (shown["sms"]["encoding"], shown["sms"]["parts"], shown["sms"]["too_long"]) == ("UCS-2", 2, False)
    assert shown["sms"]["cost_usd"] == "0.10"
    assert {warning["code"] for warning in shown["warnings"]} == {"sms_parts", "sms_alphabet", "sms_no_way_out"}


def test_a_contact_elsewhere_is_nobody() -> None:
    table.create(contact("Ana", segment="manaus"))
    body = {"channel": "email", "language": "pt-BR", "subject": "x", "html": HTML, "contact": contact("Ana").id}

    answer = ask("POST", f"{PATH}/preview", key(segment="sul"), body=body)

    assert (answer.status, answer.code) == (404, "contact_not_found")
    assert ask("POST", f"{PATH}/preview", key(Scope.SURVEYS_READ), body=body).status == 403


def test_a_test_goes_out_marked_and_its_link_takes_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(monkeypatch, replied("200 OK", '{"MessageId": "message-1"}')) as asked:
        answer = tried("test", to=["Bia@Aurora.example"])

    assert answer.json["items"] == [
        {"to": "Bia@aurora.example", "sent": True, "message_id": "message-1", "reason": "", "detail": ""}
    ]
    mail = parse_email(base64.b64decode(json.loads(asked[0])["Content"]["Raw"]["Data"]))
    assert mail.subject == "[Teste] Olá"
    assert "https://fala.aurora.example/p/" in mail.text_html[0]
    assert mail.headers["Auto-Submitted"] == ["auto-generated"]
    assert "List-Unsubscribe" not in mail.headers


def test_a_test_to_a_closed_address_does_not_go_out() -> None:
    suppression.add(Channel.EMAIL, "bia@aurora.example", "unsubscribe")

    (item,) = tried("test", to=["bia@aurora.example"]).json["items"]

    assert (item["sent"], item["reason"]) == (False, "unsubscribe")


@pytest.mark.parametrize(
    ("to", "field"), [([], "to"), (["a@b.example"] * 6, "to"), (["a@b.example, c@d.example"], "to[0]")], ids=range(3)
)
def test_a_test_goes_to_a_few_addresses_of_ones_own(to: list[str], field: str) -> None:  # E2
    answer = tried("test", to=to)

    assert (answer.status, answer.json["field"]) == (422, field)


def test_a_refused_test_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    said = replied("400 Bad Request\r\nx-amzn-ErrorType: MessageRejected", '{"message": "Illegal content"}')
    with serving(monkeypatch, said):
        (item,) = tried("test", to=["bia@aurora.example"]).json["items"]

    assert (item["sent"], item["reason"], item["detail"]) == (
        False,
        "message_rejected",
        "The provider refused the message.",
    )
    messages._ses.cache_clear()  # noqa: SLF001 - the client knows the server of this test
