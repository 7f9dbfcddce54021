"""Products: made by the files that name them."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from escuta import table
from escuta.directory.model import Product, RowResult

if TYPE_CHECKING:
    from escuta.directory.rows import Thing

_TOGETHER = 100  # actions of one transaction


def get(code: str) -> Product:
    """Return the product with this code; NotFoundError when there is none."""
    return table.load(Product, Product.at(code))


def ensure(products: Iterable[Product]) -> None:
    """Store those of these products that are not known yet. What is known stays as it is; of two new ones the first."""
    wanted = {product.key(): product for product in reversed(list(products))}
    for key in table.find_many(Product, wanted):
        del wanted[key]
    while batch := list(wanted)[:_TOGETHER]:
        try:
            table.transact(*(table.Create(wanted[key]) for key in batch))
        except table.CancelledError as error:  # another chunk was first with some of them
            batch = [refused.found.key() for refused in error.refused if refused.found]
        for key in batch:
            del wanted[key]


def take_in(
    things: Sequence["Thing"], *, source: str, dry_run: bool = False, columns: Mapping[str, str] = MappingProxyType({})
) -> list[RowResult]:
    """Return what became of each row, in order. The same `source` again says the same again and writes nothing.

    `columns` is field -> title of the column in the file, for what a rejection names.
    """
    raise NotImplementedError


def resolve(codes: Iterable[str]) -> Mapping[str, Product]:
    """Return the product that each known code is taken for: what it was merged into, at the end of the chain."""
    raise NotImplementedError
