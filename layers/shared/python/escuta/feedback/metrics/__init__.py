"""Counting responses exactly once, whatever the stream does; reading the counters; recounting them.

A counter is never added to alone. What a response adds is kept as its contribution, guarded by the revision that was
read, and the contributions of a chunk and the difference they make to the counters are written in one transaction. So
duplicates, disorder, redrives and lost replies change nothing, and a sweep heals lost records.
"""

from escuta.feedback.metrics.contributions import contribution
from escuta.feedback.metrics.counting import UnappliedError, apply
from escuta.feedback.metrics.reading import apart, as_is, tallies, tally, viewed
from escuta.feedback.metrics.recounting import Drift, reconcile, sweep
from escuta.feedback.metrics.settling import catch_up

__all__ = [
    "Drift",
    "UnappliedError",
    "apart",
    "apply",
    "as_is",
    "catch_up",
    "contribution",
    "reconcile",
    "sweep",
    "tallies",
    "tally",
    "viewed",
]
