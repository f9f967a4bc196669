"""Telling what a document is before it is parsed, and what its format is called."""

from __future__ import annotations

import re

_FORMATS = {
    "rss090": "rss0.90", "rss091n": "rss0.91", "rss091u": "rss0.91", "rss092": "rss0.92", "rss093": "rss0.93",
    "rss094": "rss0.94", "rss20": "rss2.0", "rss10": "rss1.0", "rss": "rss", "atom01": "atom0.1",
    "atom02": "atom0.2", "atom03": "atom0.3", "atom10": "atom1.0", "atom": "atom", "cdf": "cdf",
}  # fmt: skip
_FIRST_TAG = re.compile(r"<(?!\?|!)([A-Za-z_][\w:.-]*)")
_DOCTYPE_HTML = re.compile(r"<!doctype\s+html", re.IGNORECASE)
FEED_ROOTS = frozenset({"rss", "feed", "rdf", "channel", "newlocation"})


def root_of(text: str) -> str:
    """The name of the document's first element, lower case and without a prefix; "" without one."""
    found = _FIRST_TAG.search(text[:200_000])
    return found[1].rsplit(":", 1)[-1].lower() if found else ""


def refusal(text: str, content_type: str) -> str:
    """Why a document is no feed at first sight, or ""."""
    head = text[:2000].lstrip("\ufeff \t\r\n")
    if not head:
        return "Not a feed (an empty answer)"
    root = root_of(text)
    if root == "html" or (_DOCTYPE_HTML.search(head) and root not in FEED_ROOTS):
        return "Not a feed (an HTML page)"
    if not root:
        kind = content_type.split(";", maxsplit=1)[0].strip()
        return f"Not a feed ({kind or 'plain text'})"
    if root == "opml":
        return "Not a feed (an OPML list of feeds)"
    if root in {"urlset", "sitemapindex"}:
        return "Not a feed (a sitemap)"
    return ""


def format_name(version: str, root: str) -> str:
    """The format's name; an Atom namespace somewhere inside RDF or RSS does not make it Atom."""
    if version.startswith("atom") and root in {"rdf", "rss"}:
        return "rss1.0" if root == "rdf" else "rss2.0"
    return _FORMATS.get(version, version)
