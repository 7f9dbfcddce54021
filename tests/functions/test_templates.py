from typing import Any

import pytest

from escuta import i18n, table
from escuta.directory import custom_fields
from escuta.directory.model import Folder
from escuta.errors import ConflictError, InvalidError
from escuta.outreach import checking, templates
from escuta.outreach.model import MESSAGES, Accents, Channel, Template

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
        ({"text": "{{ link }}{% if name %}{{ unsubscribe }}{% endif %}"}, ("text", "field_not_always", "unsubscribe")),
        ({"html": "{% if name %}" + HTML + "{% endif %}"}, ("html", "field_not_always", "link")),
        ({"subject": " "}, ("subject", "empty", "")),
        ({"subject": "{{ link }}"}, ("subject", "unknown_field", "link")),
        ({"html": HTML + "ã" * 51_000}, ("html", "clipped", "")),  # E6
        ({"html": HTML + "x" * 2_000_000}, ("html", "too_long", "")),  # E5
    ],
)
def test_a_mail_that_could_not_be_sent_cannot_be_saved(fields: dict[str, str], problem: tuple[str, ...]) -> None:
    found = refused(mail(**fields))[0]

    assert (found["part"], found["code"], found["name"]) == problem


def test_the_way_out_may_stand_in_every_branch_of_a_condition() -> None:
    words = "{% if name %}{{ name }}: {{ link }} {{ unsubscribe }}{% else %}{{ unsubscribe }} {{ link }}{% endif %}"

    assert templates.save(mail(text=words)).text == words
    assert templates.save(mail(name="b", text="{% if link %}{{ link }}{% endif %} {{ unsubscribe }}")).rev == 1


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


def test_an_sms_keeps_to_the_parts_and_the_accents_that_its_writer_wants() -> None:  # M1
    long = Template(survey="visit", channel=Channel.SMS, language="en", text="{{ link }} á" + "x" * 200)
    link = {"link": "https://x.example/s/1"}

    assert len(templates.render_sms(long, link)) == 223
    assert "á" in templates.render_sms(long.changed(accents=Accents.KEEP, most_parts=4), link)
    with pytest.raises(templates.TooLongError):
        templates.render_sms(long.changed(accents=Accents.KEEP), link)
    with pytest.raises(templates.TooLongError):
        templates.render_sms(long.changed(most_parts=1), link)


def test_a_custom_field_must_be_defined_or_be_a_column_of_a_folder() -> None:  # E4
    folder = Folder(folder="lojas", mapping={"Plano": "custom.plan"})
    assert [one["code"] for one in refused(mail(subject="{{ custom.plan }}"))] == ["unknown_custom"]

    table.create(folder)
    custom_fields.create("size")

    assert templates.save(mail(subject="{{ custom.plan }} {{ custom.size }}")).rev == 1


def test_what_no_message_may_have_is_taken_out_when_it_is_saved() -> None:
    saved = templates.save(mail(html=HTML + "<script>x</script><p onclick=x>y</p>"))

    assert saved.html == HTML.replace("'", '"') + "<p>y</p>"


def test_a_text_part_is_made_where_there_is_none() -> None:
    saved = templates.save(mail(html="<h1>Oi</h1>" + HTML, text=""))

    assert saved.text == 'Oi\n\n{{ first_name | default("Olá") }}:\n{{ link }}\nsair:\n{{ unsubscribe }}\n'


def test_a_mail_that_comes_near_what_is_clipped_is_warned_about() -> None:  # E6
    near, over = mail(html=HTML + "x" * 82_000), mail(html=HTML + "x" * 94_000)

    assert "long" in [warning.code for warning in checking.warnings(near)]
    assert [one["code"] for one in refused(over)] == ["clipped"]


@pytest.mark.parametrize(
    ("text", "warned"),
    [
        ('<a href="https://evil.example/">www.banco.example</a>', True),
        ('<a href="{{ link }}">www.banco.example</a>', True),
        ('<a href="{{ link }}">fala.aurora.example</a>', False),
        ('<a href="https://www.banco.example/x">banco.example</a>', False),
        ('<a href="https://evil.example/">Abrir</a>', False),
    ],
)
def test_a_link_that_says_another_address_is_warned_about(text: str, *, warned: bool) -> None:  # E23
    found = [warning.code for warning in checking.warnings(mail(html=HTML + text))]

    assert ("link_elsewhere" in found) is warned


def test_words_of_fraudsters_are_warned_about() -> None:  # E23
    assert "urging" in [warning.code for warning in checking.warnings(mail(html=HTML + "<p>Digite sua senha</p>"))]


def test_a_deleted_template_gives_way_to_the_one_without_a_name() -> None:
    usual, named = templates.save(mail()), templates.save(mail(name="vip", subject="VIP"))
    templates.delete(named)

    assert templates.get("visit", Channel.EMAIL, "pt-BR", name="vip") == usual
