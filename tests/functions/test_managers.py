from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta import clock, i18n, table
from escuta.directory import activity, managers
from escuta.directory.model import AlertChannel, Assignment, Manager, Rhythm, RowResult
from escuta.directory.rows import Thing
from escuta.errors import ConflictError, InvalidError, NotFoundError
from tests.kit import world
from tests.kit.factories import PATH, segment
from tests.kit.faults import Fault, recording, survey_of_faults

pytestmark = pytest.mark.usefixtures("aws", "noon", "hierarchy")


@pytest.fixture
def hierarchy(aws: None) -> None:  # noqa: ARG001 - the tables come first
    for path in [PATH[:1], PATH[:2], PATH, (*PATH[:2], "santos")]:
        table.create(segment(*path))


def manager(name: str, *segments: str) -> Manager:
    return managers.create(name, f"{name.lower()}@aurora.example", language="pt-BR", segments=segments)


def names(path: tuple[str, ...]) -> list[str]:
    return [each.name for each in managers.answering_for(path)]


def test_the_nearest_segment_upward_answers() -> None:
    manager("Ana", "aurora")
    manager("Bruno", "sudeste")
    manager("Carla", "paulista")

    assert names(PATH) == ["Carla"]
    assert names((*PATH[:2], "santos")) == ["Bruno"]
    assert names(PATH[:1]) == ["Ana"]


def test_all_managers_of_that_segment_answer_by_name() -> None:
    manager("Diego", "paulista")
    manager("ana", "paulista", "santos")

    assert names(PATH) == ["ana", "Diego"]


def test_nobody_answers_where_nobody_was_named() -> None:
    manager("Bruno", "santos")

    assert names(PATH) == []


def test_a_store_with_its_own_manager_costs_one_query_and_one_batch() -> None:
    manager("Ana", "paulista")
    manager("Bruno", "paulista")

    with recording() as calls:
        managers.answering_for(PATH)

    assert [call.operation for call in calls] == ["Query", "BatchGetItem"]


def test_a_manager_comes_back_as_given() -> None:
    made = managers.create(
        " Ana Souza ",
        "Ana@Aurora.Example",
        language="es",
        segments=["paulista", "santos", "paulista"],
        phone="(11) 91234-5678",
        channels=[AlertChannel.EMAIL, AlertChannel.SMS],
    )

    assert managers.get(made.id) == made
    assert made.model_dump(exclude={"id"}) == {
        "rev": 1,
        "name": "Ana Souza",
        "email": "Ana@aurora.example",
        "phone": "+5511912345678",
        "language": "es",
        "channels": ("email", "sms"),
        "alerts": "at_once",
        "digest": Rhythm.WEEKLY,
        "segments": ("paulista", "santos"),
        "languages": (),
        "external_reference": "",
        "retired_at": None,
        "created_by": "",
        "updated_by": "",
    }


def test_creating_the_same_manager_again_is_a_conflict_and_changes_nothing() -> None:
    first = manager("Ana", "paulista")

    with pytest.raises(ConflictError, match="manager_exists"):
        managers.create("Other", "ana@AURORA.example", language="en", segments=["santos"])

    assert managers.get(first.id) == first
    assert names((*PATH[:2], "santos")) == []


def test_an_update_moves_the_edges_with_the_list() -> None:
    ana = manager("Ana", "paulista", "sudeste")

    changed = managers.update(ana.id, rev=1, segments=("sudeste", "santos"), name="Ana Lima")

    assert changed == managers.get(ana.id)
    assert (changed.rev, changed.name, changed.segments) == (2, "Ana Lima", ("sudeste", "santos"))
    edges = [
        table.query(Assignment, f"segment#{code}", prefix="manager#").items
        for code in ("paulista", "sudeste", "santos")
    ]
    assert [len(each) for each in edges] == [0, 1, 1]


def test_an_update_from_an_old_copy_is_a_conflict() -> None:
    ana = manager("Ana", "paulista")
    managers.update(ana.id, rev=1, name="Ana Lima")

    with pytest.raises(ConflictError, match="stale"):
        managers.update(ana.id, rev=1, segments=())

    assert names(PATH) == ["Ana Lima"]


def test_a_manager_moved_as_many_segments_as_there_may_be() -> None:
    old, new = ([f"{kind}{number}" for number in range(managers.MOST_SEGMENTS)] for kind in ("old", "new"))
    for code in old + new:
        table.create(segment("aurora", code))
    ana = manager("Ana", *old)

    managers.update(ana.id, rev=1, segments=tuple(new))

    assert (names(("aurora", "old7")), names(("aurora", "new7"))) == ([], ["Ana"])


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"name": "  "}, "required", "name"),
        ({"email": "ana@aurora.example, evil@example.com"}, "email_several", "email"),
        ({"email": "ana"}, "email_invalid", "email"),
        ({"language": "fr"}, "language_unknown", "language"),
        ({"phone": "123"}, "phone_invalid", "phone"),
        ({"channels": ["sms"]}, "required", "phone"),
        ({"segments": ["paulista", "atlantis"]}, "segment_unknown", "segments"),
        ({"segments": [str(number) for number in range(41)]}, "too_many", "segments"),
        ({"languages": ["en", "fr"]}, "language_unknown", "languages"),
        ({"name": "x" * 201}, "too_long", "name"),
        ({"external_reference": "x" * 129}, "too_long", "external_reference"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(fields: dict[str, object], code: str, field: str) -> None:
    given = {"name": "Ana", "email": "ana@aurora.example", "language": "en", **fields}

    with pytest.raises(InvalidError, match=code) as refusal:
        managers.create(**given)  # type: ignore[arg-type] # wrong on purpose

    assert refusal.value.details["field"] == field
    assert managers.listing().items == ()


def test_managers_are_listed_by_name_page_by_page() -> None:
    for name in ("Carla", "ana", "Bruno"):
        manager(name)

    first = managers.listing(limit=2)

    assert [each.name for each in first.items] == ["ana", "Bruno"]
    assert [each.name for each in managers.listing(limit=2, cursor=first.next).items] == ["Carla"]


def test_an_unknown_manager_is_named() -> None:
    with pytest.raises(NotFoundError, match="manager_not_found"):
        managers.get("nobody")


def test_who_retired_answers_for_nothing_and_the_next_one_upward_does() -> None:
    ana = manager("Ana", "paulista")
    manager("Bruno", "sudeste")

    managers.update(ana.id, rev=1, retired=True)
    assert names(PATH) == ["Bruno"]

    managers.update(ana.id, rev=2, retired=False)
    assert names(PATH) == ["Ana"]


def test_the_log_says_what_was_done_to_an_account_and_by_whom(noon: datetime) -> None:
    ana = manager("Ana", "paulista")
    with clock.at(noon + timedelta(hours=1)):
        managers.update(ana.id, rev=1, who="Bruno", segments=("santos",), name="Ana Lima", language="es")
    with clock.at(noon + timedelta(hours=2)):
        managers.update(ana.id, rev=2, who="Bruno", retired=True)

    log = activity.listing(ana.id).items
    assert [each.did for each in log[:1]] == ["account_retired"]
    assert {each.did for each in log[1:3]} == {"segments_changed", "account_changed"}
    assert [each.did for each in log[3:]] == ["account_made"]
    assert {activity.words(each, "en") for each in log} == {
        "The account was made.",
        "The segments changed from paulista to santos.",
        "Changed in the account: name, language.",
        "The account was retired.",
    }
    assert [each.who for each in log] == ["Bruno", "Bruno", "Bruno", ""]


def test_what_is_noted_twice_stands_once(noon: datetime) -> None:
    for _ in range(2):
        activity.note("ana", "signed_in", at_time=noon, once="session")

    assert len(activity.listing("ana").items) == 1


def take(*said: dict[str, Any], source: str = "first", **options: Any) -> list[RowResult]:
    things = [Thing(number, number + 1, each, tuple(map(str, each.values()))) for number, each in enumerate(said, 1)]
    return managers.take_in(things, source=source, **options)


def said(results: list[RowResult]) -> list[str]:
    return [f"{result.outcome} {result.code}".strip() for result in results]


def row(name: str, *segments: str, **fields: Any) -> dict[str, Any]:
    return {"email": f"{name.lower()}@aurora.example", "name": name, "segments": segments, **fields}


def test_a_file_makes_managers_and_a_row_for_each_store_is_one_manager() -> None:
    results = take(
        row("Ana", "paulista"),
        row("Bruno", "santos", language="es", channels=(AlertChannel.EMAIL, AlertChannel.SMS), phone="+5511912345678"),
        row("Ana", "santos", language="en"),
        row("Ana", "paulista"),
        row("Ana", "sudeste", language="es"),
    )

    assert said(results) == ["accepted", "accepted", "updated", "duplicate same_code", "rejected manager_conflict"]
    assert (results[4].column, results[4].details) == ("language", {"row": "1"})
    ana, bruno = managers.listing().items
    assert (ana.segments, ana.language, bruno.language) == (("paulista", "santos"), "en", "es")
    assert names((*PATH[:2], "santos")) == ["Ana", "Bruno"]


def test_a_file_changes_what_it_says_of_a_manager_and_leaves_the_rest() -> None:
    ana = managers.create("Ana", "ana@aurora.example", language="es", segments=["paulista"], phone="+5511912345678")

    results = take({"email": "ana@aurora.example", "name": "Ana Lima"}, row("Bruno", "santos", retired=True))

    assert said(results) == ["updated", "accepted"]
    changed = managers.get(ana.id)
    assert (changed.name, changed.segments, changed.language) == ("Ana Lima", ("paulista",), "es")
    assert managers.get(managers.identity("bruno@aurora.example")).retired_at is not None
    assert activity.listing(ana.id).items[0].who == "file first.1"


@pytest.mark.parametrize(
    ("fields", "code", "column"),
    [
        ({"name": ""}, "required", "Nome"),
        ({"segments": ("paulista", "atlantis")}, "segment_unknown", "segments"),
        ({"segments": tuple(map(str, range(41)))}, "too_many", "segments"),
        ({"channels": (AlertChannel.SMS,)}, "required", "phone"),
    ],
)
def test_a_row_that_cannot_be_is_rejected_with_its_line_and_column(
    fields: dict[str, Any], code: str, column: str
) -> None:
    (result,) = take(row("Ana") | fields, columns={"name": "Nome"})

    assert (result.outcome, result.code, result.column, result.line) == ("rejected", code, column, 2)
    assert i18n.say("escuta.directory", "pt-BR", f"intake.{code}", **result.details).endswith(".")
    assert managers.listing().items == ()


def test_the_same_file_again_says_the_same_and_another_one_finds_nothing_new() -> None:
    manager("Bruno", "santos")
    file = [row("Ana", "paulista"), row("Ana", "santos"), row("Bruno", "paulista"), row("Carla", retired=False)]
    first = take(*file)
    before = world.snapshot()

    assert take(*file) == first
    assert said(first) == ["accepted", "updated", "updated", "accepted"]
    assert said(take(*file, source="second")) == ["duplicate unchanged"] * 4
    assert world.snapshot() == before


def test_a_preview_says_the_same_and_writes_nothing() -> None:
    manager("Bruno", "santos")
    file = [row("Ana", "paulista"), row("Bruno", "paulista"), row("Carla", "nowhere")]
    before = world.snapshot()

    preview = take(*file, dry_run=True)

    assert world.snapshot() == before
    assert preview == take(*file)


def test_a_file_survives_every_fault_at_every_write_with_the_same_results() -> None:
    told: list[list[str]] = []

    def prepare() -> None:
        for path in [PATH[:1], PATH[:2], PATH]:
            table.create(segment(*path))
        manager("Bruno", "paulista")

    def act() -> None:
        told.append(said(take(row("Ana", "paulista"), row("Ana", "sudeste"), row("Bruno", "sudeste"))))

    faults = (Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.LOST_REPLY)
    assert survey_of_faults(prepare, act, faults=faults, at=lambda call: "Write" in call.operation) == []
    assert {tuple(each) for each in told} == {("accepted", "updated", "updated")}
