"""Deployments in every state, with invitations in many."""

import json
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from distribute import feedback
from escuta import clock, table
from escuta.outreach.model import Invitation
from tests.browser.house.asking import Api, work
from tests.browser.house.programme import CSAT, NPS
from tests.kit.stream import Context

_EVENTS = Path(__file__).parents[2] / "events"
_TOLD = ("delivery", "delivery", "bounce", "delivery", "complaint", "delivery", "delivery")


def sent(api: Api) -> dict[str, str]:
    """Start deployments on their days, send what is due, and let providers tell what came of it."""
    old = _started(api, 25, {"name": "Visitas de outubro", "segments": ["sul"], "expires_after_days": 7})
    _told(old)
    _later(17, 21)  # it expires, and ends
    running = _started(
        api, 2, {"name": "Visitas de novembro", "segments": ["sudeste"], "remind": _TWICE, "canary": _FEW}
    )
    _told(running)
    visit = {"name": "Loja nova em Manaus", "segments": ["mao-01"], "survey": CSAT, "strategy": "prefer_sms"}
    paused = _started(api, 1, visit)
    with clock.at(_noon(1)):
        api.patch(f"deployments/{paused}", {"state": "paused"})
    cancelled = _started(api, 3, {"name": "Teste da equipe", "segments": ["norte-nordeste"], "send": _in_days(9)})
    with clock.at(_noon(2)):
        api.patch(f"deployments/{cancelled}", {"state": "cancelled"})
    planned = _started(api, 0, {"name": "Campanha de Natal", "segments": ["aurora"], "send": _in_days(20)})
    resent = api.post(f"deployments/{old}/resends", {"states": ["bounced", "unknown"]})
    work()
    tried = _draft({"name": "Visitas de dezembro", "segments": ["sul"], "remind": _TWICE})
    run = api.post("deployments/dry-runs", tried)
    work()
    found = api.get(f"deployments/{running}/invitations")["items"]
    return {
        "deployment": running,
        "deployment_finished": old,
        "deployment_paused": paused,
        "deployment_cancelled": cancelled,
        "deployment_scheduled": planned,
        "resend": resent["id"],
        "run": run["id"],
        "invitation": found[0]["id"],
    }


_TWICE = {"times": 2, "every_days": 3, "hour": "18:00"}
_FEW = {"percent": 10, "hours": 12}


def _in_days(days: int) -> dict[str, Any]:
    return {"when": "local", "hour": "10:00", "days": days}


def _noon(days: int) -> datetime:
    """Return noon in São Paulo of a day that is so long past, or a moment ago if that is not past yet."""
    now = clock.now()
    return min(datetime.combine(now.date() - timedelta(days=days), time(15, tzinfo=UTC)), now - timedelta(minutes=2))


def _draft(said: dict[str, Any]) -> dict[str, Any]:
    return {"survey": NPS, "strategy": "prefer_email", "audience": "segments", **said}


def _started(api: Api, days: int, said: dict[str, Any]) -> str:
    moment = _noon(days)
    with clock.at(moment):
        made: str = api.post("deployments", _draft(said))["id"]
    for later in range(4):
        with clock.at(moment + timedelta(seconds=20 * later)):
            work()
    return made


def _later(*days: int) -> None:
    for each in days:
        with clock.at(_noon(each)):
            work()


def _told(deployment: str) -> None:
    """Let the provider say of each message how it went."""
    sent_ones = [
        one
        for shard in Invitation.shards(deployment)
        for one in table.query(Invitation, shard, index="g1").items
        if one.sent_at
    ]
    for number, one in enumerate(sorted(sent_ones, key=lambda each: each.address)):
        text = (_EVENTS / f"ses_{_TOLD[number % len(_TOLD)]}.json").read_text(encoding="utf-8")
        message = text.replace("LINK_KEY", one.link_key)
        envelope = {"Type": "Notification", "Message": message}
        feedback.handler({"Records": [{"messageId": "told", "body": json.dumps(envelope)}]}, Context())
