"""R23: requests that no browser makes. They are answered or refused, and never a fault of ours."""

import pytest
from chalice.test import Client, HTTPResponse

from respond.app import app
from tests.functions.browsing import FORM
from tests.functions.respondents import SUBMISSION_ID, good_path

pytestmark = pytest.mark.usefixtures("aws", "noon")
BODY = f"submission_id={SUBMISSION_ID}&version=1&n.nps=9".encode()
ODD = {
    "a hundred headers": {f"X-Header-{number}": "v" * 50 for number in range(100)},
    "a header of 32 KB": {"X-Long": "v" * 32 * 1024},
    "a language of 32 KB": {"Accept-Language": "pt;q=0.1," * 4000},
    "languages that are none": {"Accept-Language": "q=;;;,*,\N{SNOWMAN};q=NaN,;q=1e999"},
    "an agent with control characters": {"User-Agent": "\x1b[31m\x07"},
    "no host and no agent": {"Host": "", "User-Agent": ""},
    "a media type with many parameters": {"Content-Type": FORM["Content-Type"] + "; a=b" * 1000},
    "an accepted type that is none": {"Accept": "///;;;json\x0b"},
    "an encoding that we do not read": {"Content-Encoding": "gzip", "Transfer-Encoding": "chunked"},
    "a method in a header": {"X-HTTP-Method-Override": "DELETE"},
}


def call(method: str, path: str, headers: dict[str, str]) -> HTTPResponse:
    return Client(app).http.request(method, path, headers={**FORM, **headers}, body=BODY if method == "POST" else b"")


@pytest.mark.parametrize("path", ["/s/{token}", "/t/{token}", "/u/{token}"])
def test_r23_odd_headers_change_nothing(path: str) -> None:
    address = good_path(path)

    for name, headers in ODD.items():
        for method in ("GET", "POST", "GET"):
            answer = call(method, address, headers)
            assert answer.status_code in {200, 409}, (name, method)
            assert answer.headers["Referrer-Policy"] == "no-referrer", name
