"""What the management API says about itself: every operation with its words, its shapes and an example.

Read by `python -m manage.described`, which writes `docs/openapi.json`, by the tests, and by `fields=`, which takes from
here the names that an answer has.
"""
