"""What was sent: every deployment, how far it came, and each person of it with what became of them and why."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.deploy import choices, figures
from console.flash import Flash, Undo
from console.forms import NONE, Faults
from console.visit import Visit
from escuta.directory.model import Scope

STATES = ("planning", "running", "paused", "cancelled")


def show_all(visit: Visit) -> Response[str]:
    """Show what was sent, the newest first."""
    asked = {"survey": visit.asked("survey"), "state": visit.asked("state")}
    found = visit.api.get("/deployments", limit=25, cursor=visit.asked("cursor"), funnel=True, **asked)
    surveys = choices.surveys(visit)
    return pages.framed(
        visit,
        "deploy/history",
        found=found["items"],
        next=found["next"],
        asked=asked,
        surveys=surveys,
        called_surveys=choices.names(surveys),
        states=STATES,
        tones=choices.STATE_TONES,
    )


def show(visit: Visit, deployment: str) -> Response[str]:
    """Show one deployment: how far it is, what became of everybody, and what can still be done about it."""
    return _shown(visit, deployment, NONE, {})


def _shown(visit: Visit, deployment: str, faults: Faults, typed: Mapping[str, str]) -> Response[str]:
    found = visit.api.get(f"/deployments/{deployment}")
    came = visit.api.get(f"/deployments/{deployment}/funnel")["total"]
    resends = visit.api.get(f"/deployments/{deployment}/resends")["items"]
    survey = visit.api.find(f"/surveys/{found['survey']}") if visit.api.may(Scope.SURVEYS_READ) else None
    tree = choices.tree(visit) if found["segments"] else []
    return pages.framed(
        visit,
        "deploy/deployment",
        part="live",
        one=found,
        came=came,
        resends=resends,
        survey=survey,
        places=choices.names(tree, "code"),
        groups=figures.groups(found["progress"]),
        shares=figures.shares(came),
        state=figures.state(found),
        tones=choices.STATE_TONES,
        tone=choices.tone,
        reason=choices.reason(visit, found["reason"]) if found["reason"] else "",
        faults=faults,
        typed=typed,
    )


def show_people(visit: Visit, deployment: str) -> Response[str]:
    """Show the people of a deployment, all or those in one state."""
    found = visit.api.get(f"/deployments/{deployment}")
    state = visit.asked("state")
    asked = visit.api.get(f"/deployments/{deployment}/invitations", limit=50, cursor=visit.asked("cursor"), state=state)
    return pages.framed(
        visit,
        "deploy/people",
        one=found,
        people=asked["items"],
        next=asked["next"],
        state=state,
        places=choices.names(choices.tree(visit), "code"),
        tone=choices.tone,
        why=lambda code: choices.reason(visit, code),
    )


def show_person(visit: Visit, deployment: str, invitation: str) -> Response[str]:
    """Show the way of one person: when they were chosen, written to, reached, and what they did."""
    found = visit.api.get(f"/invitations/{invitation}")
    one = visit.api.find(f"/deployments/{found['deployment'] or deployment}")
    may_read = visit.api.may(Scope.CONTACTS_READ) and found["contact"]
    around = visit.api.find(f"/contacts/{found['contact']}/journey") if may_read else None
    return pages.framed(
        visit,
        "deploy/person",
        one=one,
        it=found,
        steps=figures.way(found),
        around=around,
        places=choices.names(choices.tree(visit), "code"),
        tone=choices.tone,
        why=lambda code: choices.reason(visit, code),
        evidence=figures.evidence(visit, found["details"]),
    )


def change(visit: Visit, deployment: str) -> Response[Any]:
    """Rename a deployment, or change how long its links live and how it reminds."""

    def work(form: Mapping[str, str]) -> Response[str]:
        body: dict[str, Any] = {
            "name": form.get("name", "").strip(),
            "expires_after_days": choices.number(form.get("expires_after_days", "")),
            "reply_to": form.get("reply_to", "").strip(),
            "remind": {
                "times": choices.number(form.get("remind.times", "0")),
                "every_days": choices.number(form.get("remind.every_days", "3")),
                "hour": form.get("remind.hour", "10:00"),
            },
        }
        visit.api.patch(f"/deployments/{deployment}", body, rev=form.get("rev", ""))
        return pages.go(visit, f"deploy/history/{deployment}", Flash(code="said.saved"))

    return forms.act(visit, work, lambda form, faults: _shown(visit, deployment, faults, form))


def steer(visit: Visit, deployment: str) -> Response[Any]:
    """Pause a deployment, let it go on, or cancel it for good."""

    def work(form: Mapping[str, str]) -> Response[str]:
        state = form.get("state", "")
        done = visit.api.patch(f"/deployments/{deployment}", {"state": state})  # whatever else changed meanwhile
        back = {"paused": "running", "running": "paused"}.get(state)
        undo = Undo(path=f"deploy/history/{deployment}/state", fields={"state": back}) if back else None
        said = Flash(code=f"deploy.said.{done['state']}", details={"name": done["name"][:80]}, undo=undo)
        return pages.go(visit, f"deploy/history/{deployment}", said)

    return forms.act(visit, work, lambda _, faults: _shown(visit, deployment, faults, {}))


def end_canary(visit: Visit, deployment: str) -> Response[Any]:
    """Let those who wait for a first share follow now."""

    def work(_: Mapping[str, str]) -> Response[str]:
        visit.api.patch(f"/deployments/{deployment}", {"canary": None})
        return pages.go(visit, f"deploy/history/{deployment}", Flash(code="deploy.said.canary_ended"))

    return forms.act(visit, work, lambda _, faults: _shown(visit, deployment, faults, {}))


def resend(visit: Visit, deployment: str) -> Response[Any]:
    """Write once more to those whom nothing reached."""

    def work(form: Mapping[str, str]) -> Response[str]:
        body = {"states": visit.fields.get("states", [])}
        visit.api.post(f"/deployments/{deployment}/resends", body, call=form.get("call", ""))
        return pages.go(visit, f"deploy/history/{deployment}", Flash(code="deploy.said.resent"))

    return forms.act(visit, work, lambda _, faults: _shown(visit, deployment, faults, {}))
