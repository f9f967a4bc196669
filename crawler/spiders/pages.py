"""Reading the pages that feed entries point at: each once a run, politely, and never at the feed's expense."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urldefrag

from scrapy import Request
from scrapy.http.request import NO_CALLBACK

from crawler.answers import status_line
from crawler.failures import describe, is_connection_failure
from crawler.quiet import HostBusy
from kb.core.records import EntryRecord, PageRecord
from kb.core.text import is_summary_only
from kb.core.urls import host_of, is_web_url

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from scrapy.http import Response

    from kb.core.records import CrawlLimits, FeedRecord, PlanItem

FAILURES_TO_GIVE_UP = 3
# a video's page is a player, and a release's notes are all there is to read
_WITHOUT_PAGE = frozenset({"video", "release"})
PAGE_ACCEPT = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"
_OK = 200
_TOO_MANY_REQUESTS = 429
_HTML_KINDS = ("text/html", "application/xhtml+xml", "text/plain", "application/xml", "text/xml")


def wanted_pages(item: PlanItem, feed: FeedRecord, limit: int) -> list[int]:
    """Which entries (by position) are worth a page visit: teasers that the hub does not have yet, newest first."""
    known = frozenset(item.known)
    found = [
        at
        for at, entry in enumerate(feed.entries)
        if entry.id not in known
        and entry.kind not in _WITHOUT_PAGE
        and is_web_url(entry.link)
        and is_summary_only(entry.summary, entry.content)
    ]
    found.sort(key=lambda at: feed.entries[at].published or "", reverse=True)
    return found[:limit]


def is_page(content_type: str) -> bool:
    """Whether an answer may hold an article; servers that name no type get the benefit of the doubt."""
    kind = content_type.split(";", maxsplit=1)[0].strip().lower()
    return not kind or kind in _HTML_KINDS


def page_request(url: str) -> Request:
    """A request for an article's page: robots.txt applies."""
    return Request(
        url,
        headers={"Accept": PAGE_ACCEPT},
        callback=NO_CALLBACK,
        dont_filter=True,
        meta={"earshot_page": True},
    )


def _extract(body: bytes, url: str, headers: dict[str, str]) -> PageRecord:
    """`extract_page`, whose extractor is loaded for the first page: most runs read none."""
    from crawler.extract.page import extract_page  # noqa: PLC0415 - only this part needs it, and it takes a moment to load

    return extract_page(body, url, headers)


class PageReader:
    """Fetches and extracts pages. One instance a run, so that a page wanted twice is read once."""

    def __init__(
        self,
        limits: CrawlLimits,
        download: Callable[[Request], Awaitable[Response]],
        compute: Callable[..., Awaitable[PageRecord]],
    ) -> None:
        self._limits, self._download, self._compute = limits, download, compute
        self._tasks: dict[str, asyncio.Task[PageRecord | None]] = {}
        self._failures: Counter[str] = Counter()

    async def fill(
        self, entries: Sequence[EntryRecord], wanted: Sequence[int]
    ) -> tuple[EntryRecord, ...]:
        """The entries, those at `wanted` with their pages."""
        gate = asyncio.Semaphore(max(1, self._limits.per_host))

        async def one(at: int) -> tuple[int, PageRecord | None]:
            async with gate:
                return at, await self.read(entries[at].link)

        pages = dict(await asyncio.gather(*(one(at) for at in wanted)))
        return tuple(replace(e, page=pages.get(at)) for at, e in enumerate(entries))

    async def read(self, url: str) -> PageRecord | None:
        """The page at `url`, or None when its host wants quiet and it is for another time; never raises."""
        key = urldefrag(url)[0]
        if key not in self._tasks:
            self._tasks[key] = asyncio.ensure_future(self._visit(key))
        return await asyncio.shield(self._tasks[key])

    async def _visit(self, url: str) -> PageRecord | None:
        host = host_of(url)
        if self._failures[host] >= FAILURES_TO_GIVE_UP:
            return PageRecord(
                ok=False,
                url=url,
                error=f"Given up: {host} failed {FAILURES_TO_GIVE_UP} times in a row",
            )
        try:
            response = await self._download(page_request(url))
        except HostBusy:
            return None
        except Exception as error:  # noqa: BLE001 - whatever a page does, its feed goes on
            self._failures[host] += is_connection_failure(error)
            return PageRecord(ok=False, url=url, error=describe(error, self._limits))
        self._failures[host] = 0
        return await self._read_answer(url, response)

    async def _read_answer(self, url: str, response: Response) -> PageRecord | None:
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
        if response.status == _TOO_MANY_REQUESTS:
            return None
        if response.status != _OK:
            return PageRecord(
                ok=False, url=url, error=f"The server answered {status_line(response.status)}"
            )
        if not is_page(kind):
            return PageRecord(
                ok=False, url=url, error=f"Not an HTML page ({kind.split(';')[0].strip()})"
            )
        try:
            page = await self._compute(
                _extract, response.body, response.url, {"content-type": kind}
            )
        except Exception as error:  # noqa: BLE001 - as above; the text tells what to look for
            return PageRecord(
                ok=False,
                url=url,
                error=f"Could not be read ({type(error).__name__}: {error})"[:300],
            )
        return replace(page, url=response.url)
