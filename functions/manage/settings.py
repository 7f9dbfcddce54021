"""Settings of the organisation: its name, its language and place, how it calls things, how long people stay in."""

from typing import Any

from escuta.directory import organisation
from escuta.directory.model import Organisation, OrganisationDraft
from manage.asking import Asked, Request


def get(request: Request) -> dict[str, Any]:
    """Return what the organisation decided about itself, and what holds.

    What nobody decided has `rev` 0. An empty name, language, country or zone was left open: `effective` says what
    holds instead, with the words in every language. Everybody who may read settings reads them, whatever segments
    the access is bound to.
    """
    request.query(Asked)
    return _shown(organisation.load())


def put(request: Request) -> dict[str, Any]:
    """Decide anew, in place of what `If-Match` names; what the body leaves out is as it is without a decision.

    What is warm already follows within a minute. Sessions that are open keep the hours that they began with. Refused
    are an unknown language, country or time zone, and words of more than one line.
    """
    request.everywhere()
    draft = request.body(OrganisationDraft)
    holding = organisation.load()
    request.match(holding)
    return _shown(organisation.save(draft, rev=holding.rev, who=request.caller.id))


def _shown(decided: Organisation) -> dict[str, Any]:
    holds = organisation.filled(decided)
    effective = {name: getattr(holds, name) for name in ("name", "language", "country", "timezone")}
    called = {
        noun: {language: words.model_dump() for language, words in own.items()}
        for noun, own in organisation.labels(decided).items()
    }
    return {**decided.model_dump(mode="json"), "effective": {**effective, "labels": called}}
