"""Products: made by the files that name them."""

from collections.abc import Iterable

from escuta import table
from escuta.directory.model import Product

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
