"""What hangs on a survey: told to whoever pauses, closes or deletes it, before it is done."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from escuta import table
from escuta.feedback import dashboards, intercepts, surveys, tokens
from escuta.outreach import deployments, rulesets
from escuta.outreach.model import Deployment, DeploymentState, RuleSet, RuleSetVersion
from manage.asking import Asked, Request

T = TypeVar("T")
_MOST = 1_000  # things of one noun that are looked through


def get(request: Request, survey: str) -> dict[str, Any]:
    """Return how many sendings, links, websites, rules and dashboards a survey has, of those that still work.

    Sendings that are not over would stop when it is paused or closed; store links and intercepts would say that it is
    over; rules would ask nobody by it. The newest 1,000 of each noun are looked through: `complete` says whether those
    were all.
    """
    request.query(Asked)
    request.everywhere()
    head = surveys.get(survey)
    sendings, all_sendings = _first(deployments.listing)
    links, all_links = _first(tokens.listing)
    sites, all_sites = _first(intercepts.listing)
    books, all_books = _first(rulesets.listing)
    boards = dashboards.listing(head.id, limit=100)
    return {
        "survey": head.id,
        "status": head.status,
        "deployments": sum(each.survey == head.id and _goes_on(each) for each in sendings),
        "tokens": sum(each.survey == head.id and each.revoked_at is None for each in links),
        "intercepts": sum(each.survey == head.id and each.revoked_at is None for each in sites),
        "rules": sum(any(route.survey == head.id for route in each.routes) for each in _in_force(books)),
        "dashboards": sum(each.deleted_at is None for each in boards.items),
        "complete": all_sendings and all_links and all_sites and all_books,
    }


def _goes_on(deployment: Deployment) -> bool:
    return deployment.finished_at is None and deployment.state is not DeploymentState.CANCELLED


def _in_force(books: Iterable[RuleSet]) -> Iterable[RuleSetVersion]:
    """Return the newest versions of these rules, read together."""
    return table.find_many(RuleSetVersion, (RuleSetVersion.at(each.id, each.version) for each in books)).values()


def _first(listing: Callable[..., table.Page[T]]) -> tuple[tuple[T, ...], bool]:
    """Return the first things of a list, and whether there are no more."""
    page = listing(limit=_MOST)
    return page.items, page.next is None
