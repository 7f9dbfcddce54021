"""What a call made before is taken for made when the call comes again."""

import pytest

from escuta import table
from escuta.directory.model import Root
from escuta.errors import ConflictError

pytestmark = pytest.mark.usefixtures("aws", "noon")


def test_the_same_call_makes_a_thing_once() -> None:
    with table.made_by("k-1"):
        first = table.create(Root(segment="aurora"))
        again = table.create(Root(segment="sol"))

    assert (first.segment, again.segment, again.rev) == ("aurora", "aurora", 1)


def test_another_call_or_none_finds_the_name_taken() -> None:
    with table.made_by("k-1"):
        table.create(Root(segment="aurora"))

    with pytest.raises(ConflictError), table.made_by("k-2"):
        table.create(Root(segment="aurora"))
    with pytest.raises(ConflictError):
        table.create(Root(segment="aurora"))


def test_a_transaction_of_the_same_call_is_done_once() -> None:
    for _ in range(2):
        with table.made_by("k-1"):
            table.transact(table.Create(Root(segment="aurora")))

    with pytest.raises(table.CancelledError), table.made_by("k-2"):
        table.transact(table.Create(Root(segment="aurora")))


def test_what_was_changed_since_is_nobodys_to_make_again() -> None:
    with table.made_by("k-1"):
        first = table.create(Root(segment="aurora"))
        table.save(first)

        with pytest.raises(ConflictError):
            table.create(Root(segment="aurora"))
