from typing import Any

import pytest

from escuta import i18n, table
from escuta.directory import products
from escuta.directory.model import Product, RowResult
from escuta.directory.rows import Thing
from escuta.errors import ConflictError, InvalidError, NotFoundError
from tests.kit import world
from tests.kit.faults import Crash, Fault, injected, recording, survey_of_faults

pytestmark = pytest.mark.usefixtures("aws", "noon")


def take(*said: dict[str, Any], source: str = "first", **options: Any) -> list[RowResult]:
    things = [Thing(number, number + 1, each, tuple(each.values())) for number, each in enumerate(said, 1)]
    return products.take_in(things, source=source, **options)


def said(results: list[RowResult]) -> list[str]:
    return [f"{result.outcome} {result.code}".strip() for result in results]


def sold(*codes: str, group: str = "TV") -> None:
    products.ensure(Product(code=code, name=code.upper(), group=group) for code in codes)


def test_rows_make_products_and_change_what_they_say_of_known_ones() -> None:
    sold("tv-1", "tv-2")

    results = take({"code": "tv-1", "name": "TV 40"}, {"code": "sofa"}, {"code": "tv-2", "group": "TV"})

    assert said(results) == ["updated", "accepted", "duplicate unchanged"]
    assert [(each.name, each.group) for each in map(products.get, ("tv-1", "sofa"))] == [("TV 40", "TV"), ("sofa", "")]


def test_of_two_rows_with_one_code_the_first_holds() -> None:
    results = take({"code": "tv", "name": "TV"}, {"code": "tv", "name": "TV"}, {"code": "tv", "name": "Radio"})

    assert said(results) == ["accepted", "duplicate same_code", "rejected code_conflict"]
    assert products.get("tv").name == "TV"


@pytest.mark.parametrize("field", ["code", "name", "group"])
def test_what_is_too_long_is_rejected_with_its_column(field: str) -> None:
    (result,) = take({"code": "tv", field: "x" * 201}, columns={field: "Coluna"})

    assert (result.outcome, result.code, result.column, result.line) == ("rejected", "too_long", "Coluna", 2)
    assert i18n.say("escuta.directory", "es", "intake.too_long", **result.details).endswith(".")
    assert products.listing().items == ()


def test_what_a_person_named_no_file_renames() -> None:
    sold("tv")
    products.change(products.get("tv"), name="Television", group="Salas")

    results = take({"code": "tv", "name": "TV 40"}, {"code": "sofa", "name": "Sofa"})
    sold("tv")

    assert said(results) == ["skipped product_edited", "accepted"]
    assert (products.get("tv").name, products.get("tv").group, products.get("tv").edited) == (
        "Television",
        "Salas",
        True,
    )


def test_the_same_file_again_says_the_same_and_another_one_finds_nothing_new() -> None:
    file = [{"code": f"p-{number}", "name": f"P {number}"} for number in range(95)]
    first = take(*file)
    before = world.snapshot()

    assert take(*file) == first
    assert said(take(*file, source="second")) == ["duplicate unchanged"] * 95
    assert world.snapshot() == before


def test_a_preview_writes_nothing() -> None:
    with recording() as calls:
        results = take({"code": "tv"}, {"code": "tv", "name": "x" * 201}, dry_run=True)

    assert said(results) == ["accepted", "rejected code_conflict"]
    assert {call.operation for call in calls} == {"BatchGetItem"}


def test_a_file_survives_every_fault_at_every_call() -> None:
    told: list[list[str]] = []

    def act() -> None:
        told.append(said(take({"code": "tv", "name": "TV 40"}, {"code": "sofa"})))

    assert survey_of_faults(lambda: sold("tv"), act, faults=(Fault.CRASH_AFTER, Fault.LOST_REPLY, Fault.CONFLICT)) == []
    assert {tuple(each) for each in told} == {("updated", "accepted")}


def merge(code: str, into: str) -> Product:
    return products.merge(products.get(code), into)


def test_a_merged_product_is_taken_for_the_other_and_stays_readable() -> None:
    sold("tv", "tv-old", "tv-older")

    merge("tv-older", "tv-old")
    merge("tv-old", "tv")

    assert {code: product.code for code, product in products.resolve(["tv-older", "tv-old", "tv", "none"]).items()} == {
        "tv-older": "tv",
        "tv-old": "tv",
        "tv": "tv",
    }
    assert (products.get("tv-old").name, products.get("tv-old").merged_into) == ("TV-OLD", "tv")


def test_merging_into_a_merged_product_leads_to_its_end() -> None:
    sold("tv", "tv-old", "radio")
    merge("tv-old", "tv")

    assert merge("radio", "tv-old").merged_into == "tv"


def test_two_products_never_stand_for_each_other() -> None:
    sold("a", "b", "c")
    merge("a", "b")
    merge("b", "c")

    for code, into in (("c", "a"), ("c", "c"), ("b", "a")):
        if code == "b":
            assert merge("b", "a").merged_into == "c"  # what a stands for already
        else:
            with pytest.raises(ConflictError, match="product_merge_cycle"):
                merge(code, into)
    assert products.resolve(["a"])["a"].code == "c"


def test_a_merge_is_undone() -> None:
    sold("tv", "tv-old")
    merge("tv-old", "tv")

    undone = merge("tv-old", "")

    assert (undone.merged_into, products.resolve(["tv-old"])["tv-old"].code) == ("", "tv-old")


def test_a_product_is_merged_into_a_known_one_and_as_it_was_read() -> None:
    sold("tv", "tv-old")
    read = products.get("tv-old")
    products.change(read, name="Old")

    with pytest.raises(InvalidError, match="product_unknown"):
        merge("tv", "nothing")
    with pytest.raises(ConflictError, match="stale"):
        products.merge(read, "tv")


def groups() -> list[tuple[str, int]]:
    return [(group.name, group.products) for group in products.groups()]


def group(name: str) -> str:
    return next(each.id for each in products.groups() if each.name == name)


def test_groups_are_counted_and_what_has_none_is_in_none() -> None:
    sold("tv-1", "tv-2")
    sold("sofa", group="Móveis / Sala #1")
    sold("gift", group="")

    assert groups() == [("Móveis / Sala #1", 1), ("TV", 2)]


def test_a_group_is_renamed_or_becomes_one_with_another() -> None:
    sold("tv-1", "tv-2")
    sold("tv-3", group="Tv")
    sold("radio", group="Audio")

    renamed = products.rename_group(group("Tv"), " TV ")

    assert (renamed.name, renamed.products, renamed.id) == ("TV", 3, group("TV"))
    assert groups() == [("Audio", 1), ("TV", 3)]
    assert products.get("tv-3").edited is True
    with pytest.raises(NotFoundError, match="product_group_not_found"):
        products.rename_group("none", "TV")


def test_a_renaming_that_broke_off_is_finished_by_repeating_it() -> None:
    sold(*(f"p-{number}" for number in range(100)), group="Salas")
    old = group("Salas")

    with pytest.raises(Crash), injected(_second_batch(), Fault.CRASH_BEFORE):
        products.rename_group(old, "Sala")
    assert groups() == [("Sala", 90), ("Salas", 10)]

    products.rename_group(old, "Sala")
    assert groups() == [("Sala", 100)]


def _second_batch() -> int:
    return 4  # the groups, the products of this one, those as they are now, the first batch


def test_what_is_merged_shows_the_name_of_its_target_in_one_read_more() -> None:
    sold("tv", "tv-old")
    merge("tv-old", "tv")

    with recording() as calls:
        assert products.named("tv") == table.find(Product, Product.at("tv"))

    assert [call.operation for call in calls] == ["GetItem", "GetItem"]
    assert products.named("") is products.named("none") is None
    shown = products.named("tv-old")
    assert shown is not None
    assert shown.name == "TV"
