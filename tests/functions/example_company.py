"""A company with one of everything, made by the examples of the document, so that what they name is there."""

import json
import pickle
from copy import deepcopy
from datetime import timedelta
from typing import Any

from escuta import table
from escuta.directory import drops, privacy
from escuta.directory.model import DropFile, FileState, PrivacyKind, Product, RowOutcome, RowResult
from escuta.feedback import parking
from escuta.ids import derive
from escuta.outreach.model import WebhookDelivery
from manage.described.document import EXAMPLES, described_routes
from tests.conftest import NOON, in_memory
from tests.functions.callers import answered, ask, found_company, key, ticketed
from tests.kit import factories, people

RESPONSE, TICKET, OTHER = "bV3kT9qLw0aXyZ2nRcPd1g", "slutatcw2ih3bqcpiq7mv2crq4", "mbohenna5rrtwk3mgiwwnjitzq"
FILE, HELD = "k3v9x2m1q8z7t6r5w4y3n2b1c0", "h7d2s9k4f1g8j5l6p3o0i2u4y1"
INVITATION, DELIVERY = "jujbz7g5sj2by6xsvjdgcvraqu", "ighpu2v35pbac23wcpc3pwztf4"
MADE = {  # what is made by its example, in this order, and what a path calls it
    "create_survey": "survey",
    "publish_survey_version": "",
    "create_product": "product",
    "create_custom_field": "",
    "create_contact": "contact",
    "create_manager": "manager",
    "replace_template": "",
    "create_intercept": "intercept",
    "create_token": "token",
    "create_transactions": "",
    "create_suppression": "",
    "replace_folder": "",
    "create_upload": "upload",
    "create_export": "export",
    "create_export_schedule": "",
    "replay_events": "replay",
    "create_deployment": "deployment",
    "create_dry_run": "run",
    "create_rules": "",
    "replace_topics": "",
    "create_rereading": "",
    "create_recount": "",
    "create_ticket_attachment": "attachment",
    "create_ticket_view": "view",
    "replace_ticket_causes": "",
    "replace_ticket_rules": "",
    "create_dashboard": "dashboard",
    "create_webhook": "webhook",
    "create_key": "key",
}
PEOPLE = {
    "role": ("/v1/roles", {"name": "Balcão", "scopes": ["tickets:read"]}),
    "user": ("/v1/users", {"email": "ana@example.com", "name": "Ana Souza", "role": "analyst"}),
}


class Company:
    """What there is.

    `key` may do everything. `named` is what a path, a query or a body may name, by the word that they name it with;
    `ids` are those that things got in place of those of the examples.
    """

    def __init__(self, pool: str) -> None:
        """Make it, in the tables that stand and this pool of users."""
        self.pool, self.key, self.ids = pool, key(), dict[str, str]()
        self.named = {
            "segment": "poa",
            "product": "tv-40",
            "name": "plan",
            "folder": "clientes",
            "schedule": "respostas-diarias",
            "rules": "visitas",
            "version": "1",
            "channel": "email",
            "language": "pt-BR",
            "response": RESPONSE,
            "ticket": TICKET,
            "other": OTHER,
            "file": FILE,
            "invitation": INVITATION,
            "delivery": DELIVERY,
        }
        found_company()
        self._written()
        for operation, noun in MADE.items():
            self._make(operation, noun)
        self._sent()
        for noun, (path, body) in PEOPLE.items():
            self.named[noun] = self._asked("POST", path, body)["id"]
        self._found("entry", "/v1/audit")
        self._found("group", "/v1/product-groups")
        self.examples = {file.stem: self.here(json.loads(file.read_text("utf-8"))) for file in EXAMPLES.glob("*.json")}
        self._rows = pickle.dumps(in_memory().tables)
        self._users = deepcopy(people.users(pool))

    def restore(self) -> None:
        """Put everything back as it was made."""
        in_memory().tables = pickle.loads(self._rows)  # noqa: S301 - our own, of this very process
        known = people.users(self.pool)
        known.clear()
        known.update(deepcopy(self._users))

    def here(self, told: Any) -> Any:
        """Return a part of an example with the ids that things have here."""
        if isinstance(told, dict):
            return {name: self.here(value) for name, value in told.items()}
        if isinstance(told, list):
            return [self.here(value) for value in told]
        return self.ids.get(told, told) if isinstance(told, str) else told

    def _make(self, operation: str, noun: str) -> None:
        example = self.here(json.loads((EXAMPLES / f"{operation}.json").read_text(encoding="utf-8")))
        route = next(route for route, each in described_routes() if each.name == operation)
        path = route.path
        for name, value in example["path"].items():
            path = path.replace(f"<{name}>", value)
        made = self._asked(route.method, path, example["body"])
        if noun:
            self.named[noun] = made.get("id") or made["code"]
        if isinstance(made.get("id"), str):
            self.ids[example["answer"]["id"]] = made["id"]

    def _asked(self, method: str, path: str, body: Any) -> Any:
        answer = ask(method, path, self.key, body=body, headers={"Idempotency-Key": path})
        assert answer.status in {200, 201, 202}, (path, answer.body)
        return answer.json

    def _found(self, noun: str, path: str) -> None:
        self.named[noun] = ask("GET", path, self.key).json["items"][0]["id"]

    def _written(self) -> None:
        """Store what no program makes: responses, files that were dropped, what could not be taken."""
        for code in ("furadeira-500w", "furadeira-500", "tv-40", "luminaria-led"):
            table.put(Product(code=code, name=code.title(), group="Ferramenta" if code.endswith("500") else "TV"))
        answered("poa", RESPONSE, comment="Fila enorme no caixa.")
        ticketed("poa", TICKET, response=RESPONSE)
        ticketed("poa", OTHER)
        about: dict[str, Any] = {"bucket": "escuta-drop", "folder": "clientes", "received_at": NOON}
        done: dict[str, Any] = {"state": FileState.DONE, "rows": 1, "chunks": 1, "report_key": "a", "rejected_key": "b"}
        table.create(DropFile(id=FILE, object_key="clientes/a.csv", **done, **about))
        table.create(DropFile(id=HELD, object_key="clientes/b.csv", state=FileState.HELD, reason="held_small", **about))
        row = RowResult(
            row=1, line=2, outcome=RowOutcome.REJECTED, column="Loja", code="segment_unknown", details={"value": "bh"}
        )
        drops.write_results(FILE, 0, [row])
        parking.park("answers_differ", "first", '{"nps": 9}', "test", "first", link_key="hash-of-a-link")
        self.named["parked"] = derive("parked", "test", "first")

    def _sent(self) -> None:
        """Store what takes more than one function to come about: invitations, deliveries, what people asked."""
        place = {"segment": "poa", "segment_path": ("aurora", "sul", "poa")}
        there = {"deployment": self.named["deployment"], "contact": self.named["contact"]}
        table.create(factories.invitation().changed(id=INVITATION, **place, **there))
        webhook: dict[str, Any] = {
            "webhook": self.named["webhook"],
            "event": "yuxfengkggsggxy2idntexxpue",
            "type": "ticket.opened",
        }
        later = NOON + timedelta(minutes=2)
        table.create(WebhookDelivery(id=DELIVERY, created_at=NOON, next_at=later, **webhook))
        asked = privacy.ask(PrivacyKind.SEE, self.named["contact"], hint="a•••@example.com", language="pt-BR")
        self.named["wanted"] = asked.id
