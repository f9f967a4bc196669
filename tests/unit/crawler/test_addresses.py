from __future__ import annotations

import ipaddress

import pytest

from crawler.addresses import AddressPolicy, is_inner_host, is_public, literal_address


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0", "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.8",
        "192.88.99.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1",
        "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "fe80::1", "fec0::1",
        "fc00::1", "ff02::1", "2001:db8::1",
    ],
)  # fmt: skip
def test_inner_addresses_are_not_public(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))
    assert is_inner_host(text)


@pytest.mark.parametrize("text", ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_ordinary_addresses_are_public(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "host",
    ["0x7f.1", "2130706433", "0177.0.0.1", "127.1", "0", "[::1]", "127.0.0.1.", "0x7f000001"],
)
def test_odd_spellings_are_addresses(host: str) -> None:
    assert literal_address(host) is not None
    assert is_inner_host(host)


@pytest.mark.parametrize("host", ["example.org", "1password.com", "3.example", "0x.example", ""])
def test_names_are_not_addresses(host: str) -> None:
    assert literal_address(host) is None


def test_the_operators_exceptions_are_exact() -> None:
    policy = AddressPolicy.of(("127.0.0.0/8", "fd00::/8"))
    assert policy.permits_host("127.9.9.9")
    assert policy.permits_host("localhost")
    assert policy.permits_host("[fd00::1]")
    assert not policy.permits_host("10.0.0.1")
    assert not AddressPolicy().permits_host("printer.local")
    assert AddressPolicy().permits_host("example.org")
    assert not AddressPolicy().permits_text("not an address")
    with pytest.raises(ValueError, match="nonsense"):
        AddressPolicy.of(("nonsense",))
