"""What an address turned out to offer, once it was fetched. Pure: answers in, candidates out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crawler.parse.arxiv import parse_answer
from crawler.parse.encoding import decode
from crawler.parse.feed import parse_feed
from crawler.parse.listing import read_listing
from crawler.parse.recognise import FEED_ROOTS, root_of
from crawler.parse.releases import as_releases
from crawler.parse.sitemap import NotASitemap, chosen, newest_first, parse_sitemap, title_from
from crawler.places import Place, feed_kind, is_sitemap
from kb.core.records import CrawlLimits, FeedRecord
from kb.core.urls import host_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_SAMPLE = 5
_DATED = 3
_LISTED = 500
_LIMITS = CrawlLimits()


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer: where it came from in the end, its body, its headers by lower-case name."""

    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that can be followed, and what it holds. `newest` is ISO or None; `options` go with the kind."""

    url: str
    kind: str
    title: str
    format: str
    entries: int
    newest: str | None
    sample: tuple[str, ...]
    why: str
    options: dict[str, Any] = field(default_factory=dict)


def candidate(place: Place, feed: FeedRecord) -> Candidate:
    """A place with what reading it gave."""
    return Candidate(
        url=place.url,
        kind=place.kind,
        title=feed.title,
        format=feed.format,
        entries=len(feed.entries),
        newest=max((e.published for e in feed.entries if e.published), default=None),
        sample=tuple(e.title or e.link for e in feed.entries[:_SAMPLE]),
        why=place.why,
        options=place.options,
    )


def read_place(place: Place, answer: Fetched) -> Candidate | None:
    """What a fetched place turned out to be, or None for nothing to follow. Runs in a thread."""
    if place.kind == "sitemap":
        return _sitemap(place, answer)
    if place.kind == "arxiv":
        feed = parse_answer(answer.body, answer.url, answer.headers)
    else:
        feed = parse_feed(answer.body, answer.url, answer.headers, _LIMITS.max_entries)
    if place.kind == "releases" and feed.ok:
        feed = as_releases(feed, place.options)
    return candidate(place, feed) if feed.ok else None


def _sitemap(place: Place, answer: Fetched) -> Candidate | None:
    try:
        found = parse_sitemap(answer.body, answer.url, _LIMITS.max_bytes)
    except NotASitemap:
        return None
    pages = (
        [] if found.is_index else newest_first(chosen(found.locations, place.options, place.url))
    )
    if not pages and not (found.is_index and found.locations):
        return None
    return Candidate(
        url=place.url,
        kind="sitemap",
        title=host_of(place.url),
        format="sitemap index" if found.is_index else "sitemap",
        entries=len(pages) or len(found.locations),
        newest=max((at.changed for at in (pages or found.locations) if at.changed), default=None),
        sample=tuple(at.title or title_from(at.url) for at in pages[:_SAMPLE]),
        why=place.why,
        options=place.options,
    )


def read_input(url: str, answer: Fetched) -> Candidate | None:
    """What the address itself is: a feed, a broken one, or a sitemap; None for a page."""
    own = Place(url, "the address itself is a feed", feed_kind(url))
    if (found := read_place(own, answer)) is not None:
        return found
    text, _ = decode(answer.body, answer.headers.get("content-type", ""))
    if root_of(text) in FEED_ROOTS:
        return candidate(
            Place(url, "the address looks like a feed, but cannot be read now"), FeedRecord(ok=True)
        )
    named = is_sitemap(url) or root_of(text) in {"urlset", "sitemapindex"}
    return (
        _sitemap(Place(url, "the address itself is a sitemap", "sitemap"), answer)
        if named
        else None
    )


@dataclass(frozen=True, slots=True)
class Listing:
    """A page read as a list; `dated` is whether it tells when things were published, as menus do not."""

    candidate: Candidate
    dated: bool


def read_as_listing(place: Place, answer: Fetched) -> Listing | None:
    """The page read as a list of articles, or None where none is found on it."""
    feed = read_listing(answer.body, answer.url, answer.headers, {}, _LISTED)
    if not feed.ok:
        return None
    dates = sum(1 for entry in feed.entries if entry.published)
    return Listing(candidate(place, feed), dates >= max(_DATED, len(feed.entries) / 2))


def is_opml(body: bytes, content_type: str) -> bool:
    """Whether a document is a list of sources."""
    return root_of(decode(body, content_type)[0]) == "opml"
