"""H1: which servers a webhook may have: everybody's, in however many ways an inner one can be written."""

import pytest

from escuta.errors import InvalidError
from escuta.outreach.webhooks import addresses

INNER = (
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",  # noqa: S104 - an address to be refused
    "0.1.2.3",
    "10.0.0.8",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "169.254.170.2",
    "100.64.0.1",
    "100.127.255.255",
    "192.0.0.170",
    "192.0.2.7",
    "198.18.0.1",
    "198.51.100.9",
    "203.0.113.5",
    "192.88.99.1",
    "192.0.0.8",
    "192.0.0.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:10.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::10.0.0.1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "2600::1%eth0",
    "fec0::1",
    "ff02::1",
    "100::1",
    "5f00::1",
    "localhost",
    "127.1",
    "0x7f.0.0.1",
    "2130706433",
    "",
)
OUTER = ("8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2600:1f18::1", "2a00:1450::200e")

REFUSED = {
    "": "webhook_url",
    "crm.example.com/hook": "webhook_url",
    "ftp://crm.example.com/": "webhook_url",
    "file:///etc/passwd": "webhook_url",
    "gopher://crm.example.com:443/": "webhook_url",
    "javascript:alert(1)": "webhook_url",
    "https://ana:secret@crm.example.com/": "webhook_url",
    "https://crm.example.com@127.0.0.1/": "webhook_url",
    "https://@127.0.0.1/": "webhook_url",
    "https://crm.example.com/#part": "webhook_url",
    "https://crm.example.com/a b": "webhook_url",
    "https://crm.example.com\\@127.0.0.1/": "webhook_url",
    "https://crm.example.com/\r\nHost: inner": "webhook_url",
    "https://crm.example.com\t/": "webhook_url",
    "https://ⓛocalhost/": "webhook_url",
    "https://crm。example.com/": "webhook_url",
    "https://127。0。0。1/": "webhook_url",
    "https://[::1/": "webhook_url",
    "https://crm.example.com:65536/": "webhook_url",
    "https://crm.example.com:https/": "webhook_url",
    f"https://crm.example.com/{'a' * 2_048}": "webhook_url",
    "http://crm.example.com/": "webhook_url_https",
    "https://crm.example.com:22/": "webhook_url_https",
    "https://crm.example.com:25/": "webhook_url_https",
    "https://crm.example.com:8443/": "webhook_url_https",
    "https:///hook": "webhook_url_host",
    "https://localhost/": "webhook_url_host",
    "https://localhost./": "webhook_url_host",
    "https://LOCALHOST/": "webhook_url_host",
    "https://inner.localhost/": "webhook_url_host",
    "https://metadata.google.internal/": "webhook_url_host",
    "https://printer.local/": "webhook_url_host",
    "https://1.0.0.127.in-addr.arpa/": "webhook_url_host",
    "https://crm/": "webhook_url_host",
    "https://crm.example.com./": "webhook_url_host",
    "https://crm..example.com/": "webhook_url_host",
    "https://%6c%6f%63alhost/": "webhook_url_host",
    "https://127.0.0.1/": "webhook_url_host",
    "https://127.1/": "webhook_url_host",
    "https://2130706433/": "webhook_url_host",
    "https://0x7f000001/": "webhook_url_host",
    "https://0x7f.0x0.0x0.0x1/": "webhook_url_host",
    "https://0177.0.0.1/": "webhook_url_host",
    "https://017700000001/": "webhook_url_host",
    "https://169.254.169.254/latest/meta-data/": "webhook_url_host",
    "https://[::1]/": "webhook_url_host",
    "https://[::ffff:169.254.169.254]/": "webhook_url_host",
    "https://[fd00:ec2::254]/": "webhook_url_host",
    "https://8.8.8.8/": "webhook_url_host",
}


@pytest.mark.parametrize("address", INNER)
def test_h1_an_address_that_is_not_of_the_internet_is_not_called(address: str) -> None:
    assert not addresses.is_public(address)


@pytest.mark.parametrize("address", OUTER)
def test_an_address_of_the_internet_is_called(address: str) -> None:
    assert addresses.is_public(address)


@pytest.mark.parametrize("url", REFUSED, ids=range(len(REFUSED)))
def test_h1_a_url_that_is_no_public_name_under_https_is_refused(url: str) -> None:
    with pytest.raises(InvalidError) as refused:
        addresses.target(url)
    assert refused.value.code == REFUSED[url]


def test_a_url_leads_to_its_name_on_443_with_its_whole_path() -> None:
    assert addresses.target("https://CRM.Example.com/hooks//escuta?key=1&b=%2F") == (
        "https",
        "crm.example.com",
        443,
        "/hooks//escuta?key=1&b=%2F",
        False,
    )
    assert addresses.target("https://xn--caf-dma.example.com:443")[1:4] == ("xn--caf-dma.example.com", 443, "/")


def test_a_server_that_the_organisation_allows_may_be_inside_and_without_tls_on_its_port_alone() -> None:
    allowed = "127.0.0.1:8080 crm.internal:9443"

    assert addresses.target("http://127.0.0.1:8080/x", allowed) == ("http", "127.0.0.1", 8080, "/x", True)
    assert addresses.target("https://crm.internal:9443/x", allowed).inside
    for other in ("http://127.0.0.1:8081/", "http://127.0.0.1/", "https://crm.internal/", "http://127.0.0.1:80801/"):
        with pytest.raises(InvalidError):
            addresses.target(other, allowed)
