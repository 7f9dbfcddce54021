"""A deployment of links: nobody is written to, each person has a link, and the company sends it itself."""

from datetime import timedelta

import pytest

from distribute import due
from escuta import clock
from escuta.directory.model import Consent
from escuta.outreach import deployments, suppression
from escuta.outreach.model import Channel, InvitationState, Reminders, Strategy
from tests.conftest import NOON
from tests.functions.senders import PHONE, Line, invited, open_shop, send
from tests.kit import factories, outbox

pytestmark = pytest.mark.usefixtures("aws", "noon")

ANA = factories.contact("Ana", phone=PHONE)
BRUNO = factories.contact("Bruno", email="")
S = InvitationState


def links(deployment: str = "first") -> dict[str, tuple[InvitationState, str]]:
    return {one.name: (one.state, one.reason) for one in invited(deployment)}


def test_each_person_has_a_link_with_an_address_or_without() -> None:
    open_shop(ANA, BRUNO)

    sent = send(ANA, BRUNO, strategy=Strategy.LINK)

    assert links() == {"Ana": (S.EXPORTED, ""), "Bruno": (S.EXPORTED, "")}
    assert {one.channel for one in invited()} == {Channel.LINK}
    assert (outbox.mails(), outbox.texts()) == ([], [])
    assert deployments.is_finished(sent, deployments.progress(sent.id))


def test_who_said_no_gets_no_link() -> None:
    open_shop(ANA, BRUNO.changed(consent=Consent.DENIED))

    send(ANA, BRUNO, strategy=Strategy.LINK)

    assert links() == {"Ana": (S.EXPORTED, ""), "Bruno": (S.SUPPRESSED, "no_consent")}


def test_who_closed_every_address_gets_no_link_and_who_closed_one_does() -> None:
    dora = factories.contact("Dora", phone="+5511977770000")
    open_shop(ANA, dora)
    suppression.add(Channel.EMAIL, ANA.email, "unsubscribe")
    suppression.add(Channel.SMS, ANA.phone, "stop")
    suppression.add(Channel.EMAIL, dora.email, "unsubscribe")

    send(ANA, dora, strategy=Strategy.LINK)

    assert {name: state for name, (state, _) in links().items()} == {"Ana": S.SUPPRESSED, "Dora": S.EXPORTED}


def test_nobody_is_reminded_of_a_link() -> None:
    open_shop(ANA)
    send(ANA, strategy=Strategy.LINK, remind=Reminders(times=3, every_days=1))

    with clock.at(NOON + timedelta(days=5)):
        due.handler({}, None)
        Line().run(start=NOON + timedelta(days=5))

    assert (outbox.mails(), outbox.texts(), deployments.reminded("first")) == ([], [], {})


def test_whose_link_was_handed_out_rests_as_if_written_to() -> None:
    open_shop(ANA)
    send(ANA, strategy=Strategy.LINK)

    send(ANA, id="second", strategy=Strategy.EMAIL)

    ((state, _),) = links("second").values()
    assert (state in {S.SUPPRESSED, S.DEFERRED}, outbox.mails()) == (True, [])
