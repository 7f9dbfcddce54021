"""A believable past for the demo company: people, invitations and answers of the last four months.

Pure and repeatable: the same `now` gives the same past. The stored rows go through the product's own verbs elsewhere.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random

from escuta import clock, ids
from escuta.directory.model import Contact, Manager
from escuta.feedback.model import Answer, Response, ScoreClass
from escuta.outreach import rest
from escuta.outreach.model import Asking, Channel, Invitation, InvitationState, LastAsked
from infra.local.company import (
    COMMENTS,
    FIRST_NAMES,
    LAST_NAMES,
    PRODUCTS,
    ROOT,
    STORES,
    Store,
)

CONTACTS = 400
RESPONSES = 1500
RATE = 0.75  # of those who are asked and answer
DAYS = 120
_LANGUAGES = ("pt-BR", "en", "es")


@dataclass(frozen=True)
class Person:
    """A contact and the invitation that was once sent to it."""

    contact: Contact
    invitation: Invitation


@dataclass(frozen=True)
class Ground:
    """What the past happened on."""

    survey: str
    deployment: str
    secret: bytes
    owners: Mapping[str, Manager]  # of each store
    now: datetime
    answers: int = RESPONSES


def path_of(store: Store) -> tuple[str, ...]:
    """Return the codes from the root to a store."""
    return (ROOT[0], store.region, store.code)


def people(ground: Ground) -> list[Person]:
    """Return the contacts; each was invited once, some time in the past."""
    dice = Random(2026)  # noqa: S311 - a repeatable past, not a secret
    weights = [store.weight for store in STORES]
    found = []
    for number in range(CONTACTS):
        first, last = dice.choice(FIRST_NAMES), dice.choice(LAST_NAMES)
        store = dice.choices(STORES, weights)[0]
        asked = ground.now - timedelta(days=dice.uniform(1, DAYS), hours=2)
        external = f"C-{10001 + number}"
        contact = Contact(
            id=ids.derive("contact", "external", external),
            external_id=external,
            name=f"{first} {last}",
            email=f"cliente.{10001 + number}@example.com",
            phone=f"+55119{70000000 + number}" if number % 5 == 0 else "",
            language=dice.choices(_LANGUAGES, (90, 4, 6))[0],
            segment=store.code,
            product=dice.choice(PRODUCTS)[0],
            consent="purchase",
            created_at=asked - timedelta(days=2),
            updated_at=asked - timedelta(days=2),
        )
        found.append(Person(contact, _invitation(ground, store, contact, asked)))
    return found


def _invitation(ground: Ground, store: Store, contact: Contact, asked: datetime) -> Invitation:
    identity = ids.derive("invitation", ground.deployment, contact.id, Channel.EMAIL)
    return Invitation(
        id=identity,
        link_key=ids.token_key(ids.link_token(ground.secret, "answer", identity)),
        deployment=ground.deployment,
        survey=ground.survey,
        contact=contact.id,
        segment=store.code,
        segment_path=path_of(store),
        timezone=store.timezone,
        product=contact.product,
        channel=Channel.EMAIL,
        address=contact.email,
        language=contact.language,
        first_name=contact.name.split()[0],
        name=contact.name,
        state=InvitationState.DELIVERED,
        created_at=asked,
        sent_at=asked + timedelta(seconds=5),
        expires_at=asked + timedelta(days=30),
    )


def last_asked(person: Person) -> LastAsked:
    """Return the rest period that the invitation claimed."""
    invitation = person.invitation
    asking = Asking(
        at=invitation.created_at,
        survey=invitation.survey,
        channels=(invitation.channel,),
        owner=rest.asking(invitation.deployment, person.contact.id),
    )
    return LastAsked(contact=person.contact.id, askings=(asking,))


def responses(ground: Ground, persons: Sequence[Person]) -> Iterator[tuple[Response, Invitation | None]]:
    """Yield the past answers: three of four invited people (`RATE`), and everybody else at the stores' devices."""
    dice = Random(1822)  # noqa: S311 - a repeatable past, not a secret
    stores = {store.code: store for store in STORES}
    answered = 0
    for person in persons:
        if dice.random() < RATE:
            yield _by_invitation(ground, dice, stores[person.contact.segment], person)
            answered += 1
    weights = [store.weight for store in STORES]
    for number in range(ground.answers - answered):
        store = dice.choices(STORES, weights)[0]
        moment = ground.now - timedelta(days=dice.uniform(0.02, DAYS))
        yield _response(ground, dice, store, moment, f"store-{number}", dice.choices(_LANGUAGES, (92, 3, 5))[0]), None


def _by_invitation(ground: Ground, dice: Random, store: Store, person: Person) -> tuple[Response, Invitation]:
    invitation, contact = person.invitation, person.contact
    moment = min(invitation.created_at + timedelta(hours=dice.uniform(0.1, 20)), ground.now - timedelta(minutes=30))
    plain = _response(ground, dice, store, moment, invitation.id, contact.language)
    response = plain.changed(
        channel=invitation.channel,
        contact=contact.id,
        contact_name=contact.name,
        product=contact.product,
        invitation=invitation.id,
        link_key=invitation.link_key,
        deployment=ground.deployment,
    )
    answered = invitation.changed(state=InvitationState.COMPLETED, response=response.id, answered_at=moment)
    return response, answered


def _response(ground: Ground, dice: Random, store: Store, moment: datetime, seed: str, language: str) -> Response:
    age = (ground.now - moment).days / DAYS
    kind = _class_of(dice, store, age)
    score = dice.choices(
        *{"promoter": ((9, 10), (4, 6)), "passive": ((7, 8), (4, 6)), "detractor": (range(7), _LOW)}[kind]
    )[0]
    comment = dice.choice(COMMENTS[kind, language]) if dice.random() < 0.55 else ""  # noqa: PLR2004 - share of comments
    answers: dict[str, Answer] = {"nps": score}
    if comment:
        answers["comment"] = comment
    return Response(
        id=ids.derive("demo-response", seed)[:22],
        survey=ground.survey,
        version=1,
        segment=store.code,
        segment_path=path_of(store),
        timezone=store.timezone,
        day=clock.local_day(moment, store.timezone),
        channel="store",
        language=language,
        product=dice.choice(PRODUCTS)[0],
        answers=answers,
        score=score,
        score_class=ScoreClass(kind),
        comment=comment,
        body_hash=sha256(json.dumps(answers, sort_keys=True).encode()).hexdigest(),
        received_at=moment,
    )


_LOW = (3, 1, 2, 3, 4, 7, 9)  # how often each of the scores 0 to 6 is given


def _class_of(dice: Random, store: Store, age: float) -> str:
    """Draw a class: the organisation got a little better over the months, Copacabana got worse."""
    drift = 0.12 * (0.5 - age) * (-1 if store.code == "rio-01" else 1)
    draw = dice.random()
    if draw < store.promoters + drift:
        return "promoter"
    return "detractor" if draw > 1 - store.detractors + drift / 2 else "passive"
