"""Which addresses belong to the public internet. Pure.

A list of our own, from the IANA special-purpose registries for IPv4 and IPv6: `ipaddress.is_global` differs
between Python versions, and on 3.11 takes multicast, site-local, NAT64, 6to4, IPv4-compatible and
IPv4-translated addresses and the platform addresses of two clouds for public ones.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_DENIED_IPV4 = {
    IPv4Network("0.0.0.0/8"): "this network",
    IPv4Network("10.0.0.0/8"): "private",
    IPv4Network("100.64.0.0/10"): "carrier-grade NAT",
    IPv4Network("127.0.0.0/8"): "loopback",
    IPv4Network("168.63.129.16/32"): "cloud platform",
    IPv4Network("169.254.0.0/16"): "link-local",
    IPv4Network("172.16.0.0/12"): "private",
    IPv4Network("192.0.0.0/24"): "protocol assignments",  # a cloud's metadata service lives here too
    IPv4Network("192.0.2.0/24"): "documentation",
    IPv4Network("192.31.196.0/24"): "AS112",
    IPv4Network("192.52.193.0/24"): "multicast tunnelling",
    IPv4Network("192.88.99.0/24"): "6to4 relay",
    IPv4Network("192.168.0.0/16"): "private",
    IPv4Network("192.175.48.0/24"): "AS112",
    IPv4Network("198.18.0.0/15"): "benchmarking",
    IPv4Network("198.51.100.0/24"): "documentation",
    IPv4Network("203.0.113.0/24"): "documentation",
    IPv4Network("224.0.0.0/4"): "multicast",
    IPv4Network("240.0.0.0/4"): "reserved",
}

_GLOBAL_UNICAST = IPv6Network("2000::/3")  # all that IANA has given out as public
_DENIED_GLOBAL_UNICAST = {
    IPv6Network("2001::/23"): "protocol assignments",  # Teredo, benchmarking, ORCHID
    IPv6Network("2001:db8::/32"): "documentation",
    IPv6Network("2002::/16"): "6to4",  # withdrawn; where the packets come out is anybody's guess
    IPv6Network("2620:4f:8000::/48"): "AS112",
    IPv6Network("3fff::/20"): "documentation",
}
_OTHER_IPV6 = {
    IPv6Network("::/128"): "unspecified",
    IPv6Network("::1/128"): "loopback",
    IPv6Network("fc00::/7"): "private",
    IPv6Network("fe80::/10"): "link-local",
    IPv6Network("fec0::/10"): "site-local",
    IPv6Network("ff00::/8"): "multicast",
}

_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052; 64:ff9b:1::/48 is local use and lies outside 2000::/3
_IPV4_IN_THE_LAST_32_BITS = (
    IPv6Network("::/96"),  # compatible, RFC 4291 2.5.5.1
    _MAPPED,
    IPv6Network("::ffff:0:0:0/96"),  # translated, RFC 2765
    _NAT64,
    IPv6Network("64:ff9b:1::/96"),
)
_ISATAP_MARKS = (0x0000_5EFE, 0x0200_5EFE)  # RFC 5214 6.1: upper half of the interface identifier


def refusal(text: str) -> str | None:
    """Why this numeric address must not be connected to (a word or two), or None where it is public."""
    try:
        address = ip_address(text)
    except ValueError:
        return "unreadable"
    if isinstance(address, IPv4Address):
        return _named(address)
    if address.scope_id:
        return "scoped"
    for inner in embedded_ipv4(address):
        if kind := _named(inner):
            return f"{kind}, inside IPv6"
    return _ipv6_refusal(address)


def embedded_ipv4(address: IPv6Address) -> Iterator[IPv4Address]:
    """Every IPv4 address that a tunnel or translator might send packets for this IPv6 address to."""
    number = int(address)
    low = IPv4Address(number & 0xFFFF_FFFF)
    if any(address in network for network in _IPV4_IN_THE_LAST_32_BITS):
        yield low
    if (number >> 32) & 0xFFFF_FFFF in _ISATAP_MARKS:
        yield low
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo


def _named(address: IPv4Address) -> str | None:
    return next((kind for network, kind in _DENIED_IPV4.items() if address in network), None)


def _ipv6_refusal(address: IPv6Address) -> str | None:
    if address in _MAPPED or address in _NAT64:
        return None  # the IPv4 address inside is all there is to judge
    if address in _GLOBAL_UNICAST:
        return next((kind for network, kind in _DENIED_GLOBAL_UNICAST.items() if address in network), None)
    return next((kind for network, kind in _OTHER_IPV6.items() if address in network), "reserved")
