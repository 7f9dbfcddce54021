"""Telling managers what changed, once a week or a month, and nothing when nothing did."""

from escuta.feedback.digests.finding import findings
from escuta.feedback.digests.outbox import announce, deliver, listing, previewed
from escuta.feedback.digests.writing import email

__all__ = ["announce", "deliver", "email", "findings", "listing", "previewed"]
