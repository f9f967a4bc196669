"""Whether an address can be reached by others: a hub can only tell us of news when it can."""

from __future__ import annotations

import ipaddress

from kb.core.urls import host_of

_INNER = ("localhost", ".localhost", ".local", ".internal", ".lan", ".home", ".corp", ".test", ".home.arpa")  # fmt: skip


def is_public_site(url: str) -> bool:
    """Whether `url` names a host of the public internet, as far as its name tells; asks no resolver."""
    host = host_of(url).strip("[]")
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(_INNER)
