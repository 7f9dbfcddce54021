"""What is known of an answer, of an invitation that nobody answered, and of the person: the facts that rules test."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from escuta import table
from escuta.directory import products, segments
from escuta.directory.model import Contact
from escuta.feedback import hearing
from escuta.feedback.model import Answer, Facts, Response
from escuta.outreach.model import Invitation

_PLACE = ("city", "state", "country")
_CONTACT = "contact."
_NOTHING: Mapping[str, str] = MappingProxyType({})


def of(response: Response, wanted: frozenset[str]) -> Facts:
    """Return the facts of these names about one answer."""
    return of_many((response,), wanted)[0]


def of_many(responses: Sequence[Response], wanted: frozenset[str]) -> list[Facts]:
    """Return the facts of these names about each answer: what it says, and what was stored with it and its invitation.

    What a person has is read in batches, and only where somebody asks for it: as the invitation was made with it; of
    who answered without one, but is known, as it is now.
    """
    if not any(name.startswith(_CONTACT) for name in wanted):
        return [_facts(response, {}, wanted) for response in responses]
    customs, people = _customs(responses), _people(responses)
    return [
        _facts(response, customs.get(response.link_key, {}), wanted, people.get(response.contact, {}))
        for response in responses
    ]


def of_invitation(invitation: Invitation, wanted: frozenset[str]) -> Facts:
    """Return the facts of these names about an invitation."""
    known: Facts = {f"{_CONTACT}{name}": value for name, value in invitation.custom.items()}
    known |= {"channel": str(invitation.channel), "language": invitation.language}
    known |= _place(invitation.segment, invitation.segment_path, wanted) | _product(invitation.product, wanted)
    return {name: value for name, value in known.items() if name in wanted}


def _customs(responses: Iterable[Response]) -> Mapping[str, Mapping[str, str]]:
    keys = [Invitation.at(response.link_key) for response in responses if response.invitation]
    found = table.find_many(Invitation, keys, consistent=True)
    return {invitation.link_key: invitation.custom for invitation in found.values()}


def _people(responses: Iterable[Response]) -> Mapping[str, Mapping[str, str]]:
    keys = {Contact.at(each.contact) for each in responses if each.contact and not each.invitation}
    return {person.id: person.custom for person in table.find_many(Contact, keys, consistent=True).values()}


def _facts(
    response: Response, custom: Mapping[str, str], wanted: frozenset[str], person: Mapping[str, str] = _NOTHING
) -> Facts:
    known: Facts = {f"answer.{question}": _told(answer) for question, answer in response.answers.items()}
    if not response.invitation:
        known |= {f"{_CONTACT}{name}": value for name, value in person.items()}
    known |= {name: value for name, value in response.facets.items() if name.startswith(_CONTACT)}
    known |= {f"{_CONTACT}{name}": value for name, value in custom.items()}
    known |= {f"hidden.{name}": value for name, value in response.hidden.items()}
    known |= {
        "class": response.score_class and str(response.score_class),
        "score": response.score,
        "comment": response.comment,
        "call": "yes" if response.call else None,
        "channel": response.channel,
        "language": response.language,
    }
    if {"tone", "topic"} & wanted and (heard := hearing.of(response)):
        known |= {"tone": heard.tone, "topic": heard.topics}
    known |= _place(response.segment, response.segment_path, wanted) | _product(response.product, wanted)
    return {name: value for name, value in known.items() if name in wanted}


def _told(answer: Answer) -> int | str | tuple[str, ...]:
    """Return an answer as a fact. Of a contact only what was given is one, not whose it is."""
    if isinstance(answer, dict):
        return tuple(name for name, text in answer.items() if text)
    return answer.strip() if isinstance(answer, str) else answer


def _place(code: str, path: tuple[str, ...], wanted: frozenset[str]) -> Facts:
    known: Facts = {"segment": path}
    if any(name.startswith("segment.") for name in wanted) and (found := segments.by_code().get(code)):
        known |= {f"segment.{name}": getattr(found, name) for name in _PLACE}
    return known


def _product(code: str, wanted: frozenset[str]) -> Facts:
    known: Facts = {"product": code}
    if "product.group" in wanted and code:
        found = products.named(code)
        known["product.group"] = found.group if found else ""
    return known
