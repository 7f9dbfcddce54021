"""Which column is which field: names in three languages, folded. Two candidates are refused: never the last wins."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from escuta.directory.decoding import RefusedFileError
from escuta.directory.model import FileKind, Folder

COLUMN_LIMIT = 500
NAME_LIMIT = 200
OWN_COLUMN = "escuta:"  # what our report puts before the original columns, ignored when the report is dropped again
IDENTITY = ("external_id", "email", "phone")
_SEARCHED = 10

# A plain name stands back where the file also has the sure one: "Loja" is the store's name beside "Código da loja".
_SURE: Mapping[str, str] = {
    "external_id": "código do cliente, código cliente, cod cliente, id do cliente, id cliente, cliente id,"
    " número do cliente, número cliente, id externo, código externo, matrícula, customer id, customer code,"
    " customer number, client id, client code, external id, código del cliente, id del cliente, número del cliente",
    "email": "e-mail, mail, e-mail do cliente, e-mail cliente, endereço de e-mail, email address, e-mail address,"
    " customer email, correo, correo electrónico, dirección de correo, dirección de correo electrónico",
    "phone": "celular, cel, telefone, fone, tel, telefone celular, número de celular, número de telefone, whatsapp,"
    " celular do cliente, telefone do cliente, phone, phone number, mobile, mobile phone, mobile number, cell phone,"
    " telephone, teléfono, teléfono móvil, móvil, teléfono celular, número de teléfono",
    "name": "nome, nome completo, nome do cliente, nome cliente, primeiro nome, name, full name, first name,"
    " customer name, given name, nombre, nombre completo, nombre del cliente, primer nombre",
    "surname": "sobrenome, último nome, last name, surname, family name, apellido, apellidos",
    "segment": "código da loja, código loja, cod loja, id da loja, id loja, loja id, loja código, código do segmento,"
    " código da unidade, código da filial, store code, store id, store number, segment code, segment id,"
    " branch code, código de la tienda, código de tienda, id de tienda, código del segmento, código de sucursal",
    "language": "idioma, língua, linguagem, idioma preferido, language, lang, preferred language, locale, lengua",
    "timezone": "fuso horário, fuso, time zone, zona horaria, huso horario",
    "consent": "consentimento, base legal, consent, legal basis, consentimiento",
    "product": "código do produto, código produto, cod produto, id do produto, sku, product code, product id,"
    " código del producto, código de producto, id del producto",
    "product_name": "nome do produto, descrição do produto, product name, nombre del producto",
    "product_group": "grupo de produtos, grupo do produto, categoria do produto, product group, product category,"
    " grupo de productos, categoría del producto",
}
_PLAIN: Mapping[str, str] = {
    "name": "cliente, contato, customer, client, contact, contacto",
    "segment": "loja, segmento, unidade, filial, store, segment, branch, unit, tienda, sucursal, unidad",
    "product": "produto, product, producto",
    "product_group": "grupo, categoria, group, category, categoría",
}


def fold(name: str) -> str:
    """Return a column name without accents, case, spaces and punctuation."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return re.sub(r"[\W_]", "", "".join(letter for letter in plain if not unicodedata.combining(letter)))


@cache
def _synonyms() -> Mapping[str, tuple[str, bool]]:
    """Return folded name -> field, and whether the name is a sure one."""
    found = {fold(name): (field, False) for field, names in _PLAIN.items() for name in names.split(",")}
    sure = {fold(name): (field, True) for field, names in _SURE.items() for name in names.split(",")}
    return found | sure


class Understood(NamedTuple):
    """What the columns of a file are taken for."""

    mapping: dict[str, str]  # column -> field
    ignored: tuple[str, ...]  # columns that are taken for nothing
    date_formats: dict[str, str]  # column -> how its dates are read, where the file itself settled it


def known(cells: Sequence[str], kind: FileKind = FileKind.CONTACTS) -> int:  # noqa: ARG001
    """Return how many of these cells are column names we know."""
    return sum(fold(cell) in _synonyms() for cell in cells if len(cell) <= NAME_LIMIT)


def find(rows: Sequence[Sequence[str]], kind: FileKind = FileKind.CONTACTS) -> int:  # noqa: ARG001
    """Return which of the first rows is the header: a title may stand above it. 0 when none is."""
    for number, row in enumerate(rows[:_SEARCHED]):
        fields = {_synonyms()[name][0] for cell in row if (name := fold(cell)) in _synonyms()}
        if "segment" in fields and fields.intersection(IDENTITY):
            return number
    return 0


def names(cells: Sequence[str]) -> tuple[str, ...]:
    """Return the column names: trimmed, without the empty ones at the end. RefusedFileError above the limits."""
    cells = [" ".join(cell.split()) for cell in cells]
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) > COLUMN_LIMIT:
        raise RefusedFileError("too_many_columns", count=len(cells), limit=COLUMN_LIMIT)
    for name in cells:
        if len(name) > NAME_LIMIT:
            raise RefusedFileError("header_name_too_long", column=name[:40], limit=NAME_LIMIT)
    return tuple(cells)


def understand(
    header: Sequence[str],
    folder: Folder,  # noqa: ARG001
    sample_rows: Sequence[Sequence[str]],  # noqa: ARG001
) -> Understood:
    """Return what the columns of a file of this folder are; RefusedFileError where that is not sure."""
    found = mapping(header)
    ignored = tuple(name for name in header if name and name not in found and not name.startswith(OWN_COLUMN))
    return Understood(found, ignored, {})


def mapping(header: Sequence[str]) -> dict[str, str]:
    """Return column name -> field for the columns we know; the others are kept under their own names.

    RefusedFileError when two columns have one name, two claim one field, or nothing says who the person is or which
    segment they visited.
    """
    _refuse_duplicates(header)
    claims: dict[str, list[tuple[bool, str]]] = {}
    for name in header:
        field, sure = _synonyms().get(fold(name), ("", False))
        if field:
            claims.setdefault(field, []).append((sure, name))
    chosen = {_only(field, candidates): field for field, candidates in claims.items()}
    shown = _shown(header)
    if not set(IDENTITY).intersection(chosen.values()):
        raise RefusedFileError("header_no_identity", columns=shown)
    if "segment" not in chosen.values():
        raise RefusedFileError("header_no_segment", columns=shown)
    return {name: chosen[name] for name in header if name in chosen}


def _refuse_duplicates(header: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for name in header:
        same = fold(name) or name
        if name and same in seen:
            raise RefusedFileError("header_duplicate", columns=_shown((seen[same], name)))
        seen[same] = name


def _only(field: str, candidates: list[tuple[bool, str]]) -> str:
    best = [name for sure, name in candidates if sure] or [name for _, name in candidates]
    if len(best) > 1:
        raise RefusedFileError("header_ambiguous", field=field, columns=_shown(best))
    return best[0]


def _shown(columns: Sequence[str]) -> str:
    text = ", ".join(f"“{name}”" for name in columns if name)
    return text if len(text) <= NAME_LIMIT * 2 else text[: NAME_LIMIT * 2] + "…"
