"""Numbers by name and day as a short text, and back."""

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from escuta.feedback.metrics import packing

NAMES = st.sampled_from(
    (
        "n",
        "promoter",
        "q.nps.9",
        "flagged.n",
        "topic.price",
        "topic.price.promoter",
        "topic.price.passive",
        "q.choice.é",
    )
)
COLUMNS = st.lists(st.dictionaries(NAMES, st.integers(-5, 10**12)), max_size=12)


@given(COLUMNS)
def test_what_is_packed_comes_back_without_its_zeros(columns: list[dict[str, int]]) -> None:
    plain = [Counter({name: number for name, number in column.items() if number}) for column in columns]

    assert packing.unpack(packing.pack(columns)) == plain


def test_a_topic_that_says_no_more_than_its_classes_costs_next_to_nothing() -> None:
    days = [{"n": 900 + day, "topic.price.promoter": 31 + day % 7, "topic.price.passive": 20} for day in range(31)]
    summed = [{**day, "topic.price": day["topic.price.promoter"] + day["topic.price.passive"]} for day in days]

    assert len(packing.pack(summed)) <= len(packing.pack(days)) + 20


def test_the_month_of_a_place_with_27_000_answers_a_day_takes_little_more_than_three_kilobytes() -> None:
    """Ten million a year: scores, a question of satisfaction, a choice, waits, tones, eleven topics by class."""
    packed = packing.pack([busy(Random(day), 27_400) for day in range(31)])  # noqa: S311 - chance, not a secret

    assert len(packed) < 3_400


def busy(random: Random, answers: int) -> Counter[str]:
    """Return the counters of a busy day, each as far from its share as chance has it."""
    shares = {f"q.nps.{score}": share for score, share in enumerate((2, 1, 1, 2, 2, 4, 5, 11, 17, 18, 37))}
    shares |= {f"q.csat.{value}": share for value, share in enumerate((5, 6, 14, 35, 30), 1)}
    shares |= {f"q.reason.{name}": share for name, share in zip("abcdef", (30, 20, 12, 8, 5, 5), strict=True)}
    shares |= {f"wait.{most}": share for most, share in ((5, 3), (60, 20), (360, 25), (1440, 20), (4320, 12))}
    shares |= {"tone.negative": 10, "tone.neutral": 15, "tone.positive": 15}
    numbers = Counter(
        {
            name: round(random.gauss(share, (share / answers * 100) ** 0.5) * answers / 100)
            for name, share in shares.items()
        }
    )
    numbers["detractor"] = sum(numbers[f"q.nps.{score}"] for score in range(7))
    numbers["passive"] = numbers["q.nps.7"] + numbers["q.nps.8"]
    numbers["promoter"] = numbers["q.nps.9"] + numbers["q.nps.10"]
    numbers["n"] = numbers["detractor"] + numbers["passive"] + numbers["promoter"]
    for topic in range(11):
        for name, share in (("detractor", 50), ("passive", 20), ("promoter", 30)):
            expected = answers * share * 8 / (topic + 1) / 10_000
            numbers[f"topic.t{topic}.{name}"] = max(0, round(random.gauss(expected, expected**0.5)))
            numbers[f"topic.t{topic}"] += numbers[f"topic.t{topic}.{name}"]
    return numbers
