"""How somebody says who they are, in the form in which it is stored."""

from escuta.config import settings
from escuta.errors import InvalidError
from escuta.feedback.model import ContactField

LONGEST = 254


def canonical(field: ContactField, text: str) -> str:
    """Return a name without edges, an address with its domain in lower case, a number in E.164.

    InvalidError when it is none. The rules for addresses are large and seldom needed: they are read at the first use.
    """
    text = text.strip()
    if "\0" in text or len(text) > LONGEST:
        raise InvalidError(f"{field}_invalid")
    if field is ContactField.NAME:
        return text
    from escuta.directory import addresses  # noqa: PLC0415 - costs a third of the start of the function

    return addresses.email(text) if field is ContactField.EMAIL else addresses.phone(text, settings().country)
