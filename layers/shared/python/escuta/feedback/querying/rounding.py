"""Figures as they are told: rounded once, points to one digit, shares to four, means to two. Pure."""

from escuta.feedback.model import Change, Figure, Part, Reckoned
from escuta.feedback.querying import figures

_DIGITS = {figures.POINTS: 1, figures.SHARE: 4, figures.MEAN: 2}
_P_DIGITS = 4


def rounded(reckoned: Reckoned) -> Reckoned:
    """Return an answer with every figure in it rounded."""
    unit = reckoned.figure.unit
    compared = reckoned.compared
    return reckoned.changed(
        figure=figure(reckoned.figure),
        parts=tuple(map(_part, reckoned.parts)),
        compared=compared
        and compared.changed(
            figure=figure(compared.figure),
            change=change(compared.change, unit),
            emerging=compared.emerging
            and {name: change(each, figures.SHARE) for name, each in compared.emerging.items()},
        ),
    )


def figure(found: Figure) -> Figure:
    """Return a figure rounded."""
    digits = _DIGITS.get(found.unit, 0)
    return found.changed(
        value=_number(found.value, digits),
        low=_number(found.low, digits),
        high=_number(found.high, digits),
        shares=found.shares and {name: figure(share) for name, share in found.shares.items()},
        effects=found.effects and {name: change(each, figures.POINTS) for name, each in found.effects.items()},
        mean=found.mean and figure(found.mean),
    )


def change(found: Change | None, unit: str) -> Change | None:
    """Return a change of a figure in this unit rounded."""
    digits = _DIGITS.get(unit, 0)
    return found and found.changed(
        difference=_number(found.difference, digits),
        low=_number(found.low, digits),
        high=_number(found.high, digits),
        p=round(found.p, _P_DIGITS),
    )


def _part(part: Part) -> Part:
    return part.changed(
        figure=figure(part.figure),
        change=change(part.change, part.figure.unit),
        parts=tuple(map(_part, part.parts)),
    )


def _number(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits) + 0.0  # + 0.0: there is no minus zero in a figure
