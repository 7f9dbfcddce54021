"""A programme whose files, links and company are not what they should be."""

from datetime import datetime
from pathlib import Path

import httpx
import pytest

from escuta.directory.model import Scope
from escuta_cli.programme import folder, notation
from escuta_cli.programme.special import KINDS
from manage.routes import ROUTES
from tests.functions.callers import ask, found_company, key, open_survey
from tests.functions.terminals import Gateway, Terminal


@pytest.fixture
def terminal(aws: None, noon: datetime, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Terminal:  # noqa: ARG001 - the store and the clock come first
    return Terminal(key(), capsys, tmp_path, Gateway())


def programme(home: Path, said: dict[str, str | bytes]) -> Path:
    for name, text in said.items():
        file = home / "programme" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return home / "programme"


def faults(home: Path, said: dict[str, str | bytes]) -> list[str]:
    with pytest.raises(folder.BrokenError) as broken:
        folder.read(programme(home, said), "en")
    return list(broken.value.faults)


BOMB = "\n".join(
    ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (BOMB, "has more than 1000000 parts"),
        ("topics: &a [*a]", "is a part of itself"),
        ("topics: " + "[" * 70 + "]" * 70, "lies deeper than 60"),
        ("[" * 5000, "RecursionError"),
        ("topics: !!python/object/apply:os.system [ls]", "unknown tag"),
        ("topics: !!binary aGk=", "unknown tag"),
        ("topics: !!timestamp 2026-01-01", "unknown tag"),
        ("{a: b}: c", "a name is a text"),
        ("topics: 1.0e+999", "no number"),
        ("topics: " + "9" * 5000, "ValueError"),
        ("topics: []\ntopics: []", "stands twice"),
    ],
)
def test_what_no_person_writes_is_refused_with_its_file(tmp_path: Path, text: str, wrong: str) -> None:
    (told,) = faults(tmp_path, {"topics.yaml": text})
    assert told.startswith("topics.yaml: ")
    assert wrong in told


def test_what_is_repeated_by_name_and_names_that_look_like_numbers_are_read(tmp_path: Path) -> None:
    assert notation.read("a: &x {1: no, true: y}\nb: *x\n") == {
        "a": {"1": "no", "true": "y"},
        "b": {"1": "no", "true": "y"},
    }
    folder.read(programme(tmp_path, {"topics.yaml": b"\xef\xbb\xbftopics: []\r\n"}), "en")


def test_no_link_leads_out_of_the_folder_neither_to_read_nor_to_write(terminal: Terminal, tmp_path: Path) -> None:
    found_company()
    secret, other = tmp_path / "secret", tmp_path / "other"
    secret.write_text("root:x:0:0", encoding="utf-8")
    other.mkdir()
    where = programme(tmp_path, {"topics.yaml": "topics: []\n"})
    (where / "segments.yaml").symlink_to(secret)
    (where / "surveys").symlink_to(other)
    (where / "gone.yaml").symlink_to(where / "nowhere")
    told = terminal.run("plan", where)
    assert (told.code, "root" in told.err, terminal.gateway.asked) == (1, False, [])
    for name in ("segments.yaml", "surveys", "gone.yaml"):
        assert f"{name}: is a link out of the folder, or no file" in told.err

    assert terminal.run("pull", where, "--only", "segments").code == 1
    open_survey()
    assert terminal.run("pull", where, "--only", "surveys", "--prune").code == 1
    assert (secret.read_text(encoding="utf-8"), list(other.iterdir())) == ("root:x:0:0", [])


def test_a_kind_is_said_in_one_place_and_no_file_is_passed_over_in_silence(tmp_path: Path) -> None:
    said: dict[str, str | bytes] = {
        "topics.yaml": "topics: []\n",
        "segments/south.yaml": "items: []\n",
        "surveys.yaml": "id: visit\n",
        "surveys/VISIT.YAML": "id: visit\n",
        "surveys/.draft.yaml": "half",
        "surveys/._visit.yaml": b"\xff\x00",
    }
    assert faults(tmp_path, said) == [
        "segments/south.yaml: does not belong to a programme",
        "surveys/VISIT.YAML: does not belong to a programme",
        "surveys.yaml: does not belong to a programme",
    ]


def test_an_empty_folder_of_a_kind_says_nothing_of_it_and_prunes_nothing(terminal: Terminal) -> None:
    open_survey()
    where = programme(terminal.home, {"topics.yaml": "topics: []\n"})
    (where / "surveys").mkdir()
    assert terminal.run("apply", where, "--yes", "--prune").code == 0
    assert ask("GET", "/v1/surveys/visit", terminal.key).json["status"] == "live"


def test_a_survey_that_people_answer_is_closed_when_it_is_pruned(terminal: Terminal) -> None:
    open_survey()
    where = programme(terminal.home, {"surveys/other.yaml": "id: other\nname: Other\nstatus: draft\n"})
    ended = terminal.run("apply", where, "--yes", "--prune")
    assert (ended.code, ask("GET", "/v1/surveys/visit", terminal.key).json["status"]) == (0, "closed"), ended
    assert [each["id"] for each in ask("GET", "/v1/surveys", terminal.key).json["items"]] == ["other"]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            {"segments.yaml": "items:\n- {code: a, name: A, parent: b}\n- {code: b, name: B, parent: a}\n"},
            "These places lie below each other in a circle: a, b.",
        ),
        (
            {"segments.yaml": "items:\n- {code: a, name: A, parent: nowhere}\n"},
            "a lies below nowhere, which is neither in the folder nor in the company.",
        ),
        (
            {"surveys/visit.yaml": "id: visit\nname: V\n"},
            "Survey visit: one with a definition is live, paused or closed",
        ),
    ],
)
def test_what_can_never_be_is_told_before_anything_is_written(
    terminal: Terminal, said: dict[str, str | bytes], told: str
) -> None:
    where = programme(terminal.home, {**said, "topics.yaml": "topics: [{code: t, name: {en: T}, terms: {en: [t]}}]\n"})
    ended = terminal.run("apply", where, "--yes")
    assert (ended.code, told in ended.err, terminal.gateway.written) == (1, True, [])


def test_a_folder_that_somebody_described_meanwhile_is_not_written_over(terminal: Terminal) -> None:
    found_company()
    where = programme(terminal.home, {"folders.yaml": "items:\n- {folder: lojas, mapping: {Loja: segment}}\n"})

    def faster(request: httpx.Request) -> None:
        if request.method == "PUT":
            terminal.gateway.before = lambda _: None
            said = {"mapping": {"Unidade": "segment"}}
            assert ask("PUT", "/v1/folders/lojas", terminal.key, body=said).status == 201

    terminal.gateway.before = faster
    ended = terminal.run("apply", where, "--yes")
    assert (ended.code, ended.err[:3] == "412" or "\n412 " in ended.err) == (1, True), ended
    assert ask("GET", "/v1/folders/lojas", terminal.key).json["mapping"] == {"Unidade": "segment"}


SURVEYS = next(kind for kind in KINDS if kind.name == "surveys")


def test_what_is_pulled_anew_takes_the_file_of_nothing_else(tmp_path: Path) -> None:
    where = programme(tmp_path, {"surveys/a.yaml": "id: z\nname: Z\nstatus: draft\n", "surveys/b.yaml": "half: ["})
    stands = [{"id": each, "name": each, "status": "draft"} for each in ("a", "b", "z", "con", "A")]
    wrote = {file.name for what, file in folder.write(where, {SURVEYS: stands}) if what != "alone"}
    assert wrote == {"a-2.yaml", "b-2.yaml", "a.yaml", "_con.yaml", "A-3.yaml"}
    assert (where / "surveys" / "b.yaml").read_text(encoding="utf-8") == "half: ["
    assert [each for each in (where / "surveys").iterdir() if each.suffix == ".part"] == []
    assert notation.read((where / "surveys" / "a.yaml").read_text(encoding="utf-8"))["id"] == "z"


def test_a_name_of_any_length_makes_a_file_that_every_disk_takes(tmp_path: Path) -> None:
    kind = next(each for each in KINDS if each.name == "dashboards")
    stands = [{"name": "\U0001d518" * 80, "survey": "visit", "shared": ["admin"]}]
    ((what, file),) = folder.write(tmp_path / "programme", {kind: stands})
    assert (what, len(file.name.encode()) < 255) == ("wrote", True)


def test_who_may_not_write_it_all_is_told_before_anything_is_written(terminal: Terminal) -> None:
    found_company()
    where = programme(
        terminal.home,
        {
            "topics.yaml": "topics: [{code: t, name: {en: T}, terms: {en: [t]}}]\n",
            "webhooks.yaml": "items:\n- {name: crm, url: https://crm.example.com/h}\n",
        },
    )
    terminal.key = key(Scope.SURVEYS_READ, Scope.SURVEYS_WRITE, Scope.WEBHOOKS_READ)
    ended = terminal.run("apply", where, "--yes")
    assert (ended.code, terminal.gateway.written) == (4, [])
    assert "It lacks: webhooks:write" in ended.err
    assert terminal.run("plan", where).code == 2


def test_a_key_that_sees_a_part_of_the_company_makes_no_programme_of_it(terminal: Terminal) -> None:
    found_company()
    terminal.key = key(segment="sul")
    where = programme(terminal.home, {"segments.yaml": "items: []\n"})
    for command in ("pull", "plan", "apply"):
        ended = terminal.run(command, where)
        assert (ended.code, "only a part of the company (sul)" in ended.err) == (4, True)
    assert (where / "segments.yaml").read_text(encoding="utf-8") == "items: []\n"


def test_the_scope_of_each_kind_is_the_one_that_its_writing_takes() -> None:
    takes = {
        route.path.split("/")[2]: str(route.scope)
        for route in ROUTES
        if route.method in {"POST", "PUT"} and len(route.path.split("/")) < 5
    }
    assert {kind.name: kind.scope for kind in KINDS if kind.name != "templates"} == {
        kind.name: takes[kind.name] for kind in KINDS if kind.name != "templates"
    }


def test_what_a_newer_api_says_is_not_lost_in_silence(terminal: Terminal) -> None:
    told = {"rev": 1, "topics": [{"code": "t", "name": {"en": "T"}, "terms": {"en": ["t"]}, "mood": "sad"}]}
    terminal.gateway.after = lambda request: httpx.Response(200, json=told) if "topics" in request.url.path else None
    ended = terminal.run("pull", terminal.home / "programme", "--only", "topics")
    assert (ended.code, "topics has mood. Update escuta" in ended.err) == (1, True)
    assert not (terminal.home / "programme" / "topics.yaml").exists()


def test_rules_of_sending_are_renamed_and_pruned(terminal: Terminal) -> None:
    open_survey()
    rules = "id: lojas\nname: Lojas\ndefault: {name: todos, survey: visit}\n"
    other = rules.replace("lojas", "outras")
    where = programme(terminal.home, {"rules/lojas.yaml": rules, "rules/outras.yaml": other})
    assert terminal.run("apply", where, "--yes").code == 0
    changed = rules.replace("Lojas", "Lojas do sul").replace("todos", "cada um")
    programme(terminal.home, {"rules/lojas.yaml": changed})
    (where / "rules" / "outras.yaml").unlink()
    assert terminal.run("apply", where, "--yes", "--prune").code == 0
    (only,) = ask("GET", "/v1/rules", terminal.key).json["items"]
    assert (only["id"], only["name"], only["version"]) == ("lojas", "Lojas do sul", 2)
    assert terminal.run("plan", where, "--prune").code == 0
