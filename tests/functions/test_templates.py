from typing import Any

import pytest

from escuta import i18n
from escuta.errors import ConflictError, InvalidError
from escuta.outreach import checking, templates
from escuta.outreach.model import MESSAGES, Channel, Template

pytestmark = pytest.mark.usefixtures("aws", "noon")
HTML = '<a href="{{ link }}">{{ first_name | default("Olá") }}</a> <a href="{{ unsubscribe }}">sair</a>'
TEXT = "{{ link }} {{ unsubscribe }}"


def mail(**fields: str) -> Template:
    own: dict[str, Any] = {"survey": "visit", "channel": Channel.EMAIL, "language": "pt-BR", "subject": "Olá"}
    return Template.model_validate({**own, "html": HTML, "text": TEXT, **fields})


def refused(template: Template) -> list[dict[str, Any]]:
    with pytest.raises(InvalidError, match="template_invalid") as error:
        templates.save(template)
    listed: list[dict[str, Any]] = error.value.details["problems"]
    return listed


def test_the_customers_words_take_the_place_of_the_starter() -> None:
    before = templates.get("visit", Channel.EMAIL, "pt-BR")
    saved = templates.save(mail())

    assert before == templates.starter("visit", Channel.EMAIL, "pt-BR")
    assert templates.get("visit", Channel.EMAIL, "pt-BR") == saved
    assert templates.get("visit", Channel.EMAIL, "es") == templates.starter("visit", Channel.EMAIL, "es")


def test_saving_over_somebody_elses_change_is_a_conflict() -> None:
    first = templates.save(mail())
    templates.save(first.changed(subject="Um"))

    with pytest.raises(ConflictError, match="stale"):
        templates.save(first.changed(subject="Dois"))


def test_unknown_fields_are_refused_on_save_with_their_places() -> None:  # E4
    assert refused(mail(subject="{{ naame }}", html=HTML + "\n {{ shop }}")) == [
        {"part": "subject", "code": "unknown_field", "name": "naame", "line": 1, "column": 4},
        {"part": "html", "code": "unknown_field", "name": "shop", "line": 2, "column": 5},
    ]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"html": '<a href="{{ link }}">x</a>'}, ("html", "field_missing", "unsubscribe")),  # E7
        ({"text": "{{ unsubscribe }}"}, ("text", "field_missing", "link")),
        ({"subject": " "}, ("subject", "empty", "")),
        ({"subject": "{{ link }}"}, ("subject", "unknown_field", "link")),
        ({"html": HTML + "ã" * 51_000}, ("html", "clipped", "")),  # E6
        ({"html": HTML + "x" * 2_000_000}, ("html", "too_long", "")),  # E5
    ],
)
def test_a_mail_that_could_not_be_sent_cannot_be_saved(fields: dict[str, str], problem: tuple[str, ...]) -> None:
    found = refused(mail(**fields))[0]

    assert (found["part"], found["code"], found["name"]) == problem


def test_an_sms_needs_the_link_only() -> None:
    sms = Template(survey="visit", channel=Channel.SMS, language="en", text="Hi")

    assert [(problem["code"], problem["name"]) for problem in refused(sms)] == [("field_missing", "link")]
    assert templates.save(sms.changed(text="Hi {{ link }}")).rev == 1


def test_there_is_a_starter_for_every_channel_and_language_and_each_can_be_saved() -> None:
    made = templates.starters("visit")

    assert {(template.channel, template.language) for template in made} == {
        (channel, language) for channel in MESSAGES for language in i18n.LANGUAGES
    }
    assert [template.reminder for template in made] == [False] * 6 + [True] * 6
    assert [checking.problems(template) for template in made] == [()] * 12


def test_an_sms_over_two_parts_is_not_sent() -> None:  # M1
    long = Template(survey="visit", channel=Channel.SMS, language="en", text="{{ link }}" + "x" * 300)

    with pytest.raises(templates.TooLongError):
        templates.render_sms(long, {"link": "https://x.example/s/1"})
