"""The cells of the matrix of rights: how each is asked, what it has to answer, and what it must not change."""

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import _lru_cache_wrapper, cache
from typing import Any, NamedTuple

from escuta.directory.access import rates
from escuta.directory.model import Scope
from manage.described.document import EXAMPLES, described_routes
from manage.described.operation import Operation
from manage.serving import Route
from tests import conftest
from tests.functions import rights_asking, rights_hearing
from tests.functions.callers import Answer, ask
from tests.functions.nouns import ELSEWHERE, Company
from tests.functions.rights import MISSING, THERE, Kind, Rule

RIGHTS = rights_asking.RIGHTS | rights_hearing.RIGHTS  # a new operation has to be put there
PEOPLE = ("admin", "analyst", "manager")
WITHIN = ("key", "bound", *PEOPLE)  # who is let in, with all scopes or with those of the role
OUT = ("expired", "revoked", "anonymous")
BOUND = frozenset({"manager", "bound"})
STRANGE = {"absent": "not-there", "malformed": "Não é um id; nem 'perto' (*)", "long": "x" * 2100}
_NOUN = re.compile("<([a-z_]+)(?::([a-z]+))?>")
_NO_ID = {"key": "0123456789abcdef", "version": "77", "link": "https://fala.aurora.example/t/nothing"}

SCOPES: dict[str, frozenset[Scope]] = {
    "admin": frozenset(Scope),
    "key": frozenset(Scope),
    "bound": frozenset(Scope),
    "analyst": frozenset(
        {scope for scope in Scope if scope.endswith(":read")} - {Scope.USERS_READ, Scope.KEYS_READ, Scope.AUDIT_READ}
        | {Scope.DASHBOARDS_WRITE}
    ),
    "manager": frozenset(
        {Scope.SURVEYS_READ, Scope.SEGMENTS_READ, Scope.CONTACTS_READ, Scope.RESPONSES_READ, Scope.RESPONSES_PERSONAL}
        | {Scope.TICKETS_READ, Scope.TICKETS_WRITE, Scope.TOKENS_READ, Scope.TOKENS_WRITE, Scope.METRICS_READ}
        | {Scope.DASHBOARDS_READ}
    ),
}


Row = tuple[str, str, str]  # table, partition key, sort key


class Cell(NamedTuple):
    """Who asks, of the thing in which relation to them."""

    who: str
    relation: str


class Asked(NamedTuple):
    """One operation as it is asked."""

    name: str
    route: Route
    operation: Operation
    rule: Rule

    @property
    def params(self) -> list[str]:
        """Return the nouns in the path, in their order; `noun:relation` for one that does not change."""
        return [self.rule.path.get(name, name) for name, _ in _NOUN.findall(self.route.path)]

    def said(self) -> tuple[Any, Any]:
        """Return query and body, with the nouns in them not yet replaced."""
        file = EXAMPLES / f"{self.name}.json"
        example = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        query = self.rule.query if self.rule.query is not None else example.get("query", {})
        return query, self.rule.body if self.rule.body is not None else example.get("body")

    @property
    def nouns(self) -> list[str]:
        """Return the nouns whose relation changes, those of the path first."""
        said = [name for name, fixed in _NOUN.findall(json.dumps(self.said())) if not fixed]
        return [*(name for name in self.params if ":" not in name), *said]


def operations(name: str) -> list[Asked]:
    """Return the ways in which an operation is asked."""
    route, operation = _described()[name]
    rules = RIGHTS[name]
    return [Asked(name, route, operation, rule) for rule in ((rules,) if isinstance(rules, Rule) else rules)]


@cache
def _described() -> dict[str, tuple[Route, Operation]]:
    return {operation.name: (route, operation) for route, operation in described_routes()}


def relations(asked: Asked, company: Company) -> list[str]:
    """Return in which relations the things of an operation can stand to who asks."""
    if not asked.nouns:
        return ["own"]
    placed = any(len(company.things[noun]) > 1 or f"{noun}@key" in company.things for noun in asked.nouns)
    found = [*(THERE if placed else ("own",)), *STRANGE]
    if len(asked.params) > 1 and ":" not in asked.params[-1]:
        found += ["last absent", "last malformed"]
        if len(company.things[asked.params[-1]]) > 1:
            found.append("crossed")
    return found


def cells(asked: Asked, company: Company) -> Iterator[Cell]:
    """Yield every cell of an operation."""
    who = [*WITHIN, *(["less"] if asked.route.scope else []), *OUT]
    for relation in relations(asked, company):
        yield from (Cell(each, relation) for each in who)


def send(asked: Asked, cell: Cell, company: Company) -> Answer:
    """Ask what a cell is about."""
    strange = cell.relation in STRANGE

    def of(noun: str, fixed: str = "", *, number: int = 0) -> str:
        relation = fixed or cell.relation
        if relation == "crossed" or relation.startswith("last "):
            relation = {"crossed": "neighbour"}.get(relation, relation[5:]) if number == len(params) - 1 else "own"
        elif strange and noun != asked.nouns[0]:
            relation = "own"
        if relation in STRANGE:
            return _NO_ID.get(noun, STRANGE[relation]) if relation == "absent" else STRANGE[relation]
        return company.id(noun, relation, cell.who)

    params = asked.params
    values = iter([of(*noun.partition(":")[::2], number=number) for number, noun in enumerate(params)])
    path = _NOUN.sub(lambda _: next(values), asked.route.path)
    query, body = filled(asked.said(), of)
    scope = asked.route.scope
    text = company.without[scope] if scope and cell.who == "less" else company.callers[cell.who]
    raw = {"raw": asked.rule.raw} if asked.rule.raw else {"body": body}
    return ask(asked.route.method, path, text, query=query, headers=dict(asked.rule.headers), **raw)


def filled(said: Any, of: Any) -> Any:
    """Return what is said with ids in place of nouns."""
    if isinstance(said, str):
        found = _NOUN.fullmatch(said)
        return of(found[1], found[2] or "") if found else said
    if isinstance(said, dict):
        return {name: filled(each, of) for name, each in said.items()}
    return [filled(each, of) for each in said] if isinstance(said, list | tuple) else said


def expected(asked: Asked, cell: Cell) -> tuple[int, str]:
    """Return the status that a cell has to answer with, and the code of the problem, "" for none."""
    scope, rule, (who, relation) = asked.route.scope, asked.rule, cell
    if who in OUT:
        return 401, "refused"
    if scope and (who == "less" or scope not in SCOPES[who]):
        return 403, "scope_missing"
    keys = [(who, relation), (who, "*"), ("*", relation), ("*", "*")]
    if said := next((rule.otherwise[key] for key in keys if key in rule.otherwise), None):
        return said
    if rule.kind is Kind.WHOLE and who in BOUND:
        return 403, "whole_hierarchy_only"
    is_hidden = rule.kind in {Kind.PLACED, Kind.BATCH} and who in BOUND and relation in ELSEWHERE
    if is_hidden or relation not in THERE:
        noun = asked.nouns[0] if relation in {*THERE, *STRANGE} else asked.params[-1]
        return 404, rule.missing or MISSING[noun]
    return asked.operation.statuses[-1], ""


class Got(NamedTuple):
    """What a cell answers: status, code, and the text; of a batch those of its one item."""

    status: int
    code: str
    text: str


def answered(asked: Asked, cell: Cell, company: Company) -> Got:
    """Ask what a cell is about, and return what came back."""
    try:
        answer = send(asked, cell, company)
    except Exception as refused:
        if str(refused) != "Unauthorized":
            raise
        return Got(401, "refused", "")
    text = answer.body.decode(errors="replace")
    if answer.status >= 400:
        return Got(answer.status, answer.code, text)
    problem = answer.json["items"][0].get("problem") if asked.rule.kind is Kind.BATCH else None
    return Got(problem["status"], problem["code"], text) if problem else Got(answer.status, "", text)


@contextmanager
def undone(tables: dict[str, Any]) -> Iterator[dict[Row, Any]]:
    """Note each row that is changed, as it was before, and put all of them back in the end."""
    before: dict[Row, Any] = {}
    for name, table in tables.items():

        def noted(key: Any, item: Any, name: str = name, table: Any = table) -> None:
            before.setdefault((name, key["pk"]["S"], key["sk"]["S"]), table.get(key))
            type(table).set(table, key, item)

        table.set = noted
    try:
        yield before
    finally:
        for table in tables.values():
            del table.set
        put_back(tables, {key: item for key, item in before.items() if not key[1].startswith("rate#")})


def put_back(tables: dict[str, Any], rows: dict[Row, Any]) -> None:
    """Store rows as they were."""
    for (name, pk, sk), item in rows.items():
        tables[name].set({"pk": {"S": pk}, "sk": {"S": sk}}, item)


def touched(before: dict[Row, Any]) -> list[Row]:
    """Return the rows that changed, but those of the audit and of rates."""
    return [key for key in before if not key[0].endswith("-audit") and not key[1].startswith("rate#")]


_PURE = ("comments", "i18n", "merge", "markup", "price_lists", "cleaning", "mime", "dates", "addresses", "values")
_CLIENTS = {"_client", "_ses", "_sns", "_signer", "settings", "link_secret", "_keyed", "logger", "row_of", "catalog"}


def faults(name: str, company: Company) -> list[str]:
    """Return each cell of an operation that does not answer as it has to, tells or changes what it must not."""
    tables, counted, found = conftest.in_memory().tables, dict[Row, Any](), list[str]()
    for asked in operations(name):
        for cell in cells(asked, company):
            with undone(tables) as before:
                got = answered(asked, cell, company)
                changed = touched(before)
            if changed:
                forget()
                company.put_back_people()
            counted = before | counted
            if fault := wrong(asked, cell, got, changed, company):
                where = f"{asked.route.method} {asked.route.path} {asked.said()}"
                found.append(f"{where}, {cell.who} of {cell.relation}: {fault}")
    put_back(tables, counted)  # so that nobody asks more often in a minute than they may
    rates.forget()
    return found


def wrong(asked: Asked, cell: Cell, got: Got, changed: list[Row], company: Company) -> str:
    """Return what is wrong with a cell, "" for nothing."""
    wanted = expected(asked, cell)
    if (got.status, got.code) != wanted:
        return f"{got.status} {got.code}, wanted {wanted} {got.text[:300] if got.code else ''}"
    if got.code and changed:
        return f"refused, and yet changed {changed[:3]}"
    told = leaked(asked, company, got.text) if cell.who in BOUND and not got.code else set()
    return f"tells of elsewhere {sorted(told)[:5]}" if told else ""


def leaked(asked: Asked, company: Company, text: str) -> set[str]:
    """Return what an answer tells of elsewhere."""
    return set(company.secret.findall(text)) - set(company.things.get(asked.rule.tells, {}).values())


def forget() -> None:
    """Forget what was read of rows."""
    for getter in _getters():
        getter.cache_clear()


@cache
def _getters() -> tuple[Any, ...]:
    """Return the cached getters that may hold what a row said."""
    return tuple(
        member
        for name, module in list(sys.modules.items())
        if name.startswith("escuta.") and not set(name.split(".")) & set(_PURE)
        for member in vars(module).values()
        if isinstance(member, _lru_cache_wrapper) and member.__name__ not in _CLIENTS
    )
