"""Pages without a feed, read as one: by selectors where a curator gave some, by guessing otherwise."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import cssselect
from lxml import etree

from crawler.parse.dates import parse_date
from crawler.parse.encoding import decode
from crawler.parse.entries import Links, RawEntry, build_entries
from crawler.parse.guess import Found, guess_items, read_item
from crawler.parse.page_dates import find_date, text_of
from crawler.tree import document
from kb.core.records import FeedRecord
from kb.core.text import clean_title
from kb.core.urls import absolute_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.html import HtmlElement

SELECTORS = ("item", "link", "title", "date", "summary")
_SUMMARY = 600
# libxml2 refuses text that declares an encoding
_PROLOG = re.compile(r"^\s*<\?xml[^>]*\?>")


@dataclass(frozen=True, slots=True)
class Selectors:
    """CSS, or XPath where it starts with / or ./ or ( ; all but `item` are looked up inside an item."""

    item: str = ""
    link: str = ""
    title: str = ""
    date: str = ""
    summary: str = ""

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Selectors:
        """From a source's options; what is no text counts as not given."""
        return cls(**{k: v for k in SELECTORS if isinstance(v := options.get(k), str)})


class BadSelector(ValueError):  # noqa: N818 - what it is
    """A selector that neither CSS nor XPath understands; the text names it."""


def select(element: HtmlElement, selector: str) -> list[HtmlElement]:
    """The elements that a selector finds below `element`. Raises BadSelector."""
    try:
        if selector.startswith(("/", "./", "(")):
            found = element.xpath(selector)
        else:
            found = element.xpath(cssselect.HTMLTranslator().css_to_xpath(selector))
    except (etree.XPathError, cssselect.SelectorError) as error:
        raise BadSelector(f"The selector {selector[:100]!r} cannot be read: {error}") from error
    return [e for e in found if isinstance(e, etree.ElementBase)] if isinstance(found, list) else []


def _first(element: HtmlElement, selector: str) -> HtmlElement | None:
    return next(iter(select(element, selector)), None) if selector else None


def _link(element: HtmlElement, chosen: HtmlElement | None, base: str) -> str:
    """Where the chosen element, or else the item, or the first link in it, leads."""
    start = element if chosen is None else chosen
    href = start.get("href") or next(
        (str(a.get("href")) for a in start.iter("a") if a.get("href")), ""
    )
    return absolute_url(base, str(href or ""))


def _chosen(element: HtmlElement, by: Selectors, base: str) -> Found | None:
    """One item as the selectors say; what they leave open is guessed."""
    guessed = read_item(element, base)
    link = (
        _link(element, _first(element, by.link), base)
        if by.link
        else (guessed.link if guessed else _link(element, None, base))
    )
    if not link:
        return None
    title = _first(element, by.title)
    date = _first(element, by.date)
    summary = _first(element, by.summary)
    raw, when = find_date([element], link)
    if date is not None:
        raw = str(date.get("datetime") or text_of([date]))
        when = parse_date(raw) or find_date([date], "")[1]
    return Found(
        link=link,
        title=text_of([title])
        if title is not None
        else (guessed.title if guessed else text_of([element])),
        date_raw=raw,
        date=when,
        text=text_of([summary]) if summary is not None else (guessed.text if guessed else ""),
    )


def _raw(item: Found) -> RawEntry:
    return RawEntry(
        guid=f"note:{item.key}"[:200] if item.note else item.link,
        link="" if item.note else item.link,
        title=item.title,
        published=item.date or "",
        summary=_note(item) if item.note else escape(_beside(item)[:_SUMMARY], quote=False),
    )


def _note(item: Found) -> str:
    """An announcement; the page that it leads to is not its own, so that it must not become its identity."""
    said = f"<p>{escape(item.title)}</p>"
    return (
        f'{said}<p><a href="{escape(item.link)}">{escape(item.link)}</a></p>' if item.link else said
    )


def _beside(item: Found) -> str:
    """The text beside the title, without the title and the date that lead it."""
    text = item.text.removeprefix(item.title).strip()
    return text.removeprefix(item.date_raw).strip() if item.date_raw else text


def read_listing(
    body: bytes, url: str, headers: Mapping[str, str], options: Mapping[str, Any], limit: int
) -> FeedRecord:
    """The listing at `url` as a feed record. `options` may hold selectors. Never raises."""
    text, _ = decode(body, headers.get("content-type", ""))
    root = document(_PROLOG.sub("", text)) if "<" in text else None
    if root is None:
        return FeedRecord(ok=False, error="Not a page that lists anything (no HTML)")
    base = absolute_url(url, str(next((b.get("href") or "" for b in root.iter("base")), ""))) or url
    try:
        items = _items(root, base, Selectors.of(options))
    except BadSelector as error:
        return FeedRecord(ok=False, error=str(error)[:300])
    if not items:
        found = "the selectors match nothing" if options.get("item") else "nothing on it repeats"
        return FeedRecord(ok=False, error=f"No list of articles was found on this page ({found})")
    entries, warnings = build_entries([_raw(i) for i in items[:limit]], Links(url))
    html = root if root.tag == "html" else root.getroottree().getroot()
    return FeedRecord(
        ok=True,
        format="listing",
        title=clean_title(root.findtext(".//title") or ""),
        home=url,
        language=clean_title(str(html.get("lang") or ""))[:35],
        entries=entries,
        warnings=tuple(warnings),
    )


def _items(root: HtmlElement, base: str, by: Selectors) -> list[Found]:
    if not by.item:
        return guess_items(root, base)
    found = (_chosen(element, by, base) for element in select(root, by.item))
    return list({item.link: item for item in found if item is not None and item.title}.values())
