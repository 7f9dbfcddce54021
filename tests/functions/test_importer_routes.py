"""Each row is told under which rule of its folder it falls: the ones of the version that held when the file came."""

from datetime import datetime

import pytest

from escuta.directory import drops, segments
from escuta.directory.scan import Chunk
from escuta.outreach import rulesets
from escuta.outreach.model import Condition, Exclude, Op, Route, RulesDraft
from importer import load
from tests.functions import droppers
from tests.functions.droppers import drop, load_all, notify, put, rows, the_file

HEADER = "Código do cliente;Nome;E-mail;Loja;Pedido;Valor;SKU;Grupo de produtos"
LINES = (
    "C-1;Ana;ana@example.com;spo-02;P-1;900,00;sofa;Salas",
    "C-2;Bruno;bruno@example.com;rio-01;P-2;10,00;mesa;Cozinhas",
    "C-3;Carla;carla@aurora.example;spo-01;P-3;10,00;;",
    "C-4;Davi;davi@@example.com;spo-01;P-4;10,00;;",
    "C-5;Eva;eva@example.com;spo-01;P-5;10,00;;",
)
DRAFT = RulesDraft(
    exclude=(Exclude(name="Equipe", when=(Condition(field="email", op=Op.CONTAINS, value="@aurora.example"),)),),
    assign=(
        Route(name="Salas", survey="visit", when=(Condition(field="group", op=Op.IS, value="Salas"),)),
        Route(name="Paulista", survey="visit", when=(Condition(field="segment", op=Op.IS, value="spo-01"),)),
    ),
    default=Route(name="Todos", survey="visit"),
)


@pytest.fixture(autouse=True)
def aurora(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock
    droppers.stores()
    segments.create("spo-02", "SPO-02", "spo-01")
    rulesets.publish("visitas", DRAFT)


def routes(key: str = "lojas/clientes.csv") -> list[tuple[str, str]]:
    return [(result.route, result.excluded) for result in drops.results(the_file(key).id, 0)]


def test_each_row_names_its_route_or_the_rule_that_keeps_the_person_from_being_asked() -> None:
    drop(rows(*LINES, header=HEADER))
    assert routes() == [("Salas", ""), ("Todos", ""), ("", "Equipe"), ("", ""), ("Paulista", "")]


def test_rules_that_are_published_while_a_file_loads_decide_about_the_next_one() -> None:
    notify(put(rows(*LINES, header=HEADER)))
    rulesets.publish("visitas", RulesDraft(default=Route(name="Outros", survey="visit")))
    load_all()
    assert routes()[1] == ("Todos", "")
    drop(rows(LINES[1], header=HEADER), "lojas/depois.csv")
    assert routes("lojas/depois.csv") == [("Outros", "")]


def test_a_folder_without_rules_routes_nobody() -> None:
    drop(rows(*LINES[:2], header=HEADER), "outras/clientes.csv")
    assert routes("outras/clientes.csv") == [("", ""), ("", "")]


def test_a_chunk_of_a_file_that_there_is_not_stays_in_its_queue() -> None:
    chunk = Chunk(file="nada", number=0, first_byte=0, last_byte=1, first_row=1, first_line=2, rows=1)
    event = {"Records": [{"messageId": "m", "body": chunk.model_dump_json()}]}
    assert load.handler(event, None) == {"batchItemFailures": [{"itemIdentifier": "m"}]}
