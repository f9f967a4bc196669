"""What went wrong with a request, in words for the person who looks after the source."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)

from crawler.http import BadCertificate, Refused
from crawler.quiet import HostBusy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kb.core.records import CrawlLimits

_MIB = 1024 * 1024
_KINDS: tuple[tuple[type[BaseException], str], ...] = (
    (CannotResolveHostError, "No such host"),
    (DownloadConnectionRefusedError, "The server refused the connection"),
    (ResponseDataLossError, "The answer broke off before its end"),
    (UnsupportedURLSchemeError, "Only http and https addresses are fetched"),
    (NotSupported, "Only http and https addresses are fetched"),
    # what is made of "http://[::1", of port 99999 and of "name:password@host", in the plan or in a redirect
    (ValueError, "The address, or one that it leads to, cannot be read or has a password in it"),
)


def _size(count: int) -> str:
    return f"{count / _MIB:g} MiB" if count >= _MIB else f"{count} bytes"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, what caused it, and the reasons that Twisted packs inside."""
    waiting: list[BaseException] = [error]
    for _ in range(20):
        if not waiting:
            return
        one = waiting.pop(0)
        yield one
        waiting += [
            r.value
            for r in getattr(one, "reasons", None) or []
            if getattr(r, "value", None) is not None
        ]
        waiting += [e for e in (one.__cause__, one.__context__) if e is not None]


def _ignored(error: IgnoreRequest, limits: CrawlLimits) -> str:
    text = str(error)
    if isinstance(error, Refused | HostBusy):
        return text
    if "redirections" in text:
        return f"More than {limits.max_redirects} redirects"
    if "DOWNLOAD_MAXSIZE" in text:
        return f"Larger than {_size(limits.max_bytes)}"
    return text or "Not fetched"


def _tls(chain: list[BaseException]) -> str:
    text = " ".join(f"{type(e).__name__} {e.args!r}" for e in chain)
    if "certificate verify failed" in text or "VerificationError" in text:
        return "The certificate is not valid: it cannot be verified"
    return "No secure connection could be made" if "SSL" in text else ""


def _connection(chain: list[BaseException]) -> str:
    names = {type(e).__name__ for e in chain}
    if tunnel := next((str(e) for e in chain if type(e).__name__ == "TunnelError"), ""):
        status = re.search(r"'status': (\d+)", tunnel)
        return f"The proxy could not reach the host ({status[1] if status else 'no answer'})"
    if names & {"NoRouteError", "HostUnreachable", "NetworkUnreachableError"}:
        return "The host cannot be reached"
    if names & {"error", "BadGzipFile", "EOFError", "Error", "ZstdError"}:
        return "The answer could not be decompressed"
    if names & {
        "ResponseNeverReceived",
        "ConnectionLost",
        "ConnectionDone",
        "ConnectionAborted",
        "ResponseFailed",
    }:
        return "The server closed the connection without an answer"
    return ""


def describe(error: BaseException, limits: CrawlLimits) -> str:
    """One sentence for a failed request: what happened, without class names where we know better."""
    if isinstance(error, IgnoreRequest):
        return _ignored(error, limits)
    if isinstance(error, DownloadTimeoutError | TimeoutError):
        return f"Took longer than {limits.timeout:g} s"
    if isinstance(error, DownloadCancelledError):
        return f"Larger than {_size(limits.max_bytes)}"
    if isinstance(error, BadCertificate):
        return str(error)
    chain = list(_chain(error))
    for kind, words in _KINDS:
        if isinstance(error, kind):
            return words
    return (
        _tls(chain)
        or _connection(chain)
        or f"The connection failed ({type(error).__name__}: {error})"[:300]
    )


def is_connection_failure(error: BaseException) -> bool:
    """Whether the host itself seems to be in trouble, as opposed to one address or our own rules."""
    return not isinstance(
        error, IgnoreRequest | DownloadCancelledError | NotSupported | UnsupportedURLSchemeError
    )
