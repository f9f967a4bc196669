"""Finding the list on a page that lists articles: elements of one shape that each carry a link, a title, perhaps a date.

Every element is filed under the path of tags and classes that leads to it. The shape whose elements look most like
articles wins; menus, footers and tables of contents beside the text are discounted, not forbidden, since some sites
put everything into them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import TYPE_CHECKING

from lxml import etree

from crawler.parse.page_dates import find_date, text_of
from kb.core.urls import absolute_url, canonical_url, host_of, is_web_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.html import HtmlElement

FEWEST = 3
MOST_ELEMENTS = 40_000
_MOST_ITEMS = 500
_SHAPES = frozenset({"a", "article", "div", "dd", "dt", "h1", "h2", "h3", "h4", "li", "p", "section", "tr"})  # fmt: skip
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_ALONE = frozenset({"a", "dt", *_HEADINGS})
_ASIDE = frozenset(
    [
        "nav",
        "navbar",
        "navigation",
        "menu",
        "sidebar",
        "toc",
        "breadcrumb",
        "breadcrumbs",
        "footer",
        "pagination",
        "pager",
        "social",
        "share",
        "tag",
        "tags",
        "tagcloud",
        "categories",
        "related",
        "widget",
        "drawer",
        "search",
    ]
)
_WORDS = re.compile(r"[^\s_-]+")
_ASIDE_TAGS = frozenset({"nav", "footer", "aside", "header", "form"})
_TITLED = re.compile(r"(?:^|[\s_-])(?:title|headline|heading)(?:$|[\s_-])", re.IGNORECASE)
_GENERIC = re.compile(
    r"^(?:read(?: the)?(?: more| on| post| article| paper)?|more|continue(?: reading)?|details?|link|pdf|paper|blog"
    r"|code|video|slides|poster|bib(?:tex)?|abs(?:tract)?|arxiv|github|view|here|learn more|post|home|next|previous"
    r"|older|newer|\[?\d+\]?|permalink|¶|#)\W*$",
    re.IGNORECASE,
)
_FILES = re.compile(r"\.(?:png|jpe?g|gif|svg|css|js|zip|tar|gz|mp[34]|ico)$", re.IGNORECASE)
_LONG_TEXT = 80
_LONG_TITLE = 300
_LONG_NOTE = 500
# an item is not a page; and all the reading together is bounded, however a page nests
_MOST_INSIDE = 2000
_MOST_READ = 300_000
_SENTENCE = 4


@dataclass(frozen=True, slots=True)
class Found:
    """One item of a listing: absolute link, title, the date as spelled and as ISO, text beside the title.

    A `note` is an announcement ("Jun 15: nine papers were accepted"), whose link, if any, is not its own.
    """

    link: str
    title: str
    date_raw: str = ""
    date: str | None = None
    text: str = ""
    headed: bool = False
    note: bool = False

    @property
    def key(self) -> str:
        """What tells items apart: their document, or what they say where many lead to the same one."""
        return f"{self.title}\n{self.date_raw}" if self.note else canonical_url(self.link)


def _key(element: HtmlElement, keys: dict[HtmlElement, str]) -> str:
    """The path of tags and first classes to an element; numbers in classes name single elements, and do not count."""
    parent = element.getparent()
    names = re.sub(r"\d+", "", str(element.get("class") or "")).split()[:2]
    own = ".".join(
        [str(element.tag), *(n for n in names if n not in {"odd", "even", "first", "last"})]
    )
    return f"{keys.get(parent, '') if parent is not None else ''}/{own}"


def _groups(root: HtmlElement) -> list[list[HtmlElement]]:
    """Elements of one shape, three or more, those with less inside first, as many as may be read."""
    keys: dict[HtmlElement, str] = {}
    groups: defaultdict[str, list[HtmlElement]] = defaultdict(list)
    for element in islice(root.iter(etree.Element), MOST_ELEMENTS):
        keys[element] = _key(element, keys)
        if element.tag in _SHAPES:
            groups[keys[element]].append(element)
    inside = _inside(list(keys))
    fit = ([e for e in g[:_MOST_ITEMS] if inside[e] <= _MOST_INSIDE] for g in groups.values())
    sized = [(sum(inside[e] for e in g), n, g) for n, g in enumerate(fit) if len(g) >= FEWEST]
    sized.sort(key=lambda row: row[:2])
    read = accumulate(size for size, _, _ in sized)
    return [g for (_, _, g), total in zip(sized, read, strict=True) if total <= _MOST_READ]


def _inside(elements: Sequence[HtmlElement]) -> dict[HtmlElement, int]:
    """How many elements each holds, itself included; they are given in the order of the document."""
    counts = dict.fromkeys(elements, 1)
    for element in reversed(elements):
        parent = element.getparent()
        if parent is not None and parent in counts:
            counts[parent] += counts[element]
    return counts


def _with_followers(element: HtmlElement) -> list[HtmlElement]:
    """What belongs to an element that stands alone: what follows it, up to the next of its kind."""
    found = [element]
    if element.tag in _ALONE - {"a"}:
        for after in element.itersiblings():
            if after.tag == element.tag or len(found) > 8:  # noqa: PLR2004 - an item is not a page
                break
            if isinstance(after.tag, str):
                found.append(after)
    return found


def _links(elements: Sequence[HtmlElement], base: str) -> list[tuple[HtmlElement, str]]:
    """The links of an item that lead to another document."""
    here = canonical_url(base)
    found = []
    for element in elements:
        for anchor in element.iter("a"):
            url = absolute_url(base, str(anchor.get("href") or "")).split("#", 1)[0]
            if is_web_url(url) and canonical_url(url) != here and not _FILES.search(url):
                found.append((anchor, url))
    return found


def _heading(elements: Sequence[HtmlElement]) -> HtmlElement | None:
    for element in elements:
        for inner in element.iter():
            titled = inner.tag in _HEADINGS or (
                inner.tag != "a" and _TITLED.search(str(inner.get("class") or ""))
            )
            if titled and text_of([inner]):
                return inner
    return None


def _choose(
    links: Sequence[tuple[HtmlElement, str]], heading: HtmlElement | None, host: str
) -> tuple[HtmlElement, str]:
    """The link that leads to the item itself: in or around its heading, else the best worded, own site first."""

    def worth(pair: tuple[HtmlElement, str]) -> tuple[bool, bool, bool, int]:
        anchor, url = pair
        text = text_of([anchor])
        near = heading is not None and (heading in anchor.iter() or anchor in heading.iter())
        # a link of the site's own is the article; one that leads away is what the article talks about
        return near, host_of(url) == host, not _GENERIC.match(text), min(len(text), 200)

    return max(links, key=worth)


def read_item(element: HtmlElement, base: str) -> Found | None:
    """What one element of a listing says, or None where it names no document."""
    elements = _with_followers(element)
    links = _links(elements, base)
    heading = _heading(elements)
    text = text_of(elements)
    if note := _note(text, links, elements) if heading is None else None:
        return note
    if not links:
        return None
    anchor, link = _choose(links, heading, host_of(base))
    title = _title(heading, anchor)
    if not title or _GENERIC.match(title) or len(title) > _LONG_TITLE:
        return None
    raw, date = find_date(elements, link)
    more = text if len(text) > len(title) + 40 else ""
    return Found(link, title, raw, date, more, headed=heading is not None)


def _title(heading: HtmlElement | None, anchor: HtmlElement) -> str:
    """The heading's words, or those of the link in it, since people put dates and tags into headings as well."""
    said = text_of([anchor])
    inside = heading is not None and anchor in heading.iter() and _wordy(said)
    return said if heading is None or inside else text_of([heading])


def _note(
    text: str, links: Sequence[tuple[HtmlElement, str]], elements: Sequence[HtmlElement]
) -> Found | None:
    """An announcement: a date and a sentence, of which a link covers less than half."""
    raw, date = find_date(elements, "")
    said = text.replace(raw, "", 1).strip(" :|–—-") if raw and len(text) <= _LONG_NOTE else ""
    linked = max((len(text_of([anchor])) for anchor, _ in links), default=0)
    if not date or len(said.split()) < _SENTENCE or linked * 2 >= len(said):
        return None
    link = links[0][1] if len(links) == 1 else ""
    return Found(link, said[:_LONG_TITLE], raw, date, note=True)


def _aside(element: HtmlElement) -> bool:
    for up in [element, *element.iterancestors()]:
        if up.tag in {"body", "html", "main", "article"} or up.get("role") == "main":
            return False
        named = f"{up.get('class') or ''} {up.get('id') or ''} {up.get('role') or ''}"
        if up.tag in _ASIDE_TAGS or not _ASIDE.isdisjoint(_WORDS.findall(named.lower())):
            return True
    return False


def _wordy(title: str) -> bool:
    return len(title.split()) > 1 or len(title) >= 12 or not title.isascii()  # noqa: PLR2004 - a word that says something


def _score(members: Sequence[HtmlElement], items: Sequence[Found]) -> float:
    """How much a shape looks like a list of articles: what its items have, and how alike they are."""
    points = sum(
        1.0 + 2.0 * (item.date is not None) + item.headed + 0.7 * (len(item.text) > _LONG_TEXT)
        for item in items
        if _wordy(item.title)
    )
    alike = len(items) / len(members)
    return points * alike * (0.1 if _aside(members[0]) else 1.0)


def _distinct(items: Iterator[Found | None]) -> list[Found]:
    """Each document once, in the order of the page."""
    kept: dict[str, Found] = {}
    for item in items:
        if item is not None:
            kept.setdefault(item.key, item)
    return list(kept.values())


def guess_items(root: HtmlElement, base: str) -> list[Found]:
    """The items of the likeliest list on a page; [] where nothing on it repeats with at least three documents."""
    best: list[Found] = []
    top = 0.0
    for members in _groups(root):
        items = _distinct(read_item(member, base) for member in members)
        if len(items) < FEWEST:
            continue
        score = _score(members, items)
        # of two that look alike the one with more inside is the item, and the other a link in it
        if score >= top:
            best, top = items, score
    return best if top >= FEWEST else []
