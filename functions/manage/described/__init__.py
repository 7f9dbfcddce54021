"""What the management API says about itself: every operation with its words, its shapes and an example.

Read by `python -m manage.described`, which writes `docs/openapi.json`, and by the tests; never by a function.
"""
