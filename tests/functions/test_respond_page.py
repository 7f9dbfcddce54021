"""What a link hands over to the survey's page, what the page weighs, how it looks, and how it says thank you."""

import base64
import gzip
import random
import re
from datetime import datetime
from typing import Any

import pytest

from escuta.directory import segments
from escuta.feedback import looks, prefill, surveys
from escuta.feedback.model import Branding, Layout, Limits, Palette, SurveyDraft, Theme
from respond import sheets
from tests.functions.browsing import checked, field, get, post, words
from tests.functions.respondents import invite, open_survey, stand
from tests.kit import questionnaire
from tests.kit.questionnaire import texts

FIRST_LOAD = 14 * 1024


@pytest.fixture
def token(aws: None, noon: datetime) -> str:  # noqa: ARG001 - the store and the clock come first
    """The token of Ana's link."""
    open_survey()
    return invite("Ana", custom={"loyalty": "gold"})[0]


def publish(**changes: Any) -> SurveyDraft:
    return surveys.publish("visit", questionnaire.draft(**changes))


def largest_logo() -> str:
    """Return the heaviest logo that is taken: nothing in it can be made smaller."""
    noise = random.Random(3).randbytes(looks.LARGEST_LOGO - 8)  # noqa: S311 - no secret
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + noise).decode()


@pytest.mark.parametrize("language", ["pt-BR", "en", "es"])
@pytest.mark.parametrize("layout", list(Layout))
def test_ten_questions_with_logic_come_in_one_small_load(token: str, language: str, layout: Layout) -> None:
    branding = Branding(logo=largest_logo(), logo_alt=texts("Aurora", "Aurora", "Aurora"))
    publish(layout=layout, call=True, branding=branding, limits=Limits(device_day=3))

    page = get(f"/s/{token}?lang={language}&r=3")

    assert len(gzip.compress(page.body, 6)) <= FIRST_LOAD
    assert re.findall(rb'(?:src|srcset|href|data)="((?:https?:)?//[^"]*)"', page.body) == []


def test_a_page_is_rendered_once_and_filled_in_for_everybody(token: str) -> None:
    sheets._rendered.cache_clear()  # noqa: SLF001 - what is kept in the warm function is what this is about
    other = invite("Bruno")[0]

    pages = [get(f"/s/{each}").body.decode() for each in (token, other, token)]

    assert sheets._rendered.cache_info().misses == 1  # noqa: SLF001 - as above
    assert other not in pages[0]
    assert token not in pages[1]


def test_a_signed_link_hands_over_answers_and_hidden_fields(token: str) -> None:
    publish(layout=Layout.STEPS, hidden=("campaign", "till"))
    signed = prefill.sign(token, {"nps": 9, "reasons": ["price"], "how": "online"}, {"campaign": "may", "other": "x"})

    page = get(f"/s/{token}?p={signed}&till=4")

    assert sorted(checked(page)) == ["c.reasons.price", "n.nps", "o.how"]
    assert field(page, "h.campaign") == "may"
    assert field(page, "h.till") == "4"
    assert field(page, "prefill") == signed
    assert "h.other" not in page.body.decode()


def test_what_is_not_signed_or_not_on_the_list_is_not_handed_over(token: str) -> None:
    publish(hidden=("campaign",))
    signed = prefill.sign(token, {"nps": 9}, {"campaign": "may"})

    page = get(f"/s/{token}?p={signed}x&utm=1&campaign={'m' * 201}")

    assert page.status_code == 200
    assert checked(page) == []
    assert 'name="h.' not in page.body.decode()


def test_the_texts_speak_of_the_person_and_of_the_place(token: str) -> None:
    publish(
        title=texts("Olá da {{ organisation }}", "Hello from {{ organisation }}", "Hola de {{ organisation }}"),
        intro=texts(*['{{ first_name | default("você") }}, cliente {{ custom.loyalty | default("novo") }}'] * 3),
    )

    assert "Ana, cliente gold" in words(get(f"/s/{token}"))
    assert "<title>Olá da Lojas Aurora · Lojas Aurora</title>" in get(f"/s/{token}").body.decode()
    assert "você, cliente novo" in words(get(f"/t/{stand()[0]}"))


def test_a_name_is_shown_literally(token: str) -> None:  # noqa: ARG001 - opens the survey
    publish(intro=texts(*['Olá, {{ first_name | default("você") }}'] * 3))
    carla = invite("Carla", first_name="<b onclick=x>\"Ana\" & 'Bo'")[0]

    page = get(f"/s/{carla}").body.decode()

    assert "Olá, &lt;b onclick=x&gt;&#34;Ana&#34; &amp; &#39;Bo&#39;" in page


def test_a_half_filled_survey_goes_on_where_it_was_left(token: str) -> None:
    version = surveys.publish("visit", questionnaire.draft(layout=Layout.STEPS))
    kept(token, version.version, {"n.nps": "3", "c.reasons.queue": "yes", "at": "clean"})

    page = get(f"/s/{token}")

    assert "Guardamos o que você já tinha respondido." in words(page)
    assert field(page, "at") == "clean"
    assert field(page, "number") == "4"
    assert field(page, "submission_id") == "BegunBegunBegunBegun12"


def test_starting_again_forgets_what_was_kept_but_counts_on(token: str) -> None:
    version = surveys.publish("visit", questionnaire.draft(layout=Layout.STEPS))
    kept(token, version.version, {"n.nps": "3", "at": "clean"})

    page = get(f"/s/{token}?new=1")

    assert field(page, "at") == "nps"
    assert field(page, "number") == "4"
    assert checked(page) == []
    assert field(page, "submission_id") != "BegunBegunBegunBegun12"


def kept(token: str, version: int, fields: dict[str, str]) -> None:
    """Keep half an answer to a link, as the page sends it."""
    whole = {"submission_id": "BegunBegunBegunBegun12", "version": str(version), "language": "pt-BR", **fields}
    assert post(f"/s/{token}/draft", **{**whole, "number": "4"}).status_code == 200


def test_the_author_chooses_the_colors_the_logo_and_the_theme(token: str) -> None:
    logo = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 40).decode()
    light = Palette(accent="#b26a00", ground="#fff8e1", card="#fffdf5", ink="#3e2700")
    publish(branding=Branding(logo=logo, logo_alt=texts("Aurora", "Aurora", "Aurora"), theme=Theme.LIGHT, light=light))

    page = get(f"/s/{token}").body.decode()

    assert f'<img src="{logo}" alt="Aurora">' in page
    assert "--ground: #fff8e1; --card: #fffdf5; --ink: #3e2700;" in page
    assert "--accent: #b26a00; --on-accent: #000000" in page
    assert "prefers-color-scheme" not in page
    assert '<meta name="color-scheme" content="light">' in page
    assert ' style="' not in page


def test_everybody_is_offered_to_tell_others_and_may_copy_the_comment(token: str) -> None:  # noqa: ARG001 - opens it
    segments.create("aurora", "Lojas Aurora", timezone="America/Sao_Paulo")
    segments.change(segments.get("sp-01"), share={"google": "https://g.page/r/CX/review"})
    publish()
    link, _ = stand()
    for number, score in enumerate(("1", "10")):
        answer = {"submission_id": f"{number}" * 22, "n.nps": score, "n.csat": "1", "o.how": "store"}

        page = post(f"/t/{link}", **{**answer, "version": "2", "t.comment": "Fila <longa>"})

        assert 'href="https://g.page/r/CX/review" target="_blank" rel="noopener noreferrer">Avaliar no Google<' in (
            page.body.decode()
        )
        assert "Fila &lt;longa&gt;</textarea>" in page.body.decode()


def test_where_the_survey_offers_it_people_may_ask_to_be_called(token: str) -> None:
    publish(call=True)

    page = post(f"/s/{token}", **{"version": "2", "n.nps": "9", "o.how": "store"})

    assert f'action="{token}/call"' in page.body.decode()
    assert 'type="tel" name="phone" id="phone" autocomplete="tel" inputmode="tel"' in page.body.decode()
    assert "Prefere conversar?" in words(page)


def test_languages_are_written_from_their_own_side() -> None:
    assert [sheets.direction(language) for language in ("pt-BR", "ar", "he-IL", "fa", "ur")] == ["ltr", *["rtl"] * 4]
