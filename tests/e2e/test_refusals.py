"""What respondents get for what cannot be taken: a clear answer in their language, and what they typed."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from escuta import ids
from tests.e2e.conftest import LetsIn
from tests.e2e.house import House, Invited
from tests.e2e.visitor import fits
from tests.e2e.web import JSON, Answer, ask, post_form


@pytest.fixture
def gabriel(house: House) -> Iterator[Invited]:
    """Invite somebody whose invitation must be as it was after the test: nothing that is refused may leave a trace."""
    invited, counted = house.invite("Gabriel"), house.counted("cwb-01")
    yield invited
    assert house.invitation(invited.link) == invited.invitation.changed(rev=1)
    assert house.counted("cwb-01") == counted


def _page(link: str, language: str) -> Answer:
    return ask("GET", link, Accept="text/html", Accept_Language=language)


def _send(link: str, submission: str, score: str, comment: str) -> Answer:
    fields = {"submission_id": submission, "version": "1", "n__nps": score, "t__comment": comment}
    return post_form(link, **fields)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("pt-BR", "O link chegou incompleto"),
        ("en", "The link was cut"),
        ("es", "El enlace llegó incompleto"),
    ],
)
def test_a_cut_link_says_so_in_the_language_of_the_browser(
    house: House, gabriel: Invited, language: str, words: str
) -> None:
    for cut in (
        gabriel.link[:-1],
        gabriel.link[:-9],
        f"{house.door}/s/x",
        f"{house.door}/t/x",
        gabriel.unsubscribe[:-2],
    ):
        answer = _page(cut, language)
        assert (answer.status, words in answer.text) == (404, True), cut


def test_a_wrong_link_says_so(house: House) -> None:
    for door in ("s", "t"):
        answer = _page(f"{house.door}/{door}/{ids.new_token()}", "pt-BR")
        assert answer.status == 404
        assert "Não encontramos esta página" in answer.text


def test_a_score_out_of_range_is_refused_and_the_comment_is_kept_on_the_page(gabriel: Invited) -> None:
    for score in ("11", "-1", "3.5", "9; drop", "१"):
        answer = _send(gabriel.link, ids.new(), score, "Fila enorme.")
        assert answer.status == 422
        assert "Escolha um número inteiro de 0 a 10." in answer.text
        assert "Fila enorme.</textarea>" in answer.text


@pytest.mark.parametrize("score", ["NaN", "Infinity", "-0", "1e400", '"9"', "[9]", "true"])
def test_a_program_that_sends_no_number_is_told_so(gabriel: Invited, score: str) -> None:
    body = f'{{"submission_id": "{ids.new()}", "version": 1, "answers": {{"nps": {score}}}}}'

    answer = ask("POST", gabriel.link, body.encode(), Accept_Language="pt-BR", **JSON)

    assert answer.status in {400, 422}
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["code"] in {"malformed_json", "answers_invalid", "malformed_fields"}


def test_a_comment_of_a_megabyte_is_refused_with_its_limit(gabriel: Invited) -> None:
    long = "ã" * (1 << 19)
    as_json = json.dumps({"submission_id": ids.new(), "version": 1, "answers": {"nps": 3, "comment": long}}).encode()

    form = _send(gabriel.link, ids.new(), "3", long)
    program = ask("POST", gabriel.link, as_json, Accept_Language="pt-BR", **JSON)

    assert form.status == 413
    assert "O limite é de 64 KB por envio" in form.text
    assert (program.status, program.json["code"]) == (413, "body_too_large")


def test_a_long_comment_is_refused_in_the_page_and_nothing_typed_is_lost(gabriel: Invited, person: LetsIn) -> None:
    visitor = person(javascript=False)
    page = visitor.opens(gabriel.link)
    page.get_by_role("radio", name="3", exact=True).check()
    page.get_by_role("textbox").fill("Longa história. " * 700)
    page.get_by_role("button", name="Enviar resposta").click()

    expect(page.get_by_role("alert")).to_contain_text("O texto tem 11.200 caracteres; o máximo é 10.000.")
    expect(page.get_by_role("textbox")).to_have_value("Longa história. " * 700)
    expect(page.get_by_role("radio", name="3", exact=True)).to_be_checked()
    fits(page)
    visitor.watch.forget("422")


def test_an_expired_link_says_so(house: House, person: LetsIn) -> None:
    late = house.invite("Helena", expires=timedelta(days=-1))
    visitor = person()
    page = visitor.opens(late.link)

    expect(page.get_by_role("heading", level=1)).to_have_text("O prazo para responder terminou")
    fits(page)
    assert _send(late.link, ids.new(), "3", "Tarde demais?").status == 410
    assert "Tarde demais?" in _send(late.link, ids.new(), "3", "Tarde demais?").text
    assert house.invitation(late.link) == late.invitation.changed(rev=1)
    visitor.watch.forget("410")


def test_a_second_answer_is_refused_and_the_first_stands(house: House) -> None:
    counted, igor = house.counted("cwb-01"), house.invite("Igor")
    first = ids.new()

    assert _send(igor.link, first, "9", "Ótimo.").status == 200
    again = _send(igor.link, first, "9", "Ótimo.")
    other = _send(igor.link, first, "0", "Mudei de ideia.")
    second = _send(igor.link, ids.new(), "0", "Mudei de ideia.")

    assert (again.status, again.headers["Idempotent-Replayed"]) == (200, "true")
    assert (other.status, "A primeira resposta vale e não foi alterada." in other.text) == (422, True)
    assert (second.status, "Esta pesquisa já foi respondida" in second.text) == (409, True)
    assert "Mudei de ideia." in second.text
    house.counts({"cwb-01": counted["cwb-01"] + 1})
    stored = [answer for answer in house.stored("cwb-01") if answer["invitation"] == igor.invitation.id]
    assert [(answer["score"], answer["comment"]) for answer in stored] == [(9, "Ótimo.")]
