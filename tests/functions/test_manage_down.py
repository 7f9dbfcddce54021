"""What programs are told while S3, SQS, the store of secrets or Cognito do not answer: when to come again (A11)."""

import json
from collections.abc import Iterator
from datetime import datetime

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from escuta import files, queues, secrets
from escuta.errors import UnavailableError
from tests.functions.browsing import get
from tests.functions.callers import ask, found_company, key, ticketed
from tests.functions.respondents import unsubscribe_token
from tests.kit import factories
from tests.kit.faults import failing

PDF = {"name": "nota.pdf", "content_type": "application/pdf", "size": 49}


def refusal(code: str, status: int, operation: str = "Any") -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item] # the rest says nothing
        operation,
    )


FAILURES = {
    "nobody there": EndpointConnectionError(endpoint_url="https://aws.example"),
    "no connection": ConnectTimeoutError(endpoint_url="https://aws.example"),
    "no answer": ReadTimeoutError(endpoint_url="https://aws.example"),
    "their fault": refusal("InternalError", 500),
    "too fast": refusal("ThrottlingException", 400),
}


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> Iterator[None]:  # noqa: ARG001 - the store and the clock come first
    found_company()
    ticketed("poa")
    yield
    secrets.link_secret.cache_clear()


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_a_file_store_that_does_not_answer_is_a_503_that_says_when_to_come_again(failure: Exception) -> None:
    text = key()
    announced = ask("POST", "/v1/tickets/first/attachments", text, body=PDF)

    with failing("HeadObject", lambda _: failure):
        answer = ask("PUT", f"/v1/tickets/first/attachments/{announced.json['id']}", text)

    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (503, "object_store_unavailable", "2")
    assert answer.json["detail"].startswith("The file storage did not answer.")


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_a_queue_that_does_not_answer_is_a_503_and_the_same_call_is_done_then(failure: Exception) -> None:
    text, order = key(), {"what": "tickets", "format": "csv"}
    headers = {"Idempotency-Key": "k-1"}

    with failing("SendMessageBatch", lambda _: failure):
        answer = ask("POST", "/v1/exports", text, body=order, headers=headers)

    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (503, "queue_unavailable", "2")
    assert ask("POST", "/v1/exports", text, body=order, headers=headers).status == 201


def test_a_store_of_secrets_that_does_not_answer_is_a_503_for_programs_and_for_customers() -> None:
    text, link = key(), f"/u/{unsubscribe_token(factories.invitation())}"
    secrets.link_secret.cache_clear()

    with failing("GetSecretValue", lambda _: FAILURES["no answer"]):
        answer = ask("GET", "/v1/segments", text, query={"limit": 1})
        page = get(link)

    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (503, "secrets_unavailable", "2")
    assert page.status_code == 503
    assert ask("GET", "/v1/segments", text, query={"limit": 1}).status == 200


def test_what_a_service_refuses_for_good_is_no_matter_of_time() -> None:
    for error in (refusal("InvalidParameterValue", 400), refusal("NoSuchBucket", 404)):
        with failing("PutObject", lambda _, error=error: error), pytest.raises(ClientError):  # type: ignore[misc] # bound at once
            files.write("escuta-reports", "a", b"", "text/plain")


def test_a_queue_that_takes_some_messages_only_says_so() -> None:
    with failing("SendMessageBatch", lambda _: FAILURES["nobody there"]), pytest.raises(UnavailableError) as told:
        queues.send(json.dumps("any"), [{"any": 1}])
    assert told.value.code == "queue_unavailable"
