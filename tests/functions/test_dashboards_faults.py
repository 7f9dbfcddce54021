"""Dashboards while AWS is at its worst: made once, counted once, and never missing beside what was published."""

import pytest

from escuta import ids
from escuta.errors import NotFoundError
from escuta.feedback import dashboards, surveys
from escuta.feedback.model import DashboardDraft
from tests.conftest import forget
from tests.functions.callers import found_company
from tests.functions.respondents import DRAFT
from tests.kit.faults import Call, Fault, survey_of_faults

pytestmark = pytest.mark.usefixtures("aws", "noon")
WANTED = DashboardDraft(name="Lojas", survey="visit")


def stand() -> None:
    forget()
    found_company()
    surveys.create("Visit", survey="visit")


def writes(call: Call) -> bool:
    return call.operation in {"TransactWriteItems", "PutItem"}


def publish() -> None:
    forget()
    surveys.publish("visit", DRAFT)


def make(key: str = "once") -> None:
    forget()
    dashboards.create(WANTED, owner="user:ana", key=key)


def remove() -> None:
    forget()
    try:
        current = dashboards.get(ids.derive("dashboard", "user:ana", "once"))
    except NotFoundError:  # it was done before
        return
    dashboards.delete(current)


def test_a_version_comes_with_its_dashboard_or_not_at_all() -> None:
    assert survey_of_faults(stand, publish, at=writes) == []


def test_a_dashboard_is_made_once_and_counted_once() -> None:
    assert survey_of_faults(stand, make, at=writes) == []


def test_without_its_key_it_would_be_made_twice() -> None:
    found = survey_of_faults(stand, lambda: make(key=""), faults=(Fault.LOST_REPLY,), at=writes)

    assert found[0].startswith("no fault, but done again")


def test_a_dashboard_is_removed_once_and_counted_once() -> None:
    def made() -> None:
        stand()
        make()

    assert survey_of_faults(made, remove, at=writes) == []
