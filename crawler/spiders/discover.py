"""What can be followed at an address: asked of known sites, of the page itself, and of where feeds usually are."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urljoin

from scrapy import Spider

from crawler.answers import plain_headers, status_line
from crawler.candidates import (
    Candidate,
    Fetched,
    candidate,
    is_opml,
    read_as_listing,
    read_input,
    read_place,
)
from crawler.failures import describe
from crawler.http import Refused
from crawler.oneshot import say
from crawler.parse.alternates import page_places, robots_sitemaps, section_places
from crawler.places import Place, below, common_places, known_places
from crawler.settings import ARXIV_SLOT
from crawler.spiders.requests import feed_request
from kb.core.arxiv import page_url
from kb.core.records import FeedRecord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from scrapy.http import Response

    from kb.core.records import CrawlLimits

T = TypeVar("T")
DISCOVERY_SECONDS = 40.0
_OK = 2
_FEW = 20
_NEAR = 3  # of the usual places of a feed, those beside a page
_NOT_THERE = frozenset({404, 410})
_LIST = "A list of sources (OPML), which is imported rather than followed"
_NOTHING = "Neither a feed, nor a page that leads to one, nor a page that lists articles"


@dataclass(slots=True)
class Search:
    """One input on its way: what was found, what was asked already, and when to stop."""

    name: str
    until: float
    found: list[Candidate] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    error: str = ""
    reached: bool = False
    final: bool = False
    pages: list[tuple[Place, Fetched]] = field(default_factory=list)

    def line(self) -> dict[str, Any]:
        """What `discover` prints."""
        ok = bool(self.found)
        error = "" if ok else self.error or _NOTHING
        found = sorted(self.found, key=lambda c: c.entries == 0)
        return {
            "input": self.name,
            "ok": ok,
            "error": error,
            "reached": self.reached,
            "final": self.final,
            "candidates": [asdict(c) for c in found],
        }


@dataclass(frozen=True, slots=True)
class Failed:
    """Why there is no answer to use; `status` is 0 where there was none at all.

    `final` is whether asking again another day makes no sense: the page is not there, or we may not go where it is.
    """

    words: str
    status: int = 0
    final: bool = False


def _unasked(places: Sequence[Place], failed: Failed) -> list[Candidate]:
    """What a known site would offer, when nobody there answers: a source may be down today and up tomorrow."""
    if failed.status or failed.final or not places:
        return []
    return [candidate(places[0], FeedRecord(ok=True))]


async def _compute(work: Callable[..., T], *args: Any) -> T:
    """Parsing off the reactor, so that deadlines are kept; it may not take for ever either."""
    return await asyncio.wait_for(asyncio.to_thread(work, *args), DISCOVERY_SECONDS)


class DiscoverSpider(Spider):
    """Works through the inputs in order, each within its own time."""

    name = "discover"
    _nothing: tuple[Any, ...] = ()  # Scrapy wants a generator

    def __init__(self, *, inputs: Sequence[str], limits: CrawlLimits, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._inputs, self._limits = inputs, limits

    async def start(self) -> AsyncIterator[Any]:
        """Print a line for each input; there is nothing to schedule."""
        for name in self._inputs:
            search = Search(name, time.monotonic() + DISCOVERY_SECONDS)
            try:
                await self._look(search, name if "://" in name else f"https://{name}")
            except Exception as error:  # noqa: BLE001 - one input must not stop the others
                search.error = f"Could not be read ({type(error).__name__}: {error})"[:300]
            say(search.line())
        for request in self._nothing:
            yield request

    async def _look(self, search: Search, url: str) -> None:
        """Known sites first, since their pages say less than their addresses; then the address itself."""
        await self._try_all(search, known_places(url))
        if search.found:
            return
        answer = await self._fetch(search, Place(url, ""))
        if isinstance(answer, Failed):
            search.error, search.final = answer.words, answer.final
            search.found += _unasked(known_places(url), answer)
            return
        search.reached = True
        if own := await _compute(read_input, url, answer):
            search.found.append(own)
        else:
            await self._look_at_page(search, url, answer)

    async def _look_at_page(self, search: Search, url: str, answer: Fetched) -> None:
        """Feeds that the page names, feeds where they usually are, then what stands in for a feed."""
        kind = answer.headers.get("content-type", "").split(";")[0]
        if "html" not in kind and b"<html" not in answer.body[:2000].lower():
            opml = await _compute(is_opml, answer.body, kind)
            search.error = (
                _LIST if opml else f"Neither a feed nor a page ({kind or 'of no known type'})"
            )
            return
        named = await _compute(page_places, answer.body, answer.url, answer.headers)
        await self._try_all(search, named)
        if not search.found:
            await self._try_all(search, common_places(answer.url), enough=1)
        if not search.found:
            await self._read_sections(search, answer)
        if not search.found:
            await self._stand_ins(search, url, answer)

    async def _read_sections(self, search: Search, answer: Fetched) -> None:
        """The pages that this one calls its blog or its news, and the feeds that they name."""
        for place in await _compute(section_places, answer.body, answer.url, answer.headers):
            page = await self._fetch(search, place)
            if isinstance(page, Fetched):
                search.pages.append((place, page))
                named = await _compute(page_places, page.body, page.url, page.headers)
                await self._try_all(search, [*named, *common_places(page.url)[:_NEAR]], enough=1)

    async def _stand_ins(self, search: Search, url: str, answer: Fetched) -> None:
        """A list with dates says more than a sitemap; one without may be a menu, and says less.

        What a site calls its blog is a list all the same, so that it comes before a home page without dates.
        """
        own = await _compute(
            read_as_listing, Place(url, "the page lists articles", "listing"), answer
        )
        parts = [await _compute(read_as_listing, *page) for page in search.pages]
        search.found += [one.candidate for one in (own, *parts) if one and one.dated]
        await self._try_sitemaps(search, answer.url)
        search.found += [one.candidate for one in (*parts, own) if one and not one.dated]

    async def _try_sitemaps(self, search: Search, url: str) -> None:
        robots = await self._fetch(search, Place(urljoin(url, "/robots.txt"), ""))
        named = [] if isinstance(robots, Failed) else robots_sitemaps(robots.body, url)
        why = "a sitemap, as robots.txt says" if named else "a sitemap where sites usually keep it"
        known = len(search.found)
        for at in named or [urljoin(url, "/sitemap.xml")]:
            await self._try_all(search, [Place(at, why, "sitemap", below(url))], enough=known + 1)

    async def _try_all(self, search: Search, places: Sequence[Place], enough: int = 8) -> None:
        """Ask these until `enough` can be followed."""
        for place in places:
            if len(search.found) >= enough or place.url in search.asked:
                continue
            answer = await self._fetch(search, place)
            if isinstance(answer, Fetched):
                found = await _compute(read_place, place, answer)
                search.found += [found] if found else []

    async def _fetch(self, search: Search, place: Place) -> Fetched | Failed:
        """The answer, or why there is none."""
        search.asked.add(place.url)
        left = search.until - time.monotonic()
        if left <= 0:
            return Failed(f"Took longer than {DISCOVERY_SECONDS:g} s")
        try:
            response = await asyncio.wait_for(self._download(place), left)
        except Exception as error:  # noqa: BLE001 - whatever one address does, others may answer
            return Failed(describe(error, self._limits), final=isinstance(error, Refused))
        if response.status // 100 != _OK:
            words = f"The server answered {status_line(response.status)}"
            return Failed(words, response.status, final=response.status in _NOT_THERE)
        if not response.body.strip():
            return Failed("The answer was empty", response.status)
        return Fetched(response.url, response.body, plain_headers(response.headers))

    async def _download(self, place: Place) -> Response:
        engine = self.crawler.engine
        assert engine is not None  # Scrapy sets it before any spider starts
        if place.kind == "arxiv":
            request = feed_request(page_url(place.url, 0, _FEW))
            request.meta["download_slot"] = ARXIV_SLOT
        else:
            request = feed_request(place.url)
        return await engine.download_async(request)
