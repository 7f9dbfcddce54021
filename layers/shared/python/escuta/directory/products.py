"""Products: made by the files that name them."""

from collections.abc import Iterable

from escuta import table
from escuta.directory.model import Product
from escuta.errors import ConflictError


def get(code: str) -> Product:
    """Return the product with this code; NotFoundError when there is none."""
    return table.load(Product, Product.at(code))


def ensure(products: Iterable[Product]) -> None:
    """Store those of these products that are not known yet. What is known stays as it is."""
    wanted = {product.key(): product for product in reversed(list(products))}
    for key in wanted.keys() - table.find_many(Product, wanted).keys():
        try:
            table.create(wanted[key])
        except ConflictError:
            continue  # another chunk was first, with the same product
