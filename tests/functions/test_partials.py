"""Half-filled surveys: kept in order, gone on with, and never more than the survey asks."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from chalice.test import Client, HTTPResponse

from escuta import clock, ids, table
from escuta.errors import ConflictError, GoneError
from escuta.feedback import links, partials, responses, surveys
from escuta.feedback.links import Door
from escuta.feedback.model import Draft, Question, QuestionKind, SurveyStatus
from escuta.feedback.partials import Partial
from escuta.outreach.model import Invitation
from respond.app import app
from tests.conftest import NOON
from tests.functions.respondents import DRAFT, OTHER_ID, SUBMISSION_ID, invite, open_survey, stand, submission
from tests.kit.faults import failing

WHO = Question(id="who", kind=QuestionKind.CONTACT, text=DRAFT.questions[0].text)


@pytest.fixture
def ana(aws: None, noon: datetime) -> str:  # noqa: ARG001 - the store and the clock come first
    """The token of Ana's link."""
    open_survey()
    surveys.publish("visit", DRAFT.changed(questions=(*DRAFT.questions, WHO), hidden=("order",)))
    return invite("Ana")[0]


def keep(token: str, number: int, submission_id: str = SUBMISSION_ID, **fields: str) -> Draft:
    named = {name.replace("_", "."): value for name, value in fields.items()}
    partial = Partial(submission_id=submission_id, version=2, number=number, language="en", fields=named)
    return partials.keep(Door.INVITATION, token, partial)


def draft_of(token: str) -> Draft | None:
    return links.opened(Door.INVITATION, token).draft


def invitation_of(token: str) -> Invitation:
    return table.load(Invitation, Invitation.at(ids.token_key(token)), consistent=True)


def post(path: str, body: dict[str, Any] | str) -> HTTPResponse:
    kind = "application/x-www-form-urlencoded" if isinstance(body, str) else "application/json"
    text = body if isinstance(body, str) else json.dumps(body)
    headers = {"Content-Type": kind, "Accept": "application/json"}
    return Client(app).http.post(path, headers=headers, body=text.encode())


def test_what_is_half_answered_is_there_when_the_link_is_opened_again(ana: str) -> None:
    keep(ana, 1, n_nps="7", t_comment="Gostei do")

    draft = draft_of(ana)

    assert draft is not None
    assert draft.fields == {"n.nps": "7", "t.comment": "Gostei do"}
    assert (draft.language, draft.version, draft.submission) == ("en", 2, SUBMISSION_ID)
    assert partials.of(invitation_of(ana)) == draft


def test_r20_an_older_saving_that_comes_late_changes_nothing(ana: str) -> None:
    keep(ana, 3, n_nps="9")

    assert keep(ana, 2, n_nps="8").number == 3
    assert keep(ana, 3, n_nps="1").fields == {"n.nps": "9"}
    assert keep(ana, 4, n_nps="10").fields == {"n.nps": "10"}


def test_r20_of_two_tabs_the_one_in_which_something_was_typed_last_stays(ana: str) -> None:
    keep(ana, 8, n_nps="9", t_comment="Primeira aba")

    keep(ana, 1, OTHER_ID, n_nps="2")

    draft = draft_of(ana)
    assert draft is not None
    assert (draft.fields, draft.submission) == ({"n.nps": "2"}, OTHER_ID)


def test_two_savings_at_the_same_moment_leave_the_newer_one(ana: str) -> None:
    others = [2]

    def act(_parameters: dict[str, Any]) -> None:
        if others:
            keep(ana, others.pop(), n_nps="2")

    with failing("PutItem", act):
        kept = keep(ana, 1, n_nps="1")

    assert (kept.number, kept.fields) == (2, {"n.nps": "2"})


def test_only_what_the_survey_asks_is_kept_and_nothing_of_who_somebody_is(ana: str) -> None:
    kept = keep(
        ana,
        1,
        n_nps="7",
        c_reasons_price="yes",
        c_reasons_color="yes",
        t_nps="x",
        h_order="77",
        h_salary="1",
        k_who_email="ana@mail.example",
        a_name="Ana",
        queued="yes",
        at="reasons",
        t_comment="",
    )

    assert kept.fields == {"n.nps": "7", "c.reasons.price": "yes", "h.order": "77", "at": "reasons"}


@pytest.mark.usefixtures("ana")
def test_a_draft_ends_with_its_invitation_and_after_90_days_at_the_latest() -> None:
    short, _ = invite("Bruno", expires_at=NOON + timedelta(days=3))
    long, _ = invite("Carla", expires_at=NOON + timedelta(days=400))

    assert keep(short, 1).expires_at == NOON + timedelta(days=3)
    assert timedelta(days=90) <= keep(long, 1).expires_at - NOON < timedelta(days=90, minutes=5)


def test_a_draft_that_is_over_is_not_shown_though_its_row_is_still_there(ana: str) -> None:
    keep(ana, 1, n_nps="7")
    stored = table.load(Draft, Draft.at(ids.token_key(ana)))
    table.save(stored.changed(expires_at=NOON))

    assert draft_of(ana) is None
    assert partials.of(invitation_of(ana)) is None


def test_nothing_is_kept_of_a_survey_that_was_answered(ana: str) -> None:
    responses.submit(Door.INVITATION, ana, submission(version=2))

    with pytest.raises(ConflictError, match="already_answered"):
        keep(ana, 1, n_nps="7")

    assert table.find(Draft, Draft.at(ids.token_key(ana))) is None


@pytest.mark.usefixtures("aws", "noon")
def test_r21_nothing_is_kept_of_a_person_whose_link_was_taken_back() -> None:
    open_survey()
    token, _ = invite("Ana", revoked_at=NOON)

    with pytest.raises(GoneError, match="link_revoked"):
        keep(token, 1)

    assert table.find(Draft, Draft.at(ids.token_key(token))) is None


def test_r6_nothing_is_kept_of_a_survey_that_was_closed_for_a_day(ana: str) -> None:
    surveys.move("visit", SurveyStatus.CLOSED)

    with clock.at(NOON + timedelta(hours=25)), pytest.raises(GoneError, match="survey_closed"):
        keep(ana, 1)


@pytest.mark.usefixtures("ana")
def test_links_that_many_use_keep_a_draft_for_each_page_and_resume_none() -> None:
    token, _ = stand()
    for identity in (SUBMISSION_ID, OTHER_ID):
        partials.keep(Door.STORE, token, Partial(submission_id=identity, version=2, number=1, fields={"n.nps": "7"}))

    opened = links.opened(Door.STORE, token)
    assert opened.draft is None
    assert partials.of(opened.source) is None
    places = [partials.place_of(opened.source, identity) for identity in (SUBMISSION_ID, OTHER_ID)]
    assert [table.load(Draft, Draft.at(place)).number for place in places] == [1, 1]


def test_nobody_reaches_the_draft_of_another_link(ana: str) -> None:
    """Of an invitation it is kept under the hash of its link, which would pass for the id of a page."""
    keep(ana, 1, n_nps="7", t_comment="Gostei do")
    counter, _ = stand()

    partials.keep(
        Door.STORE,
        counter,
        Partial(submission_id=ids.token_key(ana), version=2, number=1, fields={"n.nps": "0"}),
    )

    draft = draft_of(ana)
    assert draft is not None
    assert (draft.submission, draft.fields) == (SUBMISSION_ID, {"n.nps": "7", "t.comment": "Gostei do"})


def test_the_page_saves_its_form_and_is_told_what_is_kept(ana: str) -> None:
    form = f"submission_id={SUBMISSION_ID}&version=2&language=pt-BR&number=3&n.nps=7&t.comment=Gostei&prefill=&device="

    saved = post(f"/s/{ana}/draft", form)
    late = post(f"/s/{ana}/draft", form.replace("number=3", "number=2").replace("nps=7", "nps=1"))

    assert (saved.status_code, saved.json_body) == (200, {"number": 3})
    assert (late.status_code, late.json_body) == (200, {"number": 3})
    draft = draft_of(ana)
    assert draft is not None
    assert draft.fields == {"n.nps": "7", "t.comment": "Gostei"}


def test_a_program_saves_json(ana: str) -> None:
    body = {"submission_id": SUBMISSION_ID, "version": 2, "number": 1, "fields": {"n.nps": "7"}}

    assert post(f"/s/{ana}/draft", body).json_body == {"number": 1}
    assert post(f"/s/{ana}/draft", body | {"number": "2"}).json_body["fields"] == "number"
    assert post(f"/s/{ana}/draft", body | {"fields": {"n.nps": 7}}).status_code == 400


@pytest.mark.parametrize("number", ["", "-1", "1.5", "1e3", "99999999999"])
def test_a_saving_without_its_number_is_refused(ana: str, number: str) -> None:
    refused = post(f"/s/{ana}/draft", f"submission_id={SUBMISSION_ID}&version=2&number={number}&n.nps=7")

    assert (refused.status_code, refused.json_body["fields"]) == (400, "number")


def test_a_saving_beyond_32_kb_is_refused(ana: str) -> None:
    refused = post(f"/s/{ana}/draft", f"submission_id={SUBMISSION_ID}&version=2&number=1&t.comment={'a' * 33_000}")

    assert refused.status_code == 413
    assert draft_of(ana) is None


def test_a_version_that_was_never_published_keeps_nothing(ana: str) -> None:
    refused = post(f"/s/{ana}/draft", f"submission_id={SUBMISSION_ID}&version=9&number=1&n.nps=7")

    assert (refused.status_code, refused.json_body["code"]) == (422, "version_unknown")
