"""The programs that the end-to-end tests drive and that pip cannot bring."""

import shutil

REMEDY = "Run `make tools`, or install the packages chromium and openssh-client by hand."


def program(*names: str) -> str:
    """Return the path of the first of these programs. A missing one fails the tests: they never pass without it."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise AssertionError(f"{' or '.join(names)} is not on the PATH. {REMEDY}")
    return found
