"""Inputs from the command line that have to be fetched, through the same guarded downloader as a plan's sources."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from scrapy import Spider

from crawler.answers import plain_headers, status_line
from crawler.failures import describe
from crawler.oneshot import failed, from_file, say, understand
from crawler.spiders.pages import page_request
from crawler.spiders.requests import feed_request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from kb.core.records import CrawlLimits


class OneShotSpider(Spider):
    """Works through the inputs in order; addresses go through the same guarded downloader as a plan's sources."""

    name = "oneshot"
    _nothing: tuple[Any, ...] = ()  # Scrapy wants a generator

    def __init__(
        self, *, kind: str, inputs: Sequence[str], base: str, limits: CrawlLimits, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._kind, self._inputs, self._base, self._limits = kind, inputs, base, limits

    async def start(self) -> AsyncIterator[Any]:
        """Print a line for each input; there is nothing to schedule."""
        for name in self._inputs:
            if "://" in name:
                say(await self._fetch(name))
            else:
                say(await asyncio.to_thread(from_file, self._kind, name, self._base))
        for request in self._nothing:
            yield request

    async def _fetch(self, name: str) -> dict[str, Any]:
        engine = self.crawler.engine
        assert engine is not None  # Scrapy sets it before any spider starts
        try:
            request = page_request(name) if self._kind == "page" else feed_request(name)
            response = await engine.download_async(request)
        except Exception as error:  # noqa: BLE001 - one input must not stop the others
            return failed(self._kind, name, describe(error, self._limits))
        if response.status // 100 != 2:  # noqa: PLR2004 - 2xx
            return failed(self._kind, name, f"The server answered {status_line(response.status)}")
        headers = plain_headers(response.headers)
        base = self._base or response.url
        return await asyncio.to_thread(understand, self._kind, name, response.body, base, headers)
