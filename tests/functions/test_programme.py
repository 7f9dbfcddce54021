"""A programme as code: what is pulled from one company makes another the same, and a second time changes nothing."""

from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import conftest
from tests.functions.callers import ask, found_company, key, open_survey
from tests.functions.terminals import Gateway, Terminal
from tests.kit import world

HTML = (
    '<p>Olá, {{ first_name | default("cliente") }}!</p>\n'
    '<p><a href="{{ link }}">Responder</a> <a href="{{ unsubscribe }}">Sair</a></p>\n'
)


@pytest.fixture
def terminal(aws: None, noon: datetime, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Terminal:  # noqa: ARG001 - the store and the clock come first
    return Terminal(key(), capsys, tmp_path, Gateway())


def said(terminal: Terminal, method: str, path: str, body: Any) -> Any:
    answer = ask(method, f"/v1/{path}", terminal.key, body=body)
    assert answer.status in {200, 201}, answer.json
    return answer.json


def decide(terminal: Terminal) -> None:
    """Decide something of every kind."""
    found_company()
    open_survey()
    plan = {"name": "plano", "type": "choice", "labels": {"pt-BR": "Plano"}, "choices": ["ouro", "prata"]}
    said(terminal, "POST", "custom-fields", plan)
    said(terminal, "PATCH", "segments/poa", {"city": "Porto Alegre", "attributes": {"andar": "2"}})
    said(terminal, "PATCH", "segments/manaus", {"retired": True})
    week = {"monday": [{"opens": "09:00", "closes": "18:00"}]}
    said(terminal, "PUT", "segments/sul/service-hours", {"week": week, "days": [{"day": "12-25", "name": "Natal"}]})
    topic = {"code": "no-show", "name": {"pt-BR": "Ausência"}, "terms": {"pt-BR": ["não veio"]}, "on": False}
    said(terminal, "PUT", "topics", {"topics": [topic]})
    said(terminal, "POST", "surveys", {"id": "rascunho", "name": "Rascunho"})
    said(terminal, "PATCH", "surveys/visit", {"retention_days": 730})
    words = {"subject": "Como foi?", "html": HTML, "text": "Responda: {{ link }}\nSair: {{ unsubscribe }}\n"}
    said(terminal, "PUT", "surveys/visit/templates/email/pt-BR", words)
    said(terminal, "PUT", "surveys/visit/templates/sms/en", {"text": "How was it? {{ link }}", "name": "curto"})
    said(terminal, "PUT", "sending-rules", {"rest": [{"name": "90 dias", "days": 90}], "reply_to": "manager"})
    route = {"name": "todos", "survey": "visit"}
    said(terminal, "POST", "rules", {"id": "lojas", "name": "Lojas", "assign": [], "default": route})
    cause = {"id": "fila", "text": {"pt-BR": "Fila", "en": "Queue"}}
    said(terminal, "PUT", "ticket-causes", {"causes": [cause]})
    said(terminal, "PUT", "ticket-settings", {"repeat_days": 30, "quiet_from": "21:00", "quiet_to": "08:00"})
    angry = {"id": "angry", "name": "Bravo", "when": {"field": "score", "op": "at_most", "value": 3}, "tags": ["vip"]}
    said(terminal, "PUT", "ticket-rules", {"rules": [angry]})
    said(terminal, "PUT", "folders/lojas", {"mapping": {"Loja": "segment"}, "rules": "lojas"})
    said(terminal, "PUT", "dashboards/default.visit", {"name": "Visita", "survey": "visit", "shared": ["manager"]})
    shared = {"name": "Diretoria / mês", "survey": "visit", "shared": ["admin", "analyst"]}
    said(terminal, "POST", "dashboards", shared)
    hook = said(
        terminal, "POST", "webhooks", {"name": "crm", "url": "https://crm.example.com/h", "types": ["ticket.*"]}
    )
    said(terminal, "PATCH", f"webhooks/{hook['id']}", {"state": "paused"})
    said(terminal, "POST", "export-schedules", {"name": "noite", "what": "responses", "survey": "visit", "hour": 3})
    said(terminal, "POST", "roles", {"id": "leitor", "name": "Leitor", "scopes": ["tickets:read", "metrics:read"]})
    said(terminal, "PUT", "settings", {"audit_days": 500, "session_hours": 4})
    said(terminal, "PATCH", "surveys/visit", {"status": "paused"})


def files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*.yaml"))}


def emptied(terminal: Terminal) -> Terminal:
    """Return the terminal of another company, which has only a key."""
    conftest.forget()
    world.fresh()
    return Terminal(key(), terminal.captured, terminal.home, Gateway())


def test_what_is_pulled_makes_another_company_the_same_and_a_second_time_changes_nothing(
    terminal: Terminal, tmp_path: Path
) -> None:
    decide(terminal)
    first, second = tmp_path / "first", tmp_path / "second"

    pulled = terminal.run("pull", first)
    assert pulled.code == 0, pulled
    other = emptied(terminal)
    applied = other.run("apply", first, "--yes")
    assert applied.code == 0, (applied.err, other.gateway.asked[-3:])

    other.gateway.asked.clear()
    again = other.run("apply", first, "--yes")
    assert (again.code, other.gateway.written) == (0, [])
    assert other.run("pull", second).code == 0
    assert files(second) == files(first)


SMALL = {
    "segments.yaml": (
        "items:\n- {code: sul, name: Sul, parent: aurora}\n- {code: aurora, name: Aurora, timezone: UTC}\n"
    ),
    "surveys/visit.yaml": (
        "id: visit\nname: Visita\nstatus: paused\ndefinition:\n  languages: [pt-BR]\n  title: {pt-BR: Visita}\n"
        "  questions:\n  - {id: nps, kind: nps, benchmark: true, text: {pt-BR: Recomendaria}}\n"
    ),
    "webhooks.yaml": "items:\n- {name: crm, url: https://crm.example.com/h}\n",
}


def folder_of(terminal: Terminal, said: dict[str, str]) -> Path:
    folder = terminal.home / "programme"
    for name, text in said.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def test_a_plan_says_what_differs_and_ends_with_2_as_long_as_something_does(terminal: Terminal) -> None:
    folder = folder_of(terminal, SMALL)
    planned = terminal.run("plan", folder, "--json")
    assert (planned.code, planned.json["differs"], terminal.gateway.written) == (2, True, [])
    assert [(each["act"], each["kind"], each["name"]) for each in planned.json["steps"]] == [
        ("create", "segments", "aurora"),
        ("create", "segments", "sul"),
        ("create", "surveys", "visit"),
        ("create", "webhooks", "crm"),
    ]
    applied = terminal.run("apply", folder, "--yes")
    assert (applied.code, applied.out.splitlines()[-1][:6]) == (0, "whsec_")
    assert terminal.run("plan", folder).code == 0

    folder_of(terminal, {"segments.yaml": SMALL["segments.yaml"].replace("Sul", "Região Sul")})
    again = terminal.run("plan", folder)
    assert (again.code, again.out) == (2, "~ segments sul\n    name: Sul → Região Sul\n")


def test_what_the_folder_does_not_say_stays_unless_it_is_to_be_pruned(terminal: Terminal) -> None:
    folder = folder_of(terminal, SMALL)
    assert terminal.run("apply", folder, "--yes").code == 0
    folder_of(terminal, {"webhooks.yaml": "items: []\n"})

    kept = terminal.run("apply", folder, "--yes")
    assert (kept.code, kept.out) == (0, "  webhooks crm is not in the folder, and stays\n")
    assert terminal.run("apply", folder, "--yes", "--prune").code == 0
    assert ask("GET", "/v1/webhooks", terminal.key).json["items"] == []


def test_files_that_mean_nothing_are_told_with_their_places_before_anything_is_asked(terminal: Terminal) -> None:
    folder = folder_of(
        terminal,
        {
            "surveys/a.yaml": "id: visit\nname: Visita\nstatus: open\ncolour: red\n",
            "segments.yaml": "items:\n- {code: sul, name: Sul}\n- {code: sul, name: Sul}\n",
            "topics.yaml": "topics: [\n",
            "notes.yml": "hello\n",
        },
    )
    ended = terminal.run("plan", folder)
    assert (ended.code, terminal.gateway.asked) == (1, [])
    told = [line.strip() for line in ended.err.splitlines()]
    assert told[0] == "To be mended first:"
    assert "segments.yaml: sul stands in segments.yaml already" in told
    assert "surveys/a.yaml: -: unknown name: colour" in told
    assert 'surveys/a.yaml: status: "open" is none of: draft, live, paused, closed' in told
    assert "notes.yml: does not belong to a programme" in told
    assert any(line.startswith("topics.yaml: while parsing") for line in told)


def state(terminal: Terminal) -> Any:
    """Return what stands, without what no two companies have in common."""
    terminal.run("pull", terminal.home / "state")
    return files(terminal.home / "state")


@pytest.mark.parametrize("lost", [False, True], ids=["before", "after"])
def test_an_apply_that_stops_anywhere_and_is_repeated_ends_the_same(terminal: Terminal, *, lost: bool) -> None:
    folder = folder_of(terminal, SMALL)
    assert terminal.run("apply", folder, "--yes").code == 0
    clean, writes = state(terminal), len(terminal.gateway.written)
    assert writes == 6

    for stop in range(writes):
        other = emptied(terminal)

        def die(request: httpx.Request, other: Terminal = other, stop: int = stop) -> None:
            done = len(other.gateway.written) - lost
            if request.method != "GET" and done == stop:
                raise KeyboardInterrupt

        setattr(other.gateway, "after" if lost else "before", die)
        assert other.run("apply", folder, "--yes").code == 130
        other.gateway.before, other.gateway.after = lambda _: None, lambda _: None
        assert other.run("apply", folder, "--yes").code == 0
        assert state(other) == clean
        hooks = ask("GET", "/v1/webhooks", other.key).json["items"]
        assert [each["name"] for each in hooks] == ["crm"]


def test_who_changes_something_between_plan_and_apply_is_not_written_over(terminal: Terminal) -> None:
    folder = folder_of(terminal, SMALL)
    assert terminal.run("apply", folder, "--yes").code == 0
    folder_of(terminal, {"segments.yaml": SMALL["segments.yaml"].replace("Sul", "Região Sul")})

    def faster(request: httpx.Request) -> None:
        if request.method == "PATCH":
            assert ask("PATCH", "/v1/segments/sul", terminal.key, body={"name": "Extremo Sul"}).status == 200

    terminal.gateway.before = faster
    ended = terminal.run("apply", folder, "--yes")
    assert (ended.code, "412" in ended.err) == (1, True)
    assert ask("GET", "/v1/segments/sul", terminal.key).json["name"] == "Extremo Sul"


def test_what_was_made_and_is_gone_is_made_again_although_the_reply_is_kept(terminal: Terminal) -> None:
    folder = folder_of(terminal, {"custom-fields.yaml": "items:\n- {name: plano}\n"})
    assert terminal.run("apply", folder, "--yes").code == 0
    assert ask("DELETE", "/v1/custom-fields/plano", terminal.key).status == 200
    assert terminal.run("apply", folder, "--yes").code == 0
    assert ask("GET", "/v1/custom-fields/plano", terminal.key).status == 200
