"""Customers that come through the API and by file: with accents, with consent, opted out, hostile, and rejected."""

from collections.abc import Iterator
from itertools import count, cycle
from random import Random
from typing import Any
from unittest.mock import patch
from urllib.parse import quote_plus

import boto3

from escuta.directory import privacy, scan
from escuta.directory.model import PrivacyKind
from importer import load, register
from infra.local import company
from tests.browser.house.asking import Api, ago, work
from tests.browser.house.programme import FIELD, FOLDER, HOSTILE
from tests.kit.queue import Queue

_MANY = 64
_STRANGE = (
    HOSTILE,
    "Maria Antonieta Josefina Sebastiana de Albuquerque e Vasconcelos Cavalcanti de Oliveira Bragança Neta",
    "Zoë Ångström-Şahin",
    "李 小龍",
    'O\'Brien "Bob" & filhos',
    '=HYPERLINK("http://example.com")',
)
_BASES = cycle(("contract", "consent", "consent", "contract", "legitimate_interest"))
_SEQUENCE = count(0x65F1A2B3C4)
_COLUMNS = "Código do cliente;Nome;E-mail;Celular;Loja;Plano"


def taken_in(api: Api) -> list[dict[str, Any]]:
    """Take people in through the API; return what is known of them."""
    dice = Random(7)  # noqa: S311 - repeatable people, not a secret
    items = []
    for number in range(_MANY):
        name = (
            _STRANGE[number]
            if number < len(_STRANGE)
            else f"{dice.choice(company.FIRST_NAMES)} {dice.choice(company.LAST_NAMES)}"
        )
        item: dict[str, Any] = {
            "external_id": f"A-{2001 + number}",
            "name": name,
            "email": f"pessoa.{number}@example.com",
            "language": ("pt-BR", "pt-BR", "pt-BR", "es", "en")[number % 5],
            "segment": company.STORES[number % len(company.STORES)].code,
            "custom": {FIELD: ("prata", "ouro", "diamante")[number % 3], "compras": number},
            "consent": {"basis": "consent", "at": "2026-03-01T09:30:00-03:00"},
        }
        if number % 3 == 0:
            item["phone"] = f"+5551998{number:06d}"
        items.append(item)
    said = api.post("contacts/batch", {"items": items})["items"]
    refused = [each["problem"] for each in said if not each.get("contact")]
    assert not refused, refused
    return [each["contact"] for each in said]


def bought(api: Api) -> None:
    """Tell of visits, of which two are to be asked about."""
    for number in range(6):
        visit: dict[str, Any] = {
            "contact": {"external_id": f"A-{2001 + number}"},
            "segment": company.STORES[number % len(company.STORES)].code,
            "reference": f"NF-{88120 + number}",
            "occurred_at": f"2026-0{number + 3}-10T11:40:00-03:00",
            "product": "sofa-lua",
            "amount": 349.9 + number,
            "currency": "BRL",
        }
        (said,) = api.post("transactions", {"items": [visit]})["items"]
        assert said["outcome"] == "created", said


def kept_out(api: Api) -> None:
    """Close addresses, and ask for one's data."""
    api.post("suppressions", {"address": "pessoa.9@example.com"})
    api.post("suppressions/batch", {"items": [{"address": f"fora.{n}@example.com"} for n in range(5)]})


def asked_for(people: list[dict[str, Any]], api: Api) -> dict[str, str]:
    """Let people ask for what is kept of them, and forget one."""
    wanted = privacy.ask(PrivacyKind.SEE, people[2]["id"], hint="p•••@example.com", language="pt-BR")
    with ago(days=20):
        privacy.ask(PrivacyKind.ERASE, people[3]["id"], hint="p•••@example.com", language="es")
    erasure = api.post(f"contacts/{people[4]['id']}/erasures", {"keep_out": True})
    return {"wanted": wanted.id, "erasure": erasure["id"]}


def files(api: Api) -> dict[str, str]:
    """Drop files: one with rejected rows, one held, one refused, one of products, and one at 40 per cent."""
    for day in (21, 14, 7):
        with ago(days=day):
            _drop(f"{FOLDER}/clientes-semana-{day // 7}.csv", _rows(16, day))
            work()
    with ago(hours=30):
        _drop(f"{FOLDER}/clientes-com-erros.csv", [*_rows(9, 50), *_WRONG])
        work()
    with ago(hours=28):
        _drop("products/produtos.csv", ["rede-brisa;Rede Brisa;Jardim"], "Código;Nome;Grupo")
        work()
    with ago(hours=26):
        _drop(f"{FOLDER}/relatório final (2).csv", ["\x00\x01"], "")
        work()
    with ago(hours=5):
        _drop(f"{FOLDER}/clientes-hoje.csv", _rows(5, 60))
        work()
    with patch.object(scan, "CHUNK_ROWS", 20):
        _drop(f"{FOLDER}/clientes-black-friday.csv", _rows(100, 70))
        Queue("drop", register.handler).run()
    loading = Queue("load", load.handler, batch=1)
    for _ in range(2):  # of five parts; the others never come
        loading.step()
    by_state: dict[str, dict[str, Any]] = {}
    for each in api.get("files")["items"]:
        by_state.setdefault(each["state"], each)
    wrong = next(each for each in api.get("files")["items"] if "com-erros" in each["object_key"])
    upload = api.post("files", {"folder": FOLDER, "name": "clientes-dezembro.csv"})
    return {"file": wrong["id"], "folder": FOLDER, "upload": upload["id"]} | {
        f"file_{state}": each["id"] for state, each in by_state.items()
    }


_WRONG = (
    "B-1;Sem Loja;sem.loja@example.com;;Loja que não existe;ouro",
    "B-2;E-mail Torto;torto@;;poa-01;ouro",
    f"B-3;{HOSTILE};alguem@example.com;;poa-01;platina",
    "B-4;;;;poa-01;",
    "B-5;Repetida;repetida@example.com;(51) 99876-5432;poa-01;prata",
    "B-5;Repetida;repetida@example.com;(51) 99876-5432;poa-01;prata",
)


def _rows(many: int, seed: int) -> list[str]:
    return list(_written(many, seed))


def _written(many: int, seed: int) -> Iterator[str]:
    dice = Random(seed)  # noqa: S311 - repeatable people, not a secret
    for number in range(many):
        name = f"{dice.choice(company.FIRST_NAMES)} {dice.choice(company.LAST_NAMES)}"
        code = f"F{seed}-{number}"
        yield f"{code};{name};{code.lower()}@example.com;;{dice.choice(company.STORES).code};ouro"


def _drop(key: str, lines: list[str], header: str = _COLUMNS) -> None:
    body = "".join(f"{line}\r\n" for line in (header, *lines)).encode()
    stored = boto3.client("s3").put_object(Bucket="escuta-drop", Key=key, Body=body)
    place = {
        "key": quote_plus(key, safe="/"),
        "size": len(body),
        "eTag": stored["ETag"].strip('"'),
        "sequencer": f"{next(_SEQUENCE):018X}",
    }
    record = {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "escuta-drop"}, "object": place}}
    Queue("drop", lambda *_: None).send({"Records": [record]})
