"""Feeds that a page itself points at: link tags, links that are called so, a YouTube page's channel; and its blog."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.parse.encoding import decode
from crawler.places import Place
from crawler.tree import document
from kb.core.text import clean_title
from kb.core.urls import absolute_url, canonical_url, host_of

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
# what people call the part of a site that is worth following, the likelier first
_SECTIONS = (
    "blog", "news", "posts", "articles", "writing", "writings", "essays", "updates", "announcements", "stories",
    "newsroom", "research", "publications", "papers", "releases", "changelog", "notes", "archive", "archives", "events",
)  # fmt: skip
_SECTION = re.compile(
    rf"^(?:(?:our|my|the|all|latest|recent|read|tech) )?({'|'.join(_SECTIONS)})$", re.IGNORECASE
)
MOST_SECTIONS = 3
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


def _read(body: bytes, url: str, headers: Mapping[str, str]) -> tuple[str, HtmlElement | None, str]:
    """A page's text, its tree, and what its links start from."""
    text, _ = decode(body, headers.get("content-type", ""))
    root = document(_PROLOG.sub("", text)) if "<" in text else None
    bases = root.iter("base") if root is not None else ()
    return text, root, absolute_url(url, str(next((b.get("href") or "" for b in bases), ""))) or url


def section_places(body: bytes, url: str, headers: Mapping[str, str]) -> list[Place]:
    """The parts of its own site that a page calls its blog, its news and the like, by their words or addresses."""
    _, root, base = _read(body, url, headers)
    if root is None:
        return []
    ranked: dict[str, int] = {canonical_url(url): -1}
    found = []
    for tag in root.iter("a"):
        at = absolute_url(base, str(tag.get("href") or "")).split("#", 1)[0]
        rank = _section(tag, at) if is_same_site(at, url) else None
        if rank is not None and canonical_url(at) not in ranked:
            ranked[canonical_url(at)] = rank
            found.append(Place(at, "a part of the site lists articles", "listing"))
    return sorted(found, key=lambda place: ranked[canonical_url(place.url)])[:MOST_SECTIONS]


def _section(tag: HtmlElement, url: str) -> int | None:
    """How likely a link leads to the part of a site that is worth following, 0 the most; None for other links."""
    last = urlsplit(url).path.rstrip("/").rsplit("/", 1)[-1].split(".", 1)[0]
    words = (clean_title("".join(tag.itertext())), last, host_of(url).split(".", 1)[0])
    ranks = [_SECTIONS.index(found[1].lower()) for word in words if (found := _SECTION.match(word))]
    return min(ranks, default=None)


def is_same_site(url: str, other: str) -> bool:
    """Whether two addresses have one host, or one is a part of the other's ("blog.example.org")."""
    one, two = (host_of(u).removeprefix("www.") for u in (url, other))
    return bool(one) and (one == two or one.endswith(f".{two}") or two.endswith(f".{one}"))


def page_places(body: bytes, url: str, headers: Mapping[str, str]) -> list[Place]:
    """The feeds that an HTML page points at, the ones it declares first and feeds of comments last."""
    text, root, base = _read(body, url, headers)
    if root is None:
        return []
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
