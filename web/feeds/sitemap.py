"""Sitemaps of the hub's pages, after https://www.sitemaps.org/protocol.html"""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING
from xml.sax.xmlreader import AttributesImpl

from django.urls import reverse
from django.utils.xmlutils import SimplerXMLGenerator

from kb.selectors import articles, sources, things
from web.feeds.document import absolute

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
# the most that the protocol allows in one file
LIMIT = 50_000
PLACES = (
    "home", "latest", "topics", "concepts", "lists", "issues", "authors", "archive_years", "map", "impressions", "questions",
    "sources", "subscribe", "about",
)  # fmt: skip
Address = tuple[str, "dt.datetime | None"]


def sitemap() -> bytes:
    """Every page that search engines may want, in one file while that may hold them, else an index of several."""
    rest, total = list(_pages()), articles.count()
    if len(rest) + total <= LIMIT:
        return _document("urlset", "url", [*rest, *articles.paths(limit=LIMIT)])
    parts = -(-total // LIMIT)
    files = [(reverse("sitemap_part", args=[number]), None) for number in range(parts + 1)]
    return _document("sitemapindex", "sitemap", files)


def sitemap_part(number: int) -> bytes | None:
    """File `number` of the index: 0 has everything but articles, the others 50,000 articles each; None past the end."""
    if number == 0:
        return _document("urlset", "url", _pages())
    found = articles.paths(limit=LIMIT, offset=(number - 1) * LIMIT)
    return _document("urlset", "url", found) if found else None


def _pages() -> Iterator[Address]:
    """Everything but articles."""
    for name in PLACES:
        yield reverse(name), None
    yield from things.addresses()
    for row in sources.source_names():
        yield row.path, None


def _document(root: str, each: str, addresses: Iterable[Address]) -> bytes:
    out = StringIO()
    xml = SimplerXMLGenerator(out, "utf-8")
    xml.startDocument()
    xml.startElement(root, AttributesImpl({"xmlns": NAMESPACE}))
    for path, changed in addresses:
        xml.startElement(each, AttributesImpl({}))
        xml.addQuickElement("loc", absolute(path))
        if changed:
            xml.addQuickElement("lastmod", changed.date().isoformat())
        xml.endElement(each)
    xml.endElement(root)
    return out.getvalue().encode()
