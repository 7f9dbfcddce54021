"""Tickets out of unhappy answers, and the alerts about them."""
