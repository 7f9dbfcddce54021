"""The people and the survey of the respondent tests: Ana's invitation, Bruno's, and a link on a counter."""

import io
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from escuta import clock, ids, observe, secrets, table
from escuta.directory.model import Segment
from escuta.feedback import responses, showing, surveys, tokens
from escuta.feedback.model import (
    Choice,
    Intercept,
    Provisional,
    Question,
    QuestionKind,
    Standing,
    StoreToken,
    SurveyDraft,
    SurveyVersion,
)
from escuta.feedback.responses import Receipt, Submission
from escuta.outreach.model import Channel, Invitation, InvitationState, Step
from tests.conftest import NOON
from tests.kit import funnel
from tests.kit.faults import failing

DRAFT = SurveyDraft(
    languages=("pt-BR", "en", "es"),
    title={"pt-BR": "Sua visita", "en": "Your visit", "es": "Tu visita"},
    intro={"pt-BR": "Leva um minuto.", "en": "It takes a minute.", "es": "Toma un minuto."},
    questions=(
        Question(
            id="nps",
            kind=QuestionKind.NPS,
            text={"pt-BR": "Você nos recomendaria?", "en": "Would you recommend us?", "es": "¿Nos recomendarías?"},
            low={"pt-BR": "Nada provável", "en": "Not at all likely", "es": "Nada probable"},
            high={"pt-BR": "Muito provável", "en": "Extremely likely", "es": "Muy probable"},
            required=True,
            benchmark=True,
        ),
        Question(
            id="reasons",
            kind=QuestionKind.CHOICES,
            text={"pt-BR": "O que pesou?", "en": "What mattered?", "es": "¿Qué influyó?"},
            choices=(
                Choice(id="price", text={"pt-BR": "Preço", "en": "Price", "es": "Precio"}),
                Choice(id="staff", text={"pt-BR": "Atendimento", "en": "Service", "es": "Atención"}),
            ),
        ),
        Question(
            id="comment",
            kind=QuestionKind.TEXT,
            text={"pt-BR": "Conte mais", "en": "Tell us more", "es": "Cuéntanos más"},
            voice=True,
        ),
    ),
)
SUBMISSION_ID = "AnaAnaAnaAnaAnaAnaAna1"
OTHER_ID = "AnaAnaAnaAnaAnaAnaAna2"


def open_survey() -> SurveyVersion:
    """Publish the survey `visit`, and put the store it is asked about on the map."""
    table.put(Segment(code="sp-01", name="Loja Paulista", path=("aurora", "sp", "sp-01"), timezone="America/Sao_Paulo"))
    surveys.create("Visit", survey="visit")
    return surveys.publish("visit", DRAFT)


def invite(person: str, **changes: Any) -> tuple[str, Invitation]:
    """Invite somebody; returns the token of the link, and the invitation as it is stored."""
    identity = ids.derive("invitation", person)
    token = ids.link_token(secrets.link_secret(), "answer", identity)
    now = clock.now()
    invitation = Invitation(
        id=identity,
        link_key=ids.token_key(token),
        deployment="march",
        survey="visit",
        contact=ids.derive("contact", person),
        segment="sp-01",
        segment_path=("aurora", "sp", "sp-01"),
        timezone="America/Sao_Paulo",
        product="lamp",
        channel=Channel.EMAIL,
        address=f"{person.lower()}@mail.example",
        language="pt-BR",
        first_name=person,
        name=f"{person} Souza",
        state=InvitationState.SENT,
        created_at=now,
        reached=Step.MADE,
        sent_at=now,
        expires_at=now + timedelta(days=30),
    )
    stored = invitation.changed(**changes).risen()
    funnel.store(stored)
    return token, stored.changed(rev=1)


def stand(*, starts_at: datetime | None = None, ends_at: datetime | None = None) -> tuple[str, StoreToken]:
    """Put a link on the counter of the store."""
    return tokens.create("visit", "sp-01", "Caixa 2", starts_at=starts_at, ends_at=ends_at)


def unsubscribe_token(invitation: Invitation) -> str:
    """Return the token of the link at the end of this invitation's message."""
    return invitation.id + ids.link_token(secrets.link_secret(), "unsubscribe", invitation.id)


def good_path(path: str) -> str:
    """Return a route with the token of a link that works."""
    open_survey()
    tokens: dict[str, Callable[[], str]] = {
        "/s/": lambda: invite("Ana")[0],
        "/t/": lambda: stand()[0],
        "/i/": lambda: intercept().id,
        "/p/": lambda: showing.link("visit").rpartition("/")[2],
        "/u/": lambda: unsubscribe_token(invite("Ana")[1]),
    }
    return path.replace("{token}", tokens[path[:3]]())


def intercept(**changes: Any) -> Intercept:
    """Put the survey on the website of the shop."""
    own = {"id": ids.new_token(), "name": "Shop", "survey": "visit", "segment": "sp-01"}
    where = {"origins": ("https://shop.example",), "created_at": clock.now()}
    return table.create(Intercept(**{**own, **where, **changes}))


def tap(token: str, standing: Standing = Standing.COUNTED, **changes: Any) -> Receipt:
    """Confirm the nine that was tapped in a message half an hour ago."""
    tapped = Provisional(
        link_key=ids.token_key(token),
        survey="visit",
        version=1,
        segment="sp-01",
        question="nps",
        score=9,
        language="pt-BR",
        day="2026-03-10",
        at_time=NOON - timedelta(minutes=30),
        due_at=NOON,
    )
    evidence = () if standing is Standing.COUNTED else ("no_signal",)
    return responses.take_tapped(tapped.changed(**changes), standing=standing, evidence=evidence)


def submission(submission_id: str = SUBMISSION_ID, version: int = 1, **answers: Any) -> Submission:
    """Return what a page sends: a nine, unless said otherwise."""
    return Submission(submission_id=submission_id, version=version, answers=answers or {"nps": 9})


@contextmanager
def meanwhile(*actions: Callable[[], object]) -> Iterator[None]:
    """Let others act just before each of the next transactions is sent, in this order."""
    waiting = list(actions)
    acting = False

    def act(_parameters: dict[str, Any]) -> None:
        nonlocal acting
        if waiting and not acting:
            acting = True
            waiting.pop(0)()
            acting = False

    with failing("TransactWriteItems", act):
        yield
    assert not waiting, "the transaction was never sent"


@contextmanager
def logging_all() -> Iterator[io.StringIO]:
    """Collect every line that the function logs, as CloudWatch would get it."""
    logger, lines = observe.logger(), io.StringIO()
    level, handler = logger.log_level, logging.StreamHandler(lines)
    handler.setFormatter(logger.registered_formatter)
    logger.addHandler(handler)
    logger.setLevel("DEBUG")
    try:
        yield lines
    finally:
        logger.setLevel(level)
        logging.getLogger(logger.service).removeHandler(handler)
