"""RSS 2.0, Atom 1.0 and JSON Feed 1.1 of the same document."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any
from xml.sax.xmlreader import AttributesImpl

from django.conf import settings
from django.utils import feedgenerator

if TYPE_CHECKING:
    import datetime as dt

    from django.utils.xmlutils import SimplerXMLGenerator

    from web.feeds.document import Document, Item

CONTENT_TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}

NO_ATTRIBUTES: AttributesImpl[str] = AttributesImpl({})


class _Rss(feedgenerator.Rss201rev2Feed):
    """RSS with whole texts, every author, and the source credited."""

    def rss_attributes(self) -> dict[str, str]:
        return super().rss_attributes() | {
            "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
            "xmlns:dc": "http://purl.org/dc/elements/1.1/",
        }

    def latest_post_date(self) -> dt.datetime:
        """The feed's own date, so that the same entries make the same bytes."""
        return _date(self.feed["updated"])

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        given: Item = item["item"]
        for name in given.authors:
            handler.addQuickElement("dc:creator", name)
        if given.html:
            handler.addQuickElement("content:encoded", given.html)
        if given.source and given.source_feed:
            handler.addQuickElement("source", given.source, {"url": given.source_feed})


class _Atom(feedgenerator.Atom1Feed):
    """Atom with whole texts, every author, and the source as Atom credits it."""

    def latest_post_date(self) -> dt.datetime:
        """The feed's own date, so that the same entries make the same bytes."""
        return _date(self.feed["updated"])

    def item_attributes(self, item: dict[str, Any]) -> dict[str, str]:
        given: Item = item["item"]
        return {"xml:lang": given.language} if given.language else {}

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        given: Item = item["item"]
        for name in given.authors or (given.source,):
            handler.startElement("author", NO_ATTRIBUTES)
            handler.addQuickElement("name", name or settings.SITE_NAME)
            handler.endElement("author")
        if given.original:
            handler.addQuickElement("link", "", {"rel": "via", "href": given.original})
        if given.html:
            handler.addQuickElement("content", given.html, {"type": "html"})
        if given.source and given.source_feed:
            _credit(handler, given)


def write(document: Document, kind: str, address: str) -> bytes:
    """The document in one format; `address` is the feed's own, whole."""
    if kind == "json":
        return json.dumps(_json(document, address), ensure_ascii=False, indent=1).encode()
    feed = (_Rss if kind == "rss" else _Atom)(
        title=document.title,
        link=document.link,
        description=document.subtitle,
        subtitle=document.subtitle,
        feed_url=address,
        feed_guid=document.id,
        author_name=settings.SITE_NAME,
        updated=document.updated,
    )
    for item in document.items:
        feed.add_item(
            title=item.title,
            link=item.link,
            # both formats take it for HTML
            description=escape(item.summary),
            pubdate=item.published,
            updateddate=item.updated,
            unique_id=item.id,
            unique_id_is_permalink=False,
            item=item,
        )
    return feed.writeString("utf-8").encode()


def _date(value: Any) -> dt.datetime:
    found: dt.datetime = value
    return found


def _credit(handler: SimplerXMLGenerator, item: Item) -> None:
    handler.startElement("source", NO_ATTRIBUTES)
    handler.addQuickElement("id", item.source_link or item.source_feed)
    handler.addQuickElement("title", item.source)
    handler.addQuickElement("link", "", {"rel": "self", "href": item.source_feed})
    handler.addQuickElement("updated", feedgenerator.rfc3339_date(item.updated))
    handler.endElement("source")


def _json(document: Document, address: str) -> dict[str, Any]:
    """https://www.jsonfeed.org/version/1.1/"""
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": document.title,
        "description": document.subtitle,
        "home_page_url": document.link,
        "feed_url": address,
        "authors": [{"name": settings.SITE_NAME, "url": settings.SITE_URL}],
        "items": [_json_item(item) for item in document.items],
    }


def _json_item(item: Item) -> dict[str, Any]:
    authors = item.authors or ((item.source,) if item.source else ())
    whole = {
        "id": item.id,
        "url": item.link,
        "external_url": item.original,
        "title": item.title,
        "content_html": item.html,
        "content_text": "" if item.html else item.summary or item.title,
        "summary": item.summary,
        "date_published": item.published.isoformat(),
        "date_modified": item.updated.isoformat(),
        "authors": [{"name": name} for name in authors],
        "language": item.language,
        "_source": {"title": item.source, "feed_url": item.source_feed} if item.source else None,
    }
    return {name: value for name, value in whole.items() if value}
