"""What names that a proxy will resolve mean on this network: a private host's must not go out through it.

The proxy connects, so that this is no promise about the address connected to, only a check that names of this network
stay in it. A machine behind a proxy often resolves nothing, and its resolver may be silent instead of saying so: no run
waits long for it, each name is asked once a run, and what was found is kept beside the turns at hosts, an hour where the
resolver answered and ten minutes where it was silent.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from crawler.addresses import literal_address

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.addresses import AddressPolicy

# a resolver of this network knows its names at once
LOOKUP_SECONDS = 0.5
KEPT_SECONDS = {"private": 3600.0, "outside": 3600.0, "silent": 600.0}
_THREADS = 64  # as many as requests wait at once: none may wait for another's silence


class LocalNames:
    """Whether names are those of private hosts here. What does not resolve here is the proxy's."""

    def __init__(self, policy: AddressPolicy, folder: Path | None) -> None:
        """`folder` is shared by all runs of a machine, and there already; None keeps nothing."""
        self._policy, self._folder = policy, folder
        self._asked: dict[str, asyncio.Task[str]] = {}
        self._threads = ThreadPoolExecutor(_THREADS, "names")

    async def is_private(self, host: str) -> bool:
        """Whether `host`, a name in lower case, resolves to an address here that may not be connected to."""
        if literal_address(host) is not None:
            return False
        if host not in self._asked:
            self._asked[host] = asyncio.create_task(self._find(host))
        return await self._asked[host] == "private"

    async def _find(self, host: str) -> str:
        """One of the words of KEPT_SECONDS."""
        found = self._kept(host)
        if not found:
            found = await self._looked_up(host)
            self._keep(host, found)
        return found

    async def _looked_up(self, host: str) -> str:
        loop = asyncio.get_running_loop()
        lookup = loop.run_in_executor(self._threads, _addresses, host)
        try:
            found = await asyncio.wait_for(lookup, LOOKUP_SECONDS)
        except TimeoutError:
            return "silent"
        except (OSError, UnicodeError):
            return "outside"
        private = any(not self._policy.permits_text(address) for address in found)
        return "private" if private else "outside"

    def _file(self, host: str) -> str:
        # as few names as the turns have; of two hosts that share one, the later is kept
        return f"{self._folder}/{hashlib.sha256(host.encode()).hexdigest()[:4]}.name"

    def _kept(self, host: str) -> str:
        """What was found not long ago, or ""."""
        if self._folder is None:
            return ""
        with contextlib.suppress(FileNotFoundError), open(self._file(host)) as file:  # noqa: PTH123 - in a hot path
            name, _, found = file.read().partition(" ")
            age = time.time() - os.fstat(file.fileno()).st_mtime
            if name == host and 0 <= age < KEPT_SECONDS.get(found, 0.0):
                return found
        return ""

    def _keep(self, host: str, found: str) -> None:
        if self._folder is None:
            return
        # whole or not at all for whoever reads meanwhile
        whole = f"{self._file(host)}.{os.getpid()}"
        with open(whole, "w") as file:  # noqa: PTH123 - beside the one above
            file.write(f"{host} {found}")
        os.replace(whole, self._file(host))  # noqa: PTH105 - as above


def _addresses(host: str) -> list[str]:
    """What the machine's resolver says. Raises OSError, or UnicodeError for what cannot be a name."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
