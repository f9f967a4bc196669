"""Requests as we send them."""

from __future__ import annotations

from typing import Any

from scrapy import Request

FEED_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)


def feed_request(url: str, etag: str = "", last_modified: str = "") -> Request:
    """A request for a feed: conditional, and exempt from robots.txt as a subscription is. Raises ValueError."""
    headers: dict[str, Any] = {"Accept": FEED_ACCEPT}
    if etag:
        headers["If-None-Match"] = etag.encode("latin-1", "replace")
    if last_modified:
        headers["If-Modified-Since"] = last_modified.encode("latin-1", "replace")
    return Request(url, headers=headers, dont_filter=True, meta={"dont_obey_robotstxt": True})
