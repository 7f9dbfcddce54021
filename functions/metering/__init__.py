"""Responses become counters."""
