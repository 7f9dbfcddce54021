"""A programme as code: what is pulled from one company makes another the same, and a second time changes nothing."""

from datetime import datetime
from pathlib import Path
from typing import Any

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
    said(terminal, "PUT", "settings", {"name": "Lojas Aurora", "session_hours": 4})
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
