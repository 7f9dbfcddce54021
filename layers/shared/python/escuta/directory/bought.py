"""What people bought: the products that rows name, made where nobody knew them."""

from collections.abc import Mapping, Sequence
from typing import Any

from escuta.directory import products
from escuta.directory.model import Product


def taken_for(
    said: Sequence[Mapping[str, Any]], *, rows: Sequence[str] = (), dry_run: bool = False
) -> dict[str, Product]:
    """Return what each code of a product is taken for: one that was merged into another for that one.

    Those that nobody knew are made, unless it is a dry run; of several rows that name one, the first says how. `rows`
    are the marks of the rows, `{content}.{row}`, where they are those of a file.
    """
    marks = rows or [""] * len(said)
    named = {
        code: Product(
            code=code, name=row.get("product_name", code), group=row.get("product_group", ""), created_by=mark
        )
        for row, mark in zip(reversed(said), reversed(marks), strict=True)
        if (code := row.get("product"))
    }
    if not named:
        return {}
    known = products.resolve(named)
    if not dry_run:
        new = [each for code, each in named.items() if code not in known or products.is_earlier(each, known[code])]
        products.ensure(new)
    return {**named, **known}
