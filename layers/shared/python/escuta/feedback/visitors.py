"""Who answers through a transactional store link: read strictly, and made a contact with the answer."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from escuta import table
from escuta.directory import contacts
from escuta.directory.model import Contact, Product
from escuta.entity import Value
from escuta.errors import InvalidError
from escuta.feedback import contacting
from escuta.feedback.answers import Problem
from escuta.feedback.links import Source
from escuta.feedback.model import ContactField, Response, StoreToken, TokenKind

_WHO = {str(field) for field in ContactField}
_ADDRESSES = {"email", "phone"}


class Visitor(Value):
    """What somebody said of themselves. `contact` is "" when it names no address: then nobody can be found again."""

    contact: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    product: str = ""
    custom: dict[str, str] = Field(default_factory=dict)


def read(source: Source, asked: Mapping[str, str]) -> tuple[Visitor | None, list[Problem]]:
    """Return who answers, and what is wrong with what they said; None for links that do not ask.

    Everything that the link asks must be said; where it asks for an e-mail address and a telephone number, one of them.
    """
    if not isinstance(source, StoreToken) or source.type is not TokenKind.TRANSACTIONAL:
        return None, []
    said: dict[str, str] = {}
    problems: list[Problem] = []
    for name in source.asks:
        try:
            said[name] = _canonical(name, asked.get(name, "").strip())
        except InvalidError as error:
            problems.append(Problem(question=f"a.{name}", code=error.code))
    wrong = {problem.question for problem in problems}
    problems += [
        Problem(question=f"a.{name}", code=_code(name))
        for name in source.asks
        if f"a.{name}" not in wrong and not said.get(name) and not _told_otherwise(name, said)
    ]
    return (None if problems else _visitor(said)), problems


def action(visitor: Visitor, source: Source, response: Response) -> table.Action | None:
    """Return what makes or changes the contact with the answer; None when it says nothing new.

    Anybody can type the address of somebody else: another one that is known of them is not replaced.
    """
    known = table.find(Contact, Contact.at(visitor.contact), consistent=True)
    said: dict[str, Any] = {
        "name": visitor.name,
        "email": "" if known and known.email else visitor.email,
        "phone": "" if known and known.phone else visitor.phone,
        "product": visitor.product,
        "custom": visitor.custom,
        "segment": source.segment,
        "language": response.language if known is None else "",
    }
    person = contacts.merged(visitor.contact, said, known, response.id)
    if person is None:
        return None
    return table.Create(person) if known is None else table.Save(person)


def _visitor(said: Mapping[str, str]) -> Visitor:
    email, phone = said.get("email", ""), said.get("phone", "")
    custom = {name.removeprefix("custom."): text for name, text in said.items() if name.startswith("custom.")}
    return Visitor(
        contact=contacts.identity("", email, phone),
        name=said.get("name", ""),
        email=email,
        phone=phone,
        product=said.get("product", ""),
        custom=custom,
    )


def _canonical(name: str, text: str) -> str:
    if "\0" in text:
        raise InvalidError("answer_nul")
    if not text:
        return ""
    if name in _WHO:
        try:
            return contacting.canonical(ContactField(name), text)
        except InvalidError as error:
            raise InvalidError(f"answer_{name}") from error
    if name == "product" and table.find(Product, Product.at(text)) is None:
        raise InvalidError("answer_product")
    return text


def _told_otherwise(name: str, said: Mapping[str, str]) -> bool:
    """Tell whether somebody who gave the other address need not give this one."""
    return name in _ADDRESSES and any(said.get(other) for other in _ADDRESSES)


def _code(name: str) -> str:
    return f"answer_{name}" if name in _WHO else "answer_required"
