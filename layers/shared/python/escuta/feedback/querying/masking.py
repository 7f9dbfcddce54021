"""What has to be hidden beside what has too few answers, since it could be worked out by subtraction. Pure."""

from collections.abc import Iterable, Mapping

from escuta.feedback.model import Figure
from escuta.feedback.statistics import MINIMUM_N


def beside(total: Figure, parts: Mapping[str, Figure]) -> frozenset[str]:
    """Return which of the shown parts are to be masked, too.

    Whoever knows the total and all parts but one knows that one. So what is hidden must be at least two parts, of
    together at least the minimum n: the smallest of those shown joins them until it is (complementary suppression, as
    statistical offices do: A. Hundepool et al., "Statistical Disclosure Control", 2012, section 4.2). What is in the
    total and in no part is such a part, too. Parts that overlap, as the answers to several choices, add up to more
    than the total and give nothing away.
    """
    if total.masked:
        return frozenset(name for name, figure in parts.items() if not figure.masked)
    rest = total.n - sum(figure.n for figure in parts.values())
    if rest < 0:
        return frozenset()
    few = [figure.n for figure in parts.values() if figure.masked and figure.n]
    if not few and not 0 < rest < MINIMUM_N:
        return frozenset()
    return frozenset(_joining([*few, *([rest] if rest else [])], parts))


def silent(people: Mapping[str, int]) -> frozenset[str]:
    """Return the parts of which it is not even told how many said something, by how many people each is of.

    Where that is one part of too few, it would be known from the total and the others: so they are at least two parts,
    of together at least the minimum n.
    """
    few = {name: n for name, n in people.items() if 0 < n < MINIMUM_N}
    joined = set(few)
    for name, n in sorted(people.items(), key=lambda part: (part[1], part[0])):
        if not few or (len(joined) > 1 and sum(people[each] for each in joined) >= MINIMUM_N):
            break
        joined |= {name} if n else set()
    return frozenset(joined)


def _joining(few: list[int], parts: Mapping[str, Figure]) -> Iterable[str]:
    hidden, number = sum(few), len(few)
    for name, figure in sorted(parts.items(), key=lambda part: (part[1].n, part[0])):
        if number > 1 and hidden >= MINIMUM_N:
            return
        if not figure.masked and figure.n:
            hidden, number = hidden + figure.n, number + 1
            yield name
