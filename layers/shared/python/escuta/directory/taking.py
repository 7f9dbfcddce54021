"""People and visits that a program tells of in one call, taken in together: as many reads for a thousand as for ten.

What cannot be is refused for itself and stops none of the others. The same call again says the same again.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from escuta import table
from escuta.directory import bought, contacts, forgotten, visits
from escuta.directory.model import Contact, RowOutcome, Segment
from escuta.directory.writing import Batch
from escuta.errors import ConflictError, EscutaError, InvalidError, NotFoundError


class Told(NamedTuple):
    """What is said of one person and one visit, canonical, as `contacts.take` reads it; the segment is named in `said`.

    With `contact` it is about this person, whatever the marks.
    """

    said: Mapping[str, Any]
    visit: Mapping[str, Any]
    contact: str = ""

    @property
    def who(self) -> str:
        """Return the id of the person; "" when nothing says who that is."""
        return self.contact or contacts.identity(*self.marks)

    @property
    def marks(self) -> tuple[str, str, str]:
        """Return what is said that a person is known by."""
        external_id, email, phone = (str(self.said.get(name, "")) for name in ("external_id", "email", "phone"))
        return external_id, email, phone


class Taken(NamedTuple):
    """What became of it, for the person and the visit together."""

    contact: str
    transaction: str
    outcome: RowOutcome  # accepted: something new; updated: something changed; duplicate: nothing


class Call(NamedTuple):
    """Who calls, what the call is known by, and when it began: the same when it is made again."""

    source: str
    id: str
    began: datetime


def places(codes: Iterable[str]) -> dict[str, Segment]:
    """Return the segments with these codes, as far as there are such."""
    found = table.find_many(Segment, [Segment.at(code) for code in codes])
    return {segment.code: segment for segment in found.values()}


def refusal(told: Told, where: Mapping[str, Segment]) -> EscutaError | None:
    """Return why nobody can be taken in so, as far as it can be told without looking for the person."""
    code = told.said.get("segment", "")
    if not told.who:
        return InvalidError("no_identity", field="external_id")
    if not code:
        return InvalidError("segment_missing", field="segment")
    if code not in where:
        return InvalidError("segment_unknown", field="segment", value=code[:64])
    if where[code].retired_at is not None:
        return ConflictError("segment_retired", field="segment", value=code)
    return None


def take_in(call: Call, told: Sequence[Told], where: Mapping[str, Segment]) -> list[Taken | EscutaError]:
    """Take these in, in their order, and return what became of each. Of two that speak of one thing the later holds.

    InvalidError and ConflictError as of `refusal`; NotFoundError `contact_not_found` for a `contact` that is not there,
    ConflictError `contact_erased` for who is not to come back. UnavailableError: call again.
    """
    refused = [refusal(one, where) for one in told]
    known = contacts.many((one.who for one in told if one.who), consistent=True)
    listed = forgotten.known()  # read after the people, so that nobody is made anew who is erased meanwhile
    results: list[Taken | EscutaError | None] = [
        before or _kept_out(one, known, listed) for one, before in zip(told, refused, strict=True)
    ]
    passed = [number for number, result in enumerate(results) if result is None]
    batch, ids = _written(call, [told[number] for number in passed], where, known)
    for row, number in enumerate(passed):
        results[number] = Taken(told[number].who, ids[row], batch.fate(len(passed) - row).outcome)
    return [result for result in results if result is not None]


def _kept_out(told: Told, known: Mapping[str, Contact], listed: forgotten.Known) -> EscutaError | None:
    found = known.get(told.who)
    if told.contact and found is None:
        return NotFoundError("contact_not_found")
    if listed.keeps_out(found, *told.marks):
        return ConflictError("contact_erased")
    return None


def _written(
    call: Call, told: Sequence[Told], where: Mapping[str, Segment], known: Mapping[str, Contact]
) -> tuple[Batch, list[str]]:
    """Write these, and return what the visits are known by. A row counts from the end, since the earlier row holds."""
    products = bought.taken_for([one.said for one in told])
    batch = Batch(f"{call.source}~{call.id}", call.began, where, lambda _: call.source)
    ids = []
    for number, one in enumerate(told):
        product = products.get(one.said.get("product", ""))
        said = {**one.said, "product": product.code} if product else one.said
        ids.append(visits.identity(said, one.visit))
        batch.add(len(told) - number, one.who, said, one.visit, ids[-1])
    batch.decide(known)
    batch.write()
    return batch, ids
