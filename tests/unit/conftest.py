"""Unit tests do no I/O: sockets are shut."""

import pytest
from pytest_socket import disable_socket


@pytest.fixture(autouse=True)
def no_sockets() -> None:
    """Make any connection an error."""
    disable_socket()
