"""What follows from a file: a deployment for each route of its rules, and whom it asks about which visit."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta import ids, table
from escuta.directory import drops
from escuta.directory.model import Contact, DropFile, FileState, RowOutcome, RowResult, Transaction
from escuta.errors import NotFoundError
from escuta.outreach import deployments, following, rulesets
from escuta.outreach.model import (
    AudienceKind,
    Condition,
    Invitation,
    InvitationState,
    Op,
    Reminders,
    Route,
    RulesDraft,
    SendTime,
    SendWhen,
    Strategy,
)
from tests.conftest import NOON
from tests.functions.senders import Line, invited, open_shop
from tests.kit import factories, outbox

pytestmark = pytest.mark.usefixtures("aws", "noon")

ANA = factories.contact("Ana", product="sofa", custom={"plan": "ouro"})
BRUNO = factories.contact("Bruno")
DAY = timedelta(days=1)
LATER = SendTime(when=SendWhen.AT, at=NOON + DAY)
RULES = RulesDraft(
    assign=(
        Route(
            name="lojas do sul",
            when=(Condition(field="segment", op=Op.IS, value="sul"),),
            survey="visit",
            strategy=Strategy.EMAIL,
            sender_name="Aurora Sul",
            send=LATER,
            remind=Reminders(times=1),
            expires_after_days=10,
        ),
    ),
    default=Route(name="os outros", survey="visit"),
)


def visit(contact: Contact, name: str, occurred_at: datetime, **fields: Any) -> Transaction:
    place = {"segment": "paulista", "segment_path": factories.PATH, "created_at": NOON, "updated_at": NOON}
    own = {"id": name, "contact": contact.id, "occurred_at": occurred_at, "created_by": f"content.{name[-1]}"}
    return Transaction.model_validate({**own, **place, **fields})


def file(*chunks: list[tuple[Contact, str, str]], routed: dict[str, int], **fields: Any) -> DropFile:
    """Store a loaded file whose chunks hold these (person, visit, route), under rules that were published."""
    rulesets.create("Visitas", RULES, ruleset="visitas")
    own = {"id": "f1", "bucket": "escuta-drop", "object_key": "lojas/março.csv", "folder": "lojas", "received_at": NOON}
    rules = {"rules": "visitas", "rules_version": 1, "routed": routed, "chunks": len(chunks)}
    stored = DropFile.model_validate({**own, **rules, "state": FileState.LOADING, **fields})
    table.put(stored)
    for number, rows in enumerate(chunks):
        found = [
            RowResult(row=1, line=2, outcome=RowOutcome.ACCEPTED, contact=one.id, transaction=about, route=route)
            for one, about, route in rows
        ]
        drops.write_results(stored.id, number, found)
    return stored


def asked(started: tuple[str, ...]) -> dict[str, Invitation]:
    Line().run()
    return {one.address: one for deployment in started for one in invited(deployment)}


def test_each_route_with_rows_is_a_deployment_of_its_own() -> None:
    open_shop(ANA, BRUNO)
    dropped = file([(ANA, "", "lojas do sul"), (BRUNO, "", "os outros")], routed={"lojas do sul": 1, "os outros": 1})
    first, second = following.follow_up(dropped)

    assert (first, second) == tuple(ids.derive("deployment", "f1", name) for name in ("lojas do sul", "os outros"))
    found = asked((first, second))
    assert {address: (one.deployment, one.rules) for address, one in found.items()} == {
        "ana@example.com": (first, "visitas@1#lojas do sul"),
        "bruno@example.com": (second, "visitas@1#os outros"),
    }


def test_a_deployment_does_what_its_route_says() -> None:
    open_shop(ANA)
    (started,) = following.follow_up(file([(ANA, "", "lojas do sul")], routed={"lojas do sul": 1, "os outros": 0}))
    found = asked((started,))["ana@example.com"]

    assert (found.state, found.send_at, found.expires_at) == (InvitationState.QUEUED, NOON + DAY, NOON + 11 * DAY)

    stored = deployments.get(started)
    assert (stored.audience, stored.route, stored.rules) == (AudienceKind.FILE, "lojas do sul", "visitas@1")
    assert (stored.strategy, stored.sender_name, stored.remind.times) == (Strategy.EMAIL, "Aurora Sul", 1)


def test_following_up_twice_starts_nothing_twice() -> None:
    open_shop(ANA)
    dropped = file([(ANA, "", "os outros")], routed={"os outros": 1})

    assert following.follow_up(dropped) == following.follow_up(dropped)
    asked(following.follow_up(dropped))
    assert len(outbox.mails()) == 1


def test_a_file_keeps_the_rules_that_held_when_it_came() -> None:
    open_shop(ANA)
    dropped = file([(ANA, "", "os outros")], routed={"os outros": 1})
    rulesets.publish("visitas", RulesDraft(default=Route(name="ninguém mais", survey="other")))

    (started,) = following.follow_up(dropped)
    assert asked((started,))["ana@example.com"].rules == "visitas@1#os outros"


@pytest.mark.parametrize("fields", [{"dry_run": True}, {"rules": ""}])
def test_nothing_follows_from_a_dry_run_or_a_folder_without_rules(fields: dict[str, Any]) -> None:
    assert following.follow_up(file([(ANA, "", "os outros")], routed={"os outros": 1}, **fields)) == ()


def test_an_invitation_is_about_the_visit_of_its_row() -> None:
    open_shop(ANA.changed(last_visit_at=NOON - DAY))
    table.put(factories.segment("aurora", "sul"))
    place = {"segment": "sul", "segment_path": ("aurora", "sul"), "product": "mesa", "custom": {"vendedor": "Rui"}}
    table.put(visit(ANA, "t1", NOON - DAY, **place))
    found = asked(following.follow_up(file([(ANA, "t1", "os outros")], routed={"os outros": 1})))["ana@example.com"]

    assert (found.transaction, found.segment, found.segment_path) == ("t1", "sul", ("aurora", "sul"))
    assert (found.product, found.custom) == ("mesa", {"plan": "ouro", "vendedor": "Rui"})


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("routes", [("os outros", "os outros"), ("lojas do sul", "os outros")])
def test_who_came_twice_is_asked_once_about_the_later_visit(order: tuple[int, int], routes: tuple[str, str]) -> None:
    open_shop(ANA.changed(last_visit_at=NOON - DAY))
    table.put_many([visit(ANA, "t1", NOON - 2 * DAY), visit(ANA, "t2", NOON - DAY)])
    chunks = [[(ANA, "t1", routes[0])], [(ANA, "t2", routes[1])]]
    dropped = file(*(chunks[number] for number in order), routed=dict.fromkeys(routes, 1))
    found = [one for started in following.follow_up(dropped) for one in asked((started,)).values()]

    assert [(one.transaction, one.rules) for one in found] == [("t2", "visitas@1#os outros")]


def test_two_visits_in_one_part_are_one_invitation_about_the_later_one() -> None:
    open_shop(ANA.changed(last_visit_at=NOON - DAY))
    table.put_many([visit(ANA, "t1", NOON - 2 * DAY), visit(ANA, "t2", NOON - DAY)])
    rows = [(ANA, "t2", "os outros"), (ANA, "t1", "os outros")]
    found = asked(following.follow_up(file(rows, routed={"os outros": 2})))

    assert {address: one.transaction for address, one in found.items()} == {"ana@example.com": "t2"}


def test_a_later_visit_of_another_file_takes_nobody_out_of_this_one() -> None:
    open_shop(ANA.changed(last_visit_at=NOON - DAY))
    table.put_many([visit(ANA, "t1", NOON - 2 * DAY), visit(ANA, "t2", NOON - DAY, created_by="another.1")])
    found = asked(following.follow_up(file([(ANA, "t1", "os outros")], routed={"os outros": 1})))

    assert found["ana@example.com"].transaction == "t1"


def test_rules_are_published_as_versions_and_what_holds_already_is_no_new_one() -> None:
    head = rulesets.create("Visitas", RULES, ruleset="visitas", by="key:1")
    again = rulesets.publish("visitas", RULES)
    second = rulesets.publish("visitas", RULES.changed(default=None), by="key:2")

    assert (head.version, again.version, second.version) == (1, 1, 2)
    assert rulesets.current("visitas") == second
    assert rulesets.version("visitas", 1).default == RULES.default
    assert [found.version for found in rulesets.versions("visitas").items] == [2, 1]
    assert [(found.name, found.version, found.updated_by) for found in rulesets.listing().items] == [
        ("Visitas", 2, "key:2")
    ]


def test_rules_that_nobody_made_are_not_there() -> None:
    with pytest.raises(NotFoundError, match="ruleset_not_found"):
        rulesets.current("nothing")
