"""Whether messages go out: what each channel may send, what holds it back, and the switch that stops it."""

from collections.abc import Mapping

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.flash import Flash, Undo
from console.forms import NONE, Faults
from console.visit import Visit

Form = Mapping[str, str]
PATH = "admin/sending"
_TURNED = {"stopped": "running", "running": "stopped"}


def show(visit: Visit) -> Response[str]:
    """Show how each channel stands."""
    return _page(visit, {}, NONE)


def switch(visit: Visit) -> Response[str]:
    """Stop a channel, or let it go on, and keep why."""

    def work(form: Form) -> Response[str]:
        body = forms.given(form, "channel", "state", "why")
        visit.api.patch("/sending", body)
        say = visit.reader().say
        back = {
            "channel": body["channel"],
            "state": _TURNED.get(body["state"], ""),
            "why": say("settings.sending.undone"),
        }
        said = Flash(
            code=f"settings.said.{body['state']}",
            details={"channel": say(f"settings.channel.{body['channel']}")},
            undo=None if form.get("undoing") else Undo(path=PATH, fields=back | {"undoing": "1"}),
        )
        return pages.go(visit, PATH, said)

    return forms.act(visit, work, lambda form, faults: _page(visit, form, faults))


def _page(visit: Visit, typed: Form, faults: Faults) -> Response[str]:
    found = visit.api.get("/sending")
    return pages.framed(visit, "admin/sending", part="state", found=found, typed=typed, faults=faults)
