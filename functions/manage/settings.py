"""Settings of the organisation: how it calls things, how long people stay in, and what the deployment says of it."""

from typing import Any

from escuta import config
from escuta.directory import organisation
from escuta.directory.model import Organisation, OrganisationDraft
from escuta.errors import InvalidError
from manage.asking import Asked, Request
from manage.problems import FaultyError

_DEPLOYED = frozenset({"name", "language", "country", "timezone"})


def get(request: Request) -> dict[str, Any]:
    """Return what the organisation decided about itself, what holds, and what its deployment says of it.

    `name`, `language`, `country` and `timezone` are told and not taken: they are parameters of the stack, since by
    them telephones were read and days were counted. What nobody decided has `rev` 0. `effective` has the words in
    every language. Everybody who may read settings reads them, whatever segments the access is bound to.
    """
    request.query(Asked)
    return _shown(organisation.load())


def put(request: Request) -> dict[str, Any]:
    """Decide anew, in place of what `If-Match` names; what the body leaves out is as it is without a decision.

    What is warm already follows within a minute. Sessions that are open keep the hours and minutes they began with.
    Words of more than one line are refused, and so is what only a deployment changes (422 `settings_deployed`).
    """
    request.everywhere()
    draft = _draft(request)
    holding = organisation.load()
    request.match(holding)
    return _shown(organisation.save(draft, rev=holding.rev, who=request.caller.id))


def _draft(request: Request) -> OrganisationDraft:
    try:
        return request.body(OrganisationDraft)
    except FaultyError as error:
        deployed = next((place for _, place, _ in error.faults if place in _DEPLOYED), None)
        if deployed is None:
            raise
        raise InvalidError("settings_deployed", field=deployed) from error


def _shown(decided: Organisation) -> dict[str, Any]:
    stack = config.settings()
    called = {
        noun: {language: words.model_dump() for language, words in own.items()}
        for noun, own in organisation.labels(decided).items()
    }
    deployed = {
        "name": stack.organisation,
        "language": stack.language,
        "country": stack.country,
        "timezone": stack.timezone,
    }
    return {**deployed, **decided.model_dump(mode="json"), "effective": {"labels": called}}
