"""Counting answers, against taking them: what the stream's reader costs beside the page's function."""

from collections.abc import Iterator
from typing import Any

from benchmarks.ground import NOW, STORE, SURVEY, TOKEN, VERSION, batch, invitation, item, items, standing, stored
from benchmarks.measure import Ratio, compare
from benchmarks.submit import one_answer
from escuta import ids
from escuta.feedback import comments
from escuta.feedback.model import Response, ScoreClass
from escuta.outreach.model import InvitationState
from metering.app import handler

BATCHES, BATCH = 4, 40
COMMENTS = (
    "",
    "Tudo certo.",
    "A entrega atrasou duas semanas e ninguém atende no telefone. Péssimo atendimento, quero meu dinheiro de volta!",
)
NOTHING = '{"Responses": {"feedback": []}, "UnprocessedKeys": {}}'


class _Context:
    """What Lambda tells the handler."""

    function_name, aws_request_id = "metering", "bench"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 60_000


def ratios() -> Iterator[Ratio]:
    """Yield the ratio of counting an answer to ten questions to taking one. Every third has no comment."""
    invited = invitation(InvitationState.DELIVERED)
    answers = {
        "BatchGetItem|contribution#": NOTHING,
        "BatchGetItem|invitation#": batch(invited),
        "GetItem|invitation#": item(invited),
        "GetItem|version#": item(VERSION),
        "GetItem|spread": "{}",
        "GetItem|survey#": item(SURVEY),
        "Query|segments": items(STORE),
    }
    with standing(answers):
        events = [_event(number) for number in range(BATCHES)]
        comments.read(COMMENTS[2], "pt-BR")

        def count() -> None:
            for each in events:
                if handler(each, _Context()) != {"batchItemFailures": []}:
                    raise RuntimeError(TOKEN)

        def capture() -> None:
            for _ in range(BATCHES * BATCH):
                one_answer()

        yield compare("count an answer : take it", count, capture, BATCHES * BATCH, "answer")


def _event(number: int) -> dict[str, Any]:
    return {"Records": [_record(number * BATCH + place) for place in range(BATCH)]}


def _record(number: int) -> dict[str, Any]:
    comment = COMMENTS[number % len(COMMENTS)]
    response = Response(
        id=ids.new(),
        survey="s",
        version=1,
        segment=f"sp-0{number % 4}",
        segment_path=("aurora", "br", "sudeste", "sp", "capital", f"sp-0{number % 4}"),
        timezone=STORE.timezone,
        day=NOW.date().isoformat(),
        channel=("email", "sms")[number % 2],
        language="pt-BR",
        contact="c",
        contact_name="Ana Souza",
        answers={"nps": number % 11, **{f"q{place}": 4 for place in range(8)}, "comment": comment},
        score=number % 11,
        score_class=tuple(ScoreClass)[number % 3],
        comment=comment,
        sent_at=NOW,
        body_hash=ids.new(),
        received_at=NOW,
        rev=1,
    )
    image = stored(response)
    keys = {name: image[name] for name in ("pk", "sk")}
    return {
        "eventID": str(number),
        "eventName": "INSERT",
        "dynamodb": {"Keys": keys, "NewImage": image, "SequenceNumber": str(10**21 + number)},
    }
