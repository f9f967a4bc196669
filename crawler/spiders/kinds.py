"""Each kind of source: what is asked first, and how its answer becomes a feed.

feed      RSS, Atom, RDF, JSON Feed
releases  the same, with versions in the titles
arxiv     a query of arXiv's API, page by page
listing   a page that lists articles, by selectors or by guessing
sitemap   a site's own list of its pages, or an index of such lists
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from crawler.answers import plain_headers, status_line
from crawler.failures import describe
from crawler.parse.arxiv import parse_answer
from crawler.parse.feed import parse_feed
from crawler.parse.listing import read_listing
from crawler.parse.releases import as_releases
from crawler.parse.sitemap import (
    NotASitemap,
    Sitemap,
    chosen,
    entry_of,
    newest_first,
    parse_sitemap,
    title_from,
)
from crawler.settings import ARXIV_SLOT
from crawler.spiders.pages import PAGE_ACCEPT, PageReader, wanted_pages
from crawler.spiders.requests import feed_request
from crawler.spiders.transcripts import TranscriptReader, wanted_transcripts
from kb.core.arxiv import PAGE_SIZE, page_url, wanted_results
from kb.core.records import FeedRecord
from kb.core.urls import host_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from scrapy import Request
    from scrapy.http import Response

    from crawler.parse.sitemap import Location
    from kb.core.records import CrawlLimits, EntryRecord, PlanItem, SourceKind

_OK = 200
_MOST_SITEMAPS = 10


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source gave; `whole` is false when there is more to read, so that the next visit must not be a 304."""

    feed: FeedRecord
    whole: bool = True


def _arxiv_request(item: PlanItem, start: int) -> Request:
    size = min(PAGE_SIZE, wanted_results(item.options) - start)
    request = feed_request(page_url(item.url, start, size), item.etag, item.last_modified)
    request.meta["download_slot"] = ARXIV_SLOT
    return request


def first_request(item: PlanItem) -> Request:
    """The request that begins a visit. Raises ValueError for an address that cannot be asked."""
    if item.kind == "arxiv":
        return _arxiv_request(item, 0)
    request = feed_request(item.url, item.etag, item.last_modified)
    if item.kind == "listing":
        # a page made for people: robots.txt applies, as to every page
        request.headers["Accept"] = PAGE_ACCEPT
        del request.meta["dont_obey_robotstxt"]
    return request


class SourceReader:
    """Turns first answers into feeds with their pages and transcripts. One instance a run."""

    def __init__(
        self,
        limits: CrawlLimits,
        download: Callable[[Request], Awaitable[Response]],
        compute: Callable[..., Awaitable[Any]],
    ) -> None:
        self._limits, self._download, self._compute = limits, download, compute
        self._pages = PageReader(limits, download, compute)
        self._transcripts = TranscriptReader(limits, download, compute)

    async def read(self, item: PlanItem, response: Response) -> Reading:
        """The feed that a source's first answer leads to; a failure is a feed that is not ok."""
        if item.kind == "sitemap":
            return await self._sitemap(item, response)
        if item.kind == "arxiv":
            return Reading(await self._arxiv(item, response))
        most = self._limits.max_entries
        feed = await self._compute(_parse, *_said(response), item.kind, item.options, most)
        return Reading(await self._complete(item, feed))

    async def _complete(self, item: PlanItem, feed: FeedRecord) -> FeedRecord:
        """The feed with the pages behind its teasers, and with what its episodes say."""
        if not feed.ok or not item.full_text:
            return feed
        most = self._limits.max_pages
        pages = await self._compute(wanted_pages, item, feed, most)
        entries: Sequence[EntryRecord] = feed.entries
        if pages:
            entries = await self._pages.fill(entries, pages)
        if heard := wanted_transcripts(item, entries, most):
            entries = await self._transcripts.fill(entries, heard)
        return replace(feed, entries=tuple(entries))

    async def _arxiv(self, item: PlanItem, response: Response) -> FeedRecord:
        """Pages of the answer until one brings nothing new, or as many as wanted are read."""
        feed: FeedRecord = await self._compute(parse_answer, *_said(response))
        papers = {p.id: p for p in feed.entries}
        known, most = frozenset(item.known), wanted_results(item.options)
        page, start, warnings = feed, PAGE_SIZE, list(feed.warnings)
        while feed.ok and start < most and len(page.entries) >= PAGE_SIZE:
            if not any(p.id not in known for p in page.entries):
                break
            page = await self._more_papers(item, start)
            if not page.ok:
                warnings.append(f"Only the newest {start} papers were read: {page.error}")
                break
            papers |= {p.id: p for p in page.entries}
            start += PAGE_SIZE
        return replace(feed, entries=tuple(papers.values()), warnings=tuple(warnings))

    async def _more_papers(self, item: PlanItem, start: int) -> FeedRecord:
        plain = replace(item, etag="", last_modified="")
        try:
            response = await self._download(_arxiv_request(plain, start))
        except Exception as error:  # noqa: BLE001 - what was read so far is worth keeping
            return FeedRecord(ok=False, error=describe(error, self._limits))
        return (
            await self._compute(parse_answer, *_said(response))
            if response.status == _OK
            else _refused(response)
        )

    async def _sitemap(self, item: PlanItem, response: Response) -> Reading:
        """The unread pages of a site, the newest first, as many as one visit may read."""
        try:
            top: Sitemap = await self._compute(
                parse_sitemap, response.body, response.url, self._limits.max_bytes
            )
        except NotASitemap as error:
            return Reading(FeedRecord(ok=False, error=str(error)))
        places = list(top.locations)
        warnings: list[str] = []
        if top.is_index:
            places, warnings = await self._below(top.locations)
            if not places and warnings:
                return Reading(FeedRecord(ok=False, error=warnings[0]))
        new = [
            at
            for at in newest_first(chosen(places, item.options, item.url))
            if at.url not in set(item.known)
        ]
        most = self._limits.max_pages if item.full_text else self._limits.max_entries
        feed = FeedRecord(
            ok=True,
            format="sitemap",
            title=host_of(item.url),
            home=item.url,
            entries=tuple(entry_of(at) for at in new[:most]),
            warnings=tuple(warnings),
        )
        feed = await self._complete(item, feed)
        named = tuple(
            e
            if e.title or (e.page and e.page.ok and e.page.title)
            else replace(e, title=title_from(e.link))
            for e in feed.entries
        )
        return Reading(replace(feed, entries=named), whole=len(new) <= most and not warnings)

    async def _below(self, maps: Sequence[Location]) -> tuple[list[Location], list[str]]:
        """The pages of an index's sitemaps, those that changed last; what could not be read is told."""
        places: list[Location] = []
        warnings: list[str] = []
        for at in newest_first(maps)[:_MOST_SITEMAPS]:
            try:
                response = await self._download(feed_request(at.url))
                if response.status != _OK:
                    warnings.append(f"{at.url}: {_refused(response).error}"[:300])
                    continue
                found: Sitemap = await self._compute(
                    parse_sitemap, response.body, response.url, self._limits.max_bytes
                )
            except NotASitemap as error:
                warnings.append(f"{at.url}: {error}"[:300])
            except Exception as error:  # noqa: BLE001 - one sitemap of many
                warnings.append(f"{at.url}: {describe(error, self._limits)}"[:300])
            else:
                places += found.locations if not found.is_index else ()
        return places, warnings


def _said(response: Response) -> tuple[bytes, str, dict[str, str]]:
    """What parsers want of an answer."""
    return response.body, response.url, plain_headers(response.headers)


def _parse(
    body: bytes,
    url: str,
    headers: dict[str, str],
    kind: SourceKind,
    options: Mapping[str, Any],
    most: int,
) -> FeedRecord:
    if kind == "listing":
        return read_listing(body, url, headers, options, most)
    feed = parse_feed(body, url, headers, most)
    return as_releases(feed, options) if kind == "releases" else feed


def _refused(response: Response) -> FeedRecord:
    return FeedRecord(ok=False, error=f"The server answered {status_line(response.status)}")
