"""What counting a response costs the store: six levels, ten questions, three dimensions, on a day that is full."""

from typing import Any

import pytest

from escuta import table
from escuta.directory.model import Product
from escuta.entity import Table
from escuta.feedback import metrics
from escuta.feedback.metrics.contributions import WAITS
from escuta.feedback.model import Response
from tests.conftest import NOON
from tests.kit import faults, world
from tests.kit.factories import response, score_class

pytestmark = pytest.mark.usefixtures("aws", "noon")
ABOVE = ("aurora", "br", "sudeste", "sp", "capital")
COMMENTS = ("", "", "Ótimo atendimento", "A entrega atrasou, péssimo!", "Preço bom, mas a fila é longa")


def answer(number: int, name: str) -> Response:
    """Return one of many answers: together they have every value of every question."""
    score = number % 11
    return response(
        f"{name}-{number:017}",
        score,
        segment_path=(*ABOVE, f"sp-{number % 4:02}"),
        answers={"nps": score, **{f"q{place}": 1 + (number + place) % 5 for place in range(9)}},
        score_class=score_class(score),
        channel=("email", "sms")[number % 2],
        product=("lamp", "sofa")[number % 2],
        facets={
            "hidden.plan": f"plan {number % 3}",
            "contact.tier": ("gold", "silver")[number % 2],
            "hidden.app": "ios",
        },
        comment=COMMENTS[number % 5],
        sent_at=NOON.replace(hour=number % 15) if number % len(WAITS) else NOON,
    )


def size(item: dict[str, Any]) -> int:
    return sum(len(name.encode()) + len(next(iter(value.values())).encode()) for name, value in item.items())


def test_counting_forty_answers_of_six_levels_costs_at_most_four_write_units_and_a_tenth_of_a_call_each() -> None:
    table.put_many((Product(code="lamp", name="Lamp", group="Home"), Product(code="sofa", name="Sofa", group="Home")))
    metrics.apply([answer(number, "before") for number in range(600)])
    written: list[dict[str, Any]] = []

    with faults.recording() as calls, faults.failing("TransactWriteItems", written.append):
        metrics.apply([answer(number, "now") for number in range(40)])

    rows = {(item["pk"]["S"], item["sk"]["S"]): item for item in world.scan(Table.FEEDBACK)}
    actions = [part for each in written for action in each["TransactItems"] for part in action.values()]
    keys = [part.get("Key") or part["Item"] for part in actions]
    units = sum(2 * -(-size(rows[key["pk"]["S"], key["sk"]["S"]]) // 1024) for key in keys)
    assert len(calls) / 40 <= 0.1
    assert units / 40 <= 4, units / 40
