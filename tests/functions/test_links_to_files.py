from urllib.parse import urlsplit

import pytest

from escuta import files
from tests.conftest import forget


@pytest.mark.parametrize(
    ("region", "endpoint", "address"),
    [
        ("sa-east-1", "", "https://drop.s3.sa-east-1.amazonaws.com/lojas/a.csv"),
        ("us-east-1", "", "https://drop.s3.amazonaws.com/lojas/a.csv"),
        ("us-east-1", "http://127.0.0.1:4566", "http://127.0.0.1:4566/drop/lojas/a.csv"),
        ("us-east-1", "http://emulator:4566", "http://emulator:4566/drop/lojas/a.csv"),
    ],
)
def test_a_link_names_the_host_that_it_is_signed_for(
    monkeypatch: pytest.MonkeyPatch, region: str, endpoint: str, address: str
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    if endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    forget()

    links = (
        files.presigned_put("drop", "lojas/a.csv", seconds=900, content_type="text/csv"),
        files.presigned_get("drop", "lojas/a.csv", seconds=300),
    )

    assert [urlsplit(link)._replace(query="").geturl() for link in links] == [address, address]


@pytest.mark.parametrize("seconds", [0, -1, 7 * 86400 + 1])
def test_a_link_lasts_no_longer_than_s3_knows(seconds: int) -> None:
    with pytest.raises(ValueError, match="a link lasts 1 to 604800 seconds"):
        files.presigned_get("drop", "lojas/a.csv", seconds=seconds)
