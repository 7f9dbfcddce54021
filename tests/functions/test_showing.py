"""A survey that is only shown, to who writes its messages: it looks as it will, and takes no answer."""

from datetime import datetime, timedelta

import pytest

from escuta import clock
from escuta.config import settings
from escuta.feedback import showing
from tests.conftest import owner
from tests.functions.browsing import checked, get, post, words
from tests.functions.respondents import open_survey


@pytest.fixture(autouse=True)
def survey(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    open_survey()


def path() -> str:
    return showing.link("visit").removeprefix(settings().public_url)


def stored() -> int:
    tables = (f"escuta-{name}" for name in ("directory", "outreach", "feedback"))
    return sum(len(owner("dynamodb").scan(TableName=name)["Items"]) for name in tables)


def test_the_link_shows_the_survey_and_says_that_nothing_is_kept() -> None:
    page = get(path(), **{"Accept-Language": "en"})

    assert page.status_code == 200
    assert "Nothing that is answered here is kept." in words(page)
    assert "<main>\n<p" in page.body.decode()
    assert "&lt;main" not in page.body.decode()
    assert "Would you recommend us?" in words(page)


def test_a_score_in_the_link_is_chosen_and_not_reported() -> None:
    page = get(path() + "?r=9")

    assert checked(page) == ["n.nps"]
    assert "/signal" not in page.body.decode()


def test_an_answer_is_refused_and_nothing_is_stored() -> None:
    before = stored()
    answer = post(path(), **{"n.nps": "9"})

    assert answer.status_code == 403
    assert "Isto é só uma prévia" in words(answer)
    assert stored() == before


def test_the_link_lasts_a_week_and_is_good_for_its_survey_alone() -> None:
    link = path()

    with clock.at(clock.now() + timedelta(days=7)):
        assert get(link).status_code == 410
    assert get(link.replace("visit", "other")).status_code == 404
    assert get(link.replace("/p/", "/s/")).status_code == 404


def test_the_page_changes_its_language_without_javascript_too() -> None:
    page = post(path() + "?lang=es", go="language")

    assert page.status_code == 200
    assert "Vista previa" in words(page)
    assert "data-preview" in page.body.decode()
