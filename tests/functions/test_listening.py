"""Comments that Comprehend reads: asked once, kept with the answer, and counted offline where it does not answer."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from botocore.stub import Stubber

from escuta import table
from escuta.config import settings
from escuta.feedback import comprehend, hearing, listening, metrics
from escuta.feedback.model import Response, ResponseState
from metering import app
from tests.kit import faults
from tests.kit.factories import SURVEY, response
from tests.kit.stream import Context, event, record

pytestmark = pytest.mark.usefixtures("aws", "noon")
DAY = "2026-03-10"
WAITED = "A fila do caixa"  # sounds like a complaint offline


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """Switch Comprehend on, and answer in its place what a test says, call by call."""
    monkeypatch.setenv("ESCUTA_COMPREHEND_REGION", "us-east-1")
    settings.cache_clear()
    client = comprehend._client()  # noqa: SLF001 - the stub stands on the client that is used
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


def felt(number: int, sentiment: str, positive: float, negative: float) -> dict[str, Any]:
    score = {"Positive": positive, "Negative": negative, "Neutral": 0.0, "Mixed": 0.0}
    return {"Index": number, "Sentiment": sentiment, "SentimentScore": score}


def answers(there: Stubber, *results: dict[str, Any], texts: list[str], language: str = "pt") -> None:
    there.add_response(
        "batch_detect_sentiment",
        {"ResultList": list(results), "ErrorList": []},
        {"LanguageCode": language, "TextList": texts},
    )


def stored(name: str = "first", comment: str = WAITED, **fields: Any) -> Response:
    return table.create(response(name, comment=comment, rev=0, **fields))


def metered(*some: Response) -> dict[str, Any]:
    answer: dict[str, Any] = app.handler(event([record(each) for each in some]), Context())
    return answer


def at_root() -> Counter[str]:
    found = metrics.tally(SURVEY, "segment", "aurora", DAY, DAY).get(DAY, Counter())
    return Counter(
        {name: n for name, n in found.items() if name.startswith(("tone", "topic", "n")) and name[-3:] != "ter"}
    )


def test_a_comment_is_read_there_once_and_kept_with_its_answer(there: Stubber) -> None:
    answers(there, felt(0, "POSITIVE", 0.9, 0.02), texts=[WAITED])
    seen = stored()

    metered(seen)
    after = table.load(Response, seen.key())
    metered(seen)  # the stream delivers it once more
    metered(after)  # and what was kept

    assert at_root() == {"n": 1, "tone.positive": 1, "topic.waiting": 1}
    assert (after.rev, hearing.comment(after).sentiment, hearing.comment(after).by) == (2, 0.88, "comprehend")
    assert metrics.reconcile(SURVEY, DAY).total == 0


def test_comments_go_there_masked_by_language_and_25_at_a_time(there: Stubber) -> None:
    answers(there, texts=["The queue was awful"], language="en")
    answers(there, texts=["Liguem: [telefone]"] * 25)
    answers(there, texts=["Liguem: [telefone]"] * 2)
    many = [stored(f"{number:02}", "Liguem: 11 98765-4321") for number in range(27)]

    assert len(listening.listen([*many, stored("last", "The queue was awful", language="en")])) == 28


@pytest.mark.parametrize("failure", ["throttled", "no network", "one alone", "unknown word", "no score", "another"])
def test_what_is_not_answered_is_counted_as_it_is_read_offline(there: Stubber, failure: str) -> None:
    match failure:
        case "throttled":
            there.add_client_error("batch_detect_sentiment", "ThrottlingException", http_status_code=429)
        case "no network":
            there.client.meta.events.register_first("before-send.comprehend", _unreachable)
        case "one alone":
            error = {"Index": 0, "ErrorCode": "INTERNAL_SERVER_ERROR", "ErrorMessage": "later"}
            there.add_response("batch_detect_sentiment", {"ResultList": [], "ErrorList": [error]})
        case "no score":
            answers(there, {"Index": 0, "Sentiment": "POSITIVE"}, texts=[WAITED])
        case "another":
            answers(there, felt(7, "POSITIVE", 0.5, 0.5), texts=[WAITED])
        case _:
            answers(there, felt(0, "SARCASTIC", 0.5, 0.5), texts=[WAITED])
    seen = stored()

    assert metered(seen) == {"batchItemFailures": []}
    assert at_root() == {"n": 1, "tone.negative": 1, "topic.waiting": 1}
    assert (table.load(Response, seen.key()).rev, hearing.comment(seen).by) == (1, "offline")


def test_where_nobody_answers_it_is_asked_once_and_not_for_every_25_comments(there: Stubber) -> None:
    tried: list[int] = []

    def unreachable(**_: Any) -> None:
        tried.append(1)
        _unreachable()

    there.deactivate()
    there.client.meta.events.register_first("before-send.comprehend", unreachable)
    many = [stored(f"{number:02}") for number in range(51)]

    assert len(listening.listen(many)) == 51
    assert len(tried) == 2  # both tries of one call


def test_what_there_is_no_time_to_ask_for_is_counted_offline(there: Stubber) -> None:
    answers(there, felt(0, "POSITIVE", 0.9, 0.02), texts=[WAITED] * 25)
    many = [stored(f"{number:02}") for number in range(26)]

    app.handler(event([record(each) for each in many]), Context([60_000, 60_000, 29_000]))

    assert at_root() == {"n": 26, "tone.positive": 1, "tone.negative": 25, "topic.waiting": 26}


def _unreachable(**_: Any) -> None:
    raise ConnectTimeoutError(endpoint_url="https://comprehend")


def test_an_answer_that_changes_meanwhile_is_left_to_its_next_record(there: Stubber) -> None:
    seen = stored()
    answers(there, felt(0, "POSITIVE", 0.9, 0.0), texts=[WAITED])

    def corrected(_: dict[str, Any]) -> None:
        table.save(seen.changed(comment="Ótimo"))

    with faults.failing("BatchDetectSentiment", corrected):
        assert [each.heard for each in listening.listen([seen])] == [None]

    assert table.load(Response, seen.key()).comment == "Ótimo"


def test_nobody_is_asked_about_answers_without_words_or_without_anybody_behind_them(there: Stubber) -> None:
    silent, gone = stored("silent", ""), stored("gone", state=ResponseState.DELETED)
    assert listening.listen([silent, gone]) == [silent, gone]
    there.assert_no_pending_responses()


def test_a_store_that_does_not_answer_loses_no_count(there: Stubber) -> None:
    seen = stored()
    refused = ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "BatchGetItem")
    with faults.failing("BatchGetItem", lambda _: refused):
        assert listening.listen([seen]) == [seen]
    there.assert_no_pending_responses()


def test_while_it_is_switched_off_nothing_is_asked_or_read() -> None:
    seen = stored()
    with faults.recording() as calls:
        assert listening.listen([seen]) == [seen]
    assert calls == []


def test_a_long_comment_is_cut_between_letters(there: Stubber) -> None:
    answers(there, texts=["ã" * 2500])
    listening.listen([stored(comment="ã" * 4000)])
