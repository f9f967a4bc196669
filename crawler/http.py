"""Scrapy's downloader with what a hub needs on top: address guard, total deadline, header cap.

Every request of a run (feed, page, robots.txt, each hop of a redirect) passes `GuardedHandler`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit
from urllib.request import getproxies

from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
)
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
)
from twisted.internet.interfaces import IHostnameResolver, IResolutionReceiver
from twisted.web._newclient import HEADER, STATUS
from zope.interface import implementer  # type: ignore[import-untyped]  # it carries no types

from crawler.addresses import AddressPolicy, literal_address
from crawler.answers import plain_headers, retry_after
from crawler.certificates import TellingPolicy
from crawler.names import LocalNames
from crawler.quiet import REFUSALS, Gate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.internet.interfaces import IAddress, IHostResolution
    from twisted.web.iweb import IPolicyForHTTPS

MAX_HEADER_BYTES = 256 * 1024
SPENT = "earshot_spent"
BEGAN = "earshot_began"
ASKED = "earshot_asked"
_TOO_MANY_REQUESTS = 429


class Refused(IgnoreRequest):
    """The guard does not let a request out; the text says why."""


class BadCertificate(DownloadFailedError):  # noqa: N818 - what it is
    """The server could not prove who it is; the text says why."""


def _place(url: str) -> tuple[str, int]:
    """Host and port that a request goes to."""
    parts = urlsplit(url)
    return (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)


def _proxies() -> frozenset[tuple[str, int]]:
    """Host and port of every configured proxy: the only inner addresses that are connected to unasked."""
    found = set()
    for url in getproxies().values():
        try:
            parts = urlsplit(url if "://" in url else "http://" + url)
            found.add(
                (
                    (parts.hostname or "").lower(),
                    parts.port or (443 if parts.scheme == "https" else 80),
                )
            )
        except ValueError:
            continue
    return frozenset(found)


@implementer(IResolutionReceiver)
class _Sieve:
    """Passes on only the addresses that may be connected to, and remembers whether any were withheld."""

    def __init__(self, receiver: Any, policy: AddressPolicy, withheld: set[str], name: str) -> None:
        self._receiver, self._policy, self._withheld, self._name = receiver, policy, withheld, name

    def resolutionBegan(self, resolution: IHostResolution) -> None:  # noqa: N802 - Twisted's name
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: IAddress) -> None:  # noqa: N802 - Twisted's name
        if self._policy.permits_text(getattr(address, "host", "")):
            self._receiver.addressResolved(address)
        else:
            self._withheld.add(self._name)

    def resolutionComplete(self) -> None:  # noqa: N802 - Twisted's name
        self._receiver.resolutionComplete()


@implementer(IHostnameResolver)
class GuardedResolver:
    """The reactor's resolver, behind the address policy.

    Twisted connects to exactly the addresses that come out here, so a name that changes its mind between a check and
    the connection (rebinding) gains nothing; nothing is cached for the same reason.
    """

    withheld: set[str] = set()

    def __init__(self, reactor: Any, policy: AddressPolicy) -> None:
        self._reactor, self._inner, self._policy = reactor, reactor.nameResolver, policy
        self._trusted = _proxies()

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> GuardedResolver:
        return cls(
            reactor, AddressPolicy.of(tuple(crawler.settings.getlist("EARSHOT_ALLOWED_NETWORKS")))
        )

    def install_on_reactor(self) -> None:
        self._reactor.installNameResolver(self)

    def resolveHostName(  # noqa: N802 - Twisted's signature
        self,
        resolutionReceiver: Any,  # noqa: N803 - Twisted's names
        hostName: str,  # noqa: N803 - Twisted's names
        portNumber: int = 0,  # noqa: N803 - Twisted's names
        addressTypes: Any = None,  # noqa: N803 - Twisted's names
        transportSemantics: str = "TCP",  # noqa: N803 - Twisted's names
    ) -> Any:
        host, receiver = hostName.lower(), resolutionReceiver
        # A CONNECT tunnel asks for its proxy without a port; no request of ours may name port 0.
        if not any(host == name and portNumber in {port, 0} for name, port in self._trusted):
            receiver = _Sieve(resolutionReceiver, self._policy, self.withheld, host)
        return self._inner.resolveHostName(
            receiver, hostName, portNumber, addressTypes, transportSemantics
        )


class _CappedProtocol(_LenientHTTP11ClientProtocol):
    """Gives up on an answer whose headers never end."""

    _header_bytes = 0

    def request(self, request: Any) -> Any:
        self._header_bytes = 0
        return super().request(request)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        parser = self._parser
        if parser is not None and parser.state in {STATUS, HEADER}:
            self._header_bytes += len(data)
            if self._header_bytes > MAX_HEADER_BYTES:
                if self.transport is not None:
                    self.transport.abortConnection()
                return
        super().dataReceived(data)  # type: ignore[no-untyped-call]  # it carries no types


class _CappedFactory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: Any) -> _CappedProtocol:  # noqa: N802 - Twisted's name
        del addr
        return _CappedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]  # it carries no types


class GuardedHandler(HTTP11DownloadHandler):
    """HTTP/1.1 downloads that go only where the policy lets them, within one deadline for all hops together."""

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _CappedFactory  # noqa: SLF001 - the pool has no public way
        self._certificates = TellingPolicy(self._contextFactory)
        self._contextFactory = cast("IPolicyForHTTPS", self._certificates)
        settings = crawler.settings
        self._policy = AddressPolicy.of(tuple(settings.getlist("EARSHOT_ALLOWED_NETWORKS")))
        self._timeout = settings.getfloat("DOWNLOAD_TIMEOUT")
        self._trusted = _proxies()
        self._turns: dict[str, asyncio.Semaphore] = {}
        folder = settings.get("EARSHOT_GATE")
        self._gate = Gate(Path(folder)) if folder else None
        self._names = LocalNames(self._policy, Path(folder) if folder else None)
        self._slots = settings.getdict("DOWNLOAD_SLOTS")
        self._usual = {
            "concurrency": settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN"),
            "delay": settings.getfloat("DOWNLOAD_DELAY"),
        }
        REFUSALS.start(tuple(settings.getlist("EARSHOT_QUIET")))

    async def download_request(self, request: Request) -> Response:
        """One hop. Raises `Refused`, `HostBusy`, or Scrapy's download errors."""
        await self._judge(request)
        host = (urlsplit(request.url).hostname or "").lower()
        REFUSALS.check(host)
        async with self._turn(host):
            REFUSALS.check(host)  # it may have refused somebody else meanwhile
            response = await self._fetch(request, host)
        if response.status == _TOO_MANY_REQUESTS:
            REFUSALS.note(host, retry_after(plain_headers(response.headers), datetime.now(UTC)))
        return response

    @contextlib.asynccontextmanager
    async def _turn(self, host: str) -> AsyncIterator[None]:
        """Wait for a turn at `host`: among the requests of this run, then among those of all runs.

        Scrapy's slots keep the delay, but without one they let everything out that waits when a host's first
        requests come together.
        """
        own = self._slots.get(host, self._usual)
        if host not in self._turns:
            self._turns[host] = asyncio.Semaphore(own["concurrency"])
        async with self._turns[host]:
            if self._gate is None:
                yield
                return
            async with self._gate.turn(host, own["concurrency"], own["delay"]):
                yield

    async def _fetch(self, request: Request, host: str) -> Response:
        if tell := request.meta.pop(ASKED, None):
            tell()
        request.meta.setdefault(BEGAN, time.time())
        left = self._timeout - request.meta.get(SPENT, 0.0)
        if left <= 0:
            raise DownloadTimeoutError(f"no time left of {self._timeout} seconds")
        request.meta["download_timeout"] = left
        began, place = time.monotonic(), _place(request.url)
        try:
            return await super().download_request(request)
        except DownloadFailedError as error:
            if words := self._certificates.told.pop(place, ""):
                raise BadCertificate(f"The certificate is not valid: {words}") from error
            raise
        except CannotResolveHostError as error:
            if host in GuardedResolver.withheld:
                raise Refused(f"The host {host} is on a private network") from error
            raise
        finally:
            # A redirect copies meta, so that the next hop starts with what is left.
            request.meta[SPENT] = request.meta.get(SPENT, 0.0) + time.monotonic() - began

    async def _judge(self, request: Request) -> None:
        """Raise `Refused` for an address that the name alone gives away."""
        parts = urlsplit(request.url)
        host = (parts.hostname or "").lower()
        try:
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError as error:
            raise Refused("The address has no valid port") from error
        if parts.scheme not in {"http", "https"} or not host or parts.port == 0:
            raise Refused("Only http and https addresses are fetched")
        if not self._policy.permits_host(host):
            raise Refused(f"The host {host} is on a private network")
        proxied = bool(request.meta.get("proxy"))
        if not proxied and (host, port) in self._trusted and literal_address(host) is None:
            raise Refused(f"The host {host} is the proxy")
        if proxied and await self._names.is_private(host):
            raise Refused(f"The host {host} is on a private network")
