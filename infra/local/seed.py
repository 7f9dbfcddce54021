"""Put the demo company into a running deployment, through the product's own verbs, once."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

import boto3

from escuta import clock, config, ids, secrets, table
from escuta.directory import access, managers, segments
from escuta.directory.model import AlertChannel, Folder, Manager, Product, Role, Scope
from escuta.entity import Entity
from escuta.feedback import announcing, intercepts, metrics, surveys, tokens
from escuta.feedback.model import Contribution, Response, SurveyDraft, SurveyStatus, TokenKind, Trigger
from escuta.feedback.tickets import DETRACTOR
from escuta.outreach import funnels, rulesets, templates
from escuta.outreach.model import (
    AudienceKind,
    Condition,
    Deployment,
    DeploymentState,
    Exclude,
    Invitation,
    Op,
    Reminders,
    Route,
    RulesDraft,
    Strategy,
)
from escuta.outreach.webhooks import hooks
from infra.local import company, following, history, visit
from infra.local.hooks import PATH

PASSWORD = "Escuta-demo-2026"  # noqa: S105 - of the demo company on a laptop
FOLDER = "contacts"
RULES = "visitas"
ACCESS_CODE = "2468"
_PATIENCE, _LOOK = 60.0, 0.25  # seconds
_TOGETHER = 20  # invitations of one transaction: of as many stores and of several months, each with its counters

E = TypeVar("E", bound=Entity)


@dataclass(frozen=True)
class Seeded:
    """What only the seed knows, because it is shown once."""

    survey: str
    survey_token: str
    store_token: str
    kiosk_token: str
    kiosk_code: str
    intercept: str
    api_key: str
    admin: str
    manager: str
    password: str
    webhook_secret: str


def seed(say: Callable[[str], None], site: str, *, answers: int = history.RESPONSES) -> Seeded:
    """Fill an empty deployment; the environment names it. `say` is told what is being done.

    `site` is the origin of the demo company's website, where an intercept asks; `answers` are those of its past.
    """
    now = clock.now()
    say("people and places")
    owners = _hierarchy()
    _users()
    say("survey and templates")
    visits = _visits()  # made first: the console opens with the newest survey
    survey = _survey()
    table.create(following.causes())
    deployment = _deployment(survey, now)
    ground = history.Ground(survey, deployment, secrets.link_secret(), owners, now, answers)
    say("four months of answers")
    unanswered, last = _past(ground)
    say("waiting until the functions have read it all")
    _wait_until_counted(last)
    store_token, _ = tokens.create(survey, "spo-01", "Caixa 1")
    _, secret = hooks.create("CRM", f"{site}{PATH}", who=_address("helena.duarte"))
    api_key, _ = access.issue("Integração da loja virtual", tuple(Scope))
    return Seeded(
        survey=survey,
        survey_token=unanswered,
        store_token=store_token,
        kiosk_token=_devices(visits),
        kiosk_code=ACCESS_CODE,
        intercept=_intercept(visits, site),
        api_key=api_key,
        admin=_address("helena.duarte"),
        manager=_address("otavio.reis"),
        password=PASSWORD,
        webhook_secret=secret,
    )


def _address(name: str) -> str:
    return f"{name}@aurora.example"


def _hierarchy() -> dict[str, Manager]:
    """Make segments, managers and products; return who owns the tickets of each store."""
    root, name = company.ROOT
    segments.change(segments.create(root, name, None, config.settings().timezone), share=company.SHARE)
    for code, region in company.REGIONS:
        segments.create(code, region, root, company.TIMEZONES[code])
    for store in company.STORES:
        segments.create(store.code, store.name, store.region, store.timezone, city=store.city, state=store.state)
    both = (AlertChannel.EMAIL, AlertChannel.SMS)
    for person, address, phone, language, places in company.MANAGERS:
        channels = both if address == "otavio.reis" else (AlertChannel.EMAIL,)
        managers.create(person, _address(address), language=language, segments=places, phone=phone, channels=channels)
    table.put_many(Product(code=code, name=name, group=group) for code, name, group in company.PRODUCTS)
    return {store.code: managers.answering_for(history.path_of(store))[0] for store in company.STORES}


def _users() -> None:
    """Give the administrator and one store's manager a way into the console."""
    pool = config.settings().user_pool
    cognito = boto3.client("cognito-idp")
    for name, address, role in (
        ("Helena Duarte", "helena.duarte", Role.ADMIN),
        ("Otávio Reis", "otavio.reis", Role.MANAGER),
    ):
        email = _address(address)
        attributes = {"email": email, "email_verified": "true", "name": name, "locale": "pt-BR"}
        cognito.admin_create_user(
            UserPoolId=pool,
            Username=email,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": key, "Value": value} for key, value in attributes.items()],
        )
        cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True)
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=role)


def _survey() -> str:
    survey = surveys.create(company.SURVEY_NAME, survey="satisfacao").id
    surveys.publish(survey, SurveyDraft.model_validate(company.SURVEY))
    surveys.move(survey, SurveyStatus.LIVE)
    table.put_many(templates.starters(survey))
    table.put(Folder(folder=FOLDER, rules=_rules(survey), owner_language="pt-BR"))
    return survey


def _rules(survey: str) -> str:
    """Say what the files of the drop folder cause: everybody but the staff is asked at once, and reminded once."""
    staff = Condition(field="custom.tipo", op=Op.IS, value="funcionário")
    everybody = Route(name="clientes", survey=survey, remind=Reminders(times=1, every_days=3, hour="10:00"))
    draft = RulesDraft(exclude=(Exclude(name="funcionários", when=(staff,)),), default=everybody)
    return rulesets.create("Depois da visita", draft, ruleset=RULES, by=_address("helena.duarte")).id


def _visits() -> str:
    """Publish the survey of the devices and the website."""
    survey = surveys.create(visit.NAME, survey="visita").id
    surveys.publish(survey, SurveyDraft.model_validate(visit.SURVEY))
    return survey


def _devices(survey: str) -> str:
    """Put a tablet at the entrance of a store and a link on its exchange counter; return the tablet's token."""
    kiosk = tokens.kiosk(access_code=ACCESS_CODE, idle_seconds=45)
    token, _ = tokens.create(survey, "spo-01", "Tablet da entrada", kiosk=kiosk)
    asks = ("name", "phone", "product")
    tokens.create(survey, "spo-01", "Balcão de trocas", type=TokenKind.TRANSACTIONAL, asks=asks)
    return token


def _intercept(survey: str, site: str) -> str:
    """Ask on the website after a few seconds; return the intercept's id."""
    return intercepts.create(
        intercepts.InterceptDraft(
            name="Loja virtual",
            survey=survey,
            segment=company.ROOT[0],
            origins=(site,),
            hidden=("page", "plan"),
            trigger=Trigger(delay_seconds=5, exit_intent=True, event="purchase", every_days=0),
        )
    ).id


def _deployment(survey: str, now: datetime) -> str:
    deployment = Deployment(
        counted=True,
        id=ids.derive("deployment", "demo"),
        name="Pós-compra contínua",
        survey=survey,
        strategy=Strategy.EMAIL,
        audience=AudienceKind.ALL,
        state=DeploymentState.RUNNING,
        parts=1,
        planned=True,
        created_at=now - timedelta(days=history.DAYS),
        created_by=_address("helena.duarte"),
    )
    return table.create(deployment).id


def _past(ground: history.Ground) -> tuple[str, Response]:
    """Store the past and count it, but for its last answer.

    Return the link token of the latest invitation that nobody answered, and the answer that is left to be counted.
    """
    persons = history.people(ground)
    pairs = list(history.responses(ground, persons))
    answered = {invitation.id: invitation for _, invitation in pairs if invitation}
    invitations = [answered.get(person.invitation.id, person.invitation) for person in persons]
    past = [response for response, _ in pairs]
    _store([person.contact for person in persons])
    _store([history.last_asked(person) for person in persons])
    invite(invitations)
    owners = {owner.id: owner.name for owner in ground.owners.values()}
    following.store(following.tickets(ground, past, DETRACTOR.id), owners)  # before the answers: the stream finds them
    *counted, last = past
    _count(counted)
    _store([announcing.told_of(each.changed(rev=1)).changed(rev=1) for each in past])  # a past that was told already
    _store(past)
    latest = max((i for i in invitations if not i.response), key=lambda invitation: invitation.created_at)
    return ids.link_token(ground.secret, "answer", latest.id), last


def invite(invitations: Sequence[Invitation]) -> None:
    """Store invitations where they stand by now, counted at each step that they came to."""
    walk = iter(invitations)
    while some := list(islice(walk, _TOGETHER)):
        made = [one.changed(reached=one.step) for one in some]
        table.transact(*map(table.Create, made), *funnels.adds((None, one) for one in made))


def _wait_until_counted(last: Response) -> None:
    """Wait until the stream's reader came to the last answer: whoever answers now is then counted within seconds.

    After a minute it goes on without: the reader's log says what holds it up.
    """
    key = Contribution.at(last.survey, last.id)
    deadline = time.monotonic() + _PATIENCE
    while table.find(Contribution, key) is None and time.monotonic() < deadline:
        time.sleep(_LOOK)


def _store(entities: Sequence[Entity]) -> None:
    for some in _hundreds(entities):
        table.put_many(some)


def _count(past: Sequence[Response]) -> None:
    """Count before storing: the stream's consumer then finds every answer counted at this revision."""
    for some in _hundreds(past):
        metrics.apply([response.changed(rev=1) for response in some])


def _hundreds(entities: Sequence[E]) -> Iterator[list[E]]:
    walk = iter(entities)
    while some := list(islice(walk, 100)):
        yield some
