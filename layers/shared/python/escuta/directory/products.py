"""Products and their groups: made by the files that name them, corrected and merged by people."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from escuta import ids, table
from escuta.directory import lines, outcomes
from escuta.directory.model import Product, RowOutcome, RowResult
from escuta.entity import Value
from escuta.errors import ConflictError, InvalidError, NotFoundError, UnavailableError

if TYPE_CHECKING:
    from escuta.directory.rows import Thing

_TOGETHER = 90  # actions of one transaction of at most 100
_TRIES = 10
_LIMITS = {"code": 128, "name": 200, "group": 200}
_LONGEST_CHAIN = 50


class Group(Value):
    """The products that say the same group, and how many there are."""

    id: str  # follows from the name, which may hold what no address can
    name: str
    products: int


def get(code: str) -> Product:
    """Return the product with this code; NotFoundError when there is none."""
    return table.load(Product, Product.at(code), consistent=True)


def listing(group: str = "", *, limit: int = 50, cursor: str | None = None) -> table.Page[Product]:
    """Return products by group and name; of one group when it is named. A page may be shorter than `limit`."""
    prefix = f"{group.casefold()}#" if group else ""
    page = table.query(Product, "products", index="g1", prefix=prefix, limit=limit, cursor=cursor)
    return table.Page(tuple(product for product in page.items if not group or product.group == group), page.next)


def create(code: str, name: str, group: str = "") -> Product:
    """Make a product, which files find by its code; ConflictError when there is one with this code."""
    code = _text("code", code)
    if not code:
        raise InvalidError("required", field="code")
    return table.create(_checked(Product(code=code, name=name, group=group, edited=True)))


def change(current: Product, **fields: Any) -> Product:
    """Give a product another name or group: what files call it from then on changes nothing."""
    return table.save(_edited(current, fields))


def _edited(current: Product, fields: Mapping[str, Any]) -> Product:
    return _checked(current.changed(**fields, edited=True, updated_by="")) if fields else current


def merge(current: Product, into: str, **fields: Any) -> Product:
    """Take a product for another one, wherever it is named; `into` "" undoes that. Both stay readable.

    What else is given is changed with it, or not at all.
    A target that was merged itself stands for what it was merged into. ConflictError when the two would stand for each
    other.
    """
    wanted = _edited(current, fields)
    if not into:
        undone = wanted.changed(merged_into="", updated_by="")
        return table.save(undone) if fields or current.merged_into else current
    for _ in range(_TRIES):
        target = resolve([into]).get(into)
        if target is None:
            raise InvalidError("product_unknown", field="merged_into", value=into[:128])
        if target.code == current.code:
            raise ConflictError("product_merge_cycle", field="merged_into", value=into)
        if current.merged_into == target.code:
            return table.save(wanted) if fields else current
        merged = wanted.changed(merged_into=target.code, updated_by="")
        try:
            table.transact(table.Save(merged), table.Unchanged(target))
        except table.CancelledError as error:
            if any(refused.action == table.Save(merged) for refused in error.refused):
                raise ConflictError("stale") from error
            continue
        return merged.changed(rev=merged.rev + 1)
    raise UnavailableError("store_unavailable", retry_after=1)


def resolve(codes: Iterable[str]) -> Mapping[str, Product]:
    """Return the product that each known code is taken for: what it was merged into, at the end of the chain."""
    wanted = dict.fromkeys(codes)
    known: dict[str, Product] = {}
    missing = set(wanted)
    for _ in range(_LONGEST_CHAIN):
        if not missing:
            break
        found = table.find_many(Product, (Product.at(code) for code in missing))
        known |= {product.code: product for product in found.values()}
        missing = {product.merged_into for product in found.values() if product.merged_into} - known.keys()
    return {code: _end(known[code], known) for code in wanted if code in known}


def named(code: str) -> Product | None:
    """Return what one code is taken for; None for "" and for an unknown one. One read where nothing was merged."""
    found = table.find(Product, Product.at(code)) if code else None
    passed: set[str] = set()
    while found is not None and found.merged_into and found.code not in passed:
        passed.add(found.code)
        found = table.find(Product, Product.at(found.merged_into)) or found
    return found


def _end(product: Product, known: Mapping[str, Product]) -> Product:
    passed: set[str] = set()
    while (following := known.get(product.merged_into)) is not None and product.code not in passed:
        passed.add(product.code)
        product = following
    return product


def groups() -> tuple[Group, ...]:
    """Return the groups by name, with how many products each has; products without a group are in none."""
    counted = Counter(product.group for product in _all() if product.group)
    return tuple(
        Group(id=_group_id(name), name=name, products=counted[name])
        for name in sorted(counted, key=lambda name: (name.casefold(), name))
    )


def rename_group(group: str, name: str) -> Group:
    """Give the group with this id another name, or that of another group: then the two are one.

    Batch by batch: repeated after a crash it goes on with the products that are left.
    """
    found = next((each for each in groups() if each.id == group), None)
    if found is None:
        raise NotFoundError("product_group_not_found")
    name = _text("group", name, field="name")
    if not name:
        raise InvalidError("required", field="name")
    if name != found.name:
        _regroup(found.name, name)
    return next(each for each in groups() if each.name == name)


def _regroup(old: str, new: str) -> None:
    for _ in range(_TRIES):
        keys = [product.key() for product in _all(old) if product.group == old]
        now = [each for each in table.find_many(Product, keys, consistent=True).values() if each.group == old]
        if not now:
            return
        for start in range(0, len(now), _TOGETHER):
            batch = now[start : start + _TOGETHER]
            _written([table.Save(each.changed(group=new, edited=True, updated_by="")) for each in batch])
    raise UnavailableError("store_unavailable", retry_after=2)


def _all(group: str = "") -> Iterator[Product]:
    prefix = f"{group.casefold()}#" if group else ""
    yield from table.query(Product, "products", index="g1", prefix=prefix).items


def _group_id(name: str) -> str:
    return ids.derive("product_group", name)


def _checked(product: Product) -> Product:
    texts = {field: _text(field, getattr(product, field)) for field in _LIMITS}
    if not texts["name"]:
        raise InvalidError("required", field="name")
    return product.changed(**texts)


def _text(kind: str, text: str, *, field: str = "") -> str:
    text = lines.one(text)
    if len(text) > _LIMITS[kind]:
        raise InvalidError("too_long", field=field or kind, most=_LIMITS[kind])
    return text


def ensure(products: Iterable[Product]) -> None:
    """Store those of these products that are not known yet; of two new ones the first.

    What is known stays as it is, unless a later row of the same file made it (`created_by`) and nobody touched it
    since: then the earlier row holds, in whatever order the chunks of the file are loaded.
    """
    wanted = {product.key(): product for product in reversed(list(products))}
    for _ in range(_TRIES):
        known = table.find_many(Product, wanted, consistent=True)
        wanted = {key: new for key, new in wanted.items() if key not in known or is_earlier(new, known[key])}
        writes = [
            table.Save(known[key].changed(name=new.name, group=new.group, created_by=new.created_by))
            if key in known
            else table.Create(new)
            for key, new in wanted.items()
        ]
        if _all_written(writes):
            return
    raise UnavailableError("store_unavailable", retry_after=2)


def is_earlier(new: Product, known: Product) -> bool:
    """Tell whether a row of the file that made a product, earlier than its maker, names it; nobody changed it since."""
    content, _, row = new.created_by.rpartition(".")
    made, _, made_row = known.created_by.rpartition(".")
    untouched = not (known.edited or known.updated_by or known.merged_into)
    return bool(content) and content == made and untouched and int(row) < int(made_row)


def take_in(
    things: Sequence["Thing"], *, source: str, dry_run: bool = False, columns: Mapping[str, str] = MappingProxyType({})
) -> list[RowResult]:
    """Return what became of each row, in order. The same `source` again says the same again and writes nothing.

    `columns` is field -> title of the column in the file, for what a rejection names. UnavailableError when others kept
    changing the same products.
    """
    for _ in range(_TRIES):
        results: dict[int, RowResult] = {}
        first: dict[str, Thing] = {}
        for thing in things:
            _first_of(thing, first, results, columns)
        known = table.find_many(Product, (Product.at(code) for code in first), consistent=True)
        writes = [
            write
            for code, thing in first.items()
            if (write := _decided(thing, known.get(Product.at(code)), f"{source}.{thing.row}", results, columns))
        ]
        if dry_run or _all_written(writes):
            return [results[row] for row in sorted(results)]
    raise UnavailableError("store_unavailable", retry_after=2)


def _first_of(
    thing: "Thing", first: dict[str, "Thing"], results: dict[int, RowResult], columns: Mapping[str, str]
) -> None:
    before = first.setdefault(thing.said["code"], thing)
    if before is thing:
        return
    same = before.said == thing.said
    outcome, code = (RowOutcome.DUPLICATE, "same_code") if same else (RowOutcome.REJECTED, "code_conflict")
    column = "" if same else columns.get("code", "code")
    results[thing.row] = outcomes.told(thing, outcome, code, column=column, row=str(before.row))


def _decided(
    thing: "Thing", current: Product | None, mark: str, results: dict[int, RowResult], columns: Mapping[str, str]
) -> table.Create | table.Save | None:
    """Note what a row means for a product as stored, and return what is to be written."""
    said = {name: thing.said[name] for name in _LIMITS if name in thing.said}
    try:
        if current is None:
            made = _checked(Product.model_validate({"name": said["code"], **said, "created_by": mark}))
            results[thing.row] = outcomes.told(thing, RowOutcome.ACCEPTED)
            return table.Create(made)
        wanted = _checked(current.changed(**said))
    except InvalidError as error:
        results[thing.row] = outcomes.refused(thing, error, columns)
        return None
    changes = wanted != current
    if changes and current.edited:
        results[thing.row] = outcomes.told(thing, RowOutcome.SKIPPED, "product_edited")
        return None
    outcome = outcomes.marked(current.created_by, current.updated_by, mark, changes=changes)
    code = "unchanged" if outcome is RowOutcome.DUPLICATE else ""
    results[thing.row] = outcomes.told(thing, outcome, code)
    return table.Save(wanted.changed(updated_by=mark)) if changes else None


def _all_written(writes: Sequence[table.Create | table.Save]) -> bool:
    return all(_written(writes[start : start + _TOGETHER]) for start in range(0, len(writes), _TOGETHER))


def _written(actions: Sequence[table.Create | table.Save]) -> bool:
    """Write all of these; False when something of them had changed meanwhile, and nothing was written."""
    try:
        table.transact(*actions)
    except table.CancelledError:
        return False
    return True
