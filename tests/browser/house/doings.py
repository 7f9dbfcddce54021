"""What people did lately: links and devices, exports, webhooks, dashboards, and tickets that are being worked on."""

from datetime import timedelta
from typing import Any

from escuta import clock
from escuta.feedback import parking
from escuta.feedback.model import TicketState
from escuta.ids import derive
from tests.browser.house.asking import Api, ago, work
from tests.browser.house.programme import CSAT, DRAFT, HOSTILE, NPS


def handed_out(api: Api) -> dict[str, str]:
    """Make links for counters, posters and kiosks, and an intercept."""
    kiosk = {"idle_seconds": 45, "on_idle": "discard", "access_code": "2580"}
    tokens = [
        {"survey": CSAT, "segment": "poa-01", "label": "Tablet do caixa 1", "language": "pt-BR", "kiosk": kiosk},
        {"survey": NPS, "segment": "spo-01", "label": "Pôster da entrada", "quota": 5000},
        {"survey": NPS, "segment": "rio-01", "label": f"{HOSTILE} Nota fiscal"},
    ]
    made = [api.post("tokens", each) for each in tokens]
    api.delete(f"tokens/{made[2]['id']}")
    shop = {"name": "Depois da compra", "survey": CSAT, "segment": "aurora", "origins": ["https://loja.example.com"]}
    when = {"delay_seconds": 5, "url_includes": ["/pedido/confirmado"], "sample_percent": 25}
    intercept = api.post("intercepts", {**shop, "hidden": ["plan"], "trigger": when})
    return {"token": made[0]["id"], "link": made[1]["link"], "intercept": intercept["id"]}


def taken_out(api: Api) -> dict[str, str]:
    """Order exports, of which one is ready, and a schedule."""
    with ago(days=1):
        ready = api.post("exports", {"what": "responses", "format": "csv", "survey": NPS, "segment": "sul"})
        api.post("exports", {"what": "tickets", "format": "xlsx"})
        work()
    waiting = api.post("exports", {"what": "contacts", "format": "csv"})
    schedule = {"name": "respostas-diarias", "what": "responses", "survey": NPS, "format": "jsonl"}
    made = api.post("export-schedules", {**schedule, "reach": "yesterday", "every": "day", "hour": 6})
    return {"export": ready["id"], "export_waiting": waiting["id"], "schedule": made["name"]}


def told(api: Api) -> dict[str, str]:
    """Make webhooks, and tell them what happens: some servers answer badly."""
    hook = api.post("webhooks", {"name": "CRM", "url": "https://crm.example.com/hooks/escuta"})
    other = api.post("webhooks", {"name": "BI", "url": "https://bi.example.com/escuta", "types": ["ticket.*"]})
    api.patch(f"webhooks/{other['id']}", {"state": "paused"})
    for number in range(6):
        with ago(hours=30 - number):
            api.post(
                "contacts", {"name": f"Cliente {number}", "email": f"site.{number}@example.com", "segment": "poa-01"}
            )
            api.post("suppressions", {"address": f"site.{number}@example.com"})
            work()
    with ago(minutes=50):
        api.patch(f"surveys/{DRAFT}", {"name": "Pós-venda: montagem e entrega"})
        work()
    first = api.get(f"webhooks/{hook['id']}/deliveries")["items"]
    again = {"from": (clock.now() - timedelta(hours=2)).isoformat(), "to": clock.now().isoformat(), "types": ["survey"]}
    replay = api.post("events/replays", again)
    work()
    told_ones = {"delivery": first[0]["id"]} if first else {}
    return {"webhook": hook["id"], "replay": replay["id"], **told_ones}


def looked_at(api: Api) -> dict[str, str]:
    """Save dashboards and views of tickets."""
    widgets = [
        _widget("score", "tile", _at(0, 0, 3, 3), {"metric": "nps", "compare": "before"}, target=50),
        _widget("trend", "trend", _at(3, 0, 9, 5), {"group_by": "week", "span": _QUARTER}),
        _widget("gauge", "gauge", _at(0, 3, 3, 4), {"span": _QUARTER}, target=60),
        _widget("classes", "distribution", _at(3, 5, 4, 4), {"metric": "nps", "span": _QUARTER}),
        _widget("tones", "trend", _at(7, 5, 5, 4), {"metric": "tones", "group_by": "month", "span": _QUARTER}),
        _widget("stores", "ranking", _at(0, 9, 6, 6), {"group_by": "segment", "levels": 2, "span": _QUARTER}),
        _widget("heat", "heatmap", _at(6, 9, 6, 6), {"group_by": "segment", "then_by": "question", "span": _QUARTER}),
        _widget("causes", "causes", _at(0, 15, 4, 5), {"metric": "causes", "span": _QUARTER}),
        _widget("wait", "distribution", _at(4, 15, 4, 5), {"metric": "wait", "span": _QUARTER}),
        _widget("channels", "ranking", _at(8, 15, 4, 5), {"group_by": "channel", "span": _QUARTER}),
    ]
    board = {"name": "Lojas do sul", "survey": NPS, "widgets": widgets, "shared": ["manager", "analyst"]}
    made = api.post("dashboards", board)
    view = {"name": "Urgentes", "filter": {"priorities": ["urgent"]}, "sort": "priority", "shared": ["manager"]}
    return {"dashboard": made["id"], "widget": "trend", "view": api.post("ticket-views", view)["id"]}


def _widget(name: str, kind: str, at: dict[str, int], query: dict[str, Any], **options: Any) -> dict[str, Any]:
    return {"id": name, "kind": kind, "position": at, "query": {"metric": "nps", **query}, "options": options}


def worked_on(api: Api, person: dict[str, Any]) -> dict[str, str]:
    """Work on tickets: take over, note, write, wait, resolve, close, reopen, link; open one by hand."""
    found = api.get("tickets", limit="50")["items"]
    first, second, third, fourth, *_ = sorted(found, key=lambda each: not each["contact"])
    owner = api.get("managers")["items"][0]["id"]
    _change(api, first, owner=owner, comment="Liguei às 10h, não atendeu. Tento de novo à tarde.")
    message = {"text": "Olá! Sentimos muito pela espera. Posso ligar hoje à tarde?", "channel": "email"}
    api.post(f"tickets/{first['id']}/messages", message | {"rev": _rev(api, first)})
    _change(api, second, state=TicketState.OPEN)
    _change(api, second, state=TicketState.WAITING, comment="Aguardo a peça do fornecedor.", tags=["peça"])
    _change(api, third, state=TicketState.OPEN)
    _change(api, third, state=TicketState.RESOLVED, root_causes=["delivery"], action="Enviamos um novo produto.")
    since = (clock.now() - timedelta(days=30)).date().isoformat()
    done = api.get("tickets", state="closed", closed_from=since, limit="5")["items"]
    if done:
        _change(api, done[0], state=TicketState.REOPENED, comment="O cliente ligou de novo.")
    api.post(f"tickets/{fourth['id']}/links", {"ticket": first["id"], "rev": _rev(api, fourth)})
    again = {"contact": first["contact"], "segment": first["segment"], "subject": "Ligou outra vez"}
    twin = api.post("tickets", {name: value for name, value in again.items() if value})
    api.post(f"tickets/{twin['id']}/merge", {"into": first["id"], "rev": _rev(api, twin)})
    by_hand = {"contact": person["id"], "segment": "poa-01", "subject": f"{HOSTILE} Ligou para reclamar da entrega"}
    made = api.post("tickets", {**by_hand, "priority": "high", "tags": ["entrega"], "comment": "Prometi retorno hoje."})
    sheet = {"name": "nota fiscal.pdf", "content_type": "application/pdf", "size": 48213}
    attachment = api.post(f"tickets/{first['id']}/attachments", sheet)
    return {"ticket": first["id"], "other": fourth["id"], "ticket_by_hand": made["id"], "attachment": attachment["id"]}


def dropped_by_sftp(api: Api) -> dict[str, str]:
    """Let two systems drop files by SFTP."""
    for name, folders in (("erp-loja", ["contacts", "products"]), ("crm", ["contacts"])):
        made = api.post("sftp-users", {"name": name, "folders": folders, "key": _SSH})
    return {"account": str(made.get("id", made["name"]))}


def left_over() -> dict[str, str]:
    """Park what could not be taken."""
    parking.park("answers_differ", "first", '{"nps": 9}', "test", "first", link_key="hash-of-a-link")
    parking.park("sms_not_understood", "", '{"text": "??"}', "sms", "first")
    return {"parked": derive("parked", "test", "first")}


def _change(api: Api, ticket: dict[str, Any], **said: Any) -> None:
    api.patch(f"tickets/{ticket['id']}", {"rev": _rev(api, ticket), **said})


def _rev(api: Api, ticket: dict[str, Any]) -> int:
    found: int = api.get(f"tickets/{ticket['id']}")["rev"]
    return found


def _at(x: int, y: int, w: int, h: int) -> dict[str, int]:
    return {"x": x, "y": y, "w": w, "h": h}


_SSH = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH4Fd7Ne2u8cL1zJbY4V9xT0wqkP3sQm5rGvXyZaBcDe erp"  # of nobody
_QUARTER = {"count": 13, "unit": "week"}
