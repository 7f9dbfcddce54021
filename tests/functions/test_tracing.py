"""One answer is followed through the log by its id, and whoever is told that something failed can name the call."""

import json
from typing import Any

import pytest

from tests.functions import looped
from tests.functions.callers import ask, key
from tests.functions.hooked import allowed, hooked
from tests.functions.respondents import SUBMISSION_ID, logging_all
from tests.kit.faults import failing, throttled

pytestmark = pytest.mark.usefixtures("aws", "noon")


def told(lines: Any, message: str) -> list[dict[str, Any]]:
    """Return the lines that say this."""
    found = [json.loads(line) for line in lines.getvalue().splitlines()]
    return [line for line in found if line["message"] == message]


def test_an_answer_is_followed_by_its_id_from_the_page_to_the_alert_and_the_webhook() -> None:
    looped.open_company()
    token = looped.invite()

    with logging_all() as lines, allowed() as receiver:
        hook = hooked(receiver)
        assert looped.visit(token, request="call-1", **{"n.nps": "1", "t.comment": "Fila"})["statusCode"] == 200
        ticket = looped.follow_up()

    (taken,) = told(lines, "answer taken")
    assert (taken["correlation_id"], taken["request"]) == (SUBMISSION_ID, "call-1")
    (counted,) = told(lines, "answers counted")
    assert counted["answers"] == [SUBMISSION_ID]
    (followed,) = told(lines, "answer followed up")
    assert (followed["correlation_id"], followed["tickets"]) == (SUBMISSION_ID, [ticket.id])
    (alerted,) = told(lines, "alert")
    assert (alerted["correlation_id"], alerted["ticket"], alerted["state"]) == (SUBMISSION_ID, ticket.id, "sent")
    events = [event for line in told(lines, "events") for event in line["events"]]
    about = [event["event"] for event in events if event["response"] == SUBMISSION_ID]
    assert len(about) >= 2  # the answer, and its ticket
    called = {line["event"] for line in told(lines, "webhook called") if line["webhook"] == hook.id}
    assert called >= set(about)
    assert {line["correlation_id"] for line in told(lines, "done")} & {"call-1"}


def test_a_ticket_says_under_which_name_the_log_has_its_answer() -> None:
    looped.open_company()
    looped.visit(looped.invite(), request="call-1", **{"n.nps": "1", "t.comment": "Fila"})
    ticket = looped.follow_up()

    text = key()
    assert ask("GET", f"/v1/tickets/{ticket.id}", text).json["correlation_id"] == SUBMISSION_ID
    made = ask("POST", "/v1/tickets", text, body={"segment": "spo-01", "subject": "Vitrine"}).json
    assert made["correlation_id"] == made["id"]


def test_a_problem_of_the_api_names_its_call_and_so_does_the_line_about_it() -> None:
    looped.open_company()
    text = key()

    with logging_all() as lines, failing("Query", lambda _: throttled("dynamodb", "Query")):
        answer = ask("GET", "/v1/surveys", text)

    assert answer.status == 503
    (line,) = told(lines, "unavailable")
    assert line["correlation_id"] == answer.json["request_id"] != ""


@pytest.mark.parametrize(("failure", "status", "message"), [
    (throttled("dynamodb", "TransactWriteItems"), 503, "store unavailable"),
    (RuntimeError("any"), 500, "fault"),
])  # fmt: skip
def test_a_customer_who_met_a_failure_of_ours_can_tell_its_code(failure: Exception, status: int, message: str) -> None:
    looped.open_company()
    token = looped.invite()

    with logging_all() as lines, failing("TransactWriteItems", lambda _: failure):
        page = looped.visit(token, request="1f3c9a77-aa", **{"n.nps": "1"})

    assert page["statusCode"] == status
    assert "Código: 1f3c9a77" in page["body"]
    assert told(lines, message)[0]["correlation_id"] == "1f3c9a77-aa"


def test_a_refusal_that_is_nobodys_failure_bears_no_code() -> None:
    looped.open_company()

    page = looped.visit("A" * 23, request="1f3c9a77-aa")

    assert page["statusCode"] == 404
    assert "Código" not in page["body"]
