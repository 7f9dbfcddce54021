"""Whom a deployment addresses: by product, by group, by condition, page by page."""

from collections import Counter
from datetime import timedelta

import pytest

from escuta import table
from escuta.directory import drops
from escuta.directory.model import Contact, DropFile, FileState, Product, RowOutcome, RowResult, Transaction
from escuta.outreach import audience, canary, deployments
from escuta.outreach.model import AudienceKind, Canary, Condition, InvitationState, Op, Strategy
from tests.conftest import NOON
from tests.functions.senders import invited, open_shop, send, sending, states
from tests.kit import factories
from tests.kit.faults import recording

pytestmark = pytest.mark.usefixtures("aws", "noon")

ANA = factories.contact("Ana", product="tv-55", custom={"plan": "gold"})
BRUNO = factories.contact("Bruno", product="tv-old", custom={"plan": "silver"})
CARLA = factories.contact("Carla", product="sofa")
DAVI = factories.contact("Davi")
TV = Product(code="tv-55", name="TV 55", group="Vídeo")


def shop() -> None:
    open_shop(ANA, BRUNO, CARLA, DAVI)
    table.put_many(
        [TV, Product(code="tv-old", name="TV", merged_into="tv-55"), Product(code="sofa", name="Sofá", group="Casa")]
    )


def asked(deployment: str = "first") -> set[str]:
    return {invitation.name for invitation in invited(deployment)}


def test_who_has_one_of_the_products_is_asked_whatever_it_was_called() -> None:
    shop()

    send(audience=AudienceKind.PRODUCTS, products=("tv-old",))

    assert asked() == {"Ana", "Bruno"}


def test_a_group_of_products_is_asked_in_any_spelling() -> None:
    shop()

    send(audience=AudienceKind.PRODUCTS, groups=("VÍDEO",))

    assert asked() == {"Ana", "Bruno"}


def test_products_within_segments_ask_nobody_of_another_one() -> None:
    shop()
    table.put_many([factories.segment("aurora", "sul"), ANA.changed(segment="sul")])

    send(audience=AudienceKind.PRODUCTS, products=("tv-55",), segments=("sudeste",))

    assert asked() == {"Bruno"}


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ([Condition(field="custom.plan", op=Op.ANY_OF, value=("gold", "silver"))], {"Ana", "Bruno"}),
        ([Condition(field="custom.plan", op=Op.IS, value="GOLD")], {"Ana"}),
        ([Condition(field="group", op=Op.IS, value="casa")], {"Carla"}),
        ([Condition(field="segment", op=Op.IS, value="sudeste"), Condition(field="product", op=Op.BLANK)], {"Davi"}),
    ],
)
@pytest.mark.parametrize("kind", [AudienceKind.ALL, AudienceKind.CONTACTS])
def test_of_an_audience_those_are_asked_of_whom_the_conditions_hold(
    where: list[Condition], expected: set[str], kind: AudienceKind
) -> None:
    shop()

    send(ANA, BRUNO, CARLA, DAVI, audience=kind, where=tuple(where))

    assert asked() == expected


def test_the_visit_of_a_file_meets_conditions_and_tells_the_product() -> None:
    shop()
    visits = [
        Transaction(
            id=person.name,
            contact=person.id,
            segment=person.segment,
            segment_path=factories.PATH,
            product=product,
            occurred_at=NOON,
            amount=amount,
            created_at=NOON,
            updated_at=NOON,
        )
        for person, product, amount in ((ANA, "sofa", "900"), (CARLA, "tv-55", "90"), (DAVI, "tv-55", "1200.50"))
    ]
    table.put_many(visits)
    table.put(DropFile(id="f", bucket="b", object_key="a.csv", state=FileState.DONE, chunks=1, received_at=NOON))
    rows = enumerate(visits, start=1)
    drops.write_results(
        "f",
        0,
        [RowResult(row=n, line=n, outcome=RowOutcome.ACCEPTED, contact=v.contact, transaction=v.id) for n, v in rows],
    )
    large = Condition(field="visit.amount", op=Op.AT_LEAST, value=500)
    video = Condition(field="group", op=Op.IS, value="vídeo")

    send(audience=AudienceKind.FILE, file="f", where=(large, video))

    assert asked() == {"Davi"}


def test_a_page_of_people_who_are_not_of_the_audience_does_not_end_it() -> None:  # E19
    shop()
    table.put_many([factories.contact(f"Ana {number}") for number in range(130)])

    done = send(audience=AudienceKind.PRODUCTS, products=("sofa",))

    assert asked() == {"Carla"}
    assert (done.parts, done.planned) == (3, True)


def test_a_page_is_read_together_and_never_row_by_row() -> None:
    shop()
    table.put_many([factories.contact(f"Ana {number}", product="sofa") for number in range(60)])
    started = deployments.start(sending(audience=AudienceKind.PRODUCTS, products=("sofa",)))
    part = started.spread.index("paulista")

    with recording() as calls:
        page = audience.page(started, part, "")

    assert len(page.people) == 61
    assert Counter(call.operation for call in calls)["BatchGetItem"] == 1


def test_the_canary_is_the_same_few_people_however_often_it_is_asked() -> None:
    deployment = sending(canary=Canary(percent=10, hours=6))
    people = [f"contact-{number}" for number in range(2000)]

    first = [person for person in people if canary.first(deployment, person)]

    assert 150 < len(first) < 250
    assert first == [person for person in people if canary.first(deployment, person)]


def test_those_who_follow_the_canary_wait_for_it() -> None:
    people: list[Contact] = [factories.contact(f"P{number}") for number in range(20)]
    open_shop(*people)

    done = send(*people, canary=Canary(percent=30, hours=24), strategy=Strategy.EMAIL)

    sent = {one.contact for one in invited() if one.state is InvitationState.SENT}
    waiting = [one for one in invited() if one.state is InvitationState.QUEUED]
    assert sent == {person.id for person in people if canary.first(done, person.id)}
    assert {one.send_at for one in waiting} == {NOON + timedelta(hours=24)}
    assert len(states()) == 20
