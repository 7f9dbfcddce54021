import pytest

from escuta import table
from escuta.directory import managers
from escuta.directory.model import AlertChannel, Assignment, Manager
from escuta.errors import ConflictError, InvalidError, NotFoundError
from tests.kit.factories import PATH, segment
from tests.kit.faults import recording

pytestmark = pytest.mark.usefixtures("aws", "hierarchy")


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
        "segments": ("paulista", "santos"),
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
