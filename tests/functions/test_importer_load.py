"""Chunks become people, and the last one closes the file: every row is reported, nobody is asked twice."""

from datetime import datetime

import boto3
import pytest

from escuta import table
from escuta.directory import contacts, drops, loading, products, scan
from escuta.directory.model import ChunkGroup, Contact, DropFile, FileState, Product
from escuta.directory.scan import Chunk
from escuta.errors import UnavailableError
from escuta.outreach.model import AudienceKind, Deployment
from importer import load
from tests.functions import droppers
from tests.functions.droppers import drop, load_all, notify, people, put, report, rows, the_file, totals
from tests.kit.factories import segment
from tests.kit.queue import Queue

ANA = "C-1;Ana Conceição;ana@example.com;(11) 98765-4321;spo-01"
BRUNO = "C-2;Bruno;bruno@example.com;;rio-01"
CARLA = "C-3;Carla;;+34 612 34 56 78;SPO-01"


@pytest.fixture(autouse=True)
def aurora(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock
    droppers.stores()


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut files into chunks of two rows."""
    monkeypatch.setattr(scan, "CHUNK_ROWS", 2)


def fates(file: DropFile) -> list[tuple[str, str, str, str]]:
    """Return line, outcome, column and reason of each row in the report."""
    return [(line, outcome, column, reason) for line, outcome, column, reason, *_ in report(file)[1:]]


def test_every_row_becomes_a_person() -> None:
    file = drop(rows(ANA, BRUNO, CARLA))
    assert totals(file) == (3, 0, 0, 0)
    assert [(p.name, p.external_id, p.email, p.phone, p.segment) for p in people()] == [
        ("Ana Conceição", "C-1", "ana@example.com", "+5511987654321", "spo-01"),
        ("Bruno", "C-2", "bruno@example.com", "", "rio-01"),
        ("Carla", "C-3", "", "+34612345678", "spo-01"),
    ]
    assert [row[1] for row in report(file)[1:]] == ["aceita", "aceita", "aceita"]


def test_a_person_who_comes_back_is_updated_and_keeps_what_the_row_leaves_empty() -> None:
    drop(rows(ANA, BRUNO))
    file = drop(rows("C-1;Ana Souza;;;rio-01", BRUNO), "lojas/abril.csv")
    assert totals(file) == (0, 1, 1, 0)
    assert fates(file) == [
        ("2", "atualizada", "", ""),
        ("3", "duplicada", "", "A pessoa já estava cadastrada com estes mesmos dados."),
    ]
    ana = people()[0]
    assert (ana.name, ana.email, ana.segment, ana.rev) == ("Ana Souza", "ana@example.com", "rio-01", 2)


def test_the_same_person_twice_in_a_file_is_loaded_once_and_the_first_row_holds() -> None:
    file = drop(rows(ANA, BRUNO, "C-1;Outra;outra@example.com;;rio-01"))
    assert totals(file) == (2, 0, 1, 0)
    assert fates(file)[2] == (
        "4",
        "duplicada",
        "",
        "A mesma pessoa já está na linha de cliente nº 1 deste arquivo; vale aquela.",
    )
    assert people()[0].name == "Ana Conceição"


@pytest.mark.usefixtures("small_chunks")
def test_the_same_person_in_two_chunks_is_one_and_the_earlier_row_holds_even_where_it_is_loaded_last() -> None:
    body = rows(ANA, BRUNO, CARLA, "C-1;Outra;outra@example.com;;rio-01")
    notify(put(body))
    queue = Queue("load", load.handler, batch=1)
    first, second = queue.waiting()
    for message in (second, first):
        loading.load(Chunk.model_validate(message))
    queue.run()
    droppers.close_all()
    file = the_file()
    assert totals(file) == (3, 1, 0, 0)
    assert (fates(file)[0][1], fates(file)[3][1]) == ("atualizada", "aceita")
    assert [person.name for person in people()] == ["Ana Conceição", "Bruno", "Carla"]


def test_one_bad_row_never_stops_the_others() -> None:
    file = drop(
        rows(
            ANA,
            "C-4;Davi;davi@@example.com;;spo-01",
            "C-5;Eva;;1,19999E+10;spo-01",
            "C-6;Fábio;fabio@example.com;;xyz-99",
            "C-7;Gil;gil@example.com",
            ";Hugo;;;rio-01",
            '"C-8"x;Íris;iris@example.com;;rio-01',
            BRUNO,
        )
    )
    assert totals(file) == (2, 0, 0, 6)
    assert fates(file)[1:7] == [
        ("3", "recusada", "E-mail", "“davi@@example.com” não é um endereço de e-mail válido."),
        (
            "4",
            "recusada",
            "Celular",
            (
                "A planilha transformou o telefone em “1,19999E+10” e perdeu dígitos. Formate a coluna como texto,"
                " digite o número de novo e exporte outra vez."
            ),
        ),
        (
            "5",
            "recusada",
            "Loja",
            "Não existe loja com o código “xyz-99”. Corrija o código ou cadastre a loja.",
        ),
        ("6", "recusada", "", "A linha tem 3 campos; são esperados 5. Confira os separadores e as aspas."),
        ("7", "recusada", "", "A linha não diz quem é o cliente: falta código do cliente, e-mail ou celular."),
        (
            "8",
            "recusada",
            "",
            'Há texto depois das aspas que fecham um campo. Dobre as aspas que fazem parte do texto ("").',
        ),
    ]
    assert report(file)[5] == [*fates(file)[4], "ragged", "C-7", "Gil", "gil@example.com", "", ""]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "cp1252", "mac_roman"])
def test_f1_accents_arrive_whole_in_every_encoding(encoding: str) -> None:
    file = drop(rows(ANA).decode("cp1252").encode(encoding))
    assert people()[0].name == "Ana Conceição"
    assert report(file)[1][6] == "Ana Conceição"


def test_f3_line_ends_inside_quotes_are_kept_and_lines_are_counted_as_an_editor_shows_them() -> None:
    header = f"{droppers.HEADER};custom.note"
    file = drop(rows(f'{ANA};"um\r\ndois"', "", "C-9;;x;;spo-01;", header=header))
    assert people()[0].custom == {"note": "um\r\ndois"}
    assert [fate[:3] for fate in fates(file)] == [("2", "aceita", ""), ("5", "recusada", "E-mail")]


def test_f5_a_stray_quote_is_accepted_and_flagged() -> None:
    file = drop(rows('C-1;Joe "JJ" Doe;;;spo-01'.replace(";;;", ";j@example.com;;")))
    assert people()[0].name == 'Joe "JJ" Doe'
    assert fates(file)[0][1:] == (
        "aceita",
        "",
        "Aceita como está, com aspas no meio do texto. Confira se falta alguma aspa.",
    )


def test_f26_f28_hostile_text_is_stored_literally_and_reported_inert() -> None:
    formula, script = "=cmd|'/C calc'!A0", "<script>alert(1)</script>"
    file = drop(rows(f"C-1;{formula};ana@example.com;;spo-01", f"C-2;{script};=1+1;;{script}"))
    assert people()[0].name == formula
    assert report(file)[1][5:] == ["C-1", f"'{formula}", "ana@example.com", "", "spo-01"]
    assert report(file)[2][3:] == [
        "“=1+1” não é um endereço de e-mail válido.",
        "email_invalid",
        "C-2",
        script,
        "'=1+1",
        "",
        script,
    ]


def test_a_report_with_its_rows_corrected_can_be_dropped_again() -> None:
    first = drop(rows("C-1;=Ana;ana@example.com;+5511987654321;spo-01", "C-2;Bruno;bruno@;;rio-01"))
    corrected = droppers.reports()[first.report_key].replace(b";bruno@;", b";bruno@example.com;")
    file = drop(corrected, "lojas/corrigido.csv")
    assert totals(file) == (1, 0, 1, 0)
    assert [(p.name, p.email, p.custom) for p in people()] == [
        ("=Ana", "ana@example.com", {}),
        ("Bruno", "bruno@example.com", {}),
    ]
    assert report(file)[0] == report(first)[0]


def test_a_store_made_a_moment_ago_is_known() -> None:
    drop(rows(ANA))
    table.put(segment("aurora", "poa-01"))
    assert totals(drop(rows("C-4;Davi;davi@example.com;;poa-01"), "lojas/b.csv")) == (1, 0, 0, 0)


def test_products_are_made_by_the_file_that_names_them_first() -> None:
    header = "E-mail;Loja;SKU;Nome do produto;Grupo de produtos"
    drop(
        rows("a@example.com;spo-01;sofa-lua;Sofá Lua;Salas", "b@example.com;spo-01;sofa-lua;Outro nome;", header=header)
    )
    (product,) = table.query(Product, "products", index="g1").items
    assert (product.code, product.name, product.group, product.rev) == ("sofa-lua", "Sofá Lua", "Salas", 1)
    assert people()[0].product == "sofa-lua"


def test_a_product_that_another_chunk_made_meanwhile_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    made = table.create(Product(code="sofa-lua", name="Sofá Lua"))
    find_many, looks = table.find_many, iter([True])
    late = lambda *keys, **options: {} if next(looks, False) else find_many(*keys, **options)  # noqa: E731 - as short
    monkeypatch.setattr(table, "find_many", late)
    products.ensure([Product(code="sofa-lua", name="Outro"), Product(code="mesa", name="Mesa")])
    monkeypatch.undo()
    assert [products.get("sofa-lua"), products.get("mesa").name] == [made, "Mesa"]


def test_the_last_chunk_starts_the_deployment_of_the_folder_and_only_then_is_the_file_done() -> None:
    file = drop(rows(ANA, BRUNO))
    deployment = table.load(Deployment, Deployment.at(file.deployments[0]))
    assert (deployment.survey, deployment.audience, deployment.file, deployment.parts) == (
        "visit",
        AudienceKind.FILE,
        file.id,
        1,
    )
    assert list(drops.contacts_of(file.id, 0)) == [
        contacts.identity("C-1", "", ""),
        contacts.identity("C-2", "", ""),
    ]
    assert [message["deployment"] for message in Queue("plan", load.handler).waiting()] == [*file.deployments]


def test_a_folder_without_a_rule_asks_nobody() -> None:
    file = drop(rows(ANA), "outras/clientes.csv")
    assert (totals(file), file.deployments) == ((1, 0, 0, 0), ())
    assert Queue("plan", load.handler).waiting() == []


def test_a_file_without_one_good_row_asks_nobody() -> None:
    file = drop(rows("C-9;;nobody;;spo-01"))
    assert (totals(file), file.deployments) == ((0, 0, 0, 1), ())


@pytest.mark.usefixtures("small_chunks")
def test_chunks_may_come_twice_and_in_any_order() -> None:
    lines = [f"C-{n};Pessoa {n};p{n}@example.com;;{'spo-01' if n % 3 else 'xyz'}" for n in range(1, 12)]
    expected = [(str(n + 1), "aceita" if n % 3 else "recusada") for n in range(1, 12)]
    for seed in range(3):
        notify(put(rows(*lines, f"S-{seed};Só;s{seed}@example.com;;rio-01"), f"lojas/{seed}.csv"))
        load_all(batch=3, again=0.5, seed=seed)
        file = the_file(f"lojas/{seed}.csv")
        assert file.state is FileState.DONE
        assert [fate[:2] for fate in fates(file)[:11]] == (
            expected if seed == 0 else [(line, fate.replace("aceita", "duplicada")) for line, fate in expected]
        )
    assert len(people()) == 8 + 3


@pytest.mark.usefixtures("small_chunks")
def test_a_chunk_that_comes_again_after_the_people_were_written_says_the_same() -> None:
    drop(rows("C-2;Bru;bruno@example.com;;rio-01"), "outras/antes.csv")
    notify(put(rows(ANA, BRUNO)))
    (message,) = Queue("load", load.handler).waiting()
    chunk = Chunk.model_validate(message)
    loading.load(chunk)
    told, before = list(drops.results(chunk.file, 0)), people()
    table.delete(ChunkGroup, ChunkGroup.at(chunk.file, 0))  # as if it had died before it noted itself
    loading.load(chunk)
    assert list(drops.results(chunk.file, 0)) == told
    assert [result.outcome for result in told] == ["accepted", "updated"]
    assert people() == before


def test_f20_somebody_changed_by_another_file_meanwhile_is_decided_again(monkeypatch: pytest.MonkeyPatch) -> None:
    drop(rows("C-1;Ana;;;spo-01"), "outras/antes.csv")
    stale = people()
    drop(rows("C-1;Ana;nova@example.com;;spo-01", "C-2;Bruno;b@example.com;;spo-01"), "outras/outro.csv")
    monkeypatch.setattr(contacts, "many", lambda *_, **__: {person.id: person for person in stale})
    file = drop(rows("C-1;Ana Souza;;;spo-01", "C-2;Bruno;b@example.com;;spo-01", CARLA))
    assert totals(file) == (1, 1, 1, 0)
    assert [(p.name, p.email) for p in people()] == [
        ("Ana Souza", "nova@example.com"),
        ("Bruno", "b@example.com"),
        ("Carla", ""),
    ]


def test_people_whom_others_keep_changing_are_left_to_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    drop(rows("C-1;Ana;;;spo-01"), "outras/antes.csv")
    original = table.transact

    def always_late(*actions: table.Action) -> None:
        (ana,) = people()
        table.save(ana.changed(consent=f"{ana.rev}"))
        original(*actions)

    monkeypatch.setattr(table, "transact", always_late)
    notify(put(rows("C-1;Ana Souza;;;spo-01")))
    (message,) = Queue("load", load.handler).waiting()
    with pytest.raises(UnavailableError):
        loading.load(Chunk.model_validate(message))


def test_f23_a_file_replaced_while_it_loads_is_never_called_done() -> None:
    notify(put(rows(ANA)))
    put(rows(BRUNO))
    queue = load_all()
    assert len(queue.dead) == 1
    assert (the_file().state, the_file().reason) == (FileState.FAILED, "object_not_found")
    assert people() == []


def test_more_than_a_hundred_people_are_written_in_several_transactions() -> None:
    file = drop(rows(*(f"C-{n};Pessoa;p{n}@example.com;;spo-01" for n in range(230))))
    assert totals(file) == (230, 0, 0, 0)
    assert len(contacts.listing("spo-01", limit=300).items) == 230


def test_people_of_a_store_are_listed_page_by_page_over_the_shards() -> None:
    drop(rows(*(f"C-{n};Pessoa {n};p{n}@example.com;;spo-01" for n in range(25)), BRUNO))
    seen: list[Contact] = []
    cursor = None
    while True:
        page = contacts.listing("spo-01", limit=4, cursor=cursor)
        seen += page.items
        assert len(page.items) <= 4
        cursor = page.next
        if cursor is None:
            break
    assert sorted(person.external_id for person in seen) == sorted(f"C-{n}" for n in range(25))


def test_a_large_report_is_written_in_parts() -> None:
    note = "x" * 60_000
    header = f"{droppers.HEADER};escuta: nota"
    body = rows(*(f"C-{n};Pessoa;p{n}@example.com;;spo-01;" for n in range(3)), header=header)
    file = drop(body)
    assert report(file)[0][-1] == "Loja"
    wide = drop(
        rows(*(f"C-{n};Pessoa;bad;;spo-01;{note}" for n in range(150)), header=f"{droppers.HEADER};Nota"), "b.csv"
    )
    assert totals(wide) == (0, 0, 0, 150)
    head = boto3.client("s3").head_object(Bucket="escuta-reports", Key=wide.report_key)
    assert head["ContentLength"] > 8_000_000
    assert head["ETag"].endswith('-2"')
    assert report(wide)[150][-1] == note
