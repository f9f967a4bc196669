"""The run over a plan: every source is visited once and gives exactly one `Visit`, whatever happens to it."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from scrapy import Spider, signals
from scrapy.exceptions import StopDownload

from crawler.answers import (
    link_targets,
    max_age,
    permanent_target,
    plain_headers,
    retry_after,
    status_line,
)
from crawler.failures import describe
from crawler.http import ASKED, BEGAN
from crawler.parse.dates import iso
from crawler.quiet import REFUSALS, HostBusy
from crawler.settings import TOTAL_CONCURRENCY
from crawler.spiders.kinds import SourceReader, first_request
from crawler.spiders.pages import is_page
from kb.core.records import FeedRecord, Outcome, Visit
from kb.core.urls import absolute_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Headers, Response

    from crawler.spool import Spool
    from crawler.workers import Workers
    from kb.core.records import Plan, PlanItem

log = logging.getLogger("crawler")
MAX_HELD = 64 * 1024 * 1024  # bytes of answers that are not read to their end
_NOT_MODIFIED = 304
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def answered(item: PlanItem, response: Response, began: float) -> Visit:
    """A visit as far as the answer's status and headers tell, without a feed yet."""
    headers = plain_headers(response.headers)
    fine = response.status == _NOT_MODIFIED or response.status // 100 == 2  # noqa: PLR2004 - 2xx
    reasons = response.meta.get("redirect_reasons", [])
    return Visit(
        source=item.source,
        url=item.url,
        outcome="unchanged" if response.status == _NOT_MODIFIED else "failed",
        started_at=iso(datetime.fromtimestamp(began, UTC)) or "",
        status=response.status,
        bytes=len(response.body),
        error="" if fine else _refusal(response.status),
        etag=headers.get("etag", "") if fine else "",
        last_modified=headers.get("last-modified", "") if fine else "",
        redirect=permanent_target(reasons, response.url) if fine else "",
        retry_after=retry_after(headers, datetime.now(UTC)),
        max_age=max_age(headers),
    )


def _refusal(status: int) -> str:
    words = f"The server answered {status_line(status)}"
    if status in _REDIRECTS:  # those that lead anywhere on the web were followed
        return f"{words}, but leads to no web address"
    return words


def with_hub(feed: FeedRecord, headers: Mapping[str, str], url: str) -> FeedRecord:
    """The feed with the hub and topic that the Link header names, which wins over what the feed says (WebSub, 4)."""
    links = link_targets(headers.get("link", ""))
    if "hub" not in links:
        return feed
    topic = absolute_url(url, links.get("self", "")) or feed.topic
    return replace(feed, hub=absolute_url(url, links["hub"]), topic=topic)


class FeedSpider(Spider):
    """Visits the sources of a plan; each visit goes to the spool as soon as it is finished."""

    name = "feeds"
    _nothing: tuple[Any, ...] = ()  # Scrapy wants a generator

    def __init__(self, *, plan: Plan, spool: Spool, workers: Workers, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._plan, self._limits, self._spool = plan, plan.limits, spool
        self._open = dict(enumerate(plan.items))
        self._turns, self._held = asyncio.Semaphore(TOTAL_CONCURRENCY), 0
        self._room = asyncio.Event()
        self._room.set()
        self._reader = SourceReader(plan.limits, self._download, workers.run)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> FeedSpider:
        """Scrapy's way to make a spider; hooks the check that spares us from downloading PDFs and podcasts."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.look_at_headers, signal=signals.headers_received)
        return spider

    @staticmethod
    def look_at_headers(headers: Headers, request: Request) -> None:
        """Stop an answer that is no page when a page was asked for."""
        kind = (headers.get("Content-Type") or b"").decode("latin-1")
        if request.meta.get("earshot_page") and not is_page(kind):
            raise StopDownload(fail=False)

    async def start(self) -> AsyncIterator[Any]:
        """Visit every source. Not through Scrapy's scheduler: nothing here has to be queued, filtered or put in order."""
        await asyncio.gather(*(self._visit(number) for number in range(len(self._plan.items))))
        for request in self._nothing:
            yield request

    async def _visit(self, number: int) -> None:
        """One source, from its first request to its line."""
        item = self._plan.items[number]
        try:
            request = first_request(item)
        except ValueError as error:
            self._fail(number, f"Not an address that can be asked ({error})"[:300])
            return
        request.meta[ASKED] = partial(self._spool.asked, item.source)
        try:
            async with self._turns:
                await self._room.wait()
                response = await self._download(request)
        except Exception as error:  # noqa: BLE001 - whatever a server does, the others are visited
            outcome: Outcome = "waiting" if isinstance(error, HostBusy) else "failed"
            self._fail(number, describe(error, self._limits), request.meta.get(BEGAN), outcome)
            return
        began = response.meta.get(BEGAN, time.time())
        self._hold(len(response.body))
        await self._read(number, response, began)
        self._hold(-len(response.body))

    def _hold(self, size: int) -> None:
        """Nothing more is fetched while there is much to read."""
        self._held += size
        (self._room.clear if self._held > MAX_HELD else self._room.set)()

    async def _read(self, number: int, response: Response, began: float) -> None:
        """Finish the visit that an answer belongs to."""
        item = self._plan.items[number]
        # what the feed's server took; pages wait for their turn, and that is no fault of it
        took = _since(began)
        try:
            visit = await self._finish(item, answered(item, response, began), response)
        except Exception as error:  # one bad feed must not sink the batch
            log.exception("source %s could not be read", item.source)
            self._fail(number, f"Could not be read ({type(error).__name__}: {error})"[:300], began)
            return
        self._write(number, replace(visit, duration_ms=took))

    async def _finish(self, item: PlanItem, visit: Visit, response: Response) -> Visit:
        if visit.outcome == "unchanged" or visit.error:
            return visit
        visit = replace(visit, body_hash=hashlib.sha256(response.body).hexdigest())
        read = await self._reader.read(item, response)
        if not read.feed.ok:
            # Validators of a page that is no feed must not make it "unchanged" next time.
            return replace(visit, error=read.feed.error, etag="", last_modified="", redirect="")
        if not read.whole:
            # Nor must those of a source that we have not read to its end.
            visit = replace(visit, etag="", last_modified="")
        feed = with_hub(read.feed, plain_headers(response.headers), response.url)
        return replace(visit, outcome="new", feed=feed)

    async def _download(self, request: Request) -> Response:
        engine = self.crawler.engine
        assert engine is not None  # Scrapy sets it before any callback
        return await engine.download_async(request)

    def _fail(
        self, number: int, words: str, began: float | None = None, outcome: Outcome = "failed"
    ) -> None:
        item = self._plan.items[number]
        when = began if began is not None else time.time()
        started = iso(datetime.fromtimestamp(when, UTC)) or ""
        self._write(
            number,
            Visit(item.source, item.url, outcome, started, duration_ms=_since(when), error=words),
        )

    def _write(self, number: int, visit: Visit) -> None:
        if self._open.pop(number, None) is not None:
            self._spool.write(replace(visit, refused=REFUSALS.take()))

    def closed(self, reason: str) -> None:
        """Account for every source that the engine let fall."""
        for number in list(self._open):
            self._fail(number, f"The run ended before this source was read ({reason})")


def _since(began: float) -> int:
    return max(0, round((time.time() - began) * 1000))
