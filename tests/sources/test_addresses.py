"""Which addresses count as public."""

from ipaddress import IPv4Address, IPv6Address

import pytest

from sources.fetchers.addresses import embedded_ipv4, refusal

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.1",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.1",
    "192.167.255.255",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2001:200::1",
    "2001:4860:4860::8888",
    "2606:4700:4700::1111",
    "2a00:1450:4001:80e::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
]

NOT_PUBLIC = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",  # a cloud's metadata service
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",  # another cloud's platform service
    "169.254.169.254",  # the metadata service of most
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.192",  # and of one more
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::2",
    "100::1",
    "1fff::1",
    "2001::1",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2620:4f:8000::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",  # a metadata service over IPv6
    "fe80::1",
    "fe80::1%eth0",
    "2606:4700:4700::1111%eth0",
    "fec0::1",
    "ff02::1",
]

LOOPBACK_OR_METADATA_INSIDE_IPV6 = [
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "::169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::127.0.0.1",
    "64:ff9b:1::8.8.8.8",
    "64:ff9b:1:7f00:0:100::",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001:0:7f00:1::",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "2606:4700::5efe:127.0.0.1",
    "2606:4700::200:5efe:10.0.0.1",
    "fe80::5efe:10.0.0.1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_not_refused(address: str) -> None:
    assert refusal(address) is None


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_outside_the_public_internet_is_refused(address: str) -> None:
    assert refusal(address)


@pytest.mark.parametrize("address", LOOPBACK_OR_METADATA_INSIDE_IPV6)
def test_an_internal_ipv4_address_inside_ipv6_is_refused(address: str) -> None:
    assert refusal(address)


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "0x7f000001", "127.0.0.01", "1.2.3.4.5", "::g"])
def test_what_is_no_numeric_address_is_refused(text: str) -> None:
    assert refusal(text) == "unreadable"


def test_the_kind_of_a_refused_address_is_named() -> None:
    assert refusal("169.254.169.254") == "link-local"
    assert refusal("::ffff:10.1.2.3") == "private, inside IPv6"
    assert refusal("fec0::1") == "site-local"


def test_teredo_gives_its_server_and_its_client() -> None:
    address = IPv6Address("2001:0:4136:e378:8000:63bf:3fff:fdd2")

    assert list(embedded_ipv4(address)) == [IPv4Address("65.54.227.120"), IPv4Address("192.0.2.45")]


def test_an_ordinary_ipv6_address_has_no_ipv4_inside() -> None:
    assert list(embedded_ipv4(IPv6Address("2a00:1450:4001:80e::200e"))) == []
