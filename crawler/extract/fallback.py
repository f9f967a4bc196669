"""A small reader for the pages that the extractor gives up on: the element that holds the most running text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from crawler.tree import drop

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_FURNITURE = frozenset(
    {
        "script",
        "style",
        "noscript",
        "nav",
        "footer",
        "aside",
        "form",
        "iframe",
        "svg",
        "template",
        "button",
        "select",
    }
)
_TEXTUAL = ("p", "pre", "blockquote", "li", "dd", "td", "h2", "h3", "div", "section", "article")
_LINES = (
    "p",
    "pre",
    "blockquote",
    "li",
    "dd",
    "dt",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "figcaption",
)
_MANY = 2000
_NEARLY_ALL = 0.6
_NOT_MUCH_ELSE = 1.5
_SHORT = 25
_MOST = 0.7


def _own_text(element: HtmlElement) -> int:
    """Characters of an element's text that is not in a block inside it; links count for little."""
    length = len((element.text or "").strip())
    for child in element:
        if child.tag not in _TEXTUAL and isinstance(child.tag, str):
            inner = sum(len(t.strip()) for t in child.itertext())
            length += inner // 4 if child.tag == "a" else inner
        length += len((child.tail or "").strip())
    return length


def main_element(tree: HtmlElement) -> HtmlElement | None:
    """The smallest element that holds most of a page's running text, or None for a page without any.

    Takes scripts, navigation and the like out of `tree`.
    """
    _strip_furniture(tree)
    scores: dict[HtmlElement, int] = {}
    for block in tree.iter(*_TEXTUAL):
        length = _own_text(block)
        if length < _SHORT:
            continue
        for up in (block, *block.iterancestors()):
            scores[up] = scores.get(up, 0) + length
    if not scores:
        body = tree.find(".//body")
        return body if body is not None and "".join(body.itertext()).strip() else None
    whole = max(scores.values())
    deep = [e for e, score in scores.items() if score >= whole * _MOST]
    return max(deep, key=lambda e: sum(1 for _ in e.iterancestors()))


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _strip_furniture(tree: HtmlElement) -> None:
    for element in [e for e in tree.iter() if e.tag in _FURNITURE or not isinstance(e.tag, str)]:
        drop(element)


def holder(tree: HtmlElement, text: str) -> HtmlElement | None:
    """The smallest element that holds nearly all of an extracted `text` and not much else, or None.

    Takes scripts, navigation and the like out of `tree`.
    """
    _strip_furniture(tree)
    lines = {squeezed for line in text.split("\n") if len(squeezed := _squeezed(line)) >= _SHORT}
    total = sum(map(len, lines))
    scores: dict[HtmlElement, int] = {}
    for block in tree.iter(*_LINES):
        squeezed = _squeezed("".join(block.itertext())) if len(block) < _MANY else ""
        if squeezed in lines:
            lines.discard(squeezed)
            for up in block.iterancestors():
                scores[up] = scores.get(up, 0) + len(squeezed)
    near = [e for e, score in scores.items() if score >= total * _NEARLY_ALL]
    if not near:
        return None
    best = max(near, key=lambda e: sum(1 for _ in e.iterancestors()))
    return (
        best
        if len(_squeezed("".join(best.itertext()))) <= len(_squeezed(text)) * _NOT_MUCH_ELSE
        else None
    )


def _article_body(value: Any, depth: int = 0) -> str:
    if depth > 6:  # noqa: PLR2004 - deeper is no article
        return ""
    if isinstance(value, dict):
        body = value.get("articleBody")
        if isinstance(body, str):
            return body
        value = list(value.values())
    if isinstance(value, list):
        return max((_article_body(v, depth + 1) for v in value[:200]), key=len, default="")
    return ""


def linked_data_text(tree: HtmlElement) -> str:
    """The article as JSON-LD repeats it for search engines, or ""."""
    texts = []
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or ""):
            try:
                texts.append(_article_body(json.loads(script.text or "", strict=False)))
            except (ValueError, RecursionError):
                continue
    return max(texts, key=len, default="")
