"""Hosts that want to be left alone, and turns at the others: what all requests of a run, and all runs, share."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import os
import time
from typing import TYPE_CHECKING

from scrapy.exceptions import IgnoreRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

_POLL_SECONDS = 0.05


class HostBusy(IgnoreRequest):
    """Not asked, because the host said 429 not long ago; the text says so."""


class Refusals:
    """The hosts that said 429: none of them is asked again in this run."""

    def __init__(self) -> None:
        self._quiet: set[str] = set()
        self._untold: dict[str, int] = {}

    def start(self, quiet: tuple[str, ...]) -> None:
        """Begin a run that leaves these hosts alone from the start."""
        self._quiet, self._untold = set(quiet), {}

    def note(self, host: str, seconds: int | None) -> None:
        """Remember a host's 429 and how long it wants to rest."""
        self._quiet.add(host)
        self._untold[host] = max(seconds or 0, self._untold.get(host, 0))

    def check(self, host: str) -> None:
        """Raise HostBusy for a host that wants quiet."""
        if host in self._quiet:
            raise HostBusy(f"{host} asked to be left alone for a while")

    def take(self) -> tuple[tuple[str, int], ...]:
        """The refusals that no visit told of yet."""
        told, self._untold = tuple(sorted(self._untold.items())), {}
        return told


REFUSALS = Refusals()


class Gate:
    """Turns at hosts among all crawlers that share a folder, so that delay and concurrency hold across processes.

    A turn is a lock on one of `slots` files of the host, which the kernel lets go when its process dies; the time of
    the last start stands in another one.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = str(folder)

    @contextlib.asynccontextmanager
    async def turn(self, host: str, slots: int, delay: float) -> AsyncIterator[None]:
        """Wait for a turn at `host`, and hold it during the block."""
        # 65,536 names keep the folder small for good; two hosts that share one only wait for each other
        name = hashlib.sha256(host.encode()).hexdigest()[:4]
        held = await self._slot(name, slots)
        try:
            while delay and (wait := self._reserve(name, delay)) > 0:  # noqa: ASYNC110 - no event crosses processes
                await asyncio.sleep(wait)
            yield
        finally:
            os.close(held)

    async def _slot(self, name: str, slots: int) -> int:
        while True:
            for number in range(max(1, slots)):
                held = self._open(f"{name}.{number}")
                try:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    os.close(held)
                else:
                    return held
            await asyncio.sleep(_POLL_SECONDS)

    def _reserve(self, name: str, delay: float) -> float:
        """Seconds until a request may start; 0 when it starts now, which is then noted."""
        file = self._open(f"{name}.at")
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            said = os.pread(file, 32, 0)
            now = time.time()
            wait = (float(said) if said else 0.0) + delay - now
            if 0 < wait <= delay:  # a clock that was set back must not stop a host for good
                return wait
            os.pwrite(file, f"{now:<32.6f}".encode(), 0)
            return 0.0
        finally:
            os.close(file)

    def _open(self, name: str) -> int:
        return os.open(f"{self._folder}/{name}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
