"""Sitemaps (sitemaps.org): which pages a site has, and when each last changed. Also news sitemaps and plain lists."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from lxml import etree

from crawler.parse.dates import parse_date
from kb.core.kinds import entry_kind
from kb.core.records import EntryRecord
from kb.core.text import clean_title
from kb.core.urls import absolute_url, canonical_url, is_web_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MAX_LOCATIONS = 50_000
_GZIP = b"\x1f\x8b"
_LISTS = re.compile(
    r"/(?:tags?|categor(?:y|ies)|authors?|topics?|archives?|page|search|label)(?:/|$)|/(?:page-?)?\d{1,3}/?$"
    r"|/(?:about|contact|privacy|terms|imprint|impressum|legal|cookies?|login|signup|404)(?:\.html?)?/?$"
    r"|\.(?:png|jpe?g|gif|svg|webp|pdf|zip|xml|mp[34])$",
    re.IGNORECASE,
)
_HASHED = re.compile(r"[-_]?[0-9a-f]{8,}$")


class NotASitemap(ValueError):  # noqa: N818 - what it is
    """The document is no sitemap; the text says what it is instead."""


@dataclass(frozen=True, slots=True)
class Location:
    """One address of a sitemap; `changed` is its lastmod as ISO, `title` and `published` are a news sitemap's."""

    url: str
    changed: str | None = None
    title: str = ""
    published: str | None = None


@dataclass(frozen=True, slots=True)
class Sitemap:
    """A sitemap's pages, or the sitemaps that an index names."""

    is_index: bool
    locations: tuple[Location, ...]


def unpacked(body: bytes, limit: int) -> bytes:
    """The document, out of gzip where it is packed. Raises NotASitemap above `limit` bytes, and for broken gzip."""
    if not body.startswith(_GZIP):
        return body
    stream = zlib.decompressobj(wbits=31)
    try:
        data = stream.decompress(body, limit + 1)
    except zlib.error as error:
        raise NotASitemap("The sitemap cannot be decompressed") from error
    if len(data) > limit:
        raise NotASitemap(f"The sitemap is larger than {limit} bytes when unpacked")
    return data


def _local(element: Any) -> str:
    return etree.QName(element).localname.lower() if isinstance(element.tag, str) else ""


def _said(element: Any, *names: str) -> str:
    """The text of the first descendant with one of these local names."""
    found = (e.text for e in element.iter() if _local(e) in names and e.text)
    return next(found, "").strip()


def _location(element: Any, base: str) -> Location:
    return Location(
        url=absolute_url(base, _said(element, "loc")),
        changed=parse_date(_said(element, "lastmod")),
        title=clean_title(_said(element, "title")) if _local(element) == "url" else "",
        published=parse_date(_said(element, "publication_date")),
    )


def _lines(text: str) -> Iterator[Location]:
    for line in text.splitlines()[:MAX_LOCATIONS]:
        if line.strip():
            if not is_web_url(line.strip()):
                raise NotASitemap("Not a sitemap (neither XML nor a list of addresses)")
            yield Location(line.strip())


def parse_sitemap(body: bytes, url: str, limit: int) -> Sitemap:
    """The sitemap in `body`, fetched from `url`. Raises NotASitemap with a sentence."""
    data = unpacked(body, limit).lstrip(b"\xef\xbb\xbf \t\r\n")
    if not data.startswith(b"<"):
        found = tuple(_lines(data.decode("utf-8", "replace")))
        if not found:
            raise NotASitemap("Not a sitemap (an empty answer)")
        return Sitemap(False, found)
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True
    )
    root = etree.fromstring(data, parser)
    kind = "" if root is None else _local(root)
    if kind not in {"urlset", "sitemapindex"}:
        raise NotASitemap(
            f"Not a sitemap ({'an HTML page' if kind == 'html' else kind or 'unknown XML'})"
        )
    wanted = "sitemap" if kind == "sitemapindex" else "url"
    rows = [child for child in root if _local(child) == wanted][:MAX_LOCATIONS]
    found = tuple(place for row in rows if (place := _location(row, url)).url)
    return Sitemap(kind == "sitemapindex", found)


def newest_first(locations: Iterable[Location]) -> list[Location]:
    """By lastmod or publication, the undated last, in the order given otherwise."""
    return sorted(locations, key=lambda at: at.changed or at.published or "", reverse=True)


def _patterns(options: Mapping[str, Any], name: str) -> list[str]:
    said = options.get(name) or []
    return [str(p) for p in ([said] if isinstance(said, str) else said)][:50]


def chosen(locations: Sequence[Location], options: Mapping[str, Any], home: str) -> list[Location]:
    """The pages to follow: those whose path matches any of `include` and none of `exclude` (globs: /blog/*).

    Without `include`, what is visibly no article (the home page, tags, authors, numbered pages, files) is left out.
    """
    include, exclude = _patterns(options, "include"), _patterns(options, "exclude")
    kept: dict[str, Location] = {}
    for at in locations:
        path = unquote(urlsplit(at.url).path) or "/"
        fits = (
            any(fnmatch(path, p) for p in include)
            if include
            else _may_be_article(at.url, path, home)
        )
        if fits and not any(fnmatch(path, p) for p in exclude):
            kept.setdefault(canonical_url(at.url), at)
    return list(kept.values())


def _may_be_article(url: str, path: str, home: str) -> bool:
    return path != "/" and canonical_url(url) != canonical_url(home) and not _LISTS.search(path)


def title_from(url: str) -> str:
    """ "/blog/a-new-model.html" -> "A new model": what there is to show until the page is read."""
    last = unquote(urlsplit(url).path).rstrip("/").rsplit("/", 1)[-1]
    words = re.sub(r"[-_+]+", " ", _HASHED.sub("", re.sub(r"\.\w{2,5}$", "", last))).strip()
    return clean_title(words[:1].upper() + words[1:])


def entry_of(at: Location) -> EntryRecord:
    """A page as an entry; its title and date are its page's where the sitemap does not say them."""
    return EntryRecord(
        id=at.url,
        title=at.title,
        link=at.url,
        published=at.published,
        updated=at.changed,
        kind=entry_kind(at.url, ()),
    )
