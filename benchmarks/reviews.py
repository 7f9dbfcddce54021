"""How well comments are read: `python -m benchmarks.reviews FILE`, a CSV with the columns `comment` and `review_score`.

Against people's own scores of 1 to 5: what share of the comments called negative came with a score of 1 or 2
(precision), what share of those with such a score was called negative (recall), and how many have a topic. Given apart
for every second row, since dictionaries that were written with one half in view say most on the other. Then what each
topic does to the score (5 a promoter, 4 a passive), and what is masked.
"""

import csv
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from escuta.feedback import comments, impact
from escuta.feedback.comments import Tone

_BAD = 2
_CLASSES = {5: "promoter", 4: "passive"}


def measured(rows: Sequence[dict[str, str]]) -> str:
    """Return the figures of some rows as a line."""
    read = [(int(row["review_score"]) <= _BAD, comments.read(_words(row), "pt-BR")) for row in rows]
    called = [bad for bad, comment in read if comment.tone is Tone.NEGATIVE]
    bad = [comment.tone is Tone.NEGATIVE for is_bad, comment in read if is_bad]
    told = [bool(comment.topics) for _, comment in read]
    return (
        f"{len(read)} comments: precision {sum(called) / len(called):.3f} ({sum(called)} of {len(called)}), "
        f"recall {sum(bad) / len(bad):.3f} ({sum(bad)} of {len(bad)}), with a topic {sum(told) / len(told):.3f}"
    )


def _words(row: dict[str, str]) -> str:
    return ". ".join(filter(None, (row.get("comment_title", ""), row["comment"])))


def impacts(rows: Sequence[dict[str, str]]) -> Iterator[str]:
    """Yield what each topic does to the score, a line each."""
    counted: Counter[str] = Counter()
    for row in rows:
        own = _CLASSES.get(int(row["review_score"]), "detractor")
        counted[own] += 1
        if row["comment"].strip():
            read = comments.read(_words(row), "pt-BR")
            counted.update([f"comment.{own}", *(f"topic.{topic}.{own}" for topic in read.topics)])
            counted.update(f"topic.{topic}" for topic in read.topics)
    for topic, told in impact.of(counted).items():
        if told.change is not None:
            yield (
                f"{topic:9} {told.n:5} {told.change.difference:+7.1f}: {told.points:+6.1f} "
                f"({told.low:+.1f} to {told.high:+.1f}) {told.verdict}"
            )


def masked(rows: Sequence[dict[str, str]]) -> Iterator[str]:
    """Yield every comment that is masked, as it is shown."""
    for row in rows:
        text = "\n".join(filter(None, (row.get("comment_title", ""), row["comment"])))
        if (shown := comments.masked(text, "pt-BR")) != text:
            yield " ".join(shown.split())


def main() -> None:
    """Print both halves, the topics of all, and what is masked."""
    with Path(sys.argv[1]).open(encoding="utf-8", newline="") as file:
        everybody = list(csv.DictReader(file))
    rows = [row for row in everybody if row["comment"].strip()]
    for name, half in (("in view", rows[::2]), ("held out", rows[1::2])):
        sys.stdout.write(f"{name:9} {measured(half)}\n")
    sys.stdout.writelines(f"{line}\n" for line in (*impacts(everybody), *masked(everybody)))


if __name__ == "__main__":
    main()
