"""The settings and the stored things that the measured calls find."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.endpoint import answering
from escuta import config, ids
from escuta.directory.model import Segment
from escuta.entity import Entity, Table
from escuta.feedback.model import Question, QuestionKind, Survey, SurveyStatus, SurveyVersion
from escuta.outreach.model import (
    AudienceKind,
    Channel,
    Deployment,
    DeploymentState,
    Invitation,
    InvitationState,
    Step,
    Strategy,
)

SECRET = "correct horse battery"  # noqa: S105 - of a measured run
NOW = datetime.now(UTC)
TOKEN = ids.link_token(SECRET.encode(), "answer", ids.derive("invitation", "bench"))
LANGUAGES = ("pt-BR", "en", "es")
TEXT = dict.fromkeys(LANGUAGES, "De 0 a 10, quanto você nos recomendaria?")
STORE = Segment(code="sp-01", name="Paulista", path=("aurora", "sp", "sp-01"), timezone="America/Sao_Paulo")
SURVEY = Survey(id="s", name="S", status=SurveyStatus.LIVE, version=1, created_at=NOW, updated_at=NOW)
VERSION = SurveyVersion(
    survey="s",
    version=1,
    languages=LANGUAGES,
    title=TEXT,
    questions=(
        Question(id="nps", kind=QuestionKind.NPS, text=TEXT, required=True, benchmark=True),
        *(Question(id=f"q{n}", kind=QuestionKind.CSAT, text=TEXT) for n in range(8)),
        Question(id="comment", kind=QuestionKind.TEXT, text=TEXT, voice=True),
    ),
    published_at=NOW,
)
DEPLOYMENT = Deployment(
    id="d",
    name="D",
    survey="s",
    strategy=Strategy.EMAIL,
    audience=AudienceKind.ALL,
    state=DeploymentState.RUNNING,
    created_at=NOW,
)


def invitation(state: InvitationState, number: int = 0) -> Invitation:
    """Return an invitation in this state: the one behind TOKEN, or another by its number."""
    return Invitation(
        id=ids.derive("invitation", *([number] if number else []), "bench"),
        link_key=ids.token_key(f"{TOKEN}{number or ''}"),
        deployment="d",
        survey="s",
        contact="c",
        segment="sp-01",
        segment_path=STORE.path,
        timezone=STORE.timezone,
        channel=Channel.EMAIL,
        address=f"ana{number or ''}@example.com",
        language="pt-BR",
        first_name="Ana",
        name="Ana Souza",
        state=state,
        reached=Step.MADE,
        created_at=NOW,
        expires_at=NOW + timedelta(days=30),
    ).risen()


@contextmanager
def standing(answers: Mapping[str, str], delays: Mapping[str, float] | None = None) -> Iterator[None]:
    """Point the product and every AWS client of this process at an endpoint that gives these answers, so late."""
    with answering({"GetSecretValue": json.dumps({"SecretString": SECRET}), **answers}, delays or {}) as url:
        queues = {
            name: f"{url}/queue/{name.removesuffix('_queue')}"
            for name in config.Settings.model_fields
            if name.endswith("_queue")
        }
        os.environ |= {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_DEFAULT_REGION": "us-east-1",
            "POWERTOOLS_LOG_LEVEL": os.environ.get("POWERTOOLS_LOG_LEVEL", "CRITICAL"),
            **config.environment(
                stage="bench",
                organisation="Lojas Aurora",
                **{f"{name}_table": name for name in Table},
                drop_bucket="drop",
                reports_bucket="reports",
                lake_bucket="lake",
                attachments_bucket="attachments",
                event_bus="events",
                **queues,
                link_secret="link",  # noqa: S106 - the name of a secret
                sender="pesquisa@aurora.example",
                configuration_set="escuta",
                user_pool="pool",
                user_pool_client="client",
                public_url="https://fala.aurora.example",
            ),
        }
        yield


def item(entity: Entity) -> str:
    """Return what GetItem answers for this entity."""
    return json.dumps({"Item": stored(entity)})


def batch(*entities: Entity) -> str:
    """Return what BatchGetItem answers for these entities; the tables are called as in `standing`."""
    found: dict[str, list[dict[str, Any]]] = {}
    for entity in entities:
        found.setdefault(str(entity.table), []).append(stored(entity))
    return json.dumps({"Responses": found, "UnprocessedKeys": {}})


def items(*entities: Entity) -> str:
    """Return what Query answers for these entities."""
    rows = [stored(entity) for entity in entities]
    return json.dumps({"Items": rows, "Count": len(rows), "ScannedCount": len(rows)})


def stored(entity: Entity) -> dict[str, Any]:
    """Return the item that the table holds for this entity; it must not ask the settings, which come later."""
    pk, sk = entity.key()
    data = entity.model_dump_json(exclude={"rev"})
    return {"pk": {"S": pk}, "sk": {"S": sk}, "kind": {"S": entity.kind}, "rev": {"N": "1"}, "data": {"S": data}}
