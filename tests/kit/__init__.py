"""Drivers for tests: AWS at its worst, made repeatable."""
