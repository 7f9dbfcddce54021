"""Analyze: dashboards, and from each of their figures down to the answers behind it."""
