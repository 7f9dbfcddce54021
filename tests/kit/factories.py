"""Entities with sensible fields, each told apart by what the test says."""

from datetime import datetime, timedelta
from typing import Any

from escuta import ids
from escuta.directory.model import Contact, Segment
from escuta.feedback.model import Question, QuestionKind, Response, ScoreClass, SurveyVersion, Ticket
from escuta.outreach.model import Channel, Invitation, InvitationState
from tests.conftest import NOON

SURVEY = "visit"
PATH = ("aurora", "sudeste", "paulista")
ZONE = "America/Sao_Paulo"


def segment(*path: str, **fields: Any) -> Segment:
    """Return the segment at this path, `PATH` when none is given."""
    path = path or PATH
    own = {"code": path[-1], "name": path[-1].title(), "path": path, "parent": path[-2] if path[1:] else None}
    return Segment(**{**own, "timezone": ZONE, **fields})


def contact(name: str = "Ana", **fields: Any) -> Contact:
    """Return a person of the store `paulista`, with an e-mail address made from the name."""
    own = {"id": ids.derive("contact", name), "name": name, "email": f"{name.lower()}@example.com", "language": "pt-BR"}
    return Contact(**{**own, "segment": PATH[-1], "created_at": NOON, "updated_at": NOON, **fields})


def version(**fields: Any) -> SurveyVersion:
    """Return version 1 of the survey `visit`: a required score and a comment."""
    words = {"pt-BR": "Pergunta", "en": "Question", "es": "Pregunta"}
    questions = (
        Question(id="nps", kind=QuestionKind.NPS, text=words, required=True, benchmark=True),
        Question(id="comment", kind=QuestionKind.TEXT, text=words, voice=True),
    )
    own = {"survey": SURVEY, "version": 1, "languages": ("pt-BR", "en", "es"), "title": words, "questions": questions}
    return SurveyVersion(**{**own, "published_at": NOON, **fields})


def invitation(token: str = "", name: str = "Ana", **fields: Any) -> Invitation:
    """Return a sent invitation of this person; `token` is the text in the link, which only its hash is stored of."""
    person = contact(name)
    own = {
        "id": ids.derive("invitation", "first", person.id, "email"),
        "link_key": ids.token_key(token or ids.with_check(name.ljust(22, "A"))),
        "deployment": "first",
        "survey": SURVEY,
        "contact": person.id,
        "segment": PATH[-1],
        "segment_path": PATH,
        "timezone": ZONE,
        "channel": Channel.EMAIL,
        "address": person.email,
        "language": "pt-BR",
        "first_name": name,
        "name": name,
        "state": InvitationState.SENT,
        "created_at": NOON,
        "sent_at": NOON,
        "expires_at": NOON + timedelta(days=30),
    }
    return Invitation(**{**own, **fields})


def score_class(score: int) -> ScoreClass:
    """Return the class of a score at the default cut-offs."""
    return ScoreClass.DETRACTOR if score <= 6 else ScoreClass.PASSIVE if score <= 8 else ScoreClass.PROMOTER


def response(id: str = "first", score: int | None = 9, **fields: Any) -> Response:  # noqa: A002 - the field's name
    """Return an answer in the store `paulista` at `rev` 1, as the stream shows it after the first write."""
    path = tuple(fields.get("segment_path", PATH))
    received: datetime = fields.get("received_at", NOON)
    own = {
        "id": id,
        "survey": SURVEY,
        "version": 1,
        "segment": path[-1],
        "segment_path": path,
        "timezone": ZONE,
        "day": received.date().isoformat(),
        "channel": "email",
        "language": "pt-BR",
        "answers": {} if score is None else {"nps": score},
        "score": score,
        "score_class": None if score is None else score_class(score),
        "body_hash": ids.derive(id, str(score)),
        "received_at": received,
        "rev": 1,
    }
    return Response(**{**own, **fields})


def ticket(id: str = "first", **fields: Any) -> Ticket:  # noqa: A002 - the field's name
    """Return a new ticket of the store `paulista`."""
    own = {"id": id, "response": id, "rule": "detractor", "survey": SURVEY, "segment": PATH[-1], "segment_path": PATH}
    when = {"origin_segment": PATH[-1], "score": 2, "opened_at": NOON, "due_at": NOON + timedelta(hours=48)}
    return Ticket(**{**own, **when, **fields})
