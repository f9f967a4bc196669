"""Dates as pages show them: in a <time>, in words beside a title, or in the address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from lxml import etree

from crawler.parse.dates import parse_date
from kb.core.text import storable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.html import HtmlElement

_DATED = re.compile(r"(?:date|time|published|posted)", re.IGNORECASE)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]{0,6}"
_DATE = re.compile(
    rf"\b(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTH}\.?,?\s+\d{{4}}"
    rf"|{_MONTH}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}|{_MONTH}\.?,?\s+\d{{4}})\b",
    re.IGNORECASE,
)
_MONTH_ONLY = re.compile(rf"^({_MONTH})\.?,?\s+(\d{{4}})$", re.IGNORECASE)
_IN_PATH = re.compile(r"/((?:19|20)\d{2})[/-](\d{1,2})(?:[/-](\d{1,2}))?(?=\D|$)")
_SPOKEN = etree.XPath("descendant-or-self::*[not(self::script or self::style)]/text()")
_DATE_WITHIN = 4000
_MARKED_WITHIN = 500


def text_of(elements: Sequence[HtmlElement]) -> str:
    """The text of elements on one line."""
    said = (" ".join(cast("list[str]", _SPOKEN(element))) for element in elements)
    return " ".join(storable(" ".join(said)).split())


def find_date(elements: Sequence[HtmlElement], link: str) -> tuple[str, str | None]:
    """The date of an item as spelled and as ISO: a <time>, a date in its text, or the one in its address."""
    for element in elements:
        for stamp in element.iter("time"):
            said = stamp.get("datetime") or text_of([stamp])
            if when := parse_date(said):
                return said, when
    marked = [e for one in elements for e in one.iter() if _DATED.search(str(e.get("class") or ""))]
    for text in (text_of(marked)[:_MARKED_WITHIN], text_of(elements)[:_DATE_WITHIN]):
        for found in _DATE.finditer(text):
            month = _MONTH_ONLY.match(found[0])
            if when := parse_date(f"1 {month[1]} {month[2]}" if month else found[0]):
                return found[0], when
    if path := _IN_PATH.search(link):
        said = f"{path[1]}-{int(path[2]):02}-{int(path[3] or 1):02}"
        return said, parse_date(said)
    return "", None
