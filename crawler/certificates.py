"""Why a certificate was not accepted: OpenSSL knows, and Twisted only says that it was not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from OpenSSL import SSL
from twisted.internet._sslverify import _verifyCB
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer  # type: ignore[import-untyped]  # it carries no types

if TYPE_CHECKING:
    from collections.abc import MutableMapping

Place = tuple[str, int]
_UNTRUSTED = "it is signed by nobody that this machine trusts"
# OpenSSL's X509_V_ERR numbers.
_REASONS = {
    9: "it is not valid yet",
    10: "it has expired",
    18: _UNTRUSTED,
    19: _UNTRUSTED,
    20: _UNTRUSTED,
    21: _UNTRUSTED,
    23: "it was revoked",
    62: "it is for another host",
    64: "it is for another host",
}


def reason(code: int) -> str:
    """Words for an OpenSSL verification error."""
    return _REASONS.get(code, "it cannot be verified")


@implementer(IOpenSSLClientConnectionCreator)
class _Telling:
    """Makes the connections that Twisted's own creator makes; its check decides, this one only listens."""

    def __init__(self, inner: Any, told: MutableMapping[Place, str], place: Place) -> None:
        self._inner, self._told, self._place = inner, told, place

    def clientConnectionForTLS(self, protocol: Any) -> SSL.Connection:  # noqa: N802 - Twisted's name
        connection: SSL.Connection = self._inner.clientConnectionForTLS(protocol)
        check = _verifyCB(protocol, self._inner._hostnameIsDnsName, self._inner._hostnameASCII)  # noqa: SLF001 - the library offers no other place for it

        def listen(conn: Any, certificate: Any, error: int, depth: int, fine: int) -> bool:
            accepted = bool(check(conn, certificate, error, depth, bool(fine)))
            if not fine and error:
                self._told[self._place] = reason(error)
            elif not accepted:
                self._told[self._place] = reason(62)
            return accepted and bool(fine)

        connection.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, listen)
        return connection


@implementer(IPolicyForHTTPS)
class TellingPolicy:
    """A TLS policy that notes in `told`, by host and port, why a certificate was refused."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.told: dict[Place, str] = {}

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:  # noqa: N802 - Twisted's name
        place = hostname.decode("ascii"), port
        return _Telling(self._inner.creatorForNetloc(hostname, port), self.told, place)
