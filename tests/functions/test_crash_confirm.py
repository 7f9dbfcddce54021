"""Confirming tapped scores under every fault at every AWS call; a way to do it wrongly is found out."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from escuta import clock, ids, table
from escuta.feedback import evidence, responses, scanners, surveys
from escuta.feedback.evidence import Input, Signal, Visitor
from escuta.feedback.model import Provisional, ProvisionalState, Response, Standing
from escuta.outreach.model import Invitation
from tests.conftest import NOON
from tests.functions.respondents import invite, open_survey
from tests.kit import faults, world
from tests.kit.faults import Fault

pytestmark = pytest.mark.usefixtures("aws")
LATER = NOON + timedelta(minutes=40)


def tap(person: str, agent: str = scanners.BROWSER) -> Invitation:
    _, invitation = invite(person)
    version = surveys.live("visit")
    page = evidence.nonce(invitation, version, 9)
    evidence.signal(invitation, Signal(nonce=page, score=9, input=Input.TOUCH, after_ms=900), Visitor(agent=agent))
    return invitation


def two_taps() -> None:
    """Ana tapped a nine; something that names itself a scanner tapped another."""
    surveys.version.cache_clear()
    with clock.at(NOON):
        open_survey()
        tap("Ana")
        tap("Bruno", scanners.SCANNER)


def confirm() -> None:
    with clock.at(LATER):
        evidence.confirm_due(clock.now())


def test_any_fault_leaves_one_response_for_each_tap() -> None:
    found = faults.survey_of_faults(two_taps, confirm, at=lambda call: call.operation != "Query" or call.number == 0)

    assert found == []
    stored = {each.score: each for each in everything()}
    assert {each.standing for each in everything()} == {Standing.COUNTED, Standing.FLAGGED}
    assert stored[9].evidence in {(), ("scanner_agent",)}
    assert sum(int(numbers["n"]) for (_, pk, _), numbers in world.snapshot().items() if pk == "taps#visit#aurora") == 2


def everything() -> list[Response]:
    return list(table.query(Response, "responses#visit#2026-03-10", index="g2").items)


def settle_first_and_take_afterwards() -> None:
    """Confirm in two writes: what dies between them is settled and never counted."""
    with clock.at(LATER):
        for shard in Provisional.shards():
            for each in table.query(Provisional, shard, index="g1").items:
                identity = ids.derive("tapped", each.link_key)
                table.save(each.changed(state=ProvisionalState.CONFIRMED, response=identity))
                responses.take_tapped(each, standing=Standing.COUNTED)


def test_two_writes_instead_of_one_lose_a_tap_and_are_found_out() -> None:
    found = faults.survey_of_faults(
        two_taps,
        settle_first_and_take_afterwards,
        faults=(Fault.CRASH_AFTER,),
        at=lambda call: call.operation == "PutItem",
    )

    assert [line.partition(" at ")[0] for line in found] == ["crash after"] * 2


@pytest.fixture
def ana(aws: None) -> Iterator[Invitation]:  # noqa: ARG001 - the store comes first
    with clock.at(NOON):
        open_survey()
        yield tap("Ana")


def test_a_score_that_moves_while_it_is_confirmed_waits_for_the_next_run(ana: Invitation) -> None:
    """The person taps a three at the very moment in which the nine is due."""
    before = table.load(Provisional, Provisional.at(ana.link_key))

    def moves(_parameters: dict[str, object]) -> None:
        if table.load(Provisional, before.key()).rev == before.rev:
            table.save(before.changed(score=3))

    with faults.failing("TransactWriteItems", moves):
        confirm()
    assert everything() == []

    confirm()
    assert [each.score for each in everything()] == [3]


def test_one_that_cannot_be_settled_holds_nobody_up(ana: Invitation) -> None:
    tap("Bruno")
    table.save(table.load(Provisional, Provisional.at(ana.link_key)).changed(question="gone"))

    confirm()

    assert [each.contact_name for each in everything()] == ["Bruno Souza"]
