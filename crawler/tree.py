"""HTML as a tree, by libxml2: linear, and bounded in depth by the parser itself."""

from __future__ import annotations

import html as entities
import re
from typing import TYPE_CHECKING

from lxml import etree
from lxml import html as lxml_html

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_DATA_URI = re.compile(
    r"""\b(?:src|href|srcset|poster)\s*=\s*(?:"\s*data:[^"]{0,3000000}"|'\s*data:[^']{0,3000000}')""",
    re.IGNORECASE,
)
_TOO_DEEP = "Excessive depth"


def cut(html: str, limit: int) -> str:
    """At most `limit` characters, never ending inside a tag; inlined images go first, whole."""
    if len(html) <= limit:
        return html
    html = _DATA_URI.sub("", html[: limit * 16])
    head = html[:limit]
    if len(html) <= limit:
        return html
    opened, closed = head.rfind("<"), head.rfind(">")
    return head[:opened] if opened > closed else head


def fragment(html: str) -> HtmlElement | None:
    """The parsed fragment as the content of <body>, or None when it nests deeper than libxml2 goes (255 levels)."""
    parser = lxml_html.HTMLParser(recover=True, remove_comments=True, remove_pis=True)
    try:
        tree = lxml_html.document_fromstring(f"<html><body>{html}</body></html>", parser=parser)
    except (etree.LxmlError, ValueError):
        return None
    if any(_TOO_DEEP in error.message for error in parser.error_log):
        return None
    body = tree.find("body")
    return tree if body is None else body


def document(html: str) -> HtmlElement | None:
    """The parsed page, as far as libxml2 goes; None for what has no element at all."""
    # Comments split the text around them, which costs the extractor sentences.
    parser = lxml_html.HTMLParser(recover=True, remove_comments=True, remove_pis=True)
    try:
        tree: HtmlElement = lxml_html.document_fromstring(html, parser=parser)
    except (etree.LxmlError, ValueError):
        return None
    return tree


def drop(element: HtmlElement) -> None:
    """Take an element and its content out of the tree; the text after it stays."""
    parent = element.getparent()
    if parent is None:
        return
    tail, previous = element.tail, element.getprevious()
    if tail:
        if previous is not None:
            previous.tail = (previous.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
    parent.remove(element)


def inner_html(element: HtmlElement) -> str:
    """The markup inside an element."""
    pieces = [entities.escape(element.text or "", quote=False)]
    pieces += [etree.tostring(child, encoding="unicode", method="html") for child in element]
    return "".join(pieces)
