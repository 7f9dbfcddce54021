"""A released version becomes this one in place; what runs is removed and made again: nothing that was given is lost."""

import json
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from escuta import ids, table
from escuta.directory import access
from escuta.directory.model import Scope, Segment
from escuta.entity import Entity, Table
from escuta.feedback import surveys
from escuta.table import rows
from infra.local import deploy, stack
from tests.conftest import forget
from tests.e2e.conftest import free_place
from tests.e2e.house import SURVEY, House
from tests.e2e.web import post_form
from tests.functions.respondents import DRAFT

RELEASED = sorted((Path(__file__).parent / "released").glob("*.tar.xz"))


def assembly(packed: Path, folder: Path) -> Path:
    """Unpack the assembly of a release. Layers are not kept with it: here everything can be imported anyway."""
    made = folder / packed.name.removesuffix(".tar.xz")
    with tarfile.open(packed) as archive:
        archive.extractall(made, filter="data")
    for described in made.glob("*.assets.json"):
        for asset in json.loads(described.read_text())["files"].values():
            source = made / asset["source"]["path"]
            if not source.exists():
                source.mkdir()
                (source / "left-out").touch()
    return made


def company(_say: stack.Say, _site: str) -> Mapping[str, str]:
    """Make as little of a company as it takes to be answered."""
    forget()
    table.put(Segment(code="cwb-01", name="Curitiba", path=("aurora", "cwb-01"), timezone="America/Sao_Paulo"))
    surveys.create("Satisfação", survey=SURVEY)
    surveys.publish(SURVEY, DRAFT)
    return {"api_key": access.issue("Loja virtual", tuple(Scope))[0]}


def as_it_was_written(entity: Entity, _key: object, _index: object) -> str:
    """Return the text of a row as earlier versions wrote and read it: with all that its keys say and that is empty."""
    return entity.model_dump_json(exclude={"rev"})


@pytest.fixture(params=RELEASED, ids=lambda packed: packed.name.removesuffix(".tar.xz"))
def released(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Start an instance of a released version, with an answer in it; what is written from here is as it wrote."""
    place = free_place(tmp_path / "house")
    monkeypatch.setattr(rows, "_data", as_it_was_written)
    try:
        before = {"PublicUrl": place.api}  # it has one address for everything
        running = stack.up(place, company, assembled=assembly(request.param, tmp_path), answers=before)
        assert running.broken == {}
        desk = tmp_path / "desk"
        desk.mkdir()
        yield House(running, desk)
    finally:
        stack.clean(place)
        forget(clients=True)  # they would call this instance in place of the one that other tests use


def answer(link: str, score: int) -> None:
    given = post_form(link, submission_id=ids.new(), version="1", n__nps=str(score), language="pt-BR")
    assert given.status == 200


def test_a_release_becomes_this_version_and_what_runs_is_made_anew_with_all_that_was_given_kept(
    released: House,
) -> None:
    place = released.running.place
    kept = released.running.outputs
    code = codes(released)
    early, late, last = (released.invite(name).link for name in ("Ana", "Bia", "Caio"))
    answer(early, 9)
    released.counts({"cwb-01": 1})

    updated = House(stack.up(place), released.desk)

    assert updated.running.broken == {}
    assert codes(updated) != code  # it is this version that runs now
    assert {name: value for name, value in updated.running.outputs.items() if name in kept} == dict(kept)
    updated.counts({"cwb-01": 1})
    assert late.startswith(place.api)
    answer(late, 3)  # to a link of the version before, at the address of that time
    updated.counts({"cwb-01": 2})
    assert [each["score"] for each in updated.stored("cwb-01")] == [3, 9]

    for name in reversed(deploy.STACKS[1:]):
        deploy.remove(place, name)
    assert place.aws("lambda").list_functions()["Functions"] == []
    assert len(place.aws("dynamodb").list_tables()["TableNames"]) == len(Table)

    again = House(stack.up(place), released.desk)
    again.counts({"cwb-01": 2})
    answer(last, 10)
    again.counts({"cwb-01": 3})
    assert [each["score"] for each in again.stored("cwb-01")] == [10, 3, 9]


def codes(house: House) -> dict[str, str]:
    """Return the digest of the code of each function."""
    found = house.running.place.aws("lambda").list_functions(MaxItems=50)["Functions"]
    return {each["FunctionName"]: each["CodeSha256"] for each in found}
