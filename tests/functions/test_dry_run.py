"""Dry runs: what they say would happen is what happens, and nothing of it happens by them."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from escuta import clock, table
from escuta.errors import NotFoundError
from escuta.feedback import asking
from escuta.outreach import deployments, dryruns, suppression
from escuta.outreach.model import (
    AudienceKind,
    Canary,
    Channel,
    DeploymentDraft,
    DryRun,
    InvitationState,
    SendTime,
    SendWhen,
    Strategy,
    Template,
)
from tests.conftest import NOON, owner
from tests.functions.senders import PHONE, Line, invited, open_shop, send, sending
from tests.kit import factories, outbox

pytestmark = pytest.mark.usefixtures("aws", "noon")

ANA = factories.contact("Ana")
BRUNO = factories.contact("Bruno", email="", phone=PHONE)
CARLA = factories.contact("Carla", email="")
DAVI = factories.contact("Davi")
EVA = factories.contact("Eva", consent="denied")
FABIO = factories.contact("Fabio")
TWIN = factories.contact("Fabio Souza", email="FABIO@example.com")
GIL = factories.contact("Gil")
HUGO = factories.contact("Hugo").changed(name="")
EVERYBODY = (ANA, BRUNO, CARLA, DAVI, EVA, FABIO, TWIN, GIL, HUGO)
OUTCOMES = {InvitationState.DEFERRED: "defer", InvitationState.SUPPRESSED: "skip"}


def shop() -> None:
    """Open a shop in which everybody has another fate."""
    open_shop(*EVERYBODY)
    suppression.add(Channel.EMAIL, "davi@example.com", "unsubscribe")
    html, text = "<p>{{ first_name }} {{ link }} {{ unsubscribe }}</p>", "{{ link }} {{ unsubscribe }}"
    mine = {"survey": factories.SURVEY, "channel": Channel.EMAIL, "language": "pt-BR", "subject": "Oi"}
    table.put(Template.model_validate({**mine, "html": html, "text": text}))
    send(GIL, id="earlier")


def tried(*people: Any, line: Line | None = None, **fields: Any) -> DryRun:
    """Try out what `sending` would start, and return what came of it."""
    draft = DeploymentDraft.model_validate(dict(sending(*people, **fields)))
    run = dryruns.start(draft, by="test")
    (line or Line()).plan.run()
    return dryruns.get(run.id)


def told(run: DryRun) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for one in run.fates:
        found[one.fate.outcome, one.fate.reason] += one.people
    return +found


def real(deployment: str = "first") -> Counter[tuple[str, str]]:
    """Say of each person what came of a deployment."""
    people: dict[str, tuple[str, str]] = {}
    for one in invited(deployment):
        outcome = OUTCOMES.get(one.state, "send")
        people[one.contact] = (outcome, one.reason if outcome != "send" else "")
    return Counter(people.values())


def rows() -> Counter[str]:
    items = owner("dynamodb").scan(TableName="escuta-outreach")["Items"]
    return Counter(item["kind"]["S"] for item in items if "kind" in item and "dry_run" not in item["kind"]["S"])


@pytest.mark.parametrize("strategy", [Strategy.PREFER_EMAIL, Strategy.EMAIL, Strategy.BOTH, Strategy.LINK])
def test_what_a_dry_run_counts_is_what_comes_of_it(strategy: Strategy) -> None:
    shop()

    run = tried(*EVERYBODY, strategy=strategy)
    with clock.at(NOON):
        send(*EVERYBODY, strategy=strategy)

    assert told(run) == real()
    assert told(run)["skip", "no_consent"] == 1
    assert told(run).total() == len(EVERYBODY)


def test_every_reason_of_a_mixed_audience_is_counted() -> None:
    shop()

    assert told(tried(*EVERYBODY)) == {
        ("send", ""): 3,
        ("skip", "no_address"): 1,
        ("skip", "unsubscribe"): 1,
        ("skip", "no_consent"): 1,
        ("skip", "resting"): 2,
        ("skip", "field_blank"): 1,
    }


def test_nothing_is_sent_or_written_but_the_figures_and_they_go_after_a_week() -> None:
    shop()
    before, mails = rows(), len(outbox.mails())
    line = Line()

    run = tried(*EVERYBODY, line=line)

    assert (rows() - Counter(part_group=1), len(outbox.mails()), line.deliver.waiting()) == (before, mails, [])
    kept = [
        item for item in owner("dynamodb").scan(TableName="escuta-outreach")["Items"] if "dry_run" in item["pk"]["S"]
    ]
    assert {int(item["expires_at"]["N"]) for item in kept} == {run.expires}
    assert timedelta(days=6) < timedelta(seconds=run.expires - clock.epoch()) <= timedelta(days=7)


def test_pages_that_come_twice_count_once() -> None:
    shop()
    once = tried(*EVERYBODY, audience=AudienceKind.ALL, contacts=())
    line = Line(again=0.7, seed=3, batch=1)

    again = tried(*EVERYBODY, audience=AudienceKind.ALL, contacts=(), line=line)

    assert told(again) == told(once)
    assert [one.contact for one in again.shown] == [one.contact for one in once.shown]


def test_two_who_share_an_address_in_different_parts_are_written_to_once() -> None:  # E18
    table.put(factories.segment("aurora", "sul"))
    shop()
    table.put(TWIN.changed(segment="sul"))

    run = tried(audience=AudienceKind.ALL)
    send(audience=AudienceKind.ALL)

    assert run.deployment.parts == 4
    assert told(run) == real()


def test_a_quota_is_used_up_by_the_first() -> None:
    people = [factories.contact(f"P{number}") for number in range(130)]
    open_shop(CARLA, *people)

    run = tried(audience=AudienceKind.ALL, most=40)
    send(audience=AudienceKind.ALL, most=40)

    assert told(run) == real()
    assert told(run) == {("send", ""): 40, ("skip", "quota_reached"): 90, ("skip", "no_address"): 1}


def test_messages_parts_and_their_cost_are_told_and_when_they_go() -> None:
    open_shop(ANA, BRUNO)
    hour = SendTime(when=SendWhen.LOCAL, hour="18:00")

    run = tried(ANA, BRUNO, send=hour, canary=Canary(percent=50, hours=24))

    texts = [one.fate for one in run.fates if one.fate.channels == (Channel.SMS,)]
    assert [fate.parts for fate in texts] == [2]
    assert [fate.cost for fate in texts if fate.cost and fate.cost < Decimal("0.01")] == []
    moments = {one.first_at: one.fate.first for one in run.fates}
    assert set(moments) <= {NOON.replace(hour=21), NOON.replace(hour=21) + timedelta(days=1)}


def test_the_first_people_of_each_group_are_shown_with_their_letters() -> None:
    people = [factories.contact(f"P{number:02}") for number in range(9)]
    open_shop(CARLA, *people)

    run = tried(CARLA, *people)
    shown = list(dryruns.examples(run, asking.asked(factories.SURVEY)))

    assert Counter((one.outcome, one.reason) for one in shown) == {("send", ""): 5, ("skip", "no_address"): 1}
    assert {len(one.letters) for one in shown if one.outcome == "send"} == {1}


def test_whoever_is_erased_meanwhile_is_shown_no_more() -> None:
    open_shop(ANA, BRUNO)
    run = tried(ANA, BRUNO)
    table.delete(type(ANA), ANA.key())

    shown = list(dryruns.examples(run, asking.asked(factories.SURVEY)))

    assert [one.contact.name for one in shown] == ["Bruno"]


def test_a_dry_run_to_nobody_is_finished_at_once() -> None:
    open_shop()

    run = tried()

    assert (run.finished_at is not None, run.fates) == (True, ())


def test_a_dry_run_is_no_deployment_and_is_gone_after_a_week() -> None:
    open_shop(ANA)
    run = tried(ANA)

    assert deployments.listing().items == ()
    with clock.at(NOON + timedelta(days=8)), pytest.raises(NotFoundError, match="dry_run_not_found"):
        dryruns.get(run.id)
