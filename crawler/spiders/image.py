"""One picture for the hub's proxy, through the same guarded downloader as everything else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from scrapy import Request, Spider

from crawler.failures import describe

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from kb.core.records import CrawlLimits

ACCEPT = "image/avif, image/webp, image/png, image/jpeg, image/gif;q=0.9"


class ImageSpider(Spider):
    """Writes what an address answers to a file, which is not there afterwards where it answers nothing usable.

    robots.txt is not asked: a reader looks at one picture of a text that they read, as their browser would have.
    """

    name = "image"
    _nothing: tuple[Any, ...] = ()  # Scrapy wants a generator

    def __init__(self, *, url: str, out: Path, limits: CrawlLimits, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._url, self._out, self._limits = url, out, limits

    async def start(self) -> AsyncIterator[Any]:
        """Fetch it; there is nothing to schedule."""
        engine = self.crawler.engine
        assert engine is not None  # Scrapy sets it before any spider starts
        try:
            request = Request(self._url, headers={"Accept": ACCEPT}, dont_filter=True, meta={"dont_obey_robotstxt": True})  # fmt: skip
            response = await engine.download_async(request)
        except Exception as error:  # noqa: BLE001 - whatever it is, there is no picture, and the log says why
            sys.stderr.write(
                f"no picture at {self._url[:200]!r}: {describe(error, self._limits)}\n"
            )
        else:
            if response.status == 200:  # noqa: PLR2004 - OK
                self._out.write_bytes(response.body)
        for request in self._nothing:
            yield request
