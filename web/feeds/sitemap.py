"""A sitemap of the hub's pages."""

from __future__ import annotations

from io import StringIO
from xml.sax.xmlreader import AttributesImpl

from django.urls import reverse
from django.utils.xmlutils import SimplerXMLGenerator

from kb.selectors import articles, sources, things
from web.feeds.document import absolute

# the protocol allows 50,000; crawlers that want more have the monthly pages
SITEMAP = 5000
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def sitemap() -> bytes:
    """Pages that search engines may want, the newest articles among them."""
    out = StringIO()
    xml = SimplerXMLGenerator(out, "utf-8")
    xml.startDocument()
    xml.startElement("urlset", AttributesImpl({"xmlns": NAMESPACE}))
    for name in (
        "home",
        "latest",
        "topics",
        "concepts",
        "lists",
        "issues",
        "authors",
        "archive_years",
        "map",
        "impressions",
        "questions",
        "sources",
        "subscribe",
        "about",
    ):
        _address(xml, reverse(name))
    for path, changed in things.addresses():
        _address(xml, path, changed.date().isoformat() if changed else "")
    for row in sources.source_names():
        _address(xml, row.path)
    for path, changed in articles.paths(limit=SITEMAP):
        _address(xml, path, changed.date().isoformat())
    xml.endElement("urlset")
    return out.getvalue().encode()


def _address(xml: SimplerXMLGenerator, path: str, changed: str = "") -> None:
    xml.startElement("url", AttributesImpl({}))
    xml.addQuickElement("loc", absolute(path))
    if changed:
        xml.addQuickElement("lastmod", changed)
    xml.endElement("url")
