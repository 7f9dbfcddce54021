import pytest

from escuta.directory.access import networks
from escuta.errors import InvalidError


def test_networks_are_kept_in_one_way_of_writing_each_once() -> None:
    told = ["203.0.113.7", " 203.0.113.0/24 ", "2001:DB8:0::/32", "203.0.113.7/32"]

    assert networks.read(told, "addresses") == ("203.0.113.7/32", "203.0.113.0/24", "2001:db8::/32")


@pytest.mark.parametrize(
    "told",
    ["", "203.0.113.7/24", "203.0.113", "203.0.113.256", "0203.0.113.7", "*", "loja.example.com", "fe80::1%eth0/64"],
)
def test_what_is_no_network_is_refused_with_its_place(told: str) -> None:
    with pytest.raises(InvalidError, match="network_invalid") as refused:
        networks.read(["203.0.113.7", told], "addresses")
    assert refused.value.details == {"field": "addresses[1]", "what": told}


@pytest.mark.parametrize(
    ("address", "held"),
    [
        ("203.0.113.0", True),
        ("203.0.113.255", True),
        ("203.0.114.0", False),
        ("2001:db8::1", True),
        ("2001:db9::1", False),
        ("::ffff:203.0.113.7", True),  # how a network that writes all addresses as IPv6 shows one of IPv4
        ("::ffff:203.0.114.7", False),
        ("", False),
        ("unknown", False),
        ("203.0.113.7, 198.51.100.7", False),
    ],
)
def test_an_address_is_held_by_the_network_it_lies_in(address: str, held: bool) -> None:  # noqa: FBT001 - expected
    assert networks.holds(("203.0.113.0/24", "2001:db8::/32"), address) is held


@pytest.mark.parametrize(
    ("inner", "within"),
    [
        (("203.0.113.0/24",), True),
        (("203.0.113.128/25", "203.0.113.7/32"), True),
        (("203.0.112.0/23",), False),
        (("203.0.113.7/32", "198.51.100.7/32"), False),
        (("2001:db8::/32",), False),
        ((), False),
    ],
)
def test_networks_within_others_are_no_wider(inner: tuple[str, ...], within: bool) -> None:  # noqa: FBT001 - expected
    assert networks.within(inner, ("203.0.113.0/24", "192.0.2.0/24")) is within
