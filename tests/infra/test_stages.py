"""What whoever deploys decides: the file of a stage, what is wrong in it, and what the stacks make of it."""

from pathlib import Path

import pytest

from infra.cdk.stages import LAPTOP, Stage, StageError, read
from tests.infra.staging import EXAMPLE, full

GOOD = """
account = "111122223333"
region = "sa-east-1"
organisation = "Lojas Aurora"
sender = "pesquisa@aurora.example"
"""


def stage(tmp_path: Path, text: str, name: str = "prod") -> Stage:
    (tmp_path / f"{name}.toml").write_text(text)
    return read(name, tmp_path)


def test_the_example_is_a_stage_and_says_every_switch_there_is(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    made = stage(tmp_path, text)

    assert (made.stack, made.mail_domain) == ("Escuta-prod", "aurora.example")
    named = {name for name in Stage.model_fields if f"\n{name} =" in text or f"\n[{name}]" in text}
    assert named >= Stage.model_fields.keys() - {"name"}
    for part in ("address", "mails", "sms", "shield", "data", "sftp", "watching"):
        for field in getattr(made, part).__class__.model_fields:
            assert f"\n{field} = " in text or f"\n# {field} = " in text, (part, field)


def test_a_stage_with_little_said_has_the_defaults_that_cost_nothing(tmp_path: Path) -> None:
    made = stage(tmp_path, GOOD)

    assert (made.shield.mode, made.sftp.on, made.data.own_key, made.watching.traces) == ("off", False, False, False)
    assert made.answers()["PublicUrl"] == ""
    assert made.answers()["SettleSeconds"] == "60"


def test_what_the_laptop_answers_is_asked_of_it_as_parameters() -> None:
    assert (LAPTOP.stack, LAPTOP.answers()["Organisation"]) == ("Escuta", "")


def test_everything_on_is_a_stage_too(tmp_path: Path) -> None:
    made = stage(tmp_path, full(), "full")

    assert (made.shield.mode, made.sftp.on, made.data.own_key, made.gradual) == ("block", True, True, True)
    assert made.answers()["PublicUrl"] == "https://fala.aurora.example"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("account = ", "Invalid value"),
        (GOOD.replace("111122223333", "1111"), "account: "),
        (GOOD.replace("sa-east-1", "São Paulo"), "region: "),
        (GOOD.replace("pesquisa@", ""), "sender is not an e-mail address"),
        (GOOD.replace('organisation = "Lojas Aurora"', ""), "says its account, region, organisation and sender"),
        (GOOD + 'lenguage = "en"\n', "lenguage: Extra inputs are not permitted"),
        (GOOD + 'language = "fr"\n', "language: "),
        (GOOD + '[address]\ndomain = "fala.aurora.example"\n', "a domain needs hosted_zone and zone_name"),
        (GOOD + '[address]\nconsole = "cx.aurora.example"\n', "a console needs hosted_zone and zone_name"),
        (
            GOOD + '[address]\ndomain = "a.b.example"\nconsole = "a.b.example"\ncertificate = "arn"\n',
            "console needs a name of its own",
        ),
        (GOOD + '[address]\nhosted_zone = "Z1"\n', "belong together"),
        (
            GOOD + '[address]\ndomain = "fala.other.example"\nhosted_zone = "Z1"\nzone_name = "aurora.example"\n',
            "domain is not within aurora.example",
        ),
        (GOOD + "[data]\nwarm_reads = 4000\n", "warm_reads and warm_writes belong together"),
        (GOOD + '[data]\ncopies_to = "there"\n', "data.copies_to: "),
        (GOOD + '[federation]\nclient_secret = "hush"\n', "client_secret names where the secret is"),
        (GOOD + '[shield]\nmode = "on"\n', "shield.mode: "),
        (GOOD + '[watching]\nmails = ["plantao"]\n', "watching.mails.0: "),
    ],
)
def test_a_stage_that_is_wrong_is_refused_with_file_place_and_remedy(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(StageError) as refused:
        stage(tmp_path, text)

    assert str(tmp_path / "prod.toml") in str(refused.value)
    assert says in str(refused.value)
    assert "hush" not in str(refused.value)


def test_a_stage_that_is_not_there_says_what_to_copy(tmp_path: Path) -> None:
    with pytest.raises(StageError, match=r"there is no .*prod\.toml: copy .*example\.toml"):
        read("prod", tmp_path)


@pytest.mark.parametrize("name", ["data", "watch"])
def test_no_stage_is_called_as_one_of_our_stacks(tmp_path: Path, name: str) -> None:
    with pytest.raises(StageError, match="one of our stacks"):
        stage(tmp_path, GOOD, name)
