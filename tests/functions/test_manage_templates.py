"""Templates by API: what a survey says under which name, refused with the place where it cannot be used."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta import table
from escuta.directory import custom_fields, segments
from escuta.directory.model import Scope
from escuta.outreach import letters, templates
from escuta.outreach.letters import Asked
from escuta.outreach.model import AudienceKind, Channel, Deployment, Strategy
from tests.conftest import NOON
from tests.functions.callers import Answer, ask, found_company, key, open_survey
from tests.kit.factories import invitation

PATH = "/v1/surveys/visit/templates"
SMS = "{{ first_name | default('Oi') }}, responda: {{ link }}"


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()


def put(text: str = SMS, *, place: str = "sms/pt-BR", **words: Any) -> Answer:
    headers = words.pop("headers", {"Accept-Language": "en"})
    return ask("PUT", f"{PATH}/{place}", key(), body={"text": text, **words}, headers=headers)


def test_the_words_of_a_name_are_stored_and_listed() -> None:
    first, named = put(), put(name="vip")

    assert (first.status, named.status) == (200, 200)
    listed = ask("GET", PATH, key(Scope.SURVEYS_READ)).json["items"]
    assert [(one["channel"], one["language"], one["name"], one["text"]) for one in listed] == [
        ("sms", "pt-BR", "", SMS),
        ("sms", "pt-BR", "vip", SMS),
    ]


def test_a_translation_is_stale_once_the_words_in_the_first_language_were_saved_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def listed() -> list[tuple[str, str, bool]]:
        items = ask("GET", PATH, key(Scope.SURVEYS_READ)).json["items"]
        return [(one["language"], one["updated_at"][:16], one["stale"]) for one in items]

    put(), put(place="sms/en")
    assert listed() == [("en", "2026-03-10T15:00", False), ("pt-BR", "2026-03-10T15:00", False)]

    monkeypatch.setattr("escuta.clock.now", lambda: NOON + timedelta(hours=1))
    put("Responda: {{ link }}")
    assert listed() == [("en", "2026-03-10T15:00", True), ("pt-BR", "2026-03-10T16:00", False)]

    monkeypatch.setattr("escuta.clock.now", lambda: NOON + timedelta(hours=2))
    put(place="sms/en")
    assert [stale for _, _, stale in listed()] == [False, False]


def test_words_are_changed_by_who_has_read_them() -> None:
    put()

    assert put("Responda: {{ link }}", headers={"If-Match": '"1"'}).json["rev"] == 2
    assert put("Outra: {{ link }}", headers={"If-Match": '"1"'}).code == "rev_stale"


def test_words_that_cannot_be_used_are_refused_with_their_place() -> None:
    answer = put("Oi {{ nobody }}")

    assert (answer.status, answer.code, answer.json["field"]) == (422, "template_invalid", "text")
    assert answer.json["detail"] == "The template cannot be used: text 1:7 There is no field “nobody”."


@pytest.mark.parametrize(
    ("place", "field"), [("fax/pt-BR", "channel"), ("sms/fr", "language")], ids=["a channel", "a language"]
)
def test_there_are_only_these_channels_and_languages(place: str, field: str) -> None:
    answer = put(place=place)
    assert (answer.status, answer.code, answer.json["field"]) == (422, "value_not_allowed", field)


def test_a_deployment_writes_in_the_words_that_it_chose_and_without_any_in_the_usual_ones() -> None:
    put("Padrão: {{ link }}")
    put("Especial: {{ link }}", name="vip")
    ana = invitation(channel=Channel.SMS, address="+5511987654321")

    def written(template: str) -> str:
        deployment = Deployment(
            id="first",
            name="first",
            survey="visit",
            strategy=Strategy.SMS,
            audience=AudienceKind.ALL,
            template=template,
            created_at=NOON,
        )
        return letters.sms(ana, deployment, Asked(languages=("pt-BR",))).partition(":")[0]

    assert [written("vip"), written(""), written("gone")] == ["Especial", "Padrão", "Padrão"]


def test_rules_name_templates_that_the_survey_has() -> None:
    route = {"name": "vip", "survey": "visit", "strategy": "sms", "template": "vip"}
    made = {"id": "lojas", "name": "Lojas", "default": route}

    refused = ask("POST", "/v1/rules", key(), body=made)
    put(name="vip")
    taken = ask("POST", "/v1/rules", key(), body=made)

    assert (refused.status, refused.code, refused.json["field"]) == (422, "rules_template_unknown", "default.template")
    assert taken.status == 201


def test_the_reminder_of_a_name_stands_apart() -> None:
    put(name="vip")
    put("Lembrete: {{ link }}", name="vip", reminder=True)

    found = templates.get("visit", Channel.SMS, "pt-BR", name="vip", reminder=True)

    assert found.text == "Lembrete: {{ link }}"
    assert len(table.query(type(found), "templates#visit").items) == 2


def test_one_template_is_read_and_where_there_is_none_the_starter() -> None:
    put(name="vip")

    named = ask("GET", f"{PATH}/sms/pt-BR", key(Scope.SURVEYS_READ), query={"name": "vip"})
    usual = ask("GET", f"{PATH}/sms/pt-BR", key(Scope.SURVEYS_READ))
    unknown = ask("GET", f"{PATH}/sms/pt-BR", key(Scope.SURVEYS_READ), query={"name": "gone"})

    assert (named.json["text"], named.json["rev"]) == (SMS, 1)
    assert (usual.json["rev"], usual.json["text"]) == (0, templates.starter("visit", Channel.SMS, "pt-BR").text)
    assert (unknown.status, unknown.code) == (404, "template_not_found")


def test_a_template_is_taken_back_by_who_has_read_it() -> None:
    put()

    stale = ask("DELETE", f"{PATH}/sms/pt-BR", key(), headers={"If-Match": '"7"'})
    gone = ask("DELETE", f"{PATH}/sms/pt-BR", key(), headers={"If-Match": '"1"'})

    assert (stale.status, gone.status) == (412, 200)
    assert ask("GET", PATH, key()).json["items"] == []


def test_what_is_stored_is_what_goes_out_and_the_writer_is_told_the_rest() -> None:
    html = "<script>x</script><a href='{{ link }}'>Abrir</a> <a href='{{ unsubscribe }}'>Sair</a>"

    stored = put("", place="email/pt-BR", subject="Olá", html=html).json

    assert stored["html"] == '<a href="{{ link }}">Abrir</a> <a href="{{ unsubscribe }}">Sair</a>'
    assert stored["text"] == "Abrir:\n{{ link }}\nSair:\n{{ unsubscribe }}\n"
    assert [warning["code"] for warning in stored["warnings"]] == ["removed", "sender_added", "text_made"]


@pytest.mark.parametrize(("language", "about"), [("pt-BR", "Nome da loja"), ("en", "Name of the store")])
def test_the_merge_fields_are_listed_with_what_they_say(language: str, about: str) -> None:
    custom_fields.create("plan")
    segments.change(segments.get("poa"), attributes={"format": "rua"})

    listed = ask("GET", "/v1/merge-fields", key(Scope.SURVEYS_READ), headers={"Accept-Language": language}).json[
        "items"
    ]
    fields = {one["name"]: one for one in listed}

    assert fields["store"] == {"name": "store", "about": about, "parts": ["subject", "html", "text", "sms"]}
    assert fields["scale"]["parts"] == ["html", "text"]
    assert {"custom.plan", "segment.format", "visit.date", "manager.name"} <= fields.keys()
