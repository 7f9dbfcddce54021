"""How well comments are read: `python -m benchmarks.reviews FILE`, a CSV with the columns `comment` and `review_score`.

Against people's own scores of 1 to 5: what share of the comments called negative came with a score of 1 or 2
(precision), what share of those with such a score was called negative (recall), and how many have a topic. Given apart
for every second row, since dictionaries that were written with one half in view say most on the other.
"""

import csv
import sys
from collections.abc import Sequence
from pathlib import Path

from escuta.feedback import comments
from escuta.feedback.comments import Tone

_BAD = 2


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


def main() -> None:
    """Print both halves."""
    with Path(sys.argv[1]).open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["comment"].strip()]
    for name, half in (("in view", rows[::2]), ("held out", rows[1::2])):
        sys.stdout.write(f"{name:9} {measured(half)}\n")


if __name__ == "__main__":
    main()
