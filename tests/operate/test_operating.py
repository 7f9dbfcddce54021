"""What an operator types, with the CDK's own command line, in an account of its own: the embedded AWS again."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local import deploy, emulator
from infra.local.place import ACCOUNT, REGION, Place
from infra.operate import __main__ as commands
from infra.operate import deploying, drill, synthesis
from tests.e2e.conftest import free_place

STAGE = f"""
account = "{ACCOUNT}"
region = "{REGION}"
organisation = "Lojas Aurora"
sender = "pesquisa@aurora.example"

[mails]
make_identity = false

[data]
backups = false
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = free_place(tmp_path_factory.mktemp("account") / "aws")
    made.folder.mkdir(parents=True)
    emulator.start(made, roles=False)
    try:
        deploy.bootstrap(made)
        yield made
    finally:
        emulator.stop(made)


@pytest.fixture
def stages(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a stage whose account this is, as whoever owns it."""
    for name, value in place.keys.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("APPROVAL", "never")
    monkeypatch.setattr(synthesis, "BUILT", tmp_path / "stages")
    monkeypatch.setattr(deploying, "OUTPUTS", tmp_path)
    monkeypatch.setattr(drill, "REPORTS", tmp_path)
    (tmp_path / "prod.toml").write_text(STAGE)
    return tmp_path


def parameter(place: Place, stack: str, name: str) -> str:
    (found,) = place.aws("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return next(str(each["ParameterValue"]) for each in found["Parameters"] if each["ParameterKey"] == name)


def standing(place: Place) -> set[str]:
    stacks = place.aws("cloudformation").describe_stacks()["Stacks"]
    return {each["StackName"] for each in stacks if each["StackStatus"] != "DELETE_COMPLETE"}


def test_a_stage_is_deployed_changed_redriven_drilled_and_removed_but_for_its_data(
    place: Place, stages: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(command: str, **environment: str) -> tuple[int, str]:
        with monkeypatch.context() as here:
            for name, value in environment.items():
                here.setenv(name, value)
            return commands.main(["--stages", str(stages), command, "prod"]), capsys.readouterr().out

    ended, said = run("deploy")
    assert ended == 0, said
    assert "aws cognito-idp admin-create-user" in said
    assert standing(place) == {"Escuta-prod-data", "Escuta-prod", "Escuta-prod-watch"}
    told = deploying.read_outputs(stages / "prod.json")
    assert told["ApiUrl"].startswith("https://")
    assert parameter(place, "Escuta-prod", "Organisation") == "Lojas Aurora"

    (stages / "prod.toml").write_text(STAGE.replace("Lojas Aurora", "Lojas Boreal"))
    assert run("deploy")[0] == 0
    assert parameter(place, "Escuta-prod", "Organisation") == "Lojas Boreal"

    ended, said = run("redrive", GO="1")
    assert (ended, "Everything was given another try." in said) == (0, True)

    for name in place.aws("dynamodb").list_tables()["TableNames"]:  # which its CloudFormation leaves out
        place.aws("dynamodb").update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
    before = place.aws("dynamodb").list_tables()["TableNames"]
    ended, said = run("restore-drill", GO="1")
    assert ended == 0, said
    assert "drift 0" in said
    assert json.loads(next(stages.glob("prod-*.json")).read_text())["holds"] is True
    assert place.aws("dynamodb").list_tables()["TableNames"] == before

    assert run("destroy", STACK="data")[0] == 1
    assert run("destroy", GO="1")[0] == 0
    assert standing(place) == {"Escuta-prod-data"}
    assert place.aws("dynamodb").list_tables()["TableNames"] == before
