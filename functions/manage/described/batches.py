"""Many things in one call, with a result for each."""

from typing import Any, Literal

from pydantic import BaseModel, create_model

from manage import batches
from manage.described.contacts import ContactShown
from manage.described.managers import ManagerShown
from manage.described.operation import Operation, Operations, Problem, Shown, items
from manage.described.products import ProductShown
from manage.described.segments import SegmentShown
from manage.described.tokens import TokenShown


def _results(noun: str, shown: Any, outcomes: Any = Literal["created", "refused"]) -> Any:
    fields: dict[str, Any] = {noun: (shown | None, ...), "problem": (Problem | None, ...)}
    words = f"What became of one item: its {noun}, or why it was refused. `item` is its place in the call, from 0."
    result: type[BaseModel] = create_model(
        f"{noun.title()}Result", __base__=Shown, __doc__=words, item=(int, ...), outcome=(outcomes, ...), **fields
    )
    return items(result)


_PEOPLE = Literal["created", "updated", "unchanged", "refused"]

OPERATIONS: Operations = {
    batches.contacts: Operation(
        name="create_contacts", body=batches.ContactBatch, answer=_results("contact", ContactShown, _PEOPLE)
    ),
    batches.products: Operation(name="create_products", body=batches.Batch, answer=_results("product", ProductShown)),
    batches.segments: Operation(name="create_segments", body=batches.Batch, answer=_results("segment", SegmentShown)),
    batches.tokens: Operation(name="create_tokens", body=batches.Batch, answer=_results("token", TokenShown)),
    batches.managers: Operation(name="create_managers", body=batches.Batch, answer=_results("manager", ManagerShown)),
}
