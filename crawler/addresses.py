"""Which network addresses the crawler may talk to: the public internet, and what the operator allows by name.

Python's `is_global` alone is not enough (3.11 calls 64:ff9b::/96, 2002::/16, ::127.0.0.1, fec0::/10 and multicast
global), so what can tunnel to or stand for an inner address is denied by list as well.
"""

from __future__ import annotations

import functools
import ipaddress
import socket
from dataclasses import dataclass
from typing import TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_DENIED: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16",
        "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
_INNER_NAMES = (
    ".localhost",
    ".local",
    ".internal",
    ".intranet",
    ".lan",
    ".home",
    ".corp",
    ".home.arpa",
    ".localdomain",
)
_LOOPBACK = ipaddress.ip_address("127.0.0.1")


def _unmapped(address: Address) -> Address:
    """::ffff:a.b.c.d is a.b.c.d."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def literal_address(host: str) -> Address | None:
    """The address that a host name *is*, in any spelling that a resolver takes (0x7f.1, 2130706433, 0177.1), or None."""
    text = host.strip("[]").split("%", 1)[0].rstrip(".")
    try:
        return _unmapped(ipaddress.ip_address(text))
    except ValueError:
        pass
    if not text or not text.isascii() or not all(part[:1].isdigit() for part in text.split(".")):
        return None
    try:
        return ipaddress.ip_address(socket.inet_aton(text))
    except OSError:
        return None


def is_public(address: Address) -> bool:
    """Whether an address is an ordinary one on the public internet."""
    address = _unmapped(address)
    if isinstance(address, ipaddress.IPv6Address) and address.is_site_local:
        return False
    if (
        not address.is_global
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
    ):
        return False
    return not any(address.version == net.version and address in net for net in _DENIED)


def is_inner_name(host: str) -> bool:
    """Whether a host name can only mean this machine or this network (localhost, *.local, *.internal)."""
    name = host.lower().rstrip(".")
    return name == "localhost" or name.endswith(_INNER_NAMES)


@functools.lru_cache(4096)
def is_inner_host(host: str) -> bool:
    """Whether a host, name or literal, is visibly not on the public internet; asks no resolver."""
    address = literal_address(host)
    return not is_public(address) if address is not None else is_inner_name(host)


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """What may be connected to: public addresses, and the operator's own exceptions."""

    allowed: tuple[Network, ...] = ()

    @classmethod
    def of(cls, networks: tuple[str, ...]) -> AddressPolicy:
        """From CIDR texts. Raises ValueError with the text that is none."""
        return cls(tuple(ipaddress.ip_network(text, strict=False) for text in networks))

    def permits(self, address: Address) -> bool:
        """Whether a connection to `address` is fine."""
        address = _unmapped(address)
        if any(address.version == net.version and address in net for net in self.allowed):
            return True
        return is_public(address)

    def permits_text(self, address: str) -> bool:
        """`permits` for an address as a resolver gives it; what is none is refused."""
        try:
            return self.permits(ipaddress.ip_address(address.split("%", 1)[0]))
        except ValueError:
            return False

    def permits_host(self, host: str) -> bool:
        """Whether a host is fine as far as its name tells: literals are judged, inner names refused.

        An inner name passes only when the operator allows networks at all and the name resolves to nothing that this
        can judge: "localhost" needs 127.0.0.1 to be allowed, other inner names any exception.
        """
        address = literal_address(host)
        if address is not None:
            return self.permits(address)
        if not is_inner_name(host):
            return True
        if host.lower().rstrip(".").endswith("localhost"):
            return self.permits(_LOOPBACK)
        return bool(self.allowed)
