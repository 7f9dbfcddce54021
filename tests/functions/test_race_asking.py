"""Two that ask one person at once, in every order in which their calls can come to the store: one of them does."""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from escuta import table
from escuta.directory.model import Contact
from escuta.outreach import deployments, planning, sending_rules
from escuta.outreach.audience import Sought
from escuta.outreach.model import (
    Asking,
    Deployment,
    Invitation,
    InvitationState,
    LastAsked,
    RestRule,
    RestThen,
    SendingDraft,
)
from escuta.outreach.planning import Facts
from tests.conftest import NOON
from tests.functions.senders import open_shop, sending
from tests.kit import factories
from tests.kit.turns import orders

pytestmark = pytest.mark.usefixtures("aws", "noon")

QUEUED, DEFERRED, SUPPRESSED = InvitationState.QUEUED, InvitationState.DEFERRED, InvitationState.SUPPRESSED
Work = Callable[[], object]
_SHARED = re.compile("last_asked|invitation#")


def shared(operation: str, request: dict[str, Any]) -> bool:
    """Tell whether a call touches what two that ask one person share: all others may come in any order."""
    return operation == "TransactWriteItems" or (
        operation == "BatchGetItem" and _SHARED.search(str(request)) is not None
    )


def rested(operation: str, request: dict[str, Any]) -> bool:
    """Tell whether a call reads or writes alone when somebody was asked: the two that a guard binds together."""
    return operation in {"BatchGetItem", "PutItem"} and "last_asked" in str(request)


class Company:
    """People who were never asked, a new one for each run, and what became of the one before."""

    def __init__(self) -> None:
        """Open the shop, and start the deployments."""
        open_shop()
        self._numbers = count()
        self.person = factories.contact("nobody")
        self.first, self.second = (deployments.start(sending(id=name)) for name in ("first", "second"))

    def somebody(self) -> Contact:
        """Take in a person."""
        self.person = factories.contact(f"P{next(self._numbers)}")
        table.put(self.person)
        return self.person

    def asking(self, deployment: Deployment, person: Contact) -> Work:
        """Return the work of asking somebody."""
        return lambda: planning.ask(deployment, [Sought(person.id)])

    def outcomes(self, *people: Contact) -> list[InvitationState]:
        """Return what the last person, or these, got."""
        contacts = [f"contact#{person.id}" for person in (people or (self.person,))]
        return sorted(one.state for pk in contacts for one in table.query(Invitation, pk, index="g2").items)


def test_two_workers_of_one_deployment_invite_one_person_once() -> None:
    company = Company()

    def workers() -> Sequence[Work]:
        person = company.somebody()
        return [company.asking(company.first, person)] * 2

    runs = 0
    for order in orders(workers, shared):
        runs += 1
        assert company.outcomes() == [QUEUED], order
        row = table.load(LastAsked, LastAsked.at(company.person.id), consistent=True)
        assert len(row.askings) == 1, order
    assert runs == 70


def of_two_deployments(company: Company) -> Callable[[], Sequence[Work]]:
    def workers() -> Sequence[Work]:
        person = company.somebody()
        return [company.asking(company.first, person), company.asking(company.second, person)]

    return workers


def test_two_deployments_invite_one_person_once_and_the_other_says_why_not() -> None:
    company = Company()
    assert all(company.outcomes() == [QUEUED, SUPPRESSED] for _ in orders(of_two_deployments(company), shared))


def test_two_deployments_write_to_one_address_of_two_people_once() -> None:  # E18
    company, people = Company(), list[Contact]()

    def workers() -> Sequence[Work]:
        person = company.somebody()
        people[:] = [person, person.changed(id=f"{person.id}-twin", email=person.email.upper())]
        table.put(people[1])
        return [company.asking(company.first, people[0]), company.asking(company.second, people[1])]

    assert all(company.outcomes(*people) == [QUEUED, SUPPRESSED] for _ in orders(workers, shared))


def test_who_is_decided_on_anew_while_another_deployment_asks_is_asked_once() -> None:
    company = Company()
    week = RestRule(name="semana", days=7, then=RestThen.DEFER)
    sending_rules.save(SendingDraft(rest=(week,)), rev=0, who="tests")

    def workers() -> Sequence[Work]:
        person = company.somebody()
        resting = Asking(at=NOON - timedelta(days=6), owner="other")
        table.put(LastAsked(contact=person.id, askings=(resting,)))
        (waiting,) = planning.ask(company.first, [Sought(person.id)])
        assert waiting.state is DEFERRED
        table.put(LastAsked(contact=person.id))
        return [lambda: again(waiting, company.first), company.asking(company.second, person)]

    assert all(company.outcomes() == [DEFERRED, QUEUED] for _ in orders(workers, shared))


def again(waiting: Invitation, deployment: Deployment) -> None:
    """Decide anew, as delivery does: whatever moved is read again."""
    while not planning.again(table.load(Invitation, waiting.key(), consistent=True), deployment):
        pass


def test_the_orders_catch_a_decision_that_is_written_without_its_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    def unguarded(group: Sequence[Any], _facts: Facts) -> Any:
        for planned in group:
            for one in (*planned.made, *planned.rests.values()):
                table.put(one)
        return planning._Stood.STORED  # noqa: SLF001 - what it says when all went well

    monkeypatch.setattr(planning, "_stored", unguarded)
    company = Company()
    found = (company.outcomes() for _ in orders(of_two_deployments(company), rested))

    assert next(found) == [QUEUED, SUPPRESSED]  # one after the other
    assert [QUEUED, QUEUED] in found
