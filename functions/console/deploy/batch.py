"""Many links at once: one for each place that is chosen, or several for counters and tables of each."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.deploy import choices
from console.forms import NONE, Faults
from console.visit import Visit

MOST = 100  # links of one call


def show(visit: Visit) -> Response[str]:
    """Show the form."""
    return _form(visit, {"survey": visit.asked("survey"), "labels": "", "segments": []}, NONE)


def _form(visit: Visit, said: Mapping[str, Any], faults: Faults) -> Response[str]:
    return pages.framed(
        visit,
        "deploy/batch",
        filled=said,
        surveys=choices.offered(choices.surveys(visit, "live")),
        tree=choices.tree(visit),
        made=None,
        most=MOST,
        faults=faults,
    )


def create(visit: Visit) -> Response[Any]:
    """Make the links, and show what became of each."""
    said = {"survey": "", "labels": "", **visit.form(), "segments": visit.fields.get("segments", [])}

    def work(form: Mapping[str, str]) -> Response[str]:
        labels = [line.strip() for line in form.get("labels", "").splitlines() if line.strip()] or [""]
        wanted = [(segment, label) for segment in said["segments"] for label in labels]
        say = visit.reader().say
        if not wanted:
            return again(form, Faults(fields={"segments": say("deploy.batch.nobody")}))
        if len(wanted) > MOST:
            words = say("deploy.batch.too_many", n=len(wanted), most=MOST)
            return again(form, Faults(fields={"segments": words}))
        items = [{"survey": form.get("survey", ""), "segment": segment, "label": label} for segment, label in wanted]
        made = visit.api.post("/tokens/batch", {"items": items}, call=form.get("call", ""))["items"]
        tree = choices.tree(visit)
        return pages.framed(
            visit,
            "deploy/batch_made",
            made=[(segment, label, one) for (segment, label), one in zip(wanted, made, strict=True)],
            places=choices.names(tree, "code"),
        )

    def again(_: Mapping[str, str], faults: Faults) -> Response[str]:
        answer = _form(visit, said, faults)
        answer.status_code = faults.status
        return answer

    return forms.act(visit, work, again)
