"""The people of a chunk: who is kept out, what is bought, what is written, and what became of each row."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from escuta.directory import bought, contacts, forgotten, visits
from escuta.directory.model import Contact, DropFile, Product, RowOutcome, RowResult, Segment
from escuta.directory.rows import Person, Thing
from escuta.directory.writing import Batch

Route = Callable[[Person, Sequence[str], str], tuple[str, str]]


def _nobody(_people: Sequence[Person]) -> Mapping[int, str]:
    return {}


def _nothing(_person: Person, _path: Sequence[str], _group: str) -> tuple[str, str]:
    return "", ""


def _no_rules(_file: DropFile) -> Route:
    return _nothing


def _unknown_kind(things: Sequence[Thing], *, source: str, dry_run: bool) -> list[RowResult]:
    raise TypeError(f"nobody takes in {len(things)} rows of {source}, dry run: {dry_run}")


class TakeIn(Protocol):
    """Take in rows of another kind than people; the same source again says the same again and writes nothing."""

    def __call__(self, things: Sequence[Thing], *, source: str, dry_run: bool) -> list[RowResult]:
        """Return what became of each row, in order."""


class Hooks(NamedTuple):
    """What loading asks the parts above it, which it may not know.

    `closed` says in which of these rows every address is one whose owner said no to everything, and why.
    `route` gives for a file what says of a person, the path of the segment and the group of the product: under which
    assignment of the rules the person falls, and which rule keeps the person from being asked. `suppress` takes in the
    rows of a file of suppressions.
    """

    closed: Callable[[Sequence[Person]], Mapping[int, str]] = _nobody
    route: Callable[[DropFile], Route] = _no_rules
    suppress: TakeIn = _unknown_kind


def take_in(
    people: Sequence[Person], file: DropFile, content: str, segments: Mapping[str, Segment], hooks: Hooks
) -> list[RowResult]:
    """Write people and visits, and return what became of each row. The same rows again say the same and write nothing.

    `content` is what the rows' content is known by. Of a dry run nothing is written, and all is decided.
    """
    batch, out, products = _decided(people, file, content, segments, hooks)
    if not file.dry_run:
        batch.write()
    route = hooks.route(file)
    results = list(out.values())
    for person in people:
        if person.row not in out:
            path = segments[person.said["segment"]].path
            if product := products.get(person.said.get("product", "")):
                stored = person._replace(said={**person.said, "product": product.code})
                routed = route(stored, path, product.group)
            else:
                routed = route(person, path, "")
            results.append(_result(person, batch, routed))
    return results


def _decided(
    people: Sequence[Person], file: DropFile, content: str, segments: Mapping[str, Segment], hooks: Hooks
) -> tuple[Batch, dict[int, RowResult], Mapping[str, Product]]:
    """Return what is to be written, who is kept out, and what each product is taken for.

    Who is known is read before who is to be kept out, so that nobody is made anew who is erased meanwhile: somebody
    who is found no more was put on the list before, and somebody who is still found is changed, not made.
    """
    known = contacts.many((person.contact for person in people), consistent=True)
    out = _kept_out(people, known, hooks)
    taken = [person for person in people if person.row not in out]
    marks = [f"{content}.{person.row}" for person in taken]
    products = bought.taken_for([person.said for person in taken], rows=marks, dry_run=file.dry_run)
    batch = Batch(content, file.received_at, segments, lambda row: f"file {file.id} row {row}")
    for person in taken:
        product = products.get(person.said.get("product", ""))
        said = {**person.said, "product": product.code} if product else person.said
        visit = visits.identity(person.said, person.visit) if person.visit else ""
        batch.add(person.row, person.contact, said, person.visit, visit)
    batch.decide(known)
    return batch, out, products


def _kept_out(people: Sequence[Person], known: Mapping[str, Contact], hooks: Hooks) -> dict[int, RowResult]:
    """Return the rows that are right and of which nothing is kept, with the reason."""
    listed = forgotten.known()
    out: dict[int, RowResult] = {}
    for person in people:
        if listed.marks and listed.keeps_out(known.get(person.contact), *_marks(person.said)):
            out[person.row] = _skipped(person, "erased")
        elif person.skip:
            out[person.row] = _skipped(person, person.skip)
    closed = hooks.closed([person for person in people if person.row not in out])
    for person in people:
        if person.row not in out and (reason := closed.get(person.row)):
            out[person.row] = _skipped(person, "opted_out", reason=reason)
    return out


def _marks(said: Mapping[str, Any]) -> Iterator[str]:
    return (said.get(name, "") for name in ("external_id", "email", "phone"))


def _skipped(person: Person, code: str, **details: str) -> RowResult:
    """Return the result of a row that is kept out. Of somebody who was erased it does not keep the cells either."""
    original = [""] * len(person.original) if code == "erased" else person.original
    return RowResult(
        row=person.row,
        line=person.line,
        outcome=RowOutcome.SKIPPED,
        code=code,
        details=details,
        original=tuple(original),
    )


def _result(person: Person, batch: Batch, routed: tuple[str, str]) -> RowResult:
    fate, (route, excluded) = batch.fate(person.row), routed
    code, details = person.flag, {}
    if fate.outcome is RowOutcome.DUPLICATE:
        code = "same_person" if fate.row else "newer_known" if fate.newer else "nothing_new"
        details = {"row": str(fate.row)} if fate.row else {}
    result = {
        "row": person.row,
        "line": person.line,
        "outcome": fate.outcome,
        "contact": person.contact,
        "transaction": batch.visit(person.row),
        "route": route,
        "excluded": excluded,
        "code": code,
        "details": details,
        "original": tuple(person.original),
    }
    return RowResult.model_validate(result)
