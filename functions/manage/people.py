"""What programs say of people: read strictly, made canonical as the rows of files are, and shown with typed values."""

from collections.abc import Callable, Mapping
from datetime import UTC, timedelta
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from escuta import clock
from escuta.config import settings
from escuta.directory import access, addresses, contacts, custom_fields, segments, values
from escuta.directory.model import Consent, Contact, RowOutcome, Transaction
from escuta.entity import Moment
from escuta.errors import InvalidError, NotFoundError
from manage.asking import Asked, Request

CUSTOM_LIMIT = 16_000  # characters of all custom fields of one person, as of a file
OUTCOMES = {RowOutcome.ACCEPTED: "created", RowOutcome.UPDATED: "updated", RowOutcome.DUPLICATE: "unchanged"}
SKEW = timedelta(minutes=5)  # that another clock may be ahead of ours
_INTERNAL = {"marks", "created_by", "updated_by"}

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
Mark = Annotated[str, StringConstraints(strip_whitespace=True, max_length=128, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
Address = Annotated[str, StringConstraints(strip_whitespace=True, max_length=320)]


class ConsentSaid(Asked):
    """Under which basis somebody may be asked, since when: now, where no time is said."""

    basis: Consent
    at: Moment | None = None  # not in the future; without one: now


class PersonSaid(Asked):
    """What can be said of a person."""

    name: Line = ""
    email: Address = ""
    phone: Address = ""  # E.164, or as it is dialled in the country of the segment
    language: Line = ""  # BCP 47
    timezone: Line = ""  # IANA, as `America/Sao_Paulo`
    segment: Line = ""  # code of the segment of the last visit
    consent: ConsentSaid | None = None
    custom: dict[str, Any] = Field(default_factory=dict, max_length=200)  # by the names of custom fields


class NewPerson(PersonSaid):
    """A person, known by the first of external id, e-mail and telephone that is said."""

    external_id: Mark = ""  # what another system knows the person by
    under_age: bool = False  # somebody of whom this is said is refused: nothing is kept


def told(asked: PersonSaid, segment: str = "") -> dict[str, Any]:
    """Return what was said, as `contacts.take` reads it: what is empty says nothing. As `canonical` otherwise."""
    said = canonical(asked, segment)
    if "custom" in said:
        said["custom"] = {name: text for name, text in said["custom"].items() if text}
    return said


def canonical(asked: PersonSaid, segment: str = "") -> dict[str, Any]:
    """Return what was said, canonical: what was not sent is not there. InvalidError with the field.

    `segment` is where the person was, where what was said does not have it: bare telephone numbers are of its country.
    """
    said: dict[str, Any] = {name: getattr(asked, name) for name in asked.model_fields_set}
    if said.pop("under_age", False):
        raise InvalidError("contact_under_age", field="under_age")
    country = _country(segment or said.get("segment", ""))
    readers: dict[str, Callable[[str], Any]] = {
        "email": addresses.email,
        "phone": lambda text: addresses.phone(text, country),
        "language": values.language,
        "timezone": values.timezone,
        "segment": str.lower,
    }
    for name, reader in readers.items():
        if said.get(name):
            said[name] = read(name, said[name], reader)
    consent = said.pop("consent", None)
    if consent is not None:
        said |= _consent(consent)
    if "custom" in said:
        said["custom"] = custom_of(said["custom"])
    return said


def shown(contact: Contact) -> dict[str, Any]:
    """Return a person as programs see them."""
    body = contact.model_dump(mode="json", exclude=_INTERNAL)
    return {**body, "custom": _typed(contact.custom)}


def shown_visit(visit: Transaction) -> dict[str, Any]:
    """Return a visit as programs see it."""
    body = visit.model_dump(mode="json", exclude=_INTERNAL)
    return {**body, "custom": _typed(visit.custom)}


def may_see(request: Request, contact: Contact) -> bool:
    """Tell whether a person was last where the caller may look."""
    return not request.caller.segments or access.may_see(request.caller, segments.get(contact.segment).path)


def load(request: Request, contact: str) -> Contact:
    """Return a person as they are now; for one outside the caller's segments there is none."""
    found = contacts.many([contact], consistent=True).get(contact)
    if found is None or not may_see(request, found):
        raise NotFoundError("contact_not_found")
    return found


def check_inside(request: Request, contact: Contact) -> None:
    """Deny that a person outside the caller's segments exists."""
    if not may_see(request, contact):
        raise NotFoundError("contact_not_found")


def _country(code: str) -> str:
    """Return the country of bare telephone numbers: of the segment, else of the organisation."""
    found = segments.by_code().get(code.lower())
    return found.country if found else settings().country


def read(field: str, text: str, reader: Callable[[str], Any]) -> str:
    """Return a text as `reader` understands it; what it refuses is of this field."""
    try:
        return str(reader(text))
    except InvalidError as error:
        error.details["field"] = field
        raise


def _consent(asked: ConsentSaid) -> dict[str, Any]:
    if asked.at and asked.at > clock.now() + SKEW:
        raise InvalidError("consent_future", field="consent.at")
    return {"consent": asked.basis.value, "consent_at": asked.at.astimezone(UTC) if asked.at else clock.now()}


def custom_of(custom: Mapping[str, Any]) -> dict[str, str]:
    """Return values of custom fields as they are stored; null is the empty text."""
    texts = {name: "" if value is None else custom_fields.told(name, value) for name, value in custom.items()}
    if sum(map(len, texts.values())) > CUSTOM_LIMIT:
        raise InvalidError("custom_too_large", field="custom", most=CUSTOM_LIMIT)
    return texts


def _typed(custom: Mapping[str, str]) -> dict[str, Any]:
    return {name: custom_fields.shown(name, text) for name, text in custom.items()}
