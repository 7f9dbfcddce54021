"""What happened at Lojas Aurora in four months: people, invitations, answers counted by metering, and their tickets."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from random import Random
from typing import Any, TypeVar
from unittest.mock import patch

from escuta import clock, ids, secrets, table
from escuta.directory import finding, managers
from escuta.entity import Entity
from escuta.feedback import announcing, edges, metrics, surveys
from escuta.feedback.model import Response, ScoreClass
from escuta.feedback.tickets import DETRACTOR
from escuta.outreach.model import AudienceKind, Deployment, DeploymentState, Invitation, Strategy
from infra.local import company, following, history, seed
from tests.browser.house.people import address
from tests.browser.house.programme import CSAT, HOSTILE, NPS

LASTING = "Pós-compra contínua"
CONTACTS = history.CONTACTS
_ANSWERS, _VISITS = 700, 220
_INVITED = 0.8  # of many answers come from people who were invited
_UNHAPPY, _HAPPY = ("queue", "missing", "price", "rude"), ("staff", "range", "prices", "place")
_SAID = (  # what hostile and long-winded people say
    f"{HOSTILE} <img src=x onerror=alert(1)> {{{{ 7 * 7 }}}}",
    "Fui à loja com minha mãe no sábado à tarde e esperamos muito. " * 12,
    "😡😡😡 N U N C A  M A I S",
    "Superpalavraintermináveldequemnãodáespaçoenãoquebraemlugarnenhumdatela" * 3,
)
E = TypeVar("E", bound=Entity)


def lived(now: datetime, times: int) -> dict[str, str]:
    """Store a past of so many times as many people and answers; return an example of each."""
    ground = _ground(now, _deployment(now), _ANSWERS * times)
    with patch.object(history, "CONTACTS", CONTACTS * times):
        persons = history.people(ground)
    pairs = list(history.responses(ground, persons))
    past = _spoken([response for response, _ in pairs]) + list(_visits(now, range(_VISITS * times)))
    _kept(ground, persons, pairs, past)
    return _example(ground, past)


def _example(ground: history.Ground, past: Iterable[Response]) -> dict[str, str]:
    example = next(each for each in past if each.contact and each.comment)
    told = {"contact": example.contact, "response": example.id, "invitation": example.invitation}
    return told | {"deployment": ground.deployment}


def grown(now: datetime, deployment: str, contacts: int, answers: int) -> dict[str, str]:
    """Store as much more of a past as makes so many contacts and about so many responses; return an example of each."""
    rate = min(history.RATE, _INVITED * answers / contacts)
    ground = _ground(now, deployment, 0)  # nobody comes by: who was not invited is told of as a visit
    with patch.multiple(history, CONTACTS=contacts, RATE=rate):
        persons = history.people(ground)[CONTACTS:]
        pairs = list(history.responses(ground, persons))
    past = [response for response, _ in pairs]
    visits = range(_VISITS, answers - _ANSWERS - len(past))
    _kept(ground, persons, pairs, past + list(_visits(now, visits)))
    return _example(ground, past)


def _ground(now: datetime, deployment: str, answers: int) -> history.Ground:
    owners = {store.code: managers.answering_for(history.path_of(store))[0] for store in company.STORES}
    return history.Ground(NPS, deployment, secrets.link_secret(), owners, now, answers)


def _kept(
    ground: history.Ground,
    persons: Sequence[history.Person],
    pairs: Sequence[tuple[Response, Invitation | None]],
    past: Sequence[Response],
) -> None:
    """Store a past with all that the product keeps beside it: words, rests, steps, tickets, counters, events, edges."""
    answered = {invitation.id: invitation for _, invitation in pairs if invitation}
    for people in _hundreds([person.contact for person in persons]):
        finding.note((None, contact) for contact in people)
        table.put_many(people)
    _store([history.last_asked(person) for person in persons])
    seed.invite([answered.get(person.invitation.id, person.invitation) for person in persons])
    with patch.multiple(following, _OPEN_DAYS=5, _LATE_DAYS=25):  # more of them wait than in the demo
        tickets = following.tickets(ground, past, DETRACTOR.id)
    following.store(tickets, {owner.id: owner.name for owner in ground.owners.values()})
    for some in _hundreds(past):
        metrics.apply([response.changed(rev=1) for response in some])
    _store([announcing.told_of(each.changed(rev=1)).changed(rev=1) for each in past])  # a past that was told already
    _store(past)
    _store([edge for response in past for edge in edges.of(response)])


def swept() -> None:
    """Fold the days that are over, as the hourly sweep does in a day or two."""
    for survey in (NPS, CSAT):
        metrics.catch_up(surveys.get(survey), 2 * history.DAYS)


def _deployment(now: datetime) -> str:
    return table.create(
        Deployment(
            id=ids.derive("deployment", "lasting"),
            name=LASTING,
            survey=NPS,
            strategy=Strategy.EMAIL,
            audience=AudienceKind.ALL,
            state=DeploymentState.RUNNING,
            parts=1,
            planned=True,
            counted=True,
            created_at=now - timedelta(days=history.DAYS),
            created_by=address("helena"),
        )
    ).id


def _spoken(past: list[Response]) -> list[Response]:
    """Let four of the unhappy ones say what nobody likes to show, and lately."""
    newest = sorted(past, key=lambda each: each.received_at, reverse=True)
    unhappy = [each for each in newest if each.score_class is ScoreClass.DETRACTOR][: len(_SAID)]
    said = {each.id: comment for each, comment in zip(unhappy, _SAID, strict=True)}
    return [
        each.changed(comment=said[each.id], answers={**each.answers, "comment": said[each.id]})
        if each.id in said
        else each
        for each in past
    ]


def _visits(now: datetime, numbers: Iterable[int]) -> Iterator[Response]:
    """Yield what people tapped on the devices of the stores, and on the website."""
    dice = Random(1985)  # noqa: S311 - a repeatable past, not a secret
    for number in numbers:
        store, moment = dice.choice(company.STORES), now - timedelta(days=dice.uniform(0.02, 90))
        score = dice.choices((1, 2, 3, 4, 5), (1, 2, 3, 8, 10))[0]
        kind = ScoreClass.DETRACTOR if score < 3 else ScoreClass.PASSIVE if score == 3 else ScoreClass.PROMOTER
        reasons = _UNHAPPY if kind is ScoreClass.DETRACTOR else _HAPPY
        answers: dict[str, Any] = {"visit": score, "reasons": tuple(sorted(dice.sample(reasons, 2)))}
        answers |= {"tidy": dice.choices((1, 2, 3, 4, 5), (1, 1, 3, 6, 8))[0]}
        comment = dice.choice(company.COMMENTS[kind.value, "pt-BR"]) if number % 3 == 0 else ""
        if comment:
            answers["comment"] = comment
        yield Response(
            id=ids.derive("visit", str(number))[:22],
            survey=CSAT,
            version=1,
            segment=store.code,
            segment_path=history.path_of(store),
            timezone=store.timezone,
            day=clock.local_day(moment, store.timezone),
            channel=dice.choice(("store", "store", "web")),
            language="pt-BR",
            answers=answers,
            score=score,
            score_class=kind,
            comment=comment,
            body_hash=sha256(json.dumps(answers, sort_keys=True).encode()).hexdigest(),
            received_at=moment,
        )


def _store(entities: Sequence[Entity]) -> None:
    for some in _hundreds(entities):
        table.put_many(some)


def _hundreds(entities: Sequence[E]) -> Iterator[list[E]]:
    walk = iter(entities)
    while some := list(islice(walk, 100)):
        yield some
