"""Errands: does an address still answer, and forms that are sent to hubs. Same guarded downloader, one `Visit` each."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from scrapy import Request, Spider
from scrapy.http.request import NO_CALLBACK

from crawler.answers import permanent_target, plain_headers, retry_after, status_line
from crawler.failures import describe
from crawler.parse.dates import iso
from crawler.quiet import REFUSALS, HostBusy
from crawler.spiders.pages import PAGE_ACCEPT
from kb.core.records import Visit
from kb.core.text import clean_title

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.http import Response

    from crawler.spool import Spool
    from kb.core.records import Plan, PlanItem

_FORM = "application/x-www-form-urlencoded"
_FINE = 2
_MAX_SAID = 300


def form_request(item: PlanItem) -> Request:
    """The form of an errand, to exactly the address that it names: a redirected form is another request."""
    return Request(
        item.url,
        method="POST",
        body=item.form,
        headers={"Content-Type": _FORM},
        callback=NO_CALLBACK,
        dont_filter=True,
        meta={"dont_obey_robotstxt": True, "dont_redirect": True},
    )


def look_request(url: str, method: str) -> Request:
    """A request that asks whether a page is there: robots.txt applies, and a range spares the server its body."""
    headers = {"Accept": PAGE_ACCEPT} | ({"Range": "bytes=0-1023"} if method == "GET" else {})
    return Request(url, method=method, headers=headers, callback=NO_CALLBACK, dont_filter=True)


class ErrandSpider(Spider):
    """Works through the errands of a plan, as many at a time as the hosts allow."""

    name = "errands"
    _nothing: tuple[Any, ...] = ()  # Scrapy wants a generator

    def __init__(self, *, plan: Plan, spool: Spool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._plan, self._limits, self._spool = plan, plan.limits, spool

    async def start(self) -> AsyncIterator[Any]:
        """Run every errand; there is nothing to schedule."""
        # the hosts' slots keep the manners, and a plan is short
        await asyncio.gather(*(self._do(item) for item in self._plan.items))
        for request in self._nothing:
            yield request

    async def _do(self, item: PlanItem) -> None:
        visit = await self._run(item)
        self._spool.write(replace(visit, refused=REFUSALS.take()))

    async def _run(self, item: PlanItem) -> Visit:
        began = time.time()
        started = iso(datetime.fromtimestamp(began, UTC)) or ""
        try:
            response = await self._answer(item)
        except HostBusy as error:
            return Visit(item.source, item.url, "waiting", started, error=str(error))
        except Exception as error:  # noqa: BLE001 - one errand must not stop the others
            words = describe(error, self._limits)
            return Visit(item.source, item.url, "failed", started, error=words)
        took = max(0, round((time.time() - began) * 1000))
        return replace(self._told(item, response, started), duration_ms=took)

    async def _answer(self, item: PlanItem) -> Response:
        if item.form:
            return await self._download(form_request(item))
        response = await self._download(look_request(item.url, "HEAD"))
        if response.status // 100 != _FINE and response.status not in {304, 404, 410, 429}:
            # many servers know no HEAD and answer anything at all
            response = await self._download(look_request(item.url, "GET"))
        return response

    def _told(self, item: PlanItem, response: Response, started: str) -> Visit:
        fine = response.status // 100 == _FINE
        said = (
            clean_title(response.body[:_MAX_SAID].decode("utf-8", "replace")) if item.form else ""
        )
        error = f"The server answered {status_line(response.status)}" + (
            f": {said}" if said else ""
        )
        reasons = response.meta.get("redirect_reasons", [])
        return Visit(
            item.source,
            item.url,
            "unchanged" if fine else "failed",
            started,
            status=response.status,
            error="" if fine else error,
            redirect=permanent_target(reasons, response.url) if fine else "",
            retry_after=retry_after(plain_headers(response.headers), datetime.now(UTC)),
        )

    async def _download(self, request: Request) -> Response:
        engine = self.crawler.engine
        assert engine is not None  # Scrapy sets it before any spider starts
        return await engine.download_async(request)
