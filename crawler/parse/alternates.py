"""Feeds that a page itself points at: link tags, links that are called so, and a YouTube page's channel."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.parse.encoding import decode
from crawler.places import Place
from crawler.tree import document
from kb.core.text import clean_title
from kb.core.urls import absolute_url, host_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml.html import HtmlElement

MOST = 8
_TYPES = re.compile(
    r"^(?:application|text)/(?:(?:rss|atom|rdf|feed)(?:\+xml|\+json)?|xml|json|x-rss\+xml|x-atom\+xml)$"
)
_SURE = re.compile(r"rss|atom|rdf|feed")
_NAMED = re.compile(
    r"(?:\.(?:rss|atom|rdf)|/(?:feed|rss|atom|index)(?:\.xml|\.json)?/?|[?&]feed=\w+)$",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"^(?:rss|atom|rss feed|atom feed|subscribe via rss|feed|json feed|xml)$", re.IGNORECASE
)
_COMMENTS = re.compile(r"comments?", re.IGNORECASE)
_CHANNEL = re.compile(
    r'"(?:channelId|externalId)":"(UC[\w-]{22})"|channel_id=(UC[\w-]{22})|/channel/(UC[\w-]{22})"'
)
_PROLOG = re.compile(r"^\s*<\?xml[^>]*\?>")


def _tagged(root: HtmlElement, base: str) -> Iterator[Place]:
    for tag in root.iter("link"):
        rel = str(tag.get("rel") or "").lower().split()
        kind = str(tag.get("type") or "").split(";", 1)[0].strip().lower()
        url = absolute_url(base, str(tag.get("href") or ""))
        wanted = ("alternate" in rel and _TYPES.match(kind)) or ("feed" in rel)
        # a bare application/json or text/xml is as often an API or an oEmbed as a feed
        if (
            url
            and wanted
            and "oembed" not in kind + url
            and (_SURE.search(kind + url) or "feed" in rel)
        ):
            title = clean_title(str(tag.get("title") or ""))
            yield Place(url, f"the page names it as its feed{f' ({title[:80]})' if title else ''}")


def _linked(root: HtmlElement, base: str) -> Iterator[Place]:
    for tag in root.iter("a"):
        url = absolute_url(base, str(tag.get("href") or ""))
        if url and (_NAMED.search(url) or _WORDS.match(clean_title("".join(tag.itertext())))):
            yield Place(url, "the page links to it as a feed")


def _channel(text: str, url: str) -> Iterator[Place]:
    if host_of(url).removeprefix("www.").removeprefix("m.") != "youtube.com":
        return
    if found := _CHANNEL.search(text):
        name = next(group for group in found.groups() if group)
        feed = f"https://www.youtube.com/feeds/videos.xml?channel_id={name}"
        yield Place(feed, "the videos of this YouTube channel")


def page_places(body: bytes, url: str, headers: Mapping[str, str]) -> list[Place]:
    """The feeds that an HTML page points at, the ones it declares first and feeds of comments last."""
    text, _ = decode(body, headers.get("content-type", ""))
    root = document(_PROLOG.sub("", text)) if "<" in text else None
    if root is None:
        return []
    base = absolute_url(url, str(next((b.get("href") or "" for b in root.iter("base")), ""))) or url
    found: dict[str, Place] = {}
    for place in (*_channel(text, url), *_tagged(root, base), *_linked(root, base)):
        if place.url.split("#")[0] != url.split("#", maxsplit=1)[0]:
            found.setdefault(place.url, place)
    ranked = sorted(
        found.values(), key=lambda p: bool(_COMMENTS.search(urlsplit(p.url).path + p.why))
    )
    return ranked[:MOST]


def robots_sitemaps(body: bytes, url: str) -> list[str]:
    """The sitemaps that a robots.txt names."""
    lines = body[:500_000].decode("utf-8", "replace").splitlines()
    named = (line.split(":", 1)[1].strip() for line in lines if line.lower().startswith("sitemap:"))
    return [one for said in dict.fromkeys(named) if (one := absolute_url(url, said))][:3]
