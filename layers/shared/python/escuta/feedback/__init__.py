"""Listening: surveys, store tokens, responses, counters, statistics and tickets."""
