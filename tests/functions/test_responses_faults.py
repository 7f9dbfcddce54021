"""Taking an answer while AWS is at its worst: one fault at one call, for every call, and then the page tries again."""

import pytest

from escuta import ids, table
from escuta.feedback import responses
from escuta.feedback.links import Door
from escuta.feedback.model import StoreToken
from tests.conftest import NOON, forget
from tests.functions.respondents import OTHER_ID, invite, open_survey, submission
from tests.kit.faults import survey_of_faults

pytestmark = pytest.mark.usefixtures("aws", "noon")


def test_r2_r17_an_invited_person_answers_once_whatever_fails() -> None:
    tokens: list[str] = []

    def prepare() -> None:
        forget()
        open_survey()
        tokens[:] = [invite("Ana")[0]]

    def act() -> None:
        responses.submit(Door.INVITATION, tokens[0], submission(nps=3, comment="Fila longa"))

    assert survey_of_faults(prepare, act) == []


def test_an_answer_in_a_store_is_taken_once_whatever_fails() -> None:
    token = ids.new_token()
    counter = StoreToken(id="counter", token_key=ids.token_key(token), survey="visit", segment="sp-01", created_at=NOON)

    def prepare() -> None:
        forget()
        open_survey()
        table.put(counter)

    def act() -> None:
        responses.submit(Door.STORE, token, submission(OTHER_ID, nps=10))

    assert survey_of_faults(prepare, act) == []
