"""One company with one thing of every noun at every place, which the matrix of rights asks for.

Bound callers stand at `sul`: their own things lie there, those of a child at `poa`, of a neighbour at `norte`, of the
parent at `aurora`. What lies at no place is the same thing for all of them.
"""

import json
import re
from collections import defaultdict
from copy import deepcopy
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

from escuta import table
from escuta.directory import access, privacy
from escuta.directory.access import sessions, users
from escuta.directory.model import DropFile, FileState, PrivacyKind, Role, Scope, UserState
from escuta.feedback import parking
from escuta.feedback.model import Human, Provisional
from escuta.feedback.tickets import magic
from escuta.outreach import invitations
from escuta.outreach.model import Channel, DeliveryState, Resend, WebhookDelivery
from manage.described.document import EXAMPLES
from tests.conftest import NOON, moto, owner
from tests.functions import callers
from tests.functions.callers import PLACES, ask
from tests.kit import factories, people

AT = {"own": "sul", "child": "poa", "neighbour": "norte", "parent": "aurora"}
ELSEWHERE = ("neighbour", "parent")
NAMES = {"own": "Ana", "child": "Bruno", "neighbour": "Xênia", "parent": "Yolanda"}
PDF = b"%PDF-1.4\n%%EOF\n"
WIDGET = {"id": "score", "kind": "tile", "position": {"x": 0, "y": 0, "w": 3, "h": 3}, "query": {"metric": "nps"}}
EXPORT = {"what": "responses", "format": "csv", "survey": "visit", "from": "2026-02-01", "to": "2026-02-28"}
SCHEDULE = {"what": "responses", "survey": "visit", "format": "jsonl", "reach": "yesterday", "every": "day", "hour": 6}
LETTER = {"survey": "visit", "strategy": "prefer_email", "audience": "segments"}
Things = dict[str, dict[str, str]]  # noun -> relation -> id


class Company:
    """The things by noun and relation, and who asks: the text of each caller's credential."""

    def __init__(self, pool: str) -> None:
        """Build it, with its people in this user pool."""
        self.things: Things = defaultdict(dict)
        self.callers: dict[str, str] = {}
        self.without: dict[Scope, str] = {}  # keys that have every scope but this one
        callers.found_company()
        callers.open_survey()
        self._maker = _key("Maker")
        for relation, place in AT.items():
            self._place(relation, place)
        self._shared()
        self._people(pool)
        self._owned()
        self._pool = moto("cognito-idp").user_pools[pool]
        self._users = deepcopy(self._pool.users)
        self.secret = re.compile("|".join(map(re.escape, sorted(self.elsewhere()))))

    def put_back_people(self) -> None:
        """Put the users of the pool back as they were, after a cell that may have changed them."""
        self._pool.users = deepcopy(self._users)

    def id(self, noun: str, relation: str, who: str = "") -> str:
        """Return the id of the thing of this noun, the caller's own where each has one.

        What lies at no place is the same for all relations.
        """
        found = self.things[noun] | self.things.get(f"{noun}@{who}", {})
        return found.get(relation) or found["own"]

    def elsewhere(self) -> set[str]:
        """Return what no bound caller may ever read: ids and names of what lies at the neighbour's and the parent's."""
        told = {each[relation] for each in self.things.values() for relation in ELSEWHERE if relation in each}
        own = {each[relation] for each in self.things.values() for relation in ("own", "child") if relation in each}
        names = {NAMES[relation] for relation in ELSEWHERE} | {"norte", "manaus"}
        return (told - own - {"aurora"}) | names

    def _made(self, noun: str, relation: str, path: str, body: Any, by: str = "", field: str = "id") -> str:
        answer = ask("POST", path, by or self._maker, body=body)
        assert answer.status in {200, 201}, (noun, answer.json)
        self.things[noun][relation] = answer.json[field]
        return str(answer.json[field])

    def _place(self, relation: str, place: str) -> None:
        """Put one thing of every noun that lies at a place there."""
        name, mail = NAMES[relation], f"{relation}@example.com"
        self.things["segment"][relation] = place
        self._made(
            "leaf", relation, "/v1/segments", {"code": f"{place}-vaga", "name": "Vaga", "parent": place}, field="code"
        )
        person = self._made(
            "contact",
            relation,
            "/v1/contacts",
            {"external_id": f"C-{relation}", "name": name, "email": mail, "segment": place},
        )
        self._visits(relation, place)
        self._made("manager", relation, "/v1/managers", {"name": name, "email": f"g-{mail}", "segments": [place]})
        self._links(relation, place, name)
        self._sending(relation, place, person)
        self._feedback(relation, place, person)
        self._programs(relation, place, name)
        hours = {"week": {"monday": [{"opens": "09:00", "closes": "18:00"}]}}
        assert ask("PUT", f"/v1/segments/{place}/service-hours", self._maker, body=hours).status == 200

    def _visits(self, relation: str, place: str) -> None:
        when = "2026-03-09T12:00:00Z" if relation == "own" else "2026-03-01T12:00:00Z"  # Ana was last where she is
        visits = [
            {"contact": {"external_id": of}, "segment": place, "reference": f"NF-{relation}-{of}", "occurred_at": when}
            for of in dict.fromkeys(("C-own", f"C-{relation}"))
        ]
        answer = ask("POST", "/v1/transactions", self._maker, body={"items": visits})
        self.things["visit"][relation] = answer.json["items"][0]["transaction"]
        self.things["receipt"][relation] = f"NF-{relation}-C-own"
        self.things["external"][relation] = f"C-{relation}"

    def _links(self, relation: str, place: str, name: str) -> None:
        self._made(
            "link",
            relation,
            "/v1/tokens",
            {"survey": "visit", "segment": place, "label": f"Balcão {name}"},
            field="link",
        )
        self._made("token", relation, "/v1/tokens", {"survey": "visit", "segment": place, "label": f"Caixa {name}"})
        self._made(
            "intercept",
            relation,
            "/v1/intercepts",
            {
                "name": f"Loja {name}",
                "survey": "visit",
                "segment": place,
                "origins": ["https://loja.example.com"],
                "trigger": {"delay_seconds": 5},
            },
        )

    def _programs(self, relation: str, place: str, name: str) -> None:
        hook = self._made(
            "webhook",
            relation,
            "/v1/webhooks",
            {"name": f"CRM {name}", "url": "https://crm.example.com/in", "types": ["ticket.*"], "segment": place},
        )
        tried = self._made("delivery", relation, f"/v1/webhooks/{hook}/test", None)
        kept = table.load(WebhookDelivery, WebhookDelivery.at(tried))
        table.save(kept.changed(state=DeliveryState.FAILED))
        self._made("key", relation, "/v1/keys", {"name": f"ERP {name}", "scopes": ["contacts:read"], "segment": place})

    def _sending(self, relation: str, place: str, person: str) -> None:
        draft = {**LETTER, "name": f"Março {NAMES[relation]}", "segments": [place]}
        sending = self._made("deployment", relation, "/v1/deployments", draft)
        self._made("run", relation, "/v1/deployments/dry-runs", draft)
        again = Resend(id=f"resend-{relation}", deployment=sending, states=(), created_at=NOON, created_by="key:erp")
        self.things["resend"][relation] = table.create(again).id
        identity = invitations.identity(sending, person, Channel.EMAIL)
        invited = factories.invitation(
            "",
            NAMES[relation],
            id=identity,
            link_key=invitations.link_key(identity),
            deployment=sending,
            contact=person,
            segment=place,
            segment_path=PLACES[place],
        )
        self.things["invitation"][relation] = table.create(invited).id

    def _feedback(self, relation: str, place: str, person: str) -> None:
        name, who = f"said-{relation}", dict[str, Any](contact=person, contact_name=NAMES[relation])
        self.things["response"][relation] = callers.answered(place, name, answers={"nps": 3}, **who).id
        for noun, about in (("ticket", f"case-{relation}"), ("other", f"more-{relation}")):
            self.things[noun][relation] = callers.ticketed(place, about, **who).id
        path = f"/v1/tickets/case-{relation}/attachments"
        body = {"name": f"{name}.pdf", "content_type": "application/pdf", "size": len(PDF)}
        announced = ask("POST", path, self._maker, body=body).json
        where = unquote(urlsplit(announced["url"]).path).split("escuta-attachments/")[-1].lstrip("/")
        owner("s3").put_object(Bucket="escuta-attachments", Key=where, Body=PDF)
        assert ask("PUT", f"{path}/{announced['id']}", self._maker, headers={"If-Match": "*"}).status == 200
        self.things["attachment"][relation] = announced["id"]
        linked = {"ticket": f"more-{relation}"}
        answer = ask("POST", f"/v1/tickets/case-{relation}/links", self._maker, body=linked, headers={"If-Match": "*"})
        assert answer.status == 200, answer.json
        self._made("fresh", relation, "/v1/tickets", {"contact": person, "segment": place, "subject": "Ligou"})
        magic.issue((f"case-{relation}",), self.things["manager"][relation], "opened")
        table.create(
            Provisional(
                link_key=relation.ljust(43, "_"),
                survey="visit",
                version=1,
                segment=place,
                segment_path=PLACES[place],
                domain="acme.example",
                question="nps",
                score=9,
                language="pt-BR",
                day="2026-03-10",
                at_time=NOON,
                human=Human(input="touch", after_ms=1500, at=NOON),
                due_at=NOON + timedelta(minutes=30),
            )
        )

    def _shared(self) -> None:
        """Make what lies at no place."""
        things = self.things
        things["survey"]["own"], things["version"]["own"] = "visit", "1"
        things["channel"]["own"], things["language"]["own"] = "email", "pt-BR"
        things["widget"]["own"] = "score"
        self._made("blank", "own", "/v1/surveys", {"name": "Em branco", "id": "blank"})
        ask("PATCH", "/v1/surveys/visit", self._maker, body={"status": "live"})
        group = ask("POST", "/v1/products", self._maker, body={"code": "tv-40", "name": "TV 40", "group": "TV"})
        assert group.status == 201
        things["product"]["own"] = "tv-40"
        things["group"]["own"] = ask("GET", "/v1/product-groups", self._maker).json["items"][0]["id"]
        self._made(
            "name", "own", "/v1/custom-fields", {"name": "plan", "type": "choice", "choices": ["ouro"]}, field="name"
        )
        assert ask("PUT", "/v1/folders/clientes", self._maker, body={"file_kind": "contacts"}).status == 201
        things["folder"]["own"] = "clientes"
        self._made("account", "own", "/v1/sftp-users", like("create_sftp_user"), field="name")
        account = ask("GET", f"/v1/sftp-users/{things['account']['own']}", self._maker).json
        things["public_key"]["own"] = account["public_keys"][0]["id"]
        self._made("upload", "own", "/v1/files", {"folder": "clientes", "name": "clientes.csv"})
        self._made("rules", "own", "/v1/rules", {"name": "Visitas", "id": "visitas"})
        body = {"from": "2026-03-10T12:00:00Z", "to": "2026-03-10T15:00:00Z"}
        self._made("replay", "own", "/v1/events/replays", body)
        self._made("role", "own", "/v1/roles", {"name": "Leitura", "id": "leitura", "scopes": ["surveys:read"]})
        table.create(
            DropFile(
                id="held", bucket="escuta-drop", object_key="clientes/a.csv", state=FileState.HELD, received_at=NOON
            )
        )
        table.create(
            DropFile(
                id="done",
                bucket="escuta-drop",
                object_key="clientes/b.csv",
                state=FileState.DONE,
                received_at=NOON,
                report_key="r/done.csv",
                rejected_key="r/done.rejected.csv",
            )
        )
        things["file"]["own"], things["held"]["own"] = "done", "held"
        assert (
            ask("PUT", "/v1/surveys/visit/templates/email/pt-BR", self._maker, body=like("replace_template")).status
            == 200
        )
        assert ask("PUT", "/v1/topics", self._maker, body=like("replace_topics")).status == 200
        assert ask("POST", "/v1/suppressions", self._maker, body=like("create_suppression")).status == 201
        parking.park("answers_differ", "first", "{}", "test", "first", link_key="hash")
        things["parked"]["own"] = ask("GET", "/v1/parked", self._maker).json["items"][0]["id"]
        things["wanted"]["own"] = privacy.ask(
            PrivacyKind.SEE, "contact-ana", hint="a•••@mail.example", language="pt-BR"
        ).id
        gone = ask(
            "POST", "/v1/contacts", self._maker, body={"external_id": "C-0", "name": "Vera", "segment": "aurora"}
        ).json
        self._made("erasure", "own", f"/v1/contacts/{gone['id']}/erasures", {})
        things["entry"]["own"] = ask("GET", "/v1/audit", self._maker).json["items"][0]["id"]

    def _people(self, pool: str) -> None:
        """Let people sign in, and give out keys: those who ask, and those who are asked about."""
        for relation, place in AT.items():
            wanted = {"name": NAMES[relation], "role": "analyst", "segments": [place]}
            self._made("invited", relation, "/v1/users", {**wanted, "email": f"novo-{relation}@example.com"})
            mail = f"user-{relation}@example.com"
            user = self._made("user", relation, "/v1/users", {**wanted, "email": mail})
            people.settle(pool, mail)
            active = table.change(users.get(user), lambda found: found.changed(state=UserState.ACTIVE))
            cookie = people.seat(active)
            self.things["session_id"][relation] = _name(cookie)
        manager = ask(
            "POST",
            "/v1/managers",
            self._maker,
            body={"name": "Marta", "email": "marta@aurora.example", "segments": ["sul"]},
        ).json
        self.callers = {
            "admin": people.seat(people.user("Ada", Role.ADMIN)),
            "analyst": people.seat(people.user("Lia", Role.ANALYST)),
            "manager": people.seat(people.user("Marta", Role.MANAGER), manager=manager["id"], segments=("sul",)),
            "key": _key("Whole"),
            "bound": _key("Bound", segment="sul"),
            "expired": _key("Expired", expires_at=NOON - timedelta(seconds=1)),
            "revoked": _key("Revoked"),
            "anonymous": "",
        }
        access.revoke(self.callers["revoked"].split("_")[1])
        self.without = {scope: _key("Less", *(set(Scope) - {scope})) for scope in Scope}
        self.things["me"]["own"] = manager["id"]

    def _owned(self) -> None:
        """Give every caller views, dashboards, exports and schedules of its own, and others what is not theirs."""
        for relation, place in AT.items():
            self._ordered(relation, place, relation, self._maker)
        self.things["board"]["own"] = self.things["dashboard"]["own"]
        for who in ("admin", "analyst", "manager", "key", "bound"):
            self._ordered("own", "sul", who, self.callers[who])
        for who in ("admin", "analyst", "manager"):
            self.things[f"mine@{who}"]["own"] = _name(self.callers[who])
        self.things["mine"]["own"] = "nobody"

    def _ordered(self, relation: str, place: str, who: str, text: str) -> None:
        caller = f"@{who}" if text != self._maker else ""
        view = {
            "name": f"Fila {who}",
            "filter": {"segment": place},
            "sort": "due",
            "shared": [] if caller else ["manager"],
        }
        self._made(f"view{caller}", relation, "/v1/ticket-views", view, text)
        if who not in {"manager", "bound"}:
            roles = {"own": ["manager", "analyst"], "child": ["manager"]}.get(relation, []) if not caller else []
            board = {"name": f"Painel {who}", "survey": "visit", "widgets": [WIDGET], "shared": roles}
            self._made(f"dashboard{caller}", relation, "/v1/dashboards", board, text)
        if who not in {"manager", "analyst"}:
            self._made(f"export{caller}", relation, "/v1/exports", {**EXPORT, "segment": place}, text)
            named = {**SCHEDULE, "name": f"todo-dia-{who}", "segment": place}
            self._made(f"schedule{caller}", relation, "/v1/export-schedules", named, text, "name")


def _name(cookie: str) -> str:
    session = access.session(cookie)
    assert session
    return sessions.identity(session)


def like(name: str, /, **fields: Any) -> Any:
    """Return the body of the example of an operation with other fields; None takes one out."""
    said = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))["body"]
    return {field: value for field, value in (said | fields).items() if value is not None}


def _key(name: str, *scopes: Scope, **fields: Any) -> str:
    return access.issue(name, scopes or tuple(Scope), **{"rate": 60_000, **fields})[0]
