"""Every route of the API, asked by everybody of things everywhere: who may may, who may not changes nothing.

A cell is one who (an administrator, an analyst, a manager; a key that has every scope, that has every scope but the
one it takes, that is bound to a place, that is over, that was revoked; nobody) who asks of one thing: their own, a
child's, a neighbour's, the parent's, none, one whose id is no id, one whose id is too long to be one; and where a path
names two things, of an own thing with a part that is not there, or that is another's.
"""

from collections.abc import Iterator
from datetime import timedelta
from unittest.mock import patch

import pytest
from moto import mock_aws

from escuta import clock, table
from escuta.directory import access
from escuta.directory.access import seeing
from escuta.directory.model import Caller
from escuta.errors import ForbiddenError
from manage.described.document import described_routes
from manage.routes import ROUTES
from tests import conftest
from tests.functions import matrix
from tests.functions.matrix import RIGHTS
from tests.functions.nouns import Company
from tests.kit import people

LISTS = (
    "list_segments", "get_segment_tree", "list_service_hours", "list_intercepts", "list_tokens", "list_managers",
    "list_webhooks", "list_keys", "list_users", "list_deployments", "list_dry_runs", "list_exports",
    "list_export_schedules", "list_events", "list_evidence", "list_tickets", "list_ticket_views", "list_dashboards",
)  # fmt: skip


@pytest.fixture(scope="module")
def standing() -> Iterator[tuple[Company, str]]:
    """Build the company once: every cell puts back what it changed."""
    with pytest.MonkeyPatch.context() as patched, mock_aws(), conftest.tables_in_memory():
        for name, value in conftest.ENVIRONMENT.items():
            patched.setenv(name, value)
        conftest.forget()
        conftest.deploy()
        pool = people.pool(patched)
        for route in ROUTES:
            route.view()
        with clock.at(conftest.NOON - timedelta(minutes=10)):  # events are listed once they have settled
            made = Company(pool)
        with clock.at(conftest.NOON):
            yield made, pool


@pytest.fixture
def company(standing: tuple[Company, str], settings: None, monkeypatch: pytest.MonkeyPatch) -> Company:  # noqa: ARG001 - the environment comes first
    made, pool = standing
    monkeypatch.setenv("ESCUTA_USER_POOL", pool)
    conftest.forget()
    return made


def test_every_route_is_classified() -> None:
    assert {operation.name for _, operation in described_routes()} == RIGHTS.keys()
    assert len(ROUTES) == len(RIGHTS)


@pytest.mark.parametrize("name", RIGHTS)
def test_who_may_may_and_who_may_not_changes_nothing(name: str, company: Company) -> None:
    faults = matrix.faults(name, company)
    assert not faults, "\n".join(["", *faults])


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_the_whole_tells_of_elsewhere(name: str, company: Company) -> None:
    *_, asked = matrix.operations(name)
    assert matrix.leaked(asked, company, matrix.answered(asked, matrix.Cell("key", "own"), company).text)


@pytest.mark.parametrize("name", ["get_contact", "list_tokens", "change_ticket", "create_tokens", "delete_webhook"])
def test_a_product_that_shows_everything_to_everybody_is_found_out(name: str, company: Company) -> None:
    def anything(caller: Caller, segment_path: tuple[str, ...]) -> bool:  # noqa: ARG001 - as the product's own
        return True

    with patch.object(access, "may_see", anything), patch.object(seeing, "may_see", anything):
        faults = matrix.faults(name, company)
    assert any("bound of neighbour" in each for each in faults), faults


@pytest.mark.parametrize("name", ["get_contact", "change_survey", "delete_webhook"])
def test_a_product_that_asks_for_no_scope_is_found_out(name: str, company: Company) -> None:
    with patch.object(access, "require", lambda *_: None):
        faults = matrix.faults(name, company)
    assert any("less of own" in each for each in faults), faults


def test_a_route_that_changes_something_before_it_refuses_is_found_out(company: Company) -> None:
    def hasty(caller: Caller, *_: object) -> None:
        table.put(people.user("Hasty", "analyst").changed(name=caller.name))
        raise ForbiddenError("scope_missing", scope="surveys:write")

    with patch.object(access, "require", hasty):
        faults = matrix.faults("change_survey", company)
    assert any("less of own: refused, and yet changed" in each for each in faults), faults
