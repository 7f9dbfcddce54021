"""Planning with one fault at one AWS call, for every call: nobody is asked twice, and no quota is overdrawn or lost.

Of Ana and Bruno one may be asked; Carla was put off, and her rest is over. After the fault the same is done again, as
the queues do.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from escuta import clock, table
from escuta.outreach import deployments, planning, sending_rules
from escuta.outreach.model import Asking, LastAsked, Quota, RestRule, RestThen, SendingDraft
from escuta.outreach.planning import Facts
from tests.conftest import NOON
from tests.functions.senders import invited, open_shop, sending
from tests.kit import factories, funnel, world
from tests.kit.faults import Fault, survey_of_faults

pytestmark = pytest.mark.usefixtures("aws", "noon")

ANA, BRUNO, CARLA = (factories.contact(name) for name in ("Ana", "Bruno", "Carla"))
LATER = NOON + timedelta(days=5)
FAULTS = (Fault.CRASH_AFTER, Fault.LOST_REPLY)


def prepare() -> None:
    open_shop(ANA, BRUNO, CARLA)
    week = RestRule(name="semana", days=7, then=RestThen.DEFER)
    sending_rules.save(SendingDraft(rest=(week,)), rev=0, who="tests")
    table.put(LastAsked(contact=CARLA.id, askings=(Asking(at=NOON - timedelta(days=3), owner="other"),)))
    table.put_many([sending(ANA, BRUNO, most=1, parts=1), sending(CARLA, id="second", parts=1)])
    planning.plan("second", 0, "")


def act() -> None:
    planning.plan("first", 0, "")
    with clock.at(LATER):
        for waiting in invited("second"):
            planning.again(waiting, deployments.get("second"))


def view() -> world.Snapshot:
    """Return what everybody got, how often everybody was asked, and how much of the quota is used up.

    The funnel is the sum of the rows after every fault.
    """
    assert funnel.problems() == []
    names = [person.id for person in (ANA, BRUNO, CARLA)]
    rests = table.find_many(LastAsked, map(LastAsked.at, names), consistent=True)
    seen: dict[str, Any] = {one.address: (one.state, one.reason) for one in (*invited(), *invited("second"))}
    seen |= {row.contact: [asking.owner for asking in row.askings] for row in rests.values()}
    quota = table.find(Quota, Quota.at("first"), consistent=True)
    return {("seen", name, ""): value for name, value in {**seen, "quota": quota and quota.taken}.items()}


def test_one_fault_at_any_call_asks_nobody_twice_and_overdraws_nothing() -> None:  # faults 3.5, create
    assert survey_of_faults(prepare, act, view=view, faults=FAULTS) == []


def test_the_sweep_catches_a_quota_that_is_taken_before_the_people_are_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = planning._stored  # noqa: SLF001 - the broken one does the same, in two steps

    def beforehand(group: Sequence[Any], facts: Facts) -> Any:
        if facts.quota and any(planned.rests for planned in group):
            quota = facts.quota.changed(taken=facts.quota.taken + 1)
            if quota.rev:
                table.save(quota)
            else:
                table.create(quota)
        return stored(group, facts._replace(quota=None))

    monkeypatch.setattr(planning, "_stored", beforehand)
    found = survey_of_faults(prepare, act, view=view, faults=FAULTS, at=lambda call: call.operation == "PutItem")
    assert any("crash after" in problem for problem in found)
