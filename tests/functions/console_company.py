"""A company to look at in the console: four stores in two regions, figures, tickets, files, and people who sign in."""

import base64
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest

from console import app
from escuta import clock, table
from escuta.directory import managers
from escuta.directory.model import DropFile, FileState, Manager, Role
from escuta.entity import Key, Table
from escuta.feedback.model import Contribution, Survey, SurveyStatus, SurveyVersion, TicketState
from escuta.feedback.tickets import counts
from escuta.outreach.model import AudienceKind, Deployment, DeploymentState, Strategy
from tests.conftest import NOON
from tests.functions.respondents import DRAFT
from tests.kit import factories
from tests.kit import people as kit

PASSWORD = "Girassol-2026"  # noqa: S105 - of people who do not exist
STORES = {"paulista": "sudeste", "santos": "sudeste", "curitiba": "sul", "poa": "sul"}
ROLES = {"helena": Role.ADMIN, "davi": Role.ANALYST, "bruno": Role.MANAGER}
HOSTILE = "<script>alert(1)</script>"
HOST = "fala.aurora.example"


def found() -> None:
    """Build the company: a hierarchy, one live survey, and Bruno, the manager of the South."""
    tree = [("aurora",), ("aurora", "sudeste"), ("aurora", "sul")]
    tree += [("aurora", region, store) for store, region in STORES.items()]
    names = {"aurora": "Lojas Aurora", **{store: f"Loja {store.title()}" for store in STORES}}
    table.put_many(factories.segment(*path, name=names.get(path[-1], path[-1].title())) for path in tree)
    table.put(survey("visit", "Visita à loja"))
    table.put(SurveyVersion(survey="visit", version=1, published_at=NOON - timedelta(days=100), **dict(DRAFT)))
    managers.create("Bruno Lima", "bruno@aurora.example", language="pt-BR", segments=("sul",))


def hire(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give Helena (admin), Davi (analyst) and Bruno (manager) a password."""
    cognito = boto3.client("cognito-idp")
    pool = kit.pool(monkeypatch)
    for name, role in ROLES.items():
        email = f"{name}@aurora.example"
        said: Any = [{"Name": "email", "Value": email}, {"Name": "name", "Value": name.title()}]
        cognito.create_group(UserPoolId=pool, GroupName=role)
        cognito.admin_create_user(
            UserPoolId=pool, Username=email, UserAttributes=said, TemporaryPassword=PASSWORD, MessageAction="SUPPRESS"
        )
        cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True)
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=role)


def survey(identity: str, name: str, status: SurveyStatus = SurveyStatus.LIVE, age: int = 100) -> Survey:
    made = NOON - timedelta(days=age)
    return Survey(id=identity, name=name, status=status, version=1, created_at=made, updated_at=made)


def answers(store: str, promoters: int, passives: int, detractors: int, *, day: str = "2026-03-09") -> None:
    """Count answers of a store as metering does: in one transaction with a contribution that guards them."""
    classes = {"promoter": promoters, "passive": passives, "detractor": detractors}
    numbers = {"n": sum(classes.values()), **{name: count for name, count in classes.items() if count}}
    guard = Contribution(survey="visit", response=f"{store}-{day}", response_rev=1, day=day, places=(), numbers={})
    adds = [
        table.Add(Table.FEEDBACK, Key(f"counter#visit#segment#{code}", f"{day}#0"), numbers)
        for code in ("aurora", STORES[store], store)
    ]
    table.transact(table.Create(guard), *adds)


def ticket(store: str, comment: str, *, hours: float, customer: str = "Ana", **fields: Any) -> None:
    """Open a ticket that is due in so many hours, as the sweep of that minute left it."""
    state = fields.pop("state", TicketState.NEW)
    clocks = {"due_at": clock.now() + timedelta(hours=hours), "overdue": hours < 0 and not state.is_done}
    opened = factories.ticket(
        id=f"ticket-{store}-{hours}",
        segment=store,
        segment_path=("aurora", STORES[store], store),
        comment=comment,
        contact_name=customer,
        state=state,
        **{**clocks, **fields},
    )
    table.transact(table.Create(opened), *counts.adds(None, opened))


def file(name: str, state: FileState = FileState.DONE, **fields: Any) -> None:
    """Store a dropped file."""
    own = {"bucket": "escuta-drop", "object_key": f"pos-venda/{name}", "folder": "pos-venda", "received_at": NOON}
    table.put(DropFile(id=f"file-{name}", state=state, **{**own, **fields}))


def deployment(name: str) -> None:
    """Store a deployment that has nobody in it yet."""
    table.put(
        Deployment(
            id=f"deployment-{name}",
            name=name,
            survey="visit",
            strategy=Strategy.EMAIL,
            audience=AudienceKind.ALL,
            state=DeploymentState.RUNNING,
            created_at=NOON,
        )
    )


def owner(name: str) -> Manager:
    return next(manager for manager in managers.listing().items if manager.name == name)


class Answer:
    """What came back: status, headers in lower case, text."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.status: int = raw["statusCode"]
        self.headers = {name.lower(): values for name, values in raw["multiValueHeaders"].items()}
        body = raw["body"] or ""
        self.text = base64.b64decode(body).decode() if raw["isBase64Encoded"] else body
        self.words = re.sub(r"\s+", " ", re.sub(r"<style.*?</style>", "", self.text, flags=re.DOTALL))

    def header(self, name: str) -> str:
        (value,) = self.headers[name.lower()]
        return str(value)


class Browser:
    """A person's browser: keeps cookies, and says about a form what browsers say."""

    def __init__(self, language: str = "pt-BR") -> None:
        self.language = language
        self.cookies: dict[str, str] = {}

    def get(self, path: str = "/console", **query: str) -> Answer:
        return self.send("GET", path, query=query)

    def post(self, path: str, fields: Mapping[str, str], **headers: str) -> Answer:
        said = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send("POST", path, body=urlencode(fields), headers={k: v for k, v in said.items() if v})

    def sign_in(self, name: str, password: str = PASSWORD) -> Answer:
        return self.post("/console/sign-in", {"username": f"{name}@aurora.example", "password": password})

    def token(self) -> str:
        """Return the token that the forms of the home page carry."""
        return str(re.findall(r'name="csrf" value="([^"]+)"', self.get().text)[0])

    def send(self, method: str, path: str, query: Any = None, body: str = "", headers: Any = None) -> Answer:
        said = {"Host": HOST, "Accept-Language": self.language, **(headers or {})}
        if self.cookies:
            said["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        event: dict[str, Any] = {
            "resource": "/console/{proxy+}",
            "path": path,
            "httpMethod": method,
            "headers": said,
            "multiValueHeaders": {name: [value] for name, value in said.items()},
            "queryStringParameters": query or None,
            "multiValueQueryStringParameters": {name: [value] for name, value in (query or {}).items()} or None,
            "requestContext": {"stage": "live", "path": f"/live{path}", "httpMethod": method, "requestId": "r-1"},
            "stageVariables": None,
            "body": body or None,
            "isBase64Encoded": False,
        }
        answer = Answer(app.handler(event, Context()))
        for cookie in answer.headers.get("set-cookie", ()):
            name, _, value = cookie.partition(";")[0].partition("=")
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        return answer


class Context:
    """What Lambda tells about a call."""

    function_name = "console"
    aws_request_id = "5f2c9a"


def signed_in(name: str, language: str = "pt-BR") -> Browser:
    """Return the browser of somebody whose session is open, without asking for a password."""
    browser, manager = Browser(language), owner("Bruno Lima") if name == "bruno" else None
    made = kit.user(name.title(), ROLES[name], language=manager.language if manager else "pt-BR")
    segments = manager.segments if manager else ()
    browser.cookies["__Host-escuta"] = kit.seat(made, manager=manager.id if manager else "", segments=segments)
    return browser
