"""What a gesture cost, as somebody typed it."""

from escuta.directory import values
from escuta.errors import InvalidError
from escuta.feedback.model import Gesture

_DIGITS = 12


def gesture(amount: str, currency: str) -> Gesture:
    """Return a gesture of an amount like `25`, `25,00` or `R$ 25,00`; its sign names the currency where none is named.

    InvalidError `number_invalid`, `number_ambiguous` or `currency_unknown`.
    """
    value, sign = values.amount(amount.strip())
    if value.startswith("-") or len(value.partition(".")[0]) > _DIGITS:
        raise InvalidError("number_invalid", field="amount", value=amount[:40])
    return Gesture(amount=value, currency=values.currency(currency.strip() or sign))
