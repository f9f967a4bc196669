"""Every source, as rows and as OPML 2.0."""

from __future__ import annotations

from collections import defaultdict
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from django.conf import settings

from kb.core.text import storable
from kb.models import Source

# what other readers can follow too
FEEDS = (Source.Kind.FEED, Source.Kind.RELEASES)


def all_sources() -> list[Source]:
    """Every source in the order that it was added."""
    return list(Source.objects.order_by("pk"))


def sources_opml() -> str:
    """An OPML document of every feed that is followed, by category."""
    root = Element("opml", version="2.0")
    SubElement(SubElement(root, "head"), "title").text = f"Sources of {settings.SITE_NAME}"
    body = SubElement(root, "body")
    groups: dict[str, list[Source]] = defaultdict(list)
    for source in Source.objects.exclude(state__in=(Source.State.GONE, Source.State.MOVED)).filter(
        kind__in=FEEDS
    ):
        groups[source.category].append(source)
    for category, sources in sorted(groups.items()):
        parent = SubElement(body, "outline", text=category) if category else body
        for source in sources:
            add_outline(parent, source)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def add_outline(parent: Element, source: Source) -> None:
    """A source as an outline that any reader of feeds understands."""
    said = {
        "type": "rss",
        "text": source.name,
        "title": source.name,
        "xmlUrl": source.url,
        "htmlUrl": source.home_url,
        "description": source.description,
        "language": source.language,
    }
    SubElement(parent, "outline", {k: storable(v) for k, v in said.items() if v})
