"""Dropped files become rows: register looks at a file as a whole, load takes in its chunks."""
